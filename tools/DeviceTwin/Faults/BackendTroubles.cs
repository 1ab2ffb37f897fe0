using System.Globalization;
using System.Text;
using JamBox.Twin.Modem;
using JamBox.Twin.Soak;
using JamBox.Twin.Time;

namespace JamBox.Twin.Faults;

/// <summary>What goes wrong with the backend: it is away, slow, refuses, talks nonsense, or does not know what time it is.</summary>
internal sealed class BackendTroubles(FaultSite site, FaultCounts counts)
{
    private const int SecondMs = 1_000;
    private const int MinuteMs = 60_000;
    private const int HugeBytes = 6_000;

    // Any: the box takes it for a word in its log.
    private const int RefusedPosition = 4;

    // Long enough for the ring to overflow.
    private const double LongOutageChance = 0.1;

    private readonly Queue<(FaultKind Kind, byte[] Answer)> _answers = new();
    private readonly SortedDictionary<long, int> _delays = [];
    private long _downUntilMs;
    private long _delayNumber;
    private long _errorMs;
    private int _steps;
    private int _refusedReports;

    /// <summary>Makes it go wrong.</summary>
    /// <param name="kind">What.</param>
    /// <param name="random">How.</param>
    public void Happen(FaultKind kind, SeededRandom random)
    {
        switch (kind)
        {
            case FaultKind.BackendDown:
                counts.Add(kind);
                GoDown(
                    random.Chance(LongOutageChance)
                        ? random.Between(120, 600) * MinuteMs
                        : ModemTroubles.Spell(random, MinuteMs, 60 * MinuteMs));
                break;
            case FaultKind.BackendSlow:
                counts.Add(kind);
                SlowDown(random.Between(5, 40) * SecondMs, random.Between(2, 20) * MinuteMs);
                break;
            case FaultKind.ClockStep:
                counts.Add(kind);
                StepClock(random);
                break;
            case FaultKind.AnswerBroken:
                _answers.Enqueue((kind, Broken(random)));
                break;
            default:
                Refuse(kind, random);
                break;
        }
    }

    /// <summary>Everything takes longer for a while; of several delays the longest counts.</summary>
    /// <param name="extraMs">How much.</param>
    /// <param name="forMs">For how long.</param>
    public void SlowDown(int extraMs, int forMs)
    {
        long key = _delayNumber++;
        _delays[key] = extraMs;
        site.Bridge.Timings.ExtraMs = _delays.Values.Max();
        site.Clock.After(forMs, () =>
        {
            _delays.Remove(key);
            site.Bridge.Timings.ExtraMs = _delays.Count == 0 ? 0 : _delays.Values.Max();
        });
    }

    /// <summary>
    /// Answers instead of the backend, when there is a refusal to give; sets the backend's clock wrong before it answers itself.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <returns>The answer; <c>null</c> = the backend's own.</returns>
    public byte[]? Answer(ReadOnlyMemory<byte> request)
    {
        site.ServerTime.ErrorMs = _errorMs;
        if (!_answers.TryDequeue(out (FaultKind Kind, byte[] Answer) next))
        {
            return null;
        }

        counts.Add(next.Kind);
        return IsOfOneReading(next.Kind) && RefusesRecords(request.ToArray()) is { } refusal ? refusal : next.Answer;
    }

    private static bool IsOfOneReading(FaultKind kind) => kind is FaultKind.Answer400 or FaultKind.Answer409 or FaultKind.Answer413;

    /// <summary>
    /// On the compact wire the backend refuses readings one by one. Every other time it is the request as a whole, after which the box
    /// sends JSON.
    /// </summary>
    private byte[]? RefusesRecords(byte[] request)
    {
        if (HttpText.Route(request) != CompactText.Route || ++_refusedReports % 2 == 0)
        {
            return null;
        }

        return CompactText.Refusal(CompactText.Records(request).Count, RefusedPosition, site.Clock.UtcNowMs);
    }

    /// <summary>All is right again.</summary>
    public void Stop()
    {
        _answers.Clear();
        _delays.Clear();
        _downUntilMs = 0;
        _errorMs = 0;
        site.Bridge.Timings.ExtraMs = 0;
        site.Bridge.Faults.IsRefusing = false;
        site.Bridge.Faults.LostRequests = 0;
        site.Bridge.Faults.LostResponses = 0;
        site.Bridge.Faults.CutResponses = 0;
    }

    private static byte[] Response(string status, string headers, string body) => Encoding.ASCII.GetBytes(string.Create(
        CultureInfo.InvariantCulture,
        $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{headers}Content-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}"));

    private static byte[] Broken(SeededRandom random)
    {
        byte[] whole = Response(
            "201 Created", string.Empty, "{\"status\":\"ok\",\"server_time\":\"2031-01-01T00:00:00Z\",\"config_version\":1}");
        switch (random.Between(0, 3))
        {
            case 0:
                // The connection ends in the middle: neither a yes nor a no.
                return whole[..random.Between(1, whole.Length - 1)];
            case 1:
                return Response("502 Bad Gateway", string.Empty, new string('x', HugeBytes));
            case 2:
                return "ERROR\r\n\r\nOK\r\n\r\n+CIPCLOSE: 0,0\r\n\r\n"u8.ToArray();
            default:
                var noise = new byte[random.Between(1, 300)];
                random.Fill(noise);
                return noise;
        }
    }

    private void GoDown(int forMs)
    {
        _downUntilMs = Math.Max(_downUntilMs, site.Clock.NowMs + forMs);
        site.Bridge.Faults.IsRefusing = true;
        site.Clock.After(forMs, () => site.Bridge.Faults.IsRefusing = site.Clock.NowMs < _downUntilMs);
    }

    private void StepClock(SeededRandom random)
    {
        int sizeMs = ModemTroubles.Spell(random, 2 * SecondMs, 180 * MinuteMs);
        _errorMs = random.Chance(0.5) ? sizeMs : -sizeMs;
        int step = ++_steps;
        site.Clock.After(random.Between(10, 180) * MinuteMs, () => _errorMs = step == _steps ? 0 : _errorMs);
    }

    private void Refuse(FaultKind kind, SeededRandom random)
    {
        (string status, int most) = kind switch
        {
            FaultKind.Answer400 => ("400 Bad Request", 1),
            FaultKind.Answer401 => ("401 Unauthorized", 3),
            FaultKind.Answer403 => ("403 Forbidden", 3),
            FaultKind.Answer409 => ("409 Conflict", 1),
            FaultKind.Answer413 => ("413 Content Too Large", 1),
            FaultKind.Answer429 => ("429 Too Many Requests", 3),
            _ => (
                random.Between(0, 2) switch { 0 => "500 Internal Server Error", 1 => "502 Bad Gateway", _ => "503 Service Unavailable" },
                6),
        };
        string headers = kind == FaultKind.Answer429
            ? string.Create(CultureInfo.InvariantCulture, $"Retry-After: {random.Between(1, 900)}\r\n")
            : string.Empty;
        byte[] answer = Response(status, headers, "{\"error\":\"refused by the twin\"}");
        for (int i = random.Between(1, most); i > 0; i--)
        {
            _answers.Enqueue((kind, answer));
        }
    }
}
