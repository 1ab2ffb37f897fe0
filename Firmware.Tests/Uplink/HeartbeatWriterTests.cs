using System.Text;
using JamBox.App;
using JamBox.Readings;
using JamBox.Storage;
using JamBox.Tests.App;
using JamBox.Text;
using JamBox.Uplink;
using nanoFramework.TestFramework;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Uplink;

/// <summary>Tests of <see cref="HeartbeatWriter"/>.</summary>
[TestClass]
public class HeartbeatWriterTests
{
    /// <summary>The whole heartbeat, byte for byte as docs/wire.md has it.</summary>
    [TestMethod]
    public void WritesTheHeartbeatOfTheWire()
    {
        Assert.AreEqual(
            "{\"d\":\"JBNB0001\",\"v\":\"6.0.0\",\"uptime\":86400,\"cell_rssi\":-999,\"b\":4294967294,\"cv\":3,\"hf\":81920,\"hw\":\"atoms3\",\"rr\":\"power\"}",
            Write(new FakeBoard(), new Health(), new SendState()));
    }

    /// <summary>A box with OTA says where its update stands.</summary>
    [TestMethod]
    public void WritesTheUpdate()
    {
        var update = new ByteWriter(new byte[40]);
        update.Text("downloading:12/139");
        Assert.EndsWith(",\"rr\":\"power\",\"ob\":\"downloading:12/139\"}", Write(new FakeBoard(), new Health(), new SendState
        {
            Update = update,
        }));
    }

    /// <summary>Which keys it trusts, and which floor is in force.</summary>
    [TestMethod]
    public void WritesKeysAndFloor()
    {
        Assert.EndsWith(
            ",\"rr\":\"power\",\"ks\":\"0123,4567\",\"fl\":\"65535.999999999!\"}",
            Write(new FakeBoard(), new Health(), new SendState { Fleet = new Names() }));
    }

    /// <summary>The part of the board that does not work, and only the counters that are not 0.</summary>
    [TestMethod]
    public void WritesFaultsAndCounters()
    {
        var health = new Health();
        health.Count(Health.WifiRestarts);
        health.Count(Health.WifiRestarts);
        health.Restore(Health.LastResortReboots, 7);
        Assert.EndsWith(
            ",\"rr\":\"power\",\"bf\":\"i2c\",\"hc\":{\"wr\":2,\"lb\":7},\"ack\":3,\"ar\":\"ok\"}",
            Write(new FakeBoard { BoardFault = "i2c" }, health, new SendState { AckId = 3, AckResult = "ok" }));
    }

    /// <summary>Words of the board are no way to break the JSON, however long they are.</summary>
    [TestMethod]
    public void ReplacesWhatIsNoWord()
    {
        var board = new FakeBoard { ResetReason = "a\"b\\c d\u00e9", BoardFault = "0123456789abcdefgh" };
        Assert.EndsWith(",\"rr\":\"a?b?c?d?\",\"bf\":\"0123456789abcde\"}", Write(board, new Health(), new SendState()));
    }

    /// <summary>Every counter has a name of its own.</summary>
    [TestMethod]
    public void NamesEveryCounter()
    {
        string names = ",";
        for (int counter = 0; counter < Health.Counters; counter++)
        {
            var health = new Health();
            health.Count(counter);
            string text = Write(new FakeBoard(), health, new SendState());
            int at = text.IndexOf("\"hc\":{\"") + 7;
            Assert.IsTrue(at > 7, "counter " + counter.ToString() + " has no name");
            string name = text.Substring(at, text.IndexOf(":1}") - at);
            Assert.DoesNotContains("," + name + ",", names);
            names += name + ",";
        }
    }

    /// <summary>The longest heartbeat, with the longest head there can be, fits the buffer of requests.</summary>
    [TestMethod]
    public void TheLongestFits()
    {
        var health = new Health();
        for (int counter = 0; counter < Health.Counters; counter++)
        {
            health.Restore(counter, Health.Limit);
        }

        var update = new ByteWriter(new byte[48]);
        update.Text("rolled_back:01234567890123456789012345678901234");
        var state = new SendState { AckId = 2147483647, AckResult = "unknown", Update = update, Fleet = new Names() };
        var body = new ByteWriter(new byte[Box.HttpCapacity - Box.MaxHeadBytes]);
        var writer = new HeartbeatWriter(
            Ascii.Bytes("0123456789abcdef"), Ascii.Bytes("123.456.789-abc"), Ascii.Bytes("0123456789abcde"), health, -1);
        writer.Write(
            body, 3000000000, 2147483647, new FakeBoard { ResetReason = "0123456789abcde", BoardFault = "0123456789abcde" }, state);
        Assert.IsFalse(body.HasOverflowed);
        OutputHelper.WriteLine("longest heartbeat: " + body.Length.ToString() + " bytes");
    }

    /// <summary>As many counters as the backend keeps, and no more.</summary>
    [TestMethod]
    public void TheBackendKeepsAllCounters()
    {
        Assert.IsTrue(Health.Counters <= 32);
    }

    private static string Write(FakeBoard board, Health health, SendState state)
    {
        var body = new ByteWriter(new byte[400]);
        var writer = new HeartbeatWriter(Ascii.Bytes("JBNB0001"), Ascii.Bytes("6.0.0"), Ascii.Bytes("atoms3"), health, -2);
        writer.Write(body, 86400, 3, board, state);
        Assert.IsFalse(body.HasOverflowed);
        return Encoding.UTF8.GetString(body.Buffer, 0, body.Length);
    }

    private sealed class Names : IFleetNames
    {
        public void WriteKeys(ByteWriter writer)
        {
            writer.Text("0123,4567");
        }

        public void WriteFloor(ByteWriter writer)
        {
            writer.Text("65535.999999999!");
        }
    }
}
