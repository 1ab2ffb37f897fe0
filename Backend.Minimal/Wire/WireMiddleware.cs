using System.Globalization;

using JamBox.Backend.Storage;
using JamBox.Backend.Traffic;

using Microsoft.AspNetCore.Connections;

namespace JamBox.Backend.Wire;

/// <summary>
/// Around every request: the Date header from the injected clock (Kestrel's own would be real time), a body for answers that
/// have none, and one place where what was not foreseen becomes an answer.
/// </summary>
internal sealed class WireMiddleware
{
    /// <summary>Where devices talk; everything else is for people and tools.</summary>
    private static readonly string[] s_devicePaths =
    [
        "/r", "/api/reading", "/api/heartbeat", "/api/config", "/api/geolocation", "/api/ota", "/api/telemetry", "/telemetry",
        "/api/things/heartbeat", "/api/things/info", "/api/things/events", "/api/things/snapshot",
    ];

    /// <summary>When to come again, seconds: an outage is seldom shorter, and boxes keep what they have.</summary>
    private const string RetryAfterSeconds = "10";

    private readonly RequestDelegate _next;
    private readonly Func<object, Task> _count;
    private readonly TimeProvider _clock;
    private readonly ILogger<WireMiddleware> _logger;
    private DateText _date = new(0, "");

    /// <summary>Makes the middleware.</summary>
    public WireMiddleware(RequestDelegate next, TimeProvider clock, DeviceTraffic traffic, ILogger<WireMiddleware> logger)
    {
        _next = next;
        _count = answered =>
        {
            traffic.Count((HttpContext)answered);
            return Task.CompletedTask;
        };
        _clock = clock;
        _logger = logger;
    }

    /// <summary>Handles one request.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        // Before the first byte leaves: whoever has the answer may ask again, or let time go on, before anything behind it is done here.
        context.Response.OnStarting(_count, context);
        context.Response.Headers.Date = Date();
        if (!IsForDevices(context.Request.Path))
        {
            Protect(context.Response.Headers);
        }

        if (IsAmbiguous(context.Request))
        {
            context.Response.Headers.Connection = "close";
            await AnswerAsync(context, DeviceResponse.BrokenRequest).ConfigureAwait(false);
            return;
        }

        if (HasNul(context.Request))
        {
            // PostgreSQL keeps no NUL, and nobody has a use for one.
            await AnswerAsync(context, DeviceResponse.BrokenRequest).ConfigureAwait(false);
            return;
        }

