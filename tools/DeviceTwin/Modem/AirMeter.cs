using System.Globalization;
using System.Text.Json.Nodes;

namespace JamBox.Twin.Modem;

/// <summary>
/// What readings and heartbeats cost on the air: bytes of HTTP as they went, and what TCP and IP add, estimated. A packet has 40 bytes of
/// them (IPv4 and TCP without options); a connection takes seven packets to open and to close; each segment of up to 1,360 bytes takes one,
/// and its acknowledgement another.
/// </summary>
internal sealed class AirMeter
{
    /// <summary>Bytes of IP and TCP in a packet.</summary>
    public const int PacketBytes = 40;

    /// <summary>Packets without data that a connection takes: three to open it, four to close it.</summary>
    public const int ConnectionPackets = 7;

    private const int SegmentBytes = 1_360;
    private const double ReadingsAYear = 365 * 24 * 12;
    private const double DaysAYear = 365;
    private const double Million = 1e6;

    /// <summary>Readings in requests that had nothing else.</summary>
    public long Readings { get; private set; }

    /// <summary>Those of them that went alone.</summary>
    public long Single { get; private set; }

    /// <summary>Heartbeats in requests that had nothing else.</summary>
    public long Heartbeats { get; private set; }

    /// <summary>Requests in all, whatever they were.</summary>
    public long Requests { get; private set; }

    /// <summary>Connections in all.</summary>
    public long Connections { get; private set; }

    /// <summary>Bytes of HTTP of <see cref="Readings"/>, both ways.</summary>
    public long ReadingBytes { get; private set; }

    /// <summary>Bytes of HTTP of <see cref="Single"/>, both ways.</summary>
    public long SingleBytes { get; private set; }

    /// <summary>Bytes of HTTP of <see cref="Heartbeats"/>, both ways.</summary>
    public long HeartbeatBytes { get; private set; }

    /// <summary>Bytes of HTTP in all, both ways.</summary>
    public long Bytes { get; private set; }

    /// <summary>Segments in all.</summary>
    public long Segments { get; private set; }

    /// <summary>Bytes in all, with TCP and IP as they are estimated.</summary>
    public long BytesWithTcp => Bytes + (PacketBytes * ((ConnectionPackets * Connections) + (2 * Segments)));

    /// <summary>Bytes of HTTP that a live reading takes, sent alone.</summary>
    public double ReadingCost => Single > 0 ? (double)SingleBytes / Single : Readings > 0 ? (double)ReadingBytes / Readings : 0;

    /// <summary>Bytes of HTTP that a heartbeat takes, sent alone.</summary>
    public double HeartbeatCost => Heartbeats > 0 ? (double)HeartbeatBytes / Heartbeats : 0;

    /// <summary>A year of readings every five minutes and a heartbeat a day, MB of HTTP.</summary>
    public double YearMb => ((ReadingsAYear * ReadingCost) + (DaysAYear * HeartbeatCost)) / Million;

    /// <summary>The same with TCP and IP, each with a connection of its own, MB.</summary>
    public double YearMbWithTcp => YearMb + ((ReadingsAYear + DaysAYear) * (ConnectionPackets + 4) * PacketBytes / Million);

    /// <summary>A connection was opened.</summary>
    public void Open() => Connections++;

    /// <summary>A request was answered by the backend.</summary>
    /// <param name="route">Method and path.</param>
    /// <param name="request">The request.</param>
    /// <param name="response">The answer.</param>
    public void Count(string route, byte[] request, byte[] response)
    {
        long bytes = request.Length + response.Length;
        Requests++;
        Bytes += bytes;
        Segments += SegmentsOf(request.Length) + SegmentsOf(response.Length);
        (int readings, int heartbeats) = Content(route, request);
        if (readings > 0 && heartbeats == 0)
        {
            Readings += readings;
            ReadingBytes += bytes;
            Single += readings == 1 ? 1 : 0;
            SingleBytes += readings == 1 ? bytes : 0;
        }
        else if (heartbeats == 1 && readings == 0)
        {
            Heartbeats++;
            HeartbeatBytes += bytes;
        }
    }

    /// <summary>Adds another box's.</summary>
    /// <param name="other">Of that box.</param>
    public void Add(AirMeter other)
    {
        Readings += other.Readings;
        Single += other.Single;
        Heartbeats += other.Heartbeats;
        Requests += other.Requests;
        Connections += other.Connections;
        ReadingBytes += other.ReadingBytes;
        SingleBytes += other.SingleBytes;
        HeartbeatBytes += other.HeartbeatBytes;
        Bytes += other.Bytes;
        Segments += other.Segments;
    }

    /// <summary>For the summary.</summary>
    /// <param name="boxes">How many boxes.</param>
    /// <param name="virtualSeconds">How long they lived.</param>
    /// <returns>A line.</returns>
    public string Words(int boxes, double virtualSeconds)
    {
        double days = boxes * virtualSeconds / 86_400;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"On air: {ReadingCost:N0} bytes of HTTP a reading, {HeartbeatCost:N0} a heartbeat, {Bytes / days:N0} a box and day; with TCP/IP {BytesWithTcp / days:N0} " +
            $"(estimated: {PacketBytes} bytes a packet, {ConnectionPackets} packets a connection, 2 a segment). A year of 5-minute readings: {YearMb:N1} MB, with TCP/IP {YearMbWithTcp:N1} MB.");
    }

    /// <summary>For the summary's file.</summary>
    /// <returns>The figures.</returns>
    public JsonObject ToJson() => new()
    {
        ["reading_bytes"] = Math.Round(ReadingCost, 1),
        ["heartbeat_bytes"] = Math.Round(HeartbeatCost, 1),
        ["http_bytes"] = Bytes,
        ["tcp_ip_bytes"] = BytesWithTcp,
        ["requests"] = Requests,
        ["connections"] = Connections,
        ["year_mb"] = Math.Round(YearMb, 2),
        ["year_mb_tcp_ip"] = Math.Round(YearMbWithTcp, 2),
    };

    private static long SegmentsOf(int bytes) => (bytes + SegmentBytes - 1) / SegmentBytes;

    private static (int Readings, int Heartbeats) Content(string route, byte[] request)
    {
        switch (route)
        {
            case "POST /api/reading":
                return (1, 0);
            case "POST /api/heartbeat":
                return (0, 1);
            case CompactText.Route:
                List<JsonObject> records = CompactText.Records(request);
                int heartbeats = records.Count(record => record.ContainsKey("rr"));
                return (records.Count - heartbeats, heartbeats);
            default:
                return (0, 0);
        }
    }
}
