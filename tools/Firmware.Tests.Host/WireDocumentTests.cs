using System;
using System.IO;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using JamBox.App;
using JamBox.Tests.App;
using JamBox.Text;
using JamBox.Uplink;
using Xunit;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Host;

/// <summary>What the firmware writes is what docs/wire.md says: every name, and the longest length.</summary>
public sealed class WireDocumentTests
{
    private static readonly string s_document = File.ReadAllText(Path.Combine(Folder(), "..", "..", "docs", "wire.md"));

    [Fact]
    public void Every_name_of_the_heartbeat_is_documented()
    {
        string body = LongestHeartbeat();
        MatchCollection names = Regex.Matches(body, "\"([a-z_0-9]+)\":");
        Assert.True(names.Count > 12 + Health.Counters);
        Assert.All(names, name => Assert.Matches(@"(?m)^\| `" + name.Groups[1].Value + @"`|^\| `ack`, `" + name.Groups[1].Value + "`", s_document));
    }

    [Fact]
    public void The_longest_heartbeat_is_as_long_as_documented()
    {
        Assert.Contains($"has {LongestHeartbeat().Length} bytes of body", s_document, StringComparison.Ordinal);
    }

    private static string LongestHeartbeat()
    {
        var health = new Health();
        for (int counter = 0; counter < Health.Counters; counter++)
        {
            health.Restore(counter, Health.Limit);
        }

        var update = new ByteWriter(new byte[48]);
        update.Text("rolled_back:0123456789012345678901234567");
        var state = new SendState { AckId = int.MaxValue, AckResult = "unknown", Update = update };
        var board = new FakeBoard { ResetReason = new string('r', 15), BoardFault = new string('f', 15) };
        var body = new ByteWriter(new byte[1024]);
        var writer = new HeartbeatWriter(Ascii.Bytes(new string('d', 16)), Ascii.Bytes(new string('v', 15)), Ascii.Bytes(new string('h', 15)), health, -1);
        writer.Write(body, uint.MaxValue, int.MaxValue, board, state);
        return Encoding.ASCII.GetString(body.Buffer, 0, body.Length);
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file);
}
