using JamBox.Backend.Observability;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Readings;

/// <summary>
/// Takes readings as they are sent to their endpoint, before routing and what follows it: most of what a backend does all day needs
/// neither. The handler is the endpoint's own, which stays for whoever writes the path otherwise, and for the OpenAPI document.
/// </summary>
internal sealed class ReadingMiddleware(RequestDelegate next, DeviceGate gate, Store store, TimeProvider clock, BackendMetrics metrics)
{
    /// <summary>Handles one request.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        HttpRequest request = context.Request;
        return request.Path.Value == ReadingEndpoints.Path && HttpMethods.IsPost(request.Method) && !request.QueryString.HasValue
            ? TakeAsync(context)
            : next(context);
    }

    private async Task TakeAsync(HttpContext context)
    {
        Wire.DeviceResponse answer = await ReadingEndpoints.PostReading(context, gate, store, clock, metrics).ConfigureAwait(false);
        await answer.ExecuteAsync(context).ConfigureAwait(false);
    }
}
