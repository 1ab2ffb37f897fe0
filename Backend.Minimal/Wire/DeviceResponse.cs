using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;

using JamBox.Backend.Observability;

using Microsoft.AspNetCore.Http.Features;

namespace JamBox.Backend.Wire;

/// <summary>
/// An answer to a device: bytes of known length and as few headers as HTTP allows, because old boxes read at most 511 bytes
/// and narrowband charges for each. Refusals are fixed texts: the old firmware takes the digits 200 or 201 anywhere for success.
/// </summary>
internal sealed class DeviceResponse : IResult
{
    /// <summary>401: no token.</summary>
    public static readonly DeviceResponse MissingAuthorization = Refuse(401, "Missing Authorization header");

    /// <summary>401: no such token, or it is another device's.</summary>
    public static readonly DeviceResponse InvalidToken = Refuse(401, "Invalid token");

    /// <summary>401: switched off by an admin.</summary>
    public static readonly DeviceResponse DeviceInactive = Refuse(401, "Device status: inactive");

    /// <summary>401: taken out of service by an admin.</summary>
    public static readonly DeviceResponse DeviceInMaintenance = Refuse(401, "Device status: maintenance");

    /// <summary>400: the request names no device.</summary>
    public static readonly DeviceResponse MissingDeviceId = Refuse(400, "Missing device_id: send it as d");

    /// <summary>400: the body is not a JSON object.</summary>
    public static readonly DeviceResponse BrokenBody = Refuse(400, "Body must be one JSON object");

    /// <summary>400: the request broke off or is no HTTP.</summary>
    public static readonly DeviceResponse BrokenRequest = Refuse(400, "Broken request");

    /// <summary>404: no such path.</summary>
    public static readonly DeviceResponse NotFound = Refuse(404, "No such path: see docs/wire.md");

    /// <summary>405: the path exists, for another method.</summary>
    public static readonly DeviceResponse WrongMethod = Refuse(405, "Wrong method for this path");

    /// <summary>413: more than a device ever has to say.</summary>
    public static readonly DeviceResponse TooLarge = Refuse(413, "Body too large: 16 KB at most");

    /// <summary>400: the body is no request of the compact wire.</summary>
    public static readonly DeviceResponse BrokenCompact = Refuse(400, "Body must be one CBOR array: version 1, nonce, 1 to 64 records");

    /// <summary>415: another type than that of the compact wire.</summary>
    public static readonly DeviceResponse WrongType = Refuse(415, "Wrong type: the body is application/cbor");

    /// <summary>403: another device's.</summary>
    public static readonly DeviceResponse NotYours = Refuse(403, "Not this device's: the token is another one's");

    /// <summary>429: too often. How long to wait is in the header.</summary>
    public static readonly DeviceResponse TooMany = Refuse(429, "Rate limit exceeded: wait as Retry-After says");

    /// <summary>500: a fault of ours.</summary>
    public static readonly DeviceResponse Fault = Refuse(500, "Internal error: send again later");

    /// <summary>503: the storage is busy or out of order; nothing was stored.</summary>
    public static readonly DeviceResponse Unavailable = Refuse(503, "Not stored: send again later");

    /// <summary>503: the same, said to whoever only asked.</summary>
    public static readonly DeviceResponse NotNow = Refuse(503, "Storage is not available: ask again later");

    private readonly byte[] _body;
    private readonly string? _type;
    private readonly bool _isTerse;

    private DeviceResponse(int status, byte[] body, string error, string? type = "application/json", bool isTerse = false)
    {
        Status = status;
        Error = error;
        _body = body;
        _type = type;
        _isTerse = isTerse;
    }

    /// <summary>The HTTP status.</summary>
    public int Status { get; }

    /// <summary>The text of a refusal; empty for a yes.</summary>
    public string Error { get; }

    /// <summary>A yes with its body.</summary>
    /// <param name="status">200 or 201.</param>
    /// <param name="json">Compact JSON, <c>status</c> first.</param>
    public static DeviceResponse Ok(int status, byte[] json) => new(status, json, "");

    /// <summary>A yes on the compact wire: the type is known from the request, and is not said.</summary>
    /// <param name="status">200 or 201.</param>
    /// <param name="cbor">The body.</param>
    public static DeviceResponse Compact(int status, byte[] cbor) => new(status, cbor, "", type: null, isTerse: true);

    /// <summary>200 with a body that the caller wrote.</summary>
    /// <param name="json">The body, ASCII.</param>
    public static DeviceResponse Json(string json) => Ok(StatusCodes.Status200OK, System.Text.Encoding.ASCII.GetBytes(json));

    /// <summary>A no. Called while the program starts, with constant texts only.</summary>
    /// <param name="status">400 and above.</param>
    /// <param name="error">What is wrong, and what to do; plain ASCII without quotes.</param>
    public static DeviceResponse Refuse(int status, string error)
    {
        byte[] body = Encoding.ASCII.GetBytes($"{{\"error\":\"{error}\"}}");
        Trace.Assert(!SuccessDigits.In(error) && body.Length < 200, "A refusal that the old firmware would take for success.", error);
        return new DeviceResponse(status, body, error);
    }

    /// <summary>
    /// A no that says what is wrong in words of this request: for devices that are no boxes and go by the status. Nothing that was sent is
    /// echoed.
    /// </summary>
    /// <param name="status">400 and above.</param>
    /// <param name="error">What is wrong, and what to do; plain ASCII without quotes.</param>
    public static DeviceResponse Explain(int status, string error) =>
        new(status, Encoding.ASCII.GetBytes($"{{\"error\":\"{error}\"}}"), error);

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        response.StatusCode = Status;
        response.ContentType = _type;
        response.ContentLength = _body.Length;
        if (_isTerse && httpContext.Features.Get<IHttpResponseFeature>() is { } head)
        {
            // For people, and none reads it; five bytes less than what goes with 201.
            head.ReasonPhrase = "OK";
        }

        if (Status >= 400)
        {
            SuccessDigits.RemoveFromDate(response);
            BackendMetrics metrics = httpContext.RequestServices.GetRequiredService<BackendMetrics>();
            metrics.Refusals.Add(1, new KeyValuePair<string, object?>("status", Status));
        }

        return response.Body.WriteAsync(_body, httpContext.RequestAborted).AsTask();
    }
}

/// <summary>What a refused device is told.</summary>
/// <param name="Error">What is wrong, and what to do.</param>
internal sealed record ErrorBody([property: JsonPropertyName("error")] string Error);

/// <summary>The digits 200 and 201: the old firmware takes them, wherever they stand in an answer, for success.</summary>
internal static class SuccessDigits
{
    /// <summary>Whether they occur.</summary>
    public static bool In(string text) => text.Contains("200", StringComparison.Ordinal) || text.Contains("201", StringComparison.Ordinal);

    /// <summary>
    /// A server whose clock is wrong writes years such as 2000 or 2012 into the Date header. Kestrel always sends that header,
    /// so the refusal takes the older form that HTTP still allows, with a year of two digits: "Thursday, 06-Jan-00 08:49:37 GMT".
    /// </summary>
    public static void RemoveFromDate(HttpResponse response)
    {
        string date = response.Headers.Date.ToString();
        if (In(date) && DateTime.TryParseExact(date, "R", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime time))
        {
            response.Headers.Date = time.ToString("dddd, dd-MMM-yy HH:mm:ss 'GMT'", CultureInfo.InvariantCulture);
        }
    }
}
