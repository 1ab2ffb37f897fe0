using System;
using System.IO;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.RegularExpressions;
using JamBox.App;
using JamBox.Readings;
using JamBox.Storage;
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
        Assert.All(
            names,
            name => Assert.Matches(@"(?m)^\| `" + name.Groups[1].Value + @"`|^\| `ack`, `" + name.Groups[1].Value + "`", s_document));
    }

    [Fact]
    public void Every_name_of_a_reading_is_documented_in_the_order_of_the_wire()
    {
        var state = new SendState { AckId = int.MaxValue, AckResult = "unknown" };
        var body = new ByteWriter(new byte[ReadingWriter.MaxLength]);
        new ReadingWriter(Ascii.Bytes("JBNB0001"), Ascii.Bytes("6.0.0")).Write(body, new int[ReadingField.Count], state);
        string section = Section("## Reading");
        int last = 0;
        MatchCollection names = Regex.Matches(Encoding.ASCII.GetString(body.Buffer, 0, body.Length), "\"([a-z_0-9]+)\":");
        Assert.True(names.Count >= 38);
        foreach (Match name in names)
        {
            Match documented = Regex.Match(section, @"(?m)^\|[^|]*`" + name.Groups[1].Value + "`[^|]*\\|");
            Assert.True(documented.Success, name.Groups[1].Value);
            Assert.True(documented.Index >= last, name.Groups[1].Value + " stands elsewhere on the wire");
            last = documented.Index;
        }
    }

    [Fact]
    public void The_longest_heartbeat_is_as_long_as_documented()
    {
        Assert.Contains($"has {LongestHeartbeat().Length} bytes of body", s_document, StringComparison.Ordinal);
    }

    private static string Section(string heading)
    {
        int begin = s_document.IndexOf("\n" + heading + "\n", StringComparison.Ordinal);
        Assert.True(begin > 0, heading);
        int end = s_document.IndexOf("\n## ", begin + heading.Length, StringComparison.Ordinal);
        return s_document[begin..(end < 0 ? s_document.Length : end)];
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
        var state = new SendState { AckId = int.MaxValue, AckResult = "unknown", Update = update, Fleet = new LongestNames() };
        var board = new FakeBoard { ResetReason = new string('r', 15), BoardFault = new string('f', 15) };
        var body = new ByteWriter(new byte[1024]);
        var writer = new HeartbeatWriter(
            Ascii.Bytes(new string('d', 16)), Ascii.Bytes(new string('v', 15)), Ascii.Bytes(new string('h', 15)), health, -1);
        writer.Write(body, uint.MaxValue, int.MaxValue, board, state);
        return Encoding.ASCII.GetString(body.Buffer, 0, body.Length);
    }

    private sealed class LongestNames : IFleetNames
    {
        public void WriteKeys(ByteWriter writer) => writer.Text("0123,4567");

        public void WriteFloor(ByteWriter writer) => writer.Text("65535.999999999!");
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file);
}
