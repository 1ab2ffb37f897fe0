using JamBox.Things.Settings;
using JamBox.Things.Text;
using JamBox.Things.Uplink;
using nanoFramework.TestFramework;

namespace JamBox.Things.Tests;

/// <summary>Tests of <see cref="BackOff"/>, <see cref="HttpExchange"/>, <see cref="MqttPackets"/> and <see cref="MqttLink"/>.</summary>
[TestClass]
public class UplinkTests
{
    /// <summary>Pauses double up to five minutes, less up to a quarter, and begin anew after a success.</summary>
    [TestMethod]
    public void PausesDouble()
    {
        var backOff = new BackOff(7);
        int pause = BackOff.FirstMs;
        for (int i = 0; i < 12; i++)
        {
            backOff.Fail(1000);
            Assert.IsTrue(backOff.AtMs - 1000 <= pause && backOff.AtMs - 1000 >= pause - (pause / 4), pause + ": " + backOff.AtMs);
            pause = pause * 2 < BackOff.MaxMs ? pause * 2 : BackOff.MaxMs;
        }

        backOff.Fail(0, 500);
        Assert.AreEqual(500000L, backOff.AtMs);
        backOff.Fail(0, int.MaxValue);
        Assert.AreEqual((long)BackOff.MaxAskedMs, backOff.AtMs);
        backOff.Succeed();
        Assert.IsTrue(backOff.IsDue(0));
        backOff.Fail(0);
        Assert.IsTrue(backOff.AtMs <= BackOff.FirstMs);
    }

    /// <summary>Different things do not come back in step.</summary>
    [TestMethod]
    public void PausesDiffer()
    {
        int same = 0;
        for (int seed = 0; seed < 100; seed++)
        {
            var one = new BackOff(seed);
            var other = new BackOff(seed + 1);
            one.Fail(0);
            other.Fail(0);
            same += one.AtMs == other.AtMs ? 1 : 0;
        }

        Assert.IsTrue(same < 10, same.ToString());
    }

    /// <summary>An answer in pieces; the connection is kept; one that the server closed meanwhile is made anew, once.</summary>
    [TestMethod]
    public void AnswersComeInPieces()
    {
        var clock = new FakeClock();
        var server = new FakeServer(clock);
        var http = new HttpExchange(server, clock);
        ByteWriter request = new ByteWriter(100).Text("GET / HTTP/1.1\r\n\r\n");
        Assert.AreEqual(200, http.Run("x", 80, null, request));
        server.Connection.PieceBytes = 1;
        Assert.AreEqual(200, http.Run("x", 80, null, request));
        Assert.AreEqual(2, http.BodyLength);
        server.IsChunked = true;
        Assert.AreEqual(200, http.Run("x", 80, null, request));
        Assert.AreEqual("{}", Noise.TextOf(http.Body, http.BodyOffset + http.BodyLength).Substring(http.BodyOffset));
        server.IsChunked = false;
        Assert.AreEqual(1, server.Opened);
        server.Connection.IsBroken = true;
        Assert.AreEqual(200, http.Run("x", 80, null, request));
        Assert.AreEqual(2, server.Opened);
        server.Connection.IsBroken = true;
        server.IsAway = true;
        Assert.AreEqual(HttpExchange.NoAnswer, http.Run("x", 80, null, request));
    }

    /// <summary>Answers that make no sense, have no length, or do not come in time.</summary>
    [TestMethod]
    public void BadAnswersAreRefused()
    {
        Assert.AreEqual(HttpExchange.Malformed, StatusOf("HTTP/1.1 2x0 OK\r\nContent-Length: 0\r\n\r\n"));
        Assert.AreEqual(HttpExchange.Malformed, StatusOf("HTTP/1.1 200 OK\r\n\r\n"));
        Assert.AreEqual(HttpExchange.Malformed, StatusOf("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"));
        Assert.AreEqual(HttpExchange.Malformed, StatusOf("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n"));
        Assert.AreEqual(HttpExchange.NoAnswer, StatusOf("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"));
        Assert.AreEqual(HttpExchange.NoAnswer, StatusOf(null));
        const string Chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
        Assert.AreEqual(200, StatusOf(Chunked + "5\r\n{\"a\":\r\n2;x=y\r\n1}\r\n0\r\n\r\n"));
        Assert.AreEqual(HttpExchange.NoAnswer, StatusOf(Chunked + "5\r\n{\"a\":\r\n"));
        Assert.AreEqual(HttpExchange.Malformed, StatusOf(Chunked + "x\r\n"));
        Assert.AreEqual(HttpExchange.Malformed, StatusOf(Chunked + "2\r\nabcd\r\n0\r\n\r\n"));
        Assert.AreEqual(HttpExchange.Malformed, StatusOf(Chunked + "ffffffff\r\n"));
        Assert.AreEqual(429, StatusOf("HTTP/1.1 429 Slow\r\nretry-after: 7\r\nCONTENT-LENGTH: 0\r\n\r\n"));
        string endless = "HTTP/1.1 200 OK\r\nX: ";
        while (endless.Length < 8000)
        {
            endless += endless;
        }

        Assert.AreEqual(HttpExchange.Malformed, StatusOf(endless));
    }

