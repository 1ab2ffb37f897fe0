using System.Text;
using System.Text.Json.Nodes;
using JamBox.Twin.Modem;
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
        if (route == CompactText.Route)
        {
            SeeCompact(request, response, status, isFromBackend);
        }
        else if (HttpText.Body(request) is { } body && route is "POST /api/reading" or "POST /api/heartbeat")
        {
            SeeRecord(body, route == "POST /api/heartbeat", status, isFromBackend);
            if (isFromBackend && status is >= 200 and < 300)
            {
                SeeBoot(body);
                SeeAcknowledgement(body);
                SeeCommand(HttpText.Body(response!)?["cid"]?.GetValue<long>());
            }
        }
    }

    /// <summary>Each record has its own end: as one that is alone would have, with the status that JSON has for it.</summary>
    private void SeeCompact(byte[] request, byte[]? response, int status, bool isFromBackend)
    {
        List<JsonObject> records = CompactText.Records(request);
        List<long>? results = status is >= 200 and < 300 ? CompactText.Results(response) : null;
        if (results?.Count != records.Count)
        {
            results = null;
        }

        for (int i = 0; i < records.Count; i++)
        {
            // A refusal of the request as a whole sets no reading aside: it goes as JSON.
            int own = results is null ? 0 : results[i] switch { 0 or 1 => 201, < 0 => 400, _ => 429 };
            SeeRecord(records[i], records[i].ContainsKey("rr"), own, isFromBackend);
            if (isFromBackend && own == 201)
            {
                SeeBoot(records[i]);
            }

            if (isFromBackend && results is not null)
            {
                SeeAcknowledgement(records[i]);
            }
        }

        if (isFromBackend && results is not null)
        {
            SeeCommand(CompactText.CommandId(response!));
        }
    }

    private void SeeRecord(JsonObject body, bool isHeartbeat, int status, bool isFromBackend)
    {
        if (isHeartbeat)
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

    private static long Number(JsonObject body, string name) =>
        body[name] is JsonValue value && value.TryGetValue(out long number) ? number : 0;

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

    private void SeeAcknowledgement(JsonObject request)
    {
        if (request.ContainsKey("ack"))
        {
            _acknowledged.Add((int)Number(request, "ack"));
        }
    }

    private void SeeCommand(long? given)
    {
        if (given is { } cid)
        {
            int id = (int)cid;
            _given.Add(id);
            _lastGiven = id;
            if (_acknowledged.Contains(id))
            {
                problems.Add(clock.NowMs, $"command {id} is given again although it was acknowledged");
            }
        }
    }
}

/// <summary>Requests and responses, taken apart just enough to look into them.</summary>
internal static class HttpText
{
    /// <summary>Method and path of a request, such as <c>POST /api/reading</c>, without the query.</summary>
    /// <param name="request">The request.</param>
    /// <returns>The words.</returns>
    public static string Route(ReadOnlySpan<byte> request)
    {
        int lineEnd = Math.Max(request.IndexOf("\r\n"u8), 0);
        string[] words = Encoding.Latin1.GetString(request[..lineEnd]).Split(' ', '?');
        return words.Length < 2 ? string.Empty : words[0] + " " + words[1];
    }

    /// <summary>Status of a response.</summary>
    /// <param name="response">The response; <c>null</c> = none came.</param>
    /// <returns>100…599; 0 = none, or it is no HTTP, or cut off.</returns>
    public static int Status(byte[]? response)
    {
        if (response is null || !response.AsSpan().StartsWith("HTTP/1."u8) || response.Length < 12)
        {
            return 0;
        }

        int bodyStart = HttpFraming.BodyStart(response);
        bool isWhole = bodyStart > 0 && response.Length - bodyStart >= HttpFraming.ContentLength(response.AsSpan(0, bodyStart));
        return isWhole && int.TryParse(response.AsSpan(9, 3), out int status) ? status : 0;
    }

    /// <summary>The JSON object in a message.</summary>
    /// <param name="message">The message.</param>
    /// <returns>The object; <c>null</c> when there is none.</returns>
    public static JsonObject? Body(byte[] message)
    {
        int bodyStart = HttpFraming.BodyStart(message);
        try
        {
            return bodyStart > 0 && bodyStart < message.Length ? JsonNode.Parse(message.AsSpan(bodyStart)) as JsonObject : null;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    /// <summary>Makes a response as the backend does.</summary>
    /// <param name="status">Such as <c>200 OK</c>.</param>
    /// <param name="body">The JSON.</param>
    /// <param name="closes">Whether the connection ends behind it.</param>
    /// <returns>The response.</returns>
    public static byte[] Response(string status, string body, bool closes) => Encoding.ASCII.GetBytes(
        $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n{(closes ? "Connection: close\r\n" : string.Empty)}\r\n{body}");
}
