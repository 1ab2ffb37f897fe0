using System.Text.Json.Nodes;
using JamBox.Twin.Time;

namespace JamBox.Twin.Soak;

/// <summary>
/// Reads along with every exchange between box and backend: which reading was answered how, what the box says it lost, which commands
/// were given and acknowledged.
/// </summary>
internal sealed class ExchangeWatch(VirtualClock clock, Problems problems)
{
    private readonly Dictionary<ReadingKey, int> _lastStatus = [];
    private readonly HashSet<int> _given = [];
    private readonly Dictionary<long, string> _bootReasons = [];
    private readonly HashSet<ReadingKey> _tooEarly = [];
    private uint _presentBoot;
    private int _told;
    private int _lastGiven = -1;
    private readonly HashSet<int> _acknowledged = [];

    /// <summary>Exchanges in all.</summary>
    public int Exchanges { get; private set; }

    /// <summary>Ids of the commands that were given.</summary>
    public IReadOnlySet<int> GivenCommands => _given;

    /// <summary>What the last reading on the wire said of losses (<c>dr</c>).</summary>
    public int LastDropped { get; private set; }

    /// <summary>
    /// Readings stored without a date because they were sent before their own boot had the time: a heartbeat that is refused waits, the
    /// readings do not.
    /// </summary>
    public int SentBeforeFirstSync => _tooEarly.Count;

    /// <summary>The reset reason in the last heartbeat that the backend took.</summary>
    public string? LastBootReason { get; private set; }

    /// <summary>How the last request with a reading was answered: 0 = not at all, or nothing that can be understood.</summary>
    /// <param name="key">Which reading.</param>
    /// <returns>The status.</returns>
    public int LastStatus(ReadingKey key) => _lastStatus.GetValueOrDefault(key);

    /// <summary>An exchange took place.</summary>
    /// <param name="request">The request.</param>
    /// <param name="response">Its response; <c>null</c> = none.</param>
    /// <param name="isFromBackend">Whether the backend saw the request.</param>
    public void See(byte[] request, byte[]? response, bool isFromBackend)
    {
        Exchanges++;
        string route = HttpText.Route(request);
        int status = HttpText.Status(response);
        if (HttpText.Body(request) is not { } body || route is not ("POST /api/reading" or "POST /api/heartbeat"))
        {
            return;
        }

        if (route == "POST /api/heartbeat")
        {
            _presentBoot = (uint)Number(body, "b");
        }
        else
        {
            var key = new ReadingKey((uint)Number(body, "b"), (int)Number(body, "n"));
            _lastStatus[key] = status;
            LastDropped = (int)Number(body, "dr");
            if (isFromBackend && status == 201)
            {
                _told = Math.Max(_told, LastDropped);
            }

            if (isFromBackend && status == 201 && Number(body, "ts") == 0 && key.Boot == _presentBoot)
            {
                _tooEarly.Add(key);
            }
        }

        if (isFromBackend && status is >= 200 and < 300)
        {
            SeeBoot(body);
            SeeCommands(body, HttpText.Body(response!));
        }
    }

    /// <summary>Gives what the backend was told of losses since the last call, in readings that it took.</summary>
    /// <returns>The greatest <c>dr</c>.</returns>
    public int TakeTold()
    {
        int told = _told;
        _told = 0;
        return told;
    }

    /// <summary>The world ends: every command that was given is acknowledged, but for the one that was given last.</summary>
    public void Finish()
    {
        foreach (int id in _given)
        {
            if (id != _lastGiven && !_acknowledged.Contains(id))
            {
                problems.Add(clock.NowMs, $"command {id} was given and never acknowledged");
            }
        }
    }

    private static long Number(JsonObject body, string name) => body[name] is JsonValue value && value.TryGetValue(out long number) ? number : 0;

    private void SeeBoot(JsonObject body)
    {
        if (body["rr"]?.GetValue<string>() is not { } reason)
        {
            return;
        }

        LastBootReason = reason;
        long boot = Number(body, "b");
        if (_bootReasons.TryGetValue(boot, out string? before) && before != reason)
        {
            problems.Add(clock.NowMs, $"boot {boot:x8} is said to be by {reason}, before by {before}");
        }

        _bootReasons[boot] = reason;
    }

    private void SeeCommands(JsonObject request, JsonObject? response)
    {
        if (request.ContainsKey("ack"))
        {
            _acknowledged.Add((int)Number(request, "ack"));
        }

        if (response?["cid"] is { })
        {
            int id = (int)Number(response, "cid");
            _given.Add(id);
            _lastGiven = id;
            if (_acknowledged.Contains(id))
            {
                problems.Add(clock.NowMs, $"command {id} is given again although it was acknowledged");
            }
        }
    }
}
