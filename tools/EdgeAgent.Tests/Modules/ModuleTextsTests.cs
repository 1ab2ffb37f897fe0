using System.Globalization;
using System.Text;

using JamBox.Deployments;
using JamBox.Edge.Modules;

namespace JamBox.Edge.Tests.Modules;

/// <summary>Texts that others write: the list of modules, versions, and the CAN message that others read.</summary>
public sealed class ModuleTextsTests
{
    private const int Cases = 20_000;

    private const string List =
        """
        {"modules":[
          {"hostname":"esp32-A1B2C3","type":"power","displayName":"Power Control Module","name":"Left","enabled":true,"address":null,
           "connection":"wired","future":[1]},
          {"hostname":"esp32-000001","type":"light","displayName":null,"name":null,"enabled":false,"address":"192.168.4.7",
           "connection":"wireless"}]}
        """;

    [Fact]
    public void The_CAN_message_is_byte_for_byte_the_one_of_old()
    {
        Assert.Equal(
            "{\"identifier\":\"0x0\",\"data_length_code\":8,\"data\":[[1,0,1,0,0,0,0,1],[1,0,1,1,0,0,1,0],[1,1,0,0,0,0,1,1],"
            + "[0,0,0,0,0,0,0,0],[0,0,0,0,0,0,0,0],[0,0,0,0,0,0,0,0],[0,0,0,0,0,0,0,0],[0,0,0,0,0,0,0,0]],"
            + "\"extd\":0,\"rtr\":0,\"ss\":0,\"self\":0}",
            CanTrigger.MessageFor("esp32-A1B2C3"));
        Assert.Equal(CanTrigger.MessageFor("esp32-a1b2c3"), CanTrigger.MessageFor("esp32-24dcc3a1b2c3"));
        Assert.Equal("can/outbound", CanTrigger.Topic);
    }

    [Theory]
    [InlineData("esp32")]
    [InlineData("esp32-A1B2G3")]
    [InlineData("32-A1B")]
    public void A_name_without_a_MAC_address_has_none(string hostname)
    {
        Assert.Null(CanTrigger.MessageFor(hostname));
    }

    [Fact]
    public void A_list_is_read_whole()
    {
        IReadOnlyList<ModuleEntry> modules = ModuleListJson.Parse(Encoding.UTF8.GetBytes(List));
        Assert.Equal(new ModuleEntry("esp32-A1B2C3", "power", "Power Control Module", "Left", true, null, true), modules[0]);
        Assert.Equal(new ModuleEntry("esp32-000001", "light", null, null, false, "192.168.4.7", false), modules[1]);
        string bare = List[(List.IndexOf('[') - 0)..^1];
        Assert.Equal(modules, ModuleListJson.Parse(Encoding.UTF8.GetBytes(bare)));
    }

