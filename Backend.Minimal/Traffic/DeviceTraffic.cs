using JamBox.Backend.Observability;
using JamBox.Backend.Security;

using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;

namespace JamBox.Backend.Traffic;

/// <summary>
/// Counts what devices send and are sent: a data plan is paid by the byte. In memory, so that no request waits for it; <see
/// cref="TrafficJob"/> adds it up in the storage once a minute and when the process ends. Below HTTP (TCP, IP) nothing is seen; requests
/// of strangers are nobody's.
/// </summary>
internal sealed class DeviceTraffic(TimeProvider clock, BackendMetrics metrics)
{
    private const long DayMs = 24 * 60 * 60 * 1000L;

    /// <summary>What the server adds to an answer after which it closes: it stands in no header yet when an answer is counted.</summary>
    private const string Close = "Connection: close\r\n";

    /// <summary>": " and the line's end.</summary>
    private const int HeaderExtra = 4;

    private static readonly KeyValuePair<string, object?> s_received = new("direction", "received");
    private static readonly KeyValuePair<string, object?> s_sent = new("direction", "sent");

    private readonly Lock _gate = new();
    private Dictionary<(string DeviceId, long DayAt), TrafficCount> _counts = [];

    /// <summary>Counts a request whose answer begins.</summary>
    /// <param name="http">The request, with the device that sent it among its features; else nothing is counted.</param>
    public void Count(HttpContext http)
    {
        if (http.Features.Get<DeviceIdentity>() is not { } device)
        {
            return;
        }

        long received = RequestBytes(http.Request);
        long sent = ResponseBytes(http.Response);
        metrics.DeviceBytes.Add(received, s_received);
        metrics.DeviceBytes.Add(sent, s_sent);
        long now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        Add((device.DeviceId, now - (now % DayMs)), new TrafficCount(1, received, sent));
    }

    /// <summary>Takes what was counted since the last time.</summary>
    public IReadOnlyCollection<KeyValuePair<(string DeviceId, long DayAt), TrafficCount>> Take()
    {
        // Whatever is counted meanwhile is counted for the next time: no request falls between the two.
        lock (_gate)
        {
            Dictionary<(string DeviceId, long DayAt), TrafficCount> counts = _counts;
            _counts = [];
            return counts;
        }
    }

    /// <summary>Puts back what could not be written.</summary>
    public void Return(IEnumerable<KeyValuePair<(string DeviceId, long DayAt), TrafficCount>> counts)
    {
        foreach (((string DeviceId, long DayAt) key, TrafficCount count) in counts)
        {
            Add(key, count);
        }
    }

    private void Add((string DeviceId, long DayAt) key, TrafficCount count)
    {
        lock (_gate)
        {
            _counts[key] = _counts.GetValueOrDefault(key) + count;
        }
    }

    private static long RequestBytes(HttpRequest request)
    {
        // "POST /api/reading HTTP/1.1" and the empty line.
        long bytes = request.Method.Length + 1 + request.Path.Value!.Length + (request.QueryString.Value?.Length ?? 0)
            + " HTTP/1.1\r\n\r\n".Length;
        return bytes + HeaderBytes(request.Headers) + (request.ContentLength ?? 0);
    }

    private static long ResponseBytes(HttpResponse response)
    {
        long bytes = "HTTP/1.1 200 \r\n\r\n".Length + PhraseOf(response).Length;
        bytes += HeaderBytes(response.Headers) + (response.ContentLength ?? 0);
        return bytes + (response.Headers.Connection.Count == 0 && Closes(response.HttpContext.Request) ? Close.Length : 0);
    }

    private static string PhraseOf(HttpResponse response) =>
        response.HttpContext.Features.Get<IHttpResponseFeature>()?.ReasonPhrase is { Length: > 0 } own ? own
            : ReasonPhrases.GetReasonPhrase(response.StatusCode);

    private static bool Closes(HttpRequest request) =>
        HttpProtocol.IsHttp11(request.Protocol)
        && request.Headers.Connection.ToString().Contains("close", StringComparison.OrdinalIgnoreCase);

    private static long HeaderBytes(IHeaderDictionary headers)
    {
        long bytes = 0;
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues values) in headers)
        {
            foreach (string? value in values)
            {
                bytes += name.Length + HeaderExtra + (value?.Length ?? 0);
            }
        }

        return bytes;
    }
}

/// <summary>What one device sent and was sent.</summary>
/// <param name="Requests">Requests that were answered.</param>
/// <param name="Received">Bytes of requests.</param>
/// <param name="Sent">Bytes of answers.</param>
internal readonly record struct TrafficCount(long Requests, long Received, long Sent)
{
    /// <summary>Adds another count.</summary>
    public static TrafficCount operator +(TrafficCount one, TrafficCount other) =>
        new(one.Requests + other.Requests, one.Received + other.Received, one.Sent + other.Sent);
}