    /// <summary>500 damaged answers (seed 29).</summary>
    [TestMethod]
    public void DamagedAnswersAreSurvived()
    {
        uint random = 29;
        for (int i = 0; i < 500; i++)
        {
            StatusOf(Noise.Mutate(
                "HTTP/1.1 200 OK\r\nContent-Length: 11\r\nX-SHA256: 00\r\nConnection: close\r\n\r\n{\"led\":1}..", ref random));
        }
    }

    /// <summary>The bytes of the packets, from MQTT 3.1.1's own rules.</summary>
    [TestMethod]
    public void PacketsAreThoseOfTheStandard()
    {
        var writer = new ByteWriter(300);
        MqttPackets.Connect(writer, "a1", "pw", 60);
        Assert.AreEqual(
            "\u0010\u0016\u0100\u0004MQTT\u0004\u00c2\u0100\u003c\u0100\u0002a1\u0100\u0002a1\u0100\u0002pw",
            Noise.TextOf(writer.Buffer, writer.Count));
        MqttPackets.Publish(writer.Clear(), "t/x", 258, Noise.BytesOf("{}"), 2);
        Assert.AreEqual("\u0032\u0009\u0100\u0003t/x\u0001\u0002{}", Noise.TextOf(writer.Buffer, writer.Count));
        MqttPackets.Subscribe(writer.Clear(), 1, "t");
        Assert.AreEqual("\u0082\u0006\u0100\u0001\u0100\u0001t\u0001", Noise.TextOf(writer.Buffer, writer.Count));
        MqttPackets.Publish(writer.Clear(), "t", 0, new byte[200], 200);
        Assert.AreEqual(203, MqttPackets.LengthOf(writer.Buffer, writer.Count, out int head) - head);
        Assert.AreEqual(3, head);
        Assert.AreEqual(-1, MqttPackets.LengthOf(new byte[] { 0x30, 0xFF, 0xFF, 0xFF, 0xFF, 1 }, 6, out head));
        Assert.AreEqual(0, MqttPackets.LengthOf(new byte[] { 0x30, 0xFF }, 2, out head));
    }

    /// <summary>
    /// Connection, four subscriptions; telemetry is taken only when acknowledged, and sent again over a new connection; wishes, commands
    /// and
    /// offers in the old shapes; a silent broker is left.
    /// </summary>
    [TestMethod]
    public void ABrokerIsSpokenTo()
    {
        var clock = new FakeClock();
        var broker = new Broker(clock);
        var wishes = new FakeWishes();
        MqttLink link = Link(broker, wishes);
        link.Step(0);
        Assert.IsFalse(link.IsReady(0));
        link.Step(50);
        Assert.IsTrue(link.IsReady(50));
        Assert.AreEqual(5, broker.Requests.Count);
        Assert.AreEqual(1, broker.CountOf("jambox/device/clock-1/commands"));
        Assert.AreEqual(1, broker.CountOf("jambox/prod/version/response/clock-1"));
        Assert.IsTrue(link.Send(Word.Telemetry, Json("{\"v0\":1}"), 100));
        Assert.AreEqual(0, link.Taken);
        link.Step(120);
        broker.Connection.IsBroken = true;
        link.Step(150);
        Assert.IsFalse(link.IsReady(150));
        broker.Acknowledges = true;
        for (int now = 200; now < 10000; now += 50)
        {
            link.Step(now);
        }

        // The same number, and marked as one that may have come before; values are called data, as by HTTP.
        Assert.AreEqual(1, link.Taken);
        Assert.AreEqual(2, broker.CountOf("{\"data\":{\"v0\":1}}"));
        Assert.AreEqual(1, broker.CountOf("\u0032\u0034\u0100"));
        Assert.AreEqual(1, broker.CountOf("\u003a\u0034\u0100"));

        Push(
            broker, "jambox/device/clock-1/commands",
            "{\"type\":\"led\",\"state\":1,\"virtual_pin\":\"v3\",\"timestamp\":\"2026-01-01T00:00:00Z\"}");
        Push(broker, "jambox/device/clock-1/commands", "{\"type\":\"led\",\"state\":1,\"virtual_pin\":\"v9\"}");
        Push(broker, "jambox/device/clock-1/commands", "{\"type\":\"command\",\"id\":17,\"command\":\"reboot\"}");
        Push(broker, "jambox/prod/command/clock-1", "{\"command\":\"rollback\",\"target_version\":\"v0.9.0\"}");
        Push(broker, "jambox/prod/command/clock-1", "restart");
        Push(
            broker, "jambox/prod/version/response/clock-1",
            "{\"latest_version\":\"v1.3.0\",\"current_version\":\"v1.2.3\",\"update_available\": true,"
            + "\"session_id\":\"s\",\"pinned\":false}");
        link.Step(10000);
        Assert.AreEqual("v3=1;reboot;rollback v0.9.0;offer v1.3.0 s;", wishes.Heard);

        broker.IsSilent = true;
        int connections = link.Connections;
        for (int now = 10050; now < 60000; now += 50)
        {
            link.Step(now);
        }

        Assert.IsFalse(link.IsReady(60000));
        broker.IsSilent = false;
        for (int now = 60000; now < 70000; now += 50)
        {
            link.Step(now);
        }

        Assert.AreEqual(connections + 1, link.Connections);
    }

