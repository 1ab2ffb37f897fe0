using System.Text;
using JamBox.Reporting;
using JamBox.Text;
using nanoFramework.TestFramework;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Reporting;

/// <summary>Tests of <see cref="HeartbeatWriter"/>.</summary>
[TestClass]
public class HeartbeatWriterTests
{
    /// <summary>The whole heartbeat, byte for byte as WIRE.md and PREDECESSOR.md §3.2 have it.</summary>
    [TestMethod]
    public void WritesTheHeartbeatOfTheWire()
    {
        var body = new ByteWriter(new byte[200]);
        var writer = new HeartbeatWriter(Ascii.Bytes("JBNB0001"), Ascii.Bytes("6.0.0"), Ascii.Bytes("power"), -2);
        writer.Write(body, 86400, 3, 81920, new SendState());
        Assert.AreEqual(
            "{\"d\":\"JBNB0001\",\"v\":\"6.0.0\",\"uptime\":86400,\"cell_rssi\":-999,\"b\":4294967294,\"cv\":3,\"hf\":81920,\"rr\":\"power\"}",
            Encoding.UTF8.GetString(body.Buffer, 0, body.Length));
    }

    /// <summary>A box with OTA says where its update stands.</summary>
    [TestMethod]
    public void WritesTheUpdate()
    {
        var body = new ByteWriter(new byte[200]);
        var update = new ByteWriter(new byte[40]);
        update.Text("downloading:12/139");
        var writer = new HeartbeatWriter(Ascii.Bytes("JBNB0001"), Ascii.Bytes("6.0.0"), Ascii.Bytes("power"), 1);
        writer.Write(body, 1, 3, 81920, new SendState { Update = update });
        Assert.EndsWith(",\"rr\":\"power\",\"ob\":\"downloading:12/139\"}", Encoding.UTF8.GetString(body.Buffer, 0, body.Length));
    }

    /// <summary>The longest heartbeat, with an acknowledgement at its end, fits the buffer of requests many times.</summary>
    [TestMethod]
    public void WritesTheAcknowledgement()
    {
        var body = new ByteWriter(new byte[250]);
        var writer = new HeartbeatWriter(Ascii.Bytes("JBNB0001"), Ascii.Bytes("123.456.789-abc"), Ascii.Bytes("watchdog"), -1);
        var state = new SendState { AckId = 2147483647, AckResult = "unknown" };
        writer.Write(body, 3000000000, 2147483647, 163840, state);
        Assert.IsFalse(body.IsOverflown);
        Assert.EndsWith(",\"rr\":\"watchdog\",\"ack\":2147483647,\"ar\":\"unknown\"}", Encoding.UTF8.GetString(body.Buffer, 0, body.Length));
    }
}
