using JamBox.Backend.Storage;

namespace JamBox.Backend.Wire;

/// <summary>
/// Notes from where a request of people or tools comes, for the audit log; behind routing, which says that it is no device's.
/// </summary>
internal static class OriginMiddleware
{
    /// <summary>Adds it.</summary>
    public static void UseOrigin(this IApplicationBuilder app) => app.Use(static (context, next) =>
    {
        // Not an async method: what it sets must still be set when it has returned.
        if (context.GetEndpoint()?.Metadata.GetMetadata<ApiDeclaration>() is { Caller: not ApiCaller.Device }
            && context.Connection.RemoteIpAddress is { } address)
        {
            Origin.Address = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
        }

        return next(context);
    });
}