        try
        {
            await _next(context).ConfigureAwait(false);
            await FillEmptyAsync(context).ConfigureAwait(false);
        }
        catch (Exception cut) when (IsCutOff(context, cut))
        {
            // The sender has hung up, or was hung up on as the process ends; nobody is there to be answered.
        }
        catch (BadHttpRequestException bad)
        {
            await AnswerAsync(
                context, bad.StatusCode == 413 ? DeviceResponse.TooLarge : DeviceResponse.BrokenRequest).ConfigureAwait(false);
        }
        catch (Exception away) when (away is StorageBusyException or StorageException { IsOutage: true })
        {
            // The log says it once for all, see StorageOutage.
            await AnswerAsync(context, NotNow(context)).ConfigureAwait(false);
        }
        catch (StorageException fault)
        {
            _logger.LogError(fault, "{Method} {Path} was not carried out", context.Request.Method, context.Request.Path.Value);
            await AnswerAsync(context, fault.IsConstraint ? DeviceResponse.Fault : NotNow(context)).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // The last one before Kestrel: a device must get its fixed text, whatever happened.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _logger.LogError(fault, "{Method} {Path} failed", context.Request.Method, context.Request.Path.Value);
            await AnswerAsync(context, DeviceResponse.Fault).ConfigureAwait(false);
        }
    }

    /// <summary>Routing answers 404 and 405 without a word.</summary>
    private static Task FillEmptyAsync(HttpContext context)
    {
        HttpResponse response = context.Response;
        if (response.HasStarted || response.StatusCode < 400 || response.ContentLength is not null || response.ContentType is not null)
        {
            return Task.CompletedTask;
        }

        if (response.StatusCode == StatusCodes.Status405MethodNotAllowed)
        {
            HeadRequests.Allow(response);
        }

        return AnswerAsync(context, response.StatusCode switch
        {
            404 => DeviceResponse.NotFound,
            405 => DeviceResponse.WrongMethod,
            413 => DeviceResponse.TooLarge,
            >= 500 => DeviceResponse.Fault,
            _ => DeviceResponse.BrokenRequest,
        });
    }

    /// <summary>Kestrel lets reading fail before it says that the request is aborted: what failed says why.</summary>
    private static bool IsCutOff(HttpContext context, Exception failure) =>
        (failure is OperationCanceledException && context.RequestAborted.IsCancellationRequested)
        || (failure as ConnectionAbortedException ?? failure.InnerException as ConnectionAbortedException) is not null;

    /// <summary>Whoever only asked has nothing that could be stored.</summary>
    private static DeviceResponse NotNow(HttpContext context) =>
        HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method)
            ? DeviceResponse.NotNow
            : DeviceResponse.Unavailable;

    private static Task AnswerAsync(HttpContext context, DeviceResponse answer)
    {
        if (context.Response.HasStarted)
        {
            // Half an answer is out: only hanging up tells the receiver that it is not whole.
            context.Abort();
            return Task.CompletedTask;
        }

        if (answer.Status is 413 or 503)
        {
            // What is left of the body is not worth reading.
            context.Response.Headers.Connection = "close";
            if (answer.Status == 503)
            {
                context.Response.Headers.RetryAfter = RetryAfterSeconds;
            }
        }

        if (answer.Status == 503 && context.GetEndpoint()?.Metadata.GetMetadata<OutagePage>() is { } page)
        {
            return page.Make(context).ExecuteAsync(context);
        }

        return IsForDevices(context.Request.Path)
            ? answer.ExecuteAsync(context)
            : AdminProblem.Of(answer.Status, answer.Error).ExecuteAsync(context);
    }

    /// <summary>
    /// Whether its end could be read in two ways. Kestrel takes any list that ends in chunked, and drops a length beside it, which it keeps
    /// as X-Content-Length; a proxy that decides otherwise would let a second request through in the body of the first.
    /// </summary>
    private static bool IsAmbiguous(HttpRequest request) =>
        request.Headers.TransferEncoding is { Count: > 0 } encoding
        && (encoding is not [{ } only] || !only.Equals("chunked", StringComparison.OrdinalIgnoreCase)
            || request.Headers.ContainsKey("X-Content-Length") || request.ContentLength is not null);

    private static bool HasNul(HttpRequest request) =>
        request.Path.Value!.Contains('\0', StringComparison.Ordinal)
        || (request.QueryString.HasValue && request.QueryString.Value!.Contains("%00", StringComparison.Ordinal));

    private static bool IsForDevices(PathString path)
    {
        foreach (string known in s_devicePaths)
        {
            if (path.StartsWithSegments(known, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>For browsers. Devices pay for every byte and have no use for them; the portal's pages say more about themselves.</summary>
    private static void Protect(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers.XFrameOptions = "DENY";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
    }

    private string Date()
    {
        long second = _clock.GetUtcNow().ToUnixTimeSeconds();
        DateText date = _date;
        if (date.Second != second || date.Text.Length == 0)
        {
            // Two requests may both write it: they write the same.
            date = new DateText(second, DateTimeOffset.FromUnixTimeSeconds(second).ToString("R", CultureInfo.InvariantCulture));
            _date = date;
        }

        return date.Text;
    }

    private sealed record DateText(long Second, string Text);
}

/// <summary>Metadata of a route whose answers are pages: what it says while the storage is away.</summary>
/// <param name="Make">Makes the page.</param>
internal sealed record OutagePage(Func<HttpContext, IResult> Make);
