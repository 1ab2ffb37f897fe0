using JamBox.Things.App;
using JamBox.Things.Ota;
using JamBox.Things.Text;
using nanoFramework.TestFramework;

namespace JamBox.Things.Tests;

/// <summary>The whole thing against a recorded server, in virtual time.</summary>
[TestClass]
public class ThingTests
{
    private const string Answer =
        "{\"message\":\"ok\",\"device_id\":\"clock-1\",\"led\":0,\"updated_data\":{\"v0\":0,\"t.v0\":1},"
        + "\"timestamp\":\"2026-03-02T08:00:00Z\"}";

    /// <summary>The old call, byte by byte.</summary>
    [TestMethod]
    public void TelemetryIsTheOldCall()
    {
        var clock = new FakeClock();
        var server = new Server(clock);
        var board = new FakeBoard(server, clock);
        board.Run(board.Start(), 1000);
        const string Body = "{\"device_token\":\"SECRET\",\"data\":{\"v0\":0,\"v1\":0,\"v2\":0,\"v3\":0,\"v4\":0,\"temperature\":25.5}}";
        Assert.AreEqual(
            "POST /telemetry HTTP/1.1\r\nHost: things.test\r\nAuthorization: Bearer SECRET\r\nUser-Agent: thing/1\r\n"
            + "Content-Type: application/json\r\nContent-Length: " + Body.Length + "\r\n\r\n" + Body,
            (string)server.Requests[1]);
    }

    /// <summary>What it is comes first; how it is, with its line, once a minute.</summary>
    [TestMethod]
    public void SaysWhatItIsAndHowItIs()
    {
        var clock = new FakeClock();
        var server = new Server(clock);
        var board = new FakeBoard(server, clock);
        board.Run(board.Start(), 2000);
        var first = (string)server.Requests[0];
        Assert.AreEqual(0, first.IndexOf("POST /api/things/info HTTP/1.1\r\n"), first);
        Assert.IsTrue(first.IndexOf("\"supported_commands\":[") > 0, first);
        Assert.AreEqual(1, server.CountOf("POST /api/things/info "));
        Assert.IsTrue(server.CountOf("\"rssi\":") > 0 && server.CountOf("\"ssid\":\"") > 0);
    }

    /// <summary>A server that is away at first hears later what the thing is; one that does not want to know is not asked again.</summary>
    [TestMethod]
    public void WhatItIsIsSaidUntilTheServerHasIt()
    {
        var clock = new FakeClock();
        var server = new Server(clock) { Status = "503 No" };
        var board = new FakeBoard(server, clock);
        Thing thing = board.Start();
        board.Run(thing, 2000);
        int before = server.CountOf("POST /api/things/info ");
        server.Status = "200 OK";
        board.Run(thing, 400000);
        Assert.IsTrue(before > 0);
        Assert.AreEqual(before + 1, server.CountOf("POST /api/things/info "));

        var old = new Server(clock) { Status = "404 No" };
        var other = new FakeBoard(old, clock);
        other.Run(other.Start(), 60000);
        Assert.AreEqual(1, old.CountOf("POST /api/things/info "));
    }

    /// <summary>Six messages and one heartbeat a minute.</summary>
    [TestMethod]
    public void ComesWhenItIsDue()
    {
        var clock = new FakeClock();
        var server = new Server(clock);
        var board = new FakeBoard(server, clock);
        Thing thing = board.Start();
        board.Run(thing, 600000);
        int telemetry = server.CountOf("POST /telemetry ");
        Assert.IsTrue(telemetry >= 58 && telemetry <= 61, telemetry + "");
        Assert.IsTrue(server.CountOf("POST /api/things/heartbeat ") >= 9 && server.CountOf("POST /api/things/heartbeat ") <= 11);
        Assert.AreEqual(1, server.CountOf("GET /api/status "));
        Assert.AreEqual(1, server.Opened);
        Assert.IsTrue(thing.IsHealthy);
    }

