using JamBox.Backend.Manufacturing;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Wire;

/// <summary>
/// Gives header <c>M</c> to every answer, refusals included, to a device that sent a nonce (<c>N</c>), was recognised by its token, and has
/// a key that we know. Outermost, because what the others answer is to be covered too. Whoever sends no nonce sees no difference.
/// </summary>
internal sealed class AnswerMacMiddleware(RequestDelegate next, AnswerKeys keys, ILogger<AnswerMacMiddleware> logger)
{
    /// <summary>Bytes of an ordinary answer, for the buffer that holds it back.</summary>
    private const int UsualBytes = 1024;

    /// <summary>Where boxes talk, and answers are small.</summary>
    private static readonly string[] s_paths =
    [
        "/api/reading", "/api/heartbeat", "/api/config", "/api/geolocation", "/api/ota/check", "/api/ota/manifest", "/api/ota/chunk",
        "/api/ota/complete", "/api/ota/floor", "/api/ota/keys", "/r",
    ];

    /// <summary>Handles one request.</summary>
    public Task InvokeAsync(HttpContext context) =>
        AnswerKeys.NonceOf(context.Request) is { } nonce && IsForBoxes(context.Request) ? HoldAsync(context, nonce) : next(context);

    private static bool IsForBoxes(HttpRequest request)
    {
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsPost(request.Method))
        {
            return false;
        }

        foreach (string path in s_paths)
        {
            if (request.Path.StartsWithSegments(path, StringComparison.Ordinal))
            {
                return true;
            }
        }

        return false;
    }

    private async Task HoldAsync(HttpContext context, byte[] nonce)
    {
        HttpResponse response = context.Response;
        Stream wire = response.Body;
        using MemoryStream held = new(UsualBytes);
        response.Body = held;
        try
        {
            await next(context).ConfigureAwait(false);
        }
        finally
        {
            response.Body = wire;
        }

        if (context.Features.Get<DeviceIdentity>() is { } device && !response.HasStarted
            && await FindAsync(device.DeviceId, nonce).ConfigureAwait(false) is { } key)
        {
            string target = context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpRequestFeature>()!.RawTarget;
            byte[] mac = AnswerMac.Compute(
                key, device.DeviceId, nonce, target, response.StatusCode, held.GetBuffer().AsSpan(0, (int)held.Length));
            response.Headers["M"] = Convert.ToHexStringLower(mac);

            // The box goes by what it asked for, and the MAC takes that place: answers are not longer than they were.
            response.ContentType = null;
        }

        if (held.Length > 0)
        {
            // Without a token: to whoever has hung up nothing is sent, and nothing is thrown.
            await wire.WriteAsync(held.GetBuffer().AsMemory(0, (int)held.Length), CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>An answer without MAC is worth more than none: readings count as taken all the same.</summary>
    private async ValueTask<byte[]?> FindAsync(string deviceId, byte[] nonce)
    {
        try
        {
            return await keys.FindAsync(deviceId, nonce).ConfigureAwait(false);
        }
        catch (Exception away) when (away is StorageBusyException or StorageException)
        {
            logger.LogWarning(away, "The answer to {Device} has no MAC: its key could not be read", deviceId);
            return null;
        }
    }
}
