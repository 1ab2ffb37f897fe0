using System.Globalization;
using System.Text;
using JamBox.Twin.Modem;
using JamBox.Twin.Time;

namespace JamBox.Twin.Faults;

/// <summary>
/// Somebody on the line between box and backend, who reads everything and changes what he likes: forged orders, configurations and times,
/// answers played back, refusals, bytes turned over, MACs taken away. Only answers to a box that asks for a MAC: any other obeys.
/// </summary>
internal sealed class LineTroubles(FaultCounts counts)
{
    /// <summary>The year of every time that is forged: no clock of a box may get there.</summary>
    public const int ForgedYear = 2050;

    /// <summary>The version of every configuration that is forged.</summary>
    public const int ForgedVersion = 7_777_777;

    private const int FirstForgedId = 2_000_000_001;
    private const int Kinds = 9;
    private const int MostAtOnce = 3;
    private const int MacDigits = 16;

    private static readonly string[] s_commands = ["reboot", "send_now", "geolocate", "ota_check", "fetch_config", "set_interval"];

    private readonly Queue<(int Kind, SeededRandom Random)> _waiting = new();
    private readonly Dictionary<string, byte[]> _heard = new(StringComparer.Ordinal);
    private int _forged;

    /// <summary>Gets how often he said that what the box asked for is not there.</summary>
    public int Denials { get; private set; }

    /// <summary>The next answers are changed.</summary>
    /// <param name="random">How.</param>
    public void Happen(SeededRandom random)
    {
        for (int i = random.Between(1, MostAtOnce); i > 0; i--)
        {
            _waiting.Enqueue((random.Between(0, Kinds - 1), random));
        }
    }

    /// <summary>Nobody is on the line any more.</summary>
    public void Stop() => _waiting.Clear();

    /// <summary>Changes an answer on its way down, when its turn has come.</summary>
    /// <param name="request">The request.</param>
    /// <param name="response">The answer, whole.</param>
    /// <returns>What arrives.</returns>
    public byte[] Tamper(byte[] request, byte[] response)
    {
        // Where a proxy speaks in the backend's place it may be anything, as what has no status line.
        int start = response.AsSpan().StartsWith("HTTP/1.1 "u8) ? HttpFraming.BodyStart(response) : -1;
        if (start >= 0 && Soak.HttpText.Route(request) == CompactText.Route)
        {
            return CompactText.HasNonce(request) ? TamperCompact(response, start) : response;
        }

        // What is broken already is no yes: it would be made one.
        if (start < 0 || Soak.HttpText.Status(response) == 0 || request.AsSpan().IndexOf("\r\nN: "u8) < 0)
        {
            return response;
        }

        string target = Encoding.ASCII.GetString(request.AsSpan(0, request.AsSpan().IndexOf(" HTTP"u8)));
        _heard.TryGetValue(target, out byte[]? before);
        _heard[target] = [.. response];
        if (!_waiting.TryDequeue(out (int Kind, SeededRandom Random) attack))
        {
            return response;
        }

        counts.Add(FaultKind.LineForged);
        string mac = MacOf(response, start);
        byte[] body = response[start..];
        SeededRandom random = attack.Random;
        switch (attack.Kind)
        {
            case 0:
                return Answer(response, StatusOf(response), Orders(target), null);
            case 1:
                var invented = new byte[MacDigits / 2];
                random.Fill(invented);
                return Answer(response, StatusOf(response), Orders(target), Convert.ToHexStringLower(invented));
            case 2:
                return Answer(response, StatusOf(response), Orders(target), mac);
            case 3:
                return Answer(response, StatusOf(response), body, null);
            case 4 when before is not null && IsSameStatus(before, response):
                return before;
            case 5 when _heard.Count > 1 && IsSameStatus(_heard.Values.First(), response):
                // The answer to something else, its MAC and all.
                return _heard.Values.First();
            case 6:
                bool isDenied = !random.Chance(0.5);
                Denials += isDenied ? 1 : 0;
                return Answer(response, isDenied ? "404 Not Found" : "400 Bad Request", "{\"error\":\"no\"}"u8, mac);
            case 7:
                return Answer(response, "429 Too Many Requests\r\nRetry-After: 3600", "{\"error\":\"no\"}"u8, null);
            default:
                if (body.Length == 0)
                {
                    return Answer(response, StatusOf(response), body, null);
                }

                body[random.Between(0, body.Length - 1)] ^= (byte)(1 << random.Between(0, 7));
                return Answer(response, StatusOf(response), body, mac);
        }
    }

