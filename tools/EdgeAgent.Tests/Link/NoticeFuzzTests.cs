using System.Text;

using JamBox.Edge.Engine;
using JamBox.Edge.Link;

namespace JamBox.Edge.Tests.Link;

/// <summary>
/// What comes over the network in place of a notice. Each round has a seed of its own; JAMBOX_FUZZ_SEED=N with
/// --filter "FullyQualifiedName~NoticeFuzzTests" plays one again.
/// </summary>
public sealed class NoticeFuzzTests
{
    private const int FirstSeed = 1;
    private const int Rounds = 60_000;

    [Fact]
    public void Whatever_comes_it_is_a_notice_that_is_right_or_a_fault_in_words()
    {
        string? only = Environment.GetEnvironmentVariable("JAMBOX_FUZZ_SEED");
        int first = only is null ? FirstSeed : int.Parse(only, System.Globalization.CultureInfo.InvariantCulture);
        int taken = 0;
        for (int seed = first; seed < first + (only is null ? Rounds : 1); seed++)
        {
            byte[] json = Mutate(new Random(seed));
            try
            {
                Notice notice = Notice.Parse(json);
                taken++;
                Check(notice);
            }
            catch (NoticeException fault)
            {
                Assert.NotEmpty(fault.Message);
            }
            catch (Exception broken) when (broken is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"JAMBOX_FUZZ_SEED={seed}: {broken}\n{Convert.ToHexString(json)}");
            }
        }

        // A fuzzer that breaks everything tests nothing behind the first check.
        Assert.True(only is not null || taken > Rounds / 50, $"only {taken} of {Rounds} were notices");
    }

    private static void Check(Notice notice)
    {
        Assert.True(Notice.IsId(notice.Id));
        Assert.DoesNotContain(notice.Id, static letter => letter is '/' or '\\' or '.' or ':');
        Assert.InRange(notice.Size, 1, Notice.MaxSize);
        Assert.Matches("^[0-9a-f]{64}$", notice.Sha256);
        Assert.All((string[])[notice.Version, notice.Filename, notice.DownloadUrl], static text =>
        {
            Assert.InRange(text.Length, 1, 1024);
            Assert.DoesNotContain(text, static letter => char.IsControl(letter));
        });
        try
        {
            ServerAddress.Resolve(new Uri("https://jambox.example/"), notice.DownloadUrl);
        }
        catch (LinkException fault)
        {
            Assert.Equal(LinkFault.Unusable, fault.Fault);
        }
    }

    private static byte[] Mutate(Random random)
    {
        string[] values =
        [
            "\"d-1\"", "\"../x\"", "\"CON\"", "\"\"", "\"\\u0000\"", "\"\\ud800\"", "7", "-1", "1e400", "99999999999999999999", "12.5",
                "null", "true",
            "[]", "{}", "\"2026-11-28T18:00:00.000Z\"", "\"2026-02-30T00:00:00Z\"", "\"9999-12-31T23:59:59.999-14:00\"",
                "\"0001-01-01T00:00:00+14:00\"",
            $"\"{new string('A', 64)}\"", $"\"{new string('a', 2000)}\"", "\"//evil/x\"", "\"http://evil/x\"", "\"\u202Ex\"",
        ];
        string[] names = ["id", "version", "filename", "size", "sha256", "downloadUrl", "timestamp"];
        string[] right =
        [
            "\"d-1\"", "\"1.2.3\"", "\"p.zip\"", "12", $"\"{new string('a', 64)}\"", "\"/api/deployment-download/d-1\"",
            "\"2026-11-28T18:00:00.000Z\"",
        ];
        int broken = random.Next(4);
        for (int i = 0; i < broken; i++)
        {
            right[random.Next(right.Length)] = values[random.Next(values.Length)];
        }

        IEnumerable<string> members = names.Zip(right, static (name, value) => $"\"{name}\":{value}");
        members = random.Next(8) switch
        {
            0 => members.Skip(1),
            1 => members.Append("\"more\":[[[[[[1]]]]]]"),
            2 => members.Append($"\"id\":{values[random.Next(values.Length)]}"),
            3 => members.OrderBy(_ => random.Next()),
            _ => members,
        };
        byte[] json = Encoding.UTF8.GetBytes("{" + string.Join(',', members) + "}");
        int damages = random.Next(6) == 0 ? random.Next(1, 4) : 0;
        for (int i = 0; i < damages; i++)
        {
            switch (random.Next(3))
            {
                case 0:
                    json[random.Next(json.Length)] = (byte)random.Next(256);
                    break;
                case 1:
                    json = json[..random.Next(1, json.Length)];
                    break;
                default:
                    int at = random.Next(json.Length);
                    json = [.. json[..at], .. new byte[random.Next(1, 5)], .. json[at..]];
                    break;
            }
        }

        return json;
    }
}
