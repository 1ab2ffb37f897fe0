using System.Text;
using JamBox.Twin.Modem;
using JamBox.Twin.Time;

namespace JamBox.Twin.Tests.Modem;

public class BridgeTests
{
    private const string Request = "POST /api/reading HTTP/1.1\r\nHost: backend.jambox.test\r\nContent-Length: 5\r\n\r\nhello";

    [Fact]
    public void ARequestIsReallyAnsweredAtItsVirtualTime()
    {
        VirtualTimeProvider time = new(1_700_000_000_000);
        long exchangedAt = 0;
        string got = string.Empty;
        using TinyBackend backend = new(request =>
        {
            exchangedAt = time.UtcNowMs;
            got = request;
            return TinyBackend.Response("{}");
        });
        World world = new(backend.Routes(), time);
        world.Open();
        long sentAt = world.Clock.UtcNowMs;
        world.Connection.Send(Encoding.Latin1.GetBytes(Request[..30]));
        world.Connection.Send(Encoding.Latin1.GetBytes(Request[30..]));
        Assert.Equal("opened closed", world.Until("closed"));
        Assert.Equal(Request, got);
        Assert.Equal(TinyBackend.Response("{}"), world.Received);
        long roundTrip = world.ReceivedAtUtcMs - sentAt;
        Assert.InRange(roundTrip, 800, 3_000);
        Assert.InRange((exchangedAt - sentAt) / (double)roundTrip, 0.39, 0.61);
        Assert.Equal((1, Request.Length), (world.Bridge.Requests, world.Bridge.RequestBytes));
        Assert.Null(world.Bridge.Failure);
    }

    [Fact]
    public void OneConnectionMayCarrySeveralRequests()
    {
        int number = 0;
        using TinyBackend backend = new(_ => TinyBackend.Response($"r{++number}", closes: number == 3));
        World world = new(backend.Routes());
        world.Open();
        world.Send(Request + Request);
        world.Run(8_000);
        Assert.EndsWith("r2", world.Received);
        world.Send(Request);
        Assert.Equal("opened closed", world.Until("closed"));
        Assert.Equal(3, number);
        Assert.Equal(1, backend.Connections);
    }

    [Fact]
    public void AnIdleConnectionIsClosedByThePeerInVirtualTime()
    {
        using TinyBackend backend = new(_ => TinyBackend.Response("x", closes: false));
        World world = new(backend.Routes());
        world.Open();
        world.Send(Request);
        world.Run(100_000);
        Assert.Equal("opened", world.Log);
        Assert.Equal("opened closed", world.Until("closed"));
    }

    [Fact]
    public void AResponseWithoutLengthEndsWithTheConnection()
    {
        using TinyBackend backend = new(_ => "HTTP/1.1 200 OK\r\n\r\nall of it");
        World world = new(backend.Routes());
        world.Open();
        world.Send(Request);
        world.Until("closed");
        Assert.EndsWith("all of it", world.Received);
    }

    [Theory]
    [InlineData("elsewhere.example", 80, "failed11")]
    [InlineData("backend.jambox.test", 443, "failed1")]
    [InlineData("8.8.8.8", 80, "failed1")]
    public void NothingElseCanBeReached(string host, int port, string outcome)
    {
        using TinyBackend backend = new(_ => "never");
        World world = new(backend.Routes());
        world.Open(host, port);
        Assert.Equal(outcome, world.Log);
        Assert.Equal(0, backend.Connections);
    }

    [Fact]
    public void FaultsOnTheWay()
    {
        int asked = 0;
        using TinyBackend backend = new(_ => TinyBackend.Response($"r{++asked}", closes: false));
        World world = new(backend.Routes());
        world.Bridge.Faults.LostRequests = 1;
        world.Bridge.Faults.LostResponses = 1;
        world.Open();
        world.Send(Request);
        world.Run(5_000);
        Assert.Equal((0, string.Empty), (asked, world.Received));
        world.Send(Request);
        world.Run(5_000);
        Assert.Equal((1, string.Empty), (asked, world.Received));
        world.Bridge.Faults.Intercept = _ => Encoding.Latin1.GetBytes("HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n");
        world.Send(Request);
        world.Run(5_000);
        Assert.StartsWith("HTTP/1.1 500", world.Received);
        Assert.Equal(1, asked);
        world.Bridge.Faults.IsRefusing = true;
        world.Log = string.Empty;
        world.Open();
        Assert.Equal("failed1", world.Log);
    }

    /// <summary>An answer that ends in the middle: something came, not all of it, and the connection is gone.</summary>
    [Fact]
    public void AnAnswerIsCut()
    {
        string whole = TinyBackend.Response("all of it", closes: false);
        using TinyBackend backend = new(_ => whole);
        World world = new(backend.Routes());
        world.Bridge.Faults.CutResponses = 1;
        world.Open();
        world.Send(Request);
        world.Run(5_000);
        Assert.InRange(world.Received.Length, 1, whole.Length - 1);
        Assert.StartsWith(world.Received, whole);
        Assert.Contains("closed", world.Log);
        Assert.Equal((0, 1), (world.Bridge.Faults.CutResponses, world.Bridge.Faults.CutResponsesSoFar));
    }

