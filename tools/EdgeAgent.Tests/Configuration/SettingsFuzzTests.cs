using System.Collections;
using System.Globalization;
using System.Text;

using JamBox.Edge.Configuration;

namespace JamBox.Edge.Tests.Configuration;

/// <summary>
/// Files of people, editors and broken disks. Each round has a seed of its own; JAMBOX_FUZZ_SEED=N with
/// --filter "FullyQualifiedName~SettingsFuzzTests" plays one again.
/// </summary>
public sealed class SettingsFuzzTests
{
    private const int FirstSeed = 1;
    private const int Rounds = 30_000;

    private static readonly string[] s_values =
    [
        "null", "true", "false", "0", "-1", "60", "1e9", "1e400", "12.5", "\"\"", "\"x\"", "\"https://a.example\"", "\"http://127.0.0.1\"",
        "\"mqtts://a.example:8883\"", "\"\\u0000\"", "\"\\ud800\"", "[]", "[\"x\"]", "[[[[[[[[[[1]]]]]]]]]]", "{}", "{\"broker\":1}",
        "\"/var/lib/x\"", "\"/\"", "\"none\"", "\"http\"", "\"10000-60000\"", "\"60000-10000\"", "\"information\"", "\"\u202Ex\"",
    ];

    [Fact]
    public void Whatever_the_files_hold_the_settings_are_right_or_the_faults_are_said()
    {
        string? only = Environment.GetEnvironmentVariable("JAMBOX_FUZZ_SEED");
        int first = only is null ? FirstSeed : int.Parse(only, CultureInfo.InvariantCulture);
        int built = 0;
        for (int seed = first; seed < first + (only is null ? Rounds : 1); seed++)
        {
            try
            {
                built += Try(new Random(seed)) ? 1 : 0;
            }
            catch (Exception broken)
            {
                Assert.Fail($"JAMBOX_FUZZ_SEED={seed}: {broken}");
            }
        }

        Assert.True(only is not null || built > Rounds / 50, $"only {built} of {Rounds} were right");
    }

    private static bool Try(Random random)
    {
        SettingsBuilder builder = new();
        byte[] server = Damage(random, Object(random, SettingTable.All.Select(static one => one.Name), random.Next(3)));
        builder.AddFile(Damage(random, File(random)), "agent.json");
        builder.AddSecrets(Damage(random, "{\"token\":\"0123456789abcdef\"}"), "agent.secrets");
        List<string> refused = [];
        builder.AddServer(server, refused);
        Assert.All(refused, static fault => Assert.DoesNotContain(fault, char.IsControl));
        Hashtable environment = [];
        if (random.Next(3) == 0)
        {
            SettingDefinition setting = SettingTable.All[random.Next(SettingTable.All.Count)];
            environment[setting.Variable] = s_values[random.Next(s_values.Length)].Trim('"');
        }

        builder.AddEnvironment(environment);
        try
        {
            Check(builder.Build());
            return true;
        }
        catch (SettingsException fault)
        {
            Assert.NotEmpty(fault.Faults);
            Assert.All(fault.Faults, static one =>
            {
                Assert.DoesNotContain(one, char.IsControl);
                Assert.DoesNotContain("0123456789abcdef", one, StringComparison.Ordinal);
            });
            return false;
        }
    }

    private static void Check(AgentSettings settings)
    {
        Assert.True(settings.Server.Scheme == "https" || SettingsBuilder.IsLoopback(settings.Server) || settings.AllowPlain);
        Assert.EndsWith("/", settings.Server.AbsolutePath, StringComparison.Ordinal);
        Assert.InRange(settings.PollSeconds, 10, 86_400);
        Assert.InRange(settings.HeartbeatSeconds, 30, 600);
        Assert.InRange(settings.DeployMinutes, 1, 240);
        Assert.InRange(settings.ModulesParallel, 1, 100);
        Assert.InRange(settings.ReportsKept, 50, 10_000);
        Assert.InRange(settings.TrustedKeys.Count, 0, SettingTable.MaxKeys);
        Assert.True(settings.OtaPortFirst >= 1024 && settings.OtaPortLast <= 65_535 && settings.OtaPortFirst < settings.OtaPortLast);
        Assert.True(Path.IsPathFullyQualified(settings.Folder) && settings.Folder.Length > 1);
        Assert.InRange(settings.Token.Length, 16, 256);
    }

    private static string File(Random random)
    {
        string rest = Object(random, SettingTable.All.Where(static one => !one.Name.Contains('.')).Select(static one => one.Name)
            .Concat(["mqtt", "modules", "health", "nonsense", "a\u0007b"]), random.Next(4));
        string least = "\"server\":\"https://a.example\",\"gateway\":\"gw-1\"";
        return random.Next(10) == 0 ? rest : "{" + least + (rest.Length > 2 ? "," + rest[1..] : "}");
    }

    private static string Object(Random random, IEnumerable<string> names, int members)
    {
        string[] known = [.. names];
        IEnumerable<string> said = Enumerable.Range(0, members)
            .Select(_ =>
                $"\"{known[random.Next(known.Length)].Replace("\u0007", "\\u0007", StringComparison.Ordinal)}\":"
                + s_values[random.Next(s_values.Length)]);
        return "{" + string.Join(',', said) + "}";
    }

    private static byte[] Damage(Random random, string text)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        switch (random.Next(20))
        {
            case 0:
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
                break;
            case 1:
                bytes = bytes[..random.Next(bytes.Length)];
                break;
            case 2:
                bytes = [.. new byte[random.Next(4)], .. bytes];
                break;
            case 3:
                bytes = [.. bytes, .. bytes];
                break;
        }

        return bytes;
    }
}
