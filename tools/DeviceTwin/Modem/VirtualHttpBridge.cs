using System.Net;
using JamBox.Twin.Time;

namespace JamBox.Twin.Modem;

/// <summary>
/// The network in virtual time. It knows HTTP just enough to tell where a request ends: a whole request travels up for a drawn time,
/// takes its turn in the order of all exchanges, is really sent to the backend and really answered while virtual time stands still,
/// and the whole response travels down for a drawn time. So nothing depends on how fast anything really is.
/// </summary>
internal sealed class VirtualHttpBridge : INetworkBridge
{
    private readonly BridgeRoutes _routes;

    /// <param name="clock">The clock of the device.</param>
    /// <param name="seat">Its place in the order of exchanges.</param>
    /// <param name="seed">For the times.</param>
    /// <param name="routes">What can be reached.</param>
    /// <param name="timings">How long it takes; <c>null</c> = as usual.</param>
    public VirtualHttpBridge(VirtualClock clock, ExchangeSeat seat, long seed, BridgeRoutes routes, BridgeTimings? timings = null)
    {
        Clock = clock;
        Seat = seat;
        Random = SeededRandom.For(seed, "network");
        _routes = routes;
        Timings = timings ?? new BridgeTimings();
    }

    /// <summary>Gets how long it takes; may be changed at any time.</summary>
    public BridgeTimings Timings { get; }

    /// <summary>Gets what shall go wrong next; may be changed at any time.</summary>
    public BridgeFaults Faults { get; } = new();

    /// <summary>
    /// Gets or sets who is told of every exchange: the request, the response (<c>null</c> = none came), and whether it is the backend's
    /// own.
    /// </summary>
    public Action<byte[], byte[]?, bool>? Exchanged { get; set; }

    /// <summary>Gets the requests that the backend got.</summary>
    public int Requests { get; private set; }

    /// <summary>Gets the bytes of those requests.</summary>
    public long RequestBytes { get; private set; }

    /// <summary>Gets the bytes of their responses.</summary>
    public long ResponseBytes { get; private set; }

    /// <summary>Gets what readings and heartbeats cost on the air.</summary>
    public AirMeter Air { get; } = new();

    /// <summary>Gets what really went wrong on the way to the backend: a run in which it is not <c>null</c> proves nothing.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Gets the clock of the device.</summary>
    internal VirtualClock Clock { get; }

    /// <summary>Gets the device's place in the order of exchanges.</summary>
    internal ExchangeSeat Seat { get; }

    /// <summary>Gets where times are drawn from.</summary>
    internal SeededRandom Random { get; }

    /// <inheritdoc/>
    public INetworkConnection Open(string host, int port, INetworkSink sink)
    {
        DnsEndPoint? backend = _routes.Find(host, port, out int error);
        if (backend is not null && Faults.IsRefusing)
        {
            error = NetworkError.NetworkFailure;
        }

        VirtualHttpConnection connection = new(this, sink, backend);
        if (error == 0)
        {
            Air.Open();
        }

        connection.OpenLater(Timings.Connect.Draw(Random) + Timings.ExtraMs, error);
        return connection;
    }

    /// <summary>Draws the two ways of a round trip.</summary>
    /// <returns>Up and down, ms.</returns>
    internal (int UpMs, int DownMs) DrawRoundTrip()
    {
        int roundTripMs = Timings.RoundTrip.Draw(Random) + Timings.ExtraMs;
        int upMs = roundTripMs * Timings.UplinkPercent.Draw(Random) / 100;
        return (upMs, roundTripMs - upMs);
    }

    /// <summary>Does an exchange now, when it is the device's turn.</summary>
    /// <param name="socket">The real connection.</param>
    /// <param name="request">The request.</param>
    /// <param name="isLast">Whether the backend closes behind the response.</param>
    /// <returns>The response; <c>null</c> when none will come.</returns>
    internal byte[]? Exchange(BackendSocket socket, byte[] request, out bool isLast)
    {
        byte[]? response = null;
        bool closes = true;
        Seat.Exchange(Clock.UtcNowMs, () => response = ReallyExchange(socket, request, out closes));
        isLast = closes;
        if (response is not null && Faults.LostResponses > 0)
        {
            Faults.LostResponses--;
            Faults.LostResponsesSoFar++;
            return null;
        }

        response = response is null ? null : Faults.Tamper?.Invoke(request, response) ?? response;
        if (response is { Length: > 1 } && Faults.CutResponses > 0)
        {
            Faults.CutResponses--;
            Faults.CutResponsesSoFar++;
            isLast = true;
            return response[..Random.Between(1, response.Length - 1)];
        }

        return response;
    }

