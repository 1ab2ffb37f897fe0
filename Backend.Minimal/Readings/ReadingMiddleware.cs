using JamBox.Backend.Manufacturing;
using JamBox.Backend.Observability;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Readings;

/// <summary>
/// Takes readings as they are sent to their endpoint, before routing and what follows it: most of what a backend does all day needs
/// neither. The handler is the endpoint's own, which stays for whoever writes the path otherwise, and for the OpenAPI document.
/// </summary>
internal sealed class ReadingMiddleware(
    RequestDelegate next, DeviceGate gate, Store store, TimeProvider clock, BackendMetrics metrics, IReleaseSource releases,
    AnswerKeys keys)
{
    /// <summary>Handles one request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (!HttpMethods.IsPost(request.Method) || request.QueryString.HasValue)
        {
            return next(context);
        }

        return request.Path.Value switch
        {
            CompactEndpoints.Path => TakeAsync(
                context, CompactEndpoints.PostCompact(context, gate, store, clock, metrics, releases, keys)),
            ReadingEndpoints.Path => TakeAsync(context, ReadingEndpoints.PostReading(context, gate, store, clock, metrics)),
            _ => next(context),
        };
    }

    private static async Task TakeAsync(HttpContext context, Task<Wire.DeviceResponse> taking)
    {
        Wire.DeviceResponse answer = await taking.ConfigureAwait(false);
        await answer.ExecuteAsync(context).ConfigureAwait(false);
    }
}
