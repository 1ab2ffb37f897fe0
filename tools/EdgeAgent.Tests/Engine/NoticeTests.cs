using System.Text;
using JamBox.Edge.Engine;

namespace JamBox.Edge.Tests.Engine;

/// <summary>Notices of the server, as they come over MQTT and HTTP.</summary>
public sealed class NoticeTests
{
    private const string Good =
        """{"id":"6f6b1c9e-0c4e-4b52-9a3e-0c4d8d6d2b10","version":"1.2.3","filename":"a.zip","size":12,"sha256":"SHA","downloadUrl":"/api/deployment-download/x","timestamp":"2026-11-28T18:00:00.123Z"}""";

    private static string Json => Good.Replace("SHA", new string('A', 64));

    [Fact]
    public void A_notice_is_read()
    {
        var notice = Notice.Parse(Encoding.UTF8.GetBytes(Json));
        Assert.Equal("6f6b1c9e-0c4e-4b52-9a3e-0c4d8d6d2b10", notice.Id);
        Assert.Equal("1.2.3", notice.Version);
        Assert.Equal(12, notice.Size);
        Assert.Equal(new string('a', 64), notice.Sha256);
        Assert.Equal("2026-11-28T18:00:00.123Z", notice.Timestamp);
        Assert.Equal(new DateTimeOffset(2026, 11, 28, 18, 0, 0, 123, TimeSpan.Zero), notice.At);
    }

    [Theory]
    [InlineData("\"1.2.3\"", "7", "'version'")]
    [InlineData("\"1.2.3\"", "\"\"", "'version'")]
    [InlineData(":12,", ":0,", "'size'")]
    [InlineData(":12,", ":2147483649,", "'size'")]
    [InlineData(":12,", ":1.5,", "'size'")]
    [InlineData("6f6b1c9e-0c4e-4b52-9a3e-0c4d8d6d2b10", "../etc", "'id'")]
    [InlineData("6f6b1c9e-0c4e-4b52-9a3e-0c4d8d6d2b10", "nul", "'id'")]
    [InlineData("6f6b1c9e-0c4e-4b52-9a3e-0c4d8d6d2b10", "a.new-1", "'id'")]
    [InlineData("2026-11-28T18:00:00.123Z", "yesterday", "'timestamp'")]
    [InlineData("AAAAAA", "AAAAA", "'sha256'")]
    [InlineData("AAAAAA", "AAAAAG", "'sha256'")]
    [InlineData("\"filename\"", "\"file\"", "'filename'")]
    [InlineData("}", "", "no JSON")]
    public void A_wrong_notice_is_refused_and_what_is_wrong_is_named(string what, string with, string named)
    {
        NoticeException fault = Assert.Throws<NoticeException>(
            () => Notice.Parse(Encoding.UTF8.GetBytes(new StringBuilder(Json).Replace(what, with, 0, Json.Length).ToString())));
        Assert.Contains(named, fault.Message);
    }

    [Fact]
    public void Whatever_comes_is_a_notice_or_refused()
    {
        int seed = int.TryParse(Environment.GetEnvironmentVariable("JB_SEED"), out int given) ? given : 1905;
        Random random = new(seed);
        byte[] good = Encoding.UTF8.GetBytes(Json);
        int read = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] bytes = [.. good];
            for (int changes = random.Next(1, 4); changes > 0; changes--)
            {
                int at = random.Next(bytes.Length);
                bytes = random.Next(4) switch
                {
                    0 => [.. bytes[..at], .. bytes[random.Next(at, bytes.Length)..]],
                    1 => [.. bytes[..at], (byte)random.Next(256), .. bytes[at..]],
                    2 => [.. bytes[..at], .. bytes[random.Next(bytes.Length)..]],
                    _ => [.. bytes[..at], (byte)(bytes[at] ^ (1 << random.Next(8))), .. bytes[(at + 1)..]],
                };
                bytes = bytes.Length == 0 ? [0] : bytes;
            }

            try
            {
                var notice = Notice.Parse(bytes);
                Assert.True(Notice.IsId(notice.Id) && notice.Size > 0 && notice.Sha256.Length == 64, Replay(seed, i));
                read++;
            }
            catch (NoticeException)
            {
            }
            catch (Exception e)
            {
                Assert.Fail($"{Replay(seed, i)}: {e}");
            }
        }

        Assert.InRange(read, 100, 15_000);
    }

    private static string Replay(int seed, int i) =>
        $"case {i}; replay: JB_SEED={seed} dotnet test tools/EdgeAgent.Tests --filter {nameof(Whatever_comes_is_a_notice_or_refused)}";
}