    private byte[]? ReallyExchange(BackendSocket socket, byte[] request, out bool isLast)
    {
        isLast = true;
        if (Faults.Intercept?.Invoke(request) is { } canned)
        {
            isLast = HttpFraming.ClosesAfter(canned);
            Exchanged?.Invoke(request, canned, false);
            return canned;
        }

        try
        {
            byte[] response = socket.Exchange(request, out isLast);
            response = Faults.Amend?.Invoke(request, response) ?? response;
            Requests++;
            RequestBytes += request.Length;
            ResponseBytes += response.Length;
            Air.Count(Soak.HttpText.Route(request), request, response);
            Exchanged?.Invoke(request, response, true);
            return response;
        }
        catch (Exception e) when (e is System.Net.Sockets.SocketException or IOException)
        {
            Failure ??= e;
            return null;
        }
    }
}

/// <summary>How long the narrowband network takes.</summary>
internal sealed class BridgeTimings
{
    /// <summary>Gets or sets the opening of a connection.</summary>
    public MsRange Connect { get; set; } = new(500, 2_000);

    /// <summary>Gets or sets a round trip: from the last byte of a request to the first of its response.</summary>
    public MsRange RoundTrip { get; set; } = new(800, 3_000);

    /// <summary>
    /// Gets or sets the share of the way up in a round trip, per cent. Far from 50 the box's clock is off by the difference.
    /// </summary>
    public MsRange UplinkPercent { get; set; } = new(40, 60);

    /// <summary>Gets or sets how long a connection may be idle before the peer closes it.</summary>
    public int IdleCloseMs { get; set; } = 120_000;

    /// <summary>
    /// Gets or sets what the network takes longer for now: a slow network is 25,000. Once on connecting, once on a round trip.
    /// </summary>
    public int ExtraMs { get; set; }
}

/// <summary>What shall go wrong next between modem and backend; as <see cref="ModemFaults"/>.</summary>
internal sealed class BridgeFaults
{
    /// <summary>Gets or sets a value indicating whether the backend refuses connections.</summary>
    public bool IsRefusing { get; set; }

    /// <summary>Gets or sets how many requests are lost on the way up.</summary>
    public int LostRequests { get; set; }

    /// <summary>Gets or sets how many responses are lost on the way down: the backend has done what it was asked.</summary>
    public int LostResponses { get; set; }

    /// <summary>
    /// Gets or sets how many responses end somewhere in the middle, and the connection with them: the backend has done what it was asked.
    /// </summary>
    public int CutResponses { get; set; }

    /// <summary>Gets or sets how many responses were cut so far.</summary>
    public int CutResponsesSoFar { get; set; }

    /// <summary>Gets or sets how many requests were lost so far.</summary>
    public int LostRequestsSoFar { get; set; }

    /// <summary>Gets or sets how many responses were lost so far.</summary>
    public int LostResponsesSoFar { get; set; }

    /// <summary>
    /// Gets or sets what answers instead of the backend: given the request it returns a whole response, or <c>null</c> to let the
    /// backend answer.
    /// </summary>
    public Func<ReadOnlyMemory<byte>, byte[]?>? Intercept { get; set; }

    /// <summary>
    /// Gets or sets what changes the backend's answer on its way: given request and response it returns another response.
    /// </summary>
    public Func<byte[], byte[], byte[]>? Amend { get; set; }

    /// <summary>
    /// Gets or sets what somebody on the line makes of an answer that does arrive: given request and response it returns what the box gets.
    /// Unlike <see cref="Amend"/> it is nobody's word: who reads along hears what was really said.
    /// </summary>
    public Func<byte[], byte[], byte[]>? Tamper { get; set; }
}