    [Theory]
    [InlineData("esp32-000001", "ESP32-a1b2c3", "called")]
    [InlineData("esp32-000001", "esp 32", "hostname")]
    [InlineData("\"light\"", "\"../light\"", "type")]
    [InlineData("\"light\"", "\"a/b\"", "type")]
    [InlineData("192.168.4.7", "255.255.255.255", "address")]
    [InlineData("192.168.4.7", "192.168.4.007", "address")]
    [InlineData("192.168.4.7", "192.168.7", "address")]
    [InlineData("192.168.4.7", "a b", "address")]
    [InlineData("wireless", "radio", "connection")]
    [InlineData("false", "0", "enabled")]
    [InlineData("\"modules\"", "\"other\"", "modules")]
    [InlineData("]}", "", "JSON")]
    public void A_list_that_is_wrong_is_refused_with_a_sentence(string right, string wrong, string word)
    {
        string json = List.Replace(right, wrong, StringComparison.Ordinal);
        FormatException refusal = Assert.Throws<FormatException>(() => ModuleListJson.Parse(Encoding.UTF8.GetBytes(json)));
        Assert.Contains(word, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.2.3", "1.2.3")]
    [InlineData(" v1.2.3\n", "v1.2.3")]
    [InlineData("{\"version\":\"1.2.3\",\"uptime\":7}", "1.2.3")]
    [InlineData("\"2025.11.19.1\"", "2025.11.19.1")]
    [InlineData("{\"version\":7}", null)]
    [InlineData("{\"version\"", null)]
    [InlineData("{}", null)]
    [InlineData("", null)]
    [InlineData("a b", null)]
    [InlineData("1.2.3\u00e9", null)]
    public void A_version_is_read_from_text_and_from_an_object(string payload, string? version)
    {
        Assert.Equal(version, VersionMessage.Parse(Encoding.UTF8.GetBytes(payload)));
    }

    [Theory]
    [InlineData("local/modules/esp32-A1B2C3/version", "esp32-A1B2C3")]
    [InlineData("local/modules//version", null)]
    [InlineData("local/modules/a/b/version", null)]
    [InlineData("local/modules/version", null)]
    [InlineData("other/modules/esp32-A1B2C3/version", null)]
    public void A_topic_names_its_module(string topic, string? hostname)
    {
        Assert.Equal(hostname, VersionMessage.HostnameOf(topic));
    }

    [Theory]
    [InlineData("1.2.3", "v1.2.3", true)]
    [InlineData("V1.2.3", "v1.2.3", true)]
    [InlineData("1.2.3", "1.2.30", false)]
    [InlineData("version", "ersion", false)]
    [InlineData(null, null, false)]
    public void Versions_are_compared_without_the_letter_before_them(string? one, string? other, bool areSame)
    {
        Assert.Equal(areSame, VersionMessage.AreSame(one, other));
    }

    [Fact]
    public void What_a_broker_kept_is_news_only_when_it_says_something_else()
    {
        VersionBook book = new(TimeProvider.System, areHeard: true);
        book.Take("local/modules/esp32-1/version", "1.0.0"u8.ToArray(), isRetained: true);
        book.Take("local/modules/ESP32-1/version", "1.0.0"u8.ToArray(), isRetained: true);
        Assert.Equal(new VersionSeen("1.0.0", 1), book.Of("esp32-1"));
        book.Take("local/modules/esp32-1/version", "1.0.0"u8.ToArray(), isRetained: false);
        book.Take("local/modules/esp32-1/version", "1.1.0"u8.ToArray(), isRetained: true);
        book.Take("local/modules/esp32-1/version", "two words"u8.ToArray(), isRetained: false);
        Assert.Equal(new VersionSeen("1.1.0", 3), book.Of("esp32-1"));
    }

    [Fact]
    public void Any_bytes_are_read_or_refused()
    {
        byte[] list = Encoding.UTF8.GetBytes(List);
        byte[] version = "{\"version\":\"1.2.3\"}"u8.ToArray();
        int refused = 0;
        Fuzz.ForEach(nameof(Any_bytes_are_read_or_refused), Cases, number =>
        {
            Random random = new(number);
            try
            {
                IReadOnlyList<ModuleEntry> modules = ModuleListJson.Parse(Fuzz.Damage(random, list));
                Assert.All(modules, static module => Assert.True(ModuleName.IsHostname(module.Hostname)));
            }
            catch (FormatException refusal)
            {
                refused++;
                Assert.NotEmpty(refusal.Message);
            }

            string? read = VersionMessage.Parse(Fuzz.Damage(random, version));
            Assert.True(read is null || (read.Length is > 0 and <= 60 && !read.Any(char.IsControl)));
        });
        Assert.True(Fuzz.IsReplay || refused > Cases / 4, "most damage is noticed");
    }
}

/// <summary>Many cases whose number is their seed; <c>JB_FUZZ_CASE</c> replays one.</summary>
internal static class Fuzz
{
    public static bool IsReplay => int.TryParse(Environment.GetEnvironmentVariable("JB_FUZZ_CASE"), CultureInfo.InvariantCulture, out _);

    public static void ForEach(string name, int cases, Action<int> test)
    {
        bool isReplay = int.TryParse(Environment.GetEnvironmentVariable("JB_FUZZ_CASE"), CultureInfo.InvariantCulture, out int only);
        for (int number = isReplay ? only : 0; number < (isReplay ? only + 1 : cases); number++)
        {
            try
            {
                test(number);
            }
            catch (Exception fault)
            {
                throw new InvalidOperationException(
                    $"Case {number} failed; again: JB_FUZZ_CASE={number} dotnet test tools/EdgeAgent.Tests "
                    + $"--filter \"FullyQualifiedName~{name}\"",
                    fault);
            }
        }
    }

    /// <summary>Bytes with some changed, cut off, doubled or put in.</summary>
    public static byte[] Damage(Random random, byte[] bytes)
    {
        List<byte> damaged = [.. bytes];
        for (int count = random.Next(1, 4); count > 0 && damaged.Count > 0; count--)
        {
            int at = random.Next(damaged.Count);
            switch (random.Next(4))
            {
                case 0:
                    damaged[at] = (byte)random.Next(256);
                    break;
                case 1:
                    damaged.RemoveRange(at, Math.Min(random.Next(1, 9), damaged.Count - at));
                    break;
                case 2:
                    damaged.InsertRange(at, damaged.GetRange(at, Math.Min(random.Next(1, 40), damaged.Count - at)));
                    break;
                default:
                    damaged.RemoveRange(at, damaged.Count - at);
                    break;
            }
        }

        return [.. damaged];
    }
}