    /// <summary>What an operator wants is done and said within a second; a value that the output cannot have is said as it is.</summary>
    [TestMethod]
    public void WishesAreFulfilledAndReported()
    {
        var clock = new FakeClock();
        var server = new Server(clock) { Data = "{\"v0\":1,\"v2\":true,\"v4\":250,\"v9\":1,\"v1\":\"on\",\"nested\":{\"v3\":1}}" };
        var board = new FakeBoard(server, clock);
        Thing thing = board.Start();
        board.Run(thing, 2000);
        Assert.AreEqual(1, board.Outputs.Get(0));
        Assert.AreEqual(0, board.Outputs.Get(1));
        Assert.AreEqual(1, board.Outputs.Get(2));
        Assert.AreEqual(0, board.Outputs.Get(3));
        Assert.IsTrue(server.CountOf("\"v0\":1,\"v1\":0,\"v2\":1,\"v3\":0,\"v4\":100") > 0, server.Last);
        Assert.AreEqual(2, thing.Fulfilled);
    }

    /// <summary>A server that is away, or refuses, is asked ever more seldom, and found again.</summary>
    [TestMethod]
    public void AServerThatIsAwayIsSpared()
    {
        var clock = new FakeClock();
        var server = new Server(clock) { Status = "503 No" };
        var board = new FakeBoard(server, clock);
        Thing thing = board.Start();
        board.Run(thing, 1800000);
        Assert.IsTrue(server.Requests.Count < 25, server.Requests.Count + "");
        Assert.IsFalse(thing.IsHealthy);
        Assert.IsNull(board.Device.RestartReason);
        server.Status = "200 OK";
        board.Run(thing, 400000);
        Assert.IsTrue(thing.IsHealthy);
        Assert.AreEqual(0, server.CountOf("SECRETS"));
    }

    /// <summary>When the server took nothing for an hour, with Wi-Fi there, the thing restarts.</summary>
    [TestMethod]
    public void TheLastResortIsARestart()
    {
        var clock = new FakeClock();
        var board = new FakeBoard(new Server(clock) { IsAway = true }, clock);
        Thing thing = board.Start();
        for (int i = 0; i < 7300 && board.Device.RestartReason == null; i++)
        {
            board.Run(thing, 500);
        }

        Assert.AreEqual("the server took nothing for an hour", board.Device.RestartReason);
    }

    /// <summary>A sensor that fails is left out, a thing that is not set up says nothing.</summary>
    [TestMethod]
    public void WhatIsNotThereIsNotSaid()
    {
        var clock = new FakeClock();
        var server = new Server(clock);
        var board = new FakeBoard(server, clock);
        board.Sensors.IsBroken = true;
        board.Run(board.Start(), 1000);
        Assert.AreEqual(0, server.CountOf("temperature"));
        var other = new Server(clock);
        var bare = new FakeBoard(other, clock);
        bare.Store.Set("token", null);
        bare.Run(bare.Start(), 20000);
        Assert.AreEqual(0, other.Requests.Count);
    }

    /// <summary>
    /// The offer of a version is obeyed; where the image cannot be replaced it is checked, and failed with the reason, once.
    /// </summary>
    [TestMethod]
    public void AnImageThatCannotBeInstalledIsCheckedAndRefused()
    {
        var clock = new FakeClock();
        var server = new Server(clock) { Image = Image(3000) };
        var board = new FakeBoard(server, clock);
        Thing thing = board.Start();
        board.Run(thing, 30000);
        const string Start =
            "{\"event\":\"start\",\"product\":\"clock\",\"platform\":\"esp32c3\",\"old_version\":\"v1.0.0\",\"new_version\":\"v1.1.0\"}";
        Assert.AreEqual(1, server.CountOf(Start));
        Assert.AreEqual(1, server.CountOf("GET /api/firmware/esp32c3?product=clock&version=v1.1.0 HTTP/1.1"));
        Assert.AreEqual(1, server.CountOf("{\"event\":\"complete\",\"status\":\"failed\",\"error\":\"" + Updater.CannotReplace + "\"}"));
        server.ForgetsTelemetry = true;
        board.Run(thing, 3700000);
        Assert.AreEqual(1, server.CountOf(Start));
        Assert.IsNull(board.Device.RestartReason);
    }