    [Fact]
    public void ABackendThatIsReallyGoneIsAFailureOfTheRun()
    {
        BridgeRoutes routes;
        using (TinyBackend backend = new(_ => "never"))
        {
            routes = backend.Routes();
        }

        World world = new(routes);
        world.Open();
        world.Send(Request);
        Assert.Equal("opened closed", world.Until("closed"));
        Assert.NotNull(world.Bridge.Failure);
    }

    [Fact]
    public void WhatTheModemGaveUpIsNotSent()
    {
        int asked = 0;
        using TinyBackend backend = new(_ => TinyBackend.Response($"r{++asked}"));
        World world = new(backend.Routes());
        world.Open();
        world.Send(Request);
        world.Connection.Close();
        world.Run(10_000);
        Assert.Equal(0, asked);
        Assert.Equal("opened", world.Log);
    }

    [Fact]
    public void RealTimeBridgeCarriesBytesAsTheyAre()
    {
        using TinyBackend backend = new(_ => TinyBackend.Response("raw"));
        World world = new(backend.Routes(), isRaw: true);
        world.Clock.Pace = _ => Thread.Sleep(1);
        world.Open();
        world.Send(Request);
        Assert.Equal("opened closed", world.Until("closed"));
        Assert.Equal(TinyBackend.Response("raw"), world.Received);
        world.Log = string.Empty;
        world.Open("nowhere.example", 80);
        Assert.Equal("failed11", world.Until("failed11"));
    }

    [Fact]
    public void TheSameSeedGivesTheSameTranscript()
    {
        string first = Converse(seed: 5);
        Assert.Equal(first, Converse(seed: 5));
        Assert.NotEqual(first, Converse(seed: 6));
        Assert.Contains("+CIPRXGET: 2,0,", first);
        Assert.Contains("+IPCLOSE: 0,1", first);
    }

    private static string Converse(long seed)
    {
        using TinyBackend backend = new(_ => TinyBackend.Response("{\"status\":\"ok\"}"));
        VirtualClock clock = new(1_700_000_000_000);
        ExchangeSeat seat = new ExchangeOrder().Join(0, clock.UtcNowMs);
        clock.Seat = seat;
        VirtualHttpBridge bridge = new(clock, seat, seed, backend.Routes());
        StringWriter text = new();
        ModemSimulator modem = new(clock, bridge, seed, null, new Transcript(text));
        modem.PowerOn();
        string[] script =
            ["AT", "ATE0", "AT+CGATT=1", "AT+NETOPEN", "AT+CIPRXGET=1", "AT+CIPOPEN=0,\"TCP\",\"backend.jambox.test\",80",
                $"AT+CIPSEND=0,{Request.Length}"];
        clock.Sleep(25_000);
        foreach (string line in script)
        {
            Write(modem, line + "\r");
            clock.Sleep(5_000);
        }

        Write(modem, Request);
        clock.Sleep(5_000);
        Write(modem, "AT+CIPRXGET=2,0,1500\r");
        clock.Sleep(5_000);
        return text.ToString();
    }

    private static void Write(ModemSimulator modem, string text)
    {
        modem.Write(Encoding.Latin1.GetBytes(text), 0, text.Length);
    }

    /// <summary>A bridge with the test at the modem's end.</summary>
    private sealed class World : INetworkSink
    {
        private readonly INetworkBridge _bridge;

        public World(BridgeRoutes routes, VirtualTimeProvider? time = null, bool isRaw = false)
        {
            ExchangeSeat seat = new ExchangeOrder(time).Join(0, Clock.UtcNowMs);
            Clock.Seat = seat;
            Bridge = new VirtualHttpBridge(Clock, seat, 1, routes);
            _bridge = isRaw ? new TcpBridge(Clock, routes) : Bridge;
        }

        public VirtualClock Clock { get; } = new(1_700_000_000_000);

        public VirtualHttpBridge Bridge { get; }

        public INetworkConnection Connection { get; private set; } = null!;

        public string Log { get; set; } = string.Empty;

        public string Received { get; private set; } = string.Empty;

        public long ReceivedAtUtcMs { get; private set; }

        public void Open(string host = "backend.jambox.test", int port = 80)
        {
            Connection = _bridge.Open(host, port, this);
            Assert.Equal(string.Empty, Log);
            for (int i = 0; i < 500 && Log.Length == 0; i++)
            {
                Clock.Sleep(10);
            }
        }

        public void Send(string text)
        {
            Connection.Send(Encoding.Latin1.GetBytes(text));
        }

        public void Run(int ms)
        {
            Clock.Sleep(ms);
        }

        public string Until(string word)
        {
            for (int i = 0; i < 2_000 && !Log.EndsWith(word, StringComparison.Ordinal); i++)
            {
                Clock.Sleep(100);
            }

            return Log;
        }

        public void Opened()
        {
            Note("opened");
        }

        public void Failed(int code)
        {
            Note($"failed{code}");
        }

        public void Closed()
        {
            Note("closed");
        }

        void INetworkSink.Received(byte[] bytes)
        {
            Received += Encoding.Latin1.GetString(bytes);
            ReceivedAtUtcMs = Clock.UtcNowMs;
        }

        private void Note(string word)
        {
            Log += (Log.Length > 0 ? " " : string.Empty) + word;
        }
    }
}