    /// <summary>
    /// The same on the compact wire. What it says of the readings stays: a yes is obeyed whoever says it, as it is with JSON, and whoever
    /// can say it could have altered the reading.
    /// </summary>
    private byte[] TamperCompact(byte[] response, int start)
    {
        _heard.TryGetValue(CompactText.Route, out byte[]? before);
        _heard[CompactText.Route] = [.. response];
        if (CompactText.Results(response) is not { } results || !_waiting.TryDequeue(out (int Kind, SeededRandom Random) attack))
        {
            return response;
        }

        counts.Add(FaultKind.LineForged);
        byte[] mac = CompactText.MacOf(response);
        var invented = new byte[mac.Length];
        attack.Random.Fill(invented);
        switch (attack.Kind)
        {
            case 0:
                return Forged(results, null);
            case 1:
                return Forged(results, invented);
            case 2:
                return Forged(results, mac);
            case 3:
                return response[start..] is [var head, .. var rest] && rest.Length > mac.Length
                    ? Answer(response, StatusOf(response), [(byte)(head - 1), .. rest[..^(mac.Length + 1)]], null)
                    : response;
            case 4 or 5 when CompactText.Results(before) is { } old && old.SequenceEqual(results):
                return before!;
            case 6:
                return Answer(response, attack.Random.Chance(0.5) ? "400 Bad Request" : "404 Not Found", "{\"error\":\"no\"}"u8, null);
            case 7:
                return Answer(response, "429 Too Many Requests\r\nRetry-After: 3600", "{\"error\":\"no\"}"u8, null);
            default:
                response[^attack.Random.Between(1, mac.Length)] ^= (byte)(1 << attack.Random.Between(0, 7));
                return response;
        }
    }

    private byte[] Forged(List<long> results, byte[]? mac)
    {
        _forged++;
        long seconds = new DateTimeOffset(ForgedYear, 1, 1, 0, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds();
        return CompactText.Answer(
            seconds, ForgedVersion, results, (1 + (_forged % s_commands.Length), FirstForgedId + _forged, 3_600_000), mac);
    }

    /// <summary>A yes to a reading is obeyed whoever says it (docs/ota.md): where the backend said no, none is played back.</summary>
    private static bool IsSameStatus(byte[] heard, byte[] response) => Soak.HttpText.Status(heard) == Soak.HttpText.Status(response);

    private static string StatusOf(byte[] response) =>
        Encoding.ASCII.GetString(response.AsSpan(9, response.AsSpan().IndexOf("\r\n"u8) - 9));

    private static string MacOf(byte[] response, int start)
    {
        string head = Encoding.Latin1.GetString(response.AsSpan(0, start));
        int at = head.IndexOf("\r\nM: ", StringComparison.Ordinal);
        return at < 0 ? new string('0', MacDigits) : head.Substring(at + 5, MacDigits);
    }

    private static byte[] Answer(byte[] response, string status, ReadOnlySpan<byte> body, string? mac)
    {
        bool closes = HttpFraming.ClosesAfter(response.AsSpan(0, HttpFraming.BodyStart(response)));
        string head = string.Create(
            CultureInfo.InvariantCulture,
            $"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\n{(closes ? "Connection: close\r\n" : "")}{(mac is null ? "" : $"M: {mac}\r\n")}\r\n");
        return [.. Encoding.ASCII.GetBytes(head), .. body];
    }

    /// <summary>What a box without a key would do at once.</summary>
    private byte[] Orders(string target)
    {
        if (target.Contains("/api/config/", StringComparison.Ordinal))
        {
            return Encoding.ASCII.GetBytes(string.Create(
                CultureInfo.InvariantCulture,
                $"{{\"config_version\":{ForgedVersion},\"rssi_immediate_threshold\":-31,\"rssi_near_threshold\":-51,\"rssi_far_threshold\":-66,\"dwell_short_threshold\":3,\"dwell_medium_threshold\":7,\"dwell_long_threshold\":21,\"report_interval_ms\":3600000,\"heartbeat_interval_ms\":604800000,\"geolocation_on_boot\":false,\"wifi_channels\":[13]}}"));
        }

        _forged++;
        return Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"status\":\"ok\",\"server_time\":\"{ForgedYear}-01-01T00:00:00Z\",\"config_version\":{ForgedVersion},\"update_available\":true,\"id\":{_forged},\"target\":\"9.9.9\",\"size\":1,\"chunks\":1,\"command\":\"{s_commands[_forged % s_commands.Length]}\",\"arg\":3600000,\"cid\":{FirstForgedId + _forged}}}"));
    }
}
