using System.Reflection;

namespace JamBox.Backend.Portal;

/// <summary>
/// The page at <c>/</c>: static, so that there is nothing to inject into; it fetches the data with the key that it is given.
/// </summary>
internal static class PortalEndpoints
{
    /// <summary>Nothing from elsewhere, nothing inline, in nobody's frame.</summary>
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    /// <summary>The route table.</summary>
    public static void MapPortal(this IEndpointRouteBuilder routes)
    {
        MapFile(routes, "/", "index.html", "text/html; charset=utf-8");
        MapFile(routes, "/portal.css", "portal.css", "text/css; charset=utf-8");
        MapFile(routes, "/portal.js", "portal.js", "text/javascript; charset=utf-8");
    }

    private static void MapFile(IEndpointRouteBuilder routes, string path, string name, string contentType)
    {
        byte[] content = Read(name);
        routes.MapGet(path, (HttpResponse response) =>
        {
            response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
            response.Headers.XContentTypeOptions = "nosniff";
            response.Headers["Referrer-Policy"] = "no-referrer";
            response.Headers.CacheControl = "no-cache";
            return TypedResults.Bytes(content, contentType);
        }).ExcludeFromDescription();
    }

    private static byte[] Read(string name)
    {
        using Stream resource = Assembly.GetExecutingAssembly().GetManifestResourceStream("portal/" + name)!;
        using MemoryStream copy = new();
        resource.CopyTo(copy);
        return copy.ToArray();
    }
}