    /// <summary>Where it can, it is written, activated, and the thing starts anew.</summary>
    [TestMethod]
    public void AnImageIsInstalled()
    {
        var clock = new FakeClock();
        var server = new Server(clock) { Image = Image(5000) };
        var board = new FakeBoard(server, clock);
        board.Slot.CanReplace = true;
        board.Run(board.Start(), 30000);
        Assert.IsTrue(board.Slot.IsActive);
        Assert.AreEqual(5000, board.Slot.Written);
        Assert.AreEqual(1, server.CountOf("{\"event\":\"complete\",\"status\":\"success\"}"));
        Assert.IsTrue(server.CountOf("{\"event\":\"progress\",\"progress\":") >= 3);
        Assert.AreEqual("a new image", board.Device.RestartReason);
    }

    /// <summary>An image with another hash, or that breaks off, is never activated.</summary>
    [TestMethod]
    public void ADamagedImageIsNotInstalled()
    {
        var clock = new FakeClock();
        var server = new Server(clock) { Image = Image(3000), IsDamaged = true };
        var board = new FakeBoard(server, clock);
        board.Slot.CanReplace = true;
        board.Run(board.Start(), 30000);
        Assert.IsFalse(board.Slot.IsActive);
        Assert.AreEqual(1, server.CountOf("\"error\":\"the SHA-256 is wrong\"}"));
        var cut = new Server(clock) { Image = Image(3000), Announced = 4000 };
        var other = new FakeBoard(cut, clock);
        other.Slot.CanReplace = true;
        other.Run(other.Start(), 60000);
        Assert.IsFalse(other.Slot.IsActive);
        Assert.AreEqual(1, cut.CountOf("\"error\":\"the download broke off\"}"));
    }

    /// <summary>The hash, by the standard's own examples.</summary>
    [TestMethod]
    public void HashesAreThoseOfTheStandard()
    {
        Assert.AreEqual("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", HashOf(""));
        Assert.AreEqual("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", HashOf("abc"));
        Assert.AreEqual(
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
            HashOf("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"));
    }

    private static string HashOf(string text)
    {
        var hash = new Sha256();
        byte[] bytes = Noise.BytesOf(text);
        hash.Add(bytes, bytes.Length);
        return Words.Hex(hash.Finish(), Sha256.HashBytes);
    }

    private static string Image(int length)
    {
        string image = "";
        while (image.Length < length)
        {
            image += "0123456789";
        }

        return image;
    }

    private sealed class Server : FakeServer
    {
        public Server(FakeClock clock)
            : base(clock)
        {
        }

        public string Status { get; set; } = "200 OK";

        public string Data { get; set; }

        public string Image { get; set; }

        public bool IsDamaged { get; set; }

        public int Announced { get; set; }

        public override string Reply(string request)
        {
            if (Status != "200 OK")
            {
                return "HTTP/1.1 " + Status + "\r\nContent-Length: 0\r\n\r\n";
            }

            if (request.StartsWith("POST /telemetry "))
            {
                return Ok(Data == null ? Answer : "{\"message\":\"ok\",\"updated_data\":" + Data + "}");
            }

            if (request.StartsWith("GET /api/status ") && Image != null)
            {
                return Ok(
                    "{\"status\":\"ok\",\"versions\":[{\"product\":\"bell\",\"version\":\"v9\"},"
                    + "{\"product\":\"clock\",\"version\":\"v1.1.0\",\"size\":1}]}");
            }

            if (request.StartsWith("GET /api/firmware/"))
            {
                string body = IsDamaged ? "x" + Image.Substring(1) : Image;
                int length = Announced == 0 ? body.Length : Announced;
                return "HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\nX-SHA256: " + HashOf(Image) + "\r\n\r\n" + body;
            }

            return Ok("{}");
        }
    }
}