    /// <summary>What waits is bounded: the oldest goes, and is counted.</summary>
    [TestMethod]
    public void TheOutboxIsBounded()
    {
        MqttLink link = Link(new Broker(new FakeClock()) { IsAway = true }, new FakeWishes());
        for (int i = 0; i < MqttLink.MaxWaiting + 3; i++)
        {
            link.Send(Word.Telemetry, Json("{}"), 0);
        }

        Assert.AreEqual(3, link.Lost);
        Assert.IsFalse(link.Send(Word.Heartbeat, Json("{}"), 0));
        var large = new ByteWriter(MqttLink.MaxPacketBytes);
        while (large.Count < MqttLink.MaxPacketBytes - 10)
        {
            large.Text("0123456789");
        }

        Assert.IsFalse(link.Send(Word.Telemetry, large, 0));
        Assert.AreEqual(4, link.Lost);
    }

    /// <summary>500 damaged streams (seed 31): the link drops the connection, or goes on, and never throws.</summary>
    [TestMethod]
    public void DamagedPacketsAreSurvived()
    {
        uint random = 31;
        var writer = new ByteWriter(300);
        byte[] payload = Noise.BytesOf("{\"command\":\"info\",\"state\":1}");
        MqttPackets.Publish(writer, "jambox/prod/command/clock-1", 7, payload, payload.Length);
        string packet = Noise.TextOf(writer.Buffer, writer.Count);
        for (int i = 0; i < 500; i++)
        {
            var broker = new Broker(new FakeClock());
            MqttLink link = Link(broker, new FakeWishes());
            link.Step(0);
            link.Step(50);
            broker.Connection.Push(Noise.Mutate(packet + "\u0040\u0002\u0100\u0001" + packet, ref random));
            for (int now = 100; now < 300; now += 50)
            {
                link.Step(now);
            }
        }
    }

    private static int StatusOf(string answer)
    {
        var clock = new FakeClock();
        var server = new Canned(clock, answer);
        return new HttpExchange(server, clock).Run("x", 80, null, new ByteWriter(10).Text("GET"));
    }

    private static MqttLink Link(FakeServer broker, FakeWishes wishes)
    {
        var settings = new ThingSettings(new FakeStore());
        settings.Change("id", "clock-1");
        settings.Change("token", "SECRET");
        settings.Change("server", "http://x");
        return new MqttLink(broker, settings, wishes, 3);
    }

    private static ByteWriter Json(string text)
    {
        return new ByteWriter(200).Text(text);
    }

    private static void Push(Broker broker, string topic, string payload)
    {
        var writer = new ByteWriter(400);
        MqttPackets.Publish(writer, topic, 9, Noise.BytesOf(payload), payload.Length);
        broker.Connection.Push(Noise.TextOf(writer.Buffer, writer.Count));
    }

    private sealed class Canned : FakeServer
    {
        private readonly string _answer;

        public Canned(FakeClock clock, string answer)
            : base(clock)
        {
            _answer = answer;
        }

        public override string Reply(string request)
        {
            return _answer;
        }
    }

    private sealed class Broker : FakeServer
    {
        public Broker(FakeClock clock)
            : base(clock)
        {
        }

        public bool Acknowledges { get; set; }

        public bool IsSilent { get; set; }

        public override string Reply(string request)
        {
            if (IsSilent)
            {
                return null;
            }

            switch (request[0] >> 4)
            {
                case 1:
                    return "\u0020\u0002\u0100\u0100";
                case 8:
                    return "\u0090\u0003" + request[2] + request[3] + "\u0001";
                case 12:
                    return "\u00d0\u0100";
                case 3:
                    int topic = request[3];
                    return Acknowledges && (request[0] & 6) != 0 ? "\u0040\u0002" + request[4 + topic] + request[5 + topic] : null;
                default:
                    return null;
            }
        }
    }
}
