using JamBox.Backend.Operation;
using JamBox.Backend.Wire;

using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.Portal;

/// <summary>
/// The portal: static files, so that there is nothing to inject into. Every address of a page gives the same shell; its script reads the
/// address and asks the API for what the page shows.
/// </summary>
internal static class PortalEndpoints
{
    /// <summary>The addresses of pages: <c>core/router.js</c> says what stands there.</summary>
    private static readonly string[] s_pages =
    [
        "/", "/compare", "/calibrate/{place}", "/places/{id}", "/locations", "/locations/{device}/{tab?}", "/releases/{**rest}",
        "/manufacturing/{**rest}", "/people", "/keys", "/notifications", "/alerts", "/audit", "/reports", "/account",
        "/activate/{device}", "/activate/{device}/notice", "/sign-in", "/start", "/provision", "/things", "/things/{device}",
        "/deployments/{**rest}",
    ];

    /// <summary>Adds the portal.</summary>
    public static void AddPortal(this IServiceCollection services)
    {
        services.AddFeatureOptions<PortalOptions>(PortalOptions.Section);
        services.AddSingleton<PortalSource>();
        services.AddJson(AccessJson.Default);
    }

    /// <summary>The route table.</summary>
    public static void MapPortal(this WebApplication app)
    {
        PortalSource source = app.Services.GetRequiredService<PortalSource>();
        string policy = PolicyOf(app.Services.GetRequiredService<PortalOptions>());
        foreach (string page in s_pages)
        {
            app.MapGet(page, (HttpContext http) =>
            {
                PortalFiles files = source.Renew();
                http.Response.Headers.ContentSecurityPolicy = policy;
                http.Response.Headers.CacheControl = "no-cache";
                http.Response.Headers.ETag = $"\"{files.Base[3..]}\"";
                return Give(http, files.Shell);
            }).ExcludeFromDescription();
        }

        app.MapGet("/p/{hash}/{**path}", (HttpContext http, string hash, string path) =>
        {
            // Another build's: a page of two builds would be of neither. Its script reloads the page.
            if ("/p/" + hash != source.Files.Base || source.Files.Find(path) is not { } file)
            {
                return AdminProblem.Of(StatusCodes.Status404NotFound, "Not found");
            }

            http.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
            return Give(http, file);
        }).ExcludeFromDescription();
        app.MapAccess();
    }

    /// <summary>Nothing from elsewhere but tiles of maps, nothing inline, in nobody's frame.</summary>
    private static string PolicyOf(PortalOptions options)
    {
        string? tiles = options.TileOrigin();
        return "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data: blob:"
            + (tiles is null ? "" : " " + tiles) + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
    }

    private static IResult Give(HttpContext http, PortalFile file)
    {
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        http.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (!http.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase))
        {
            return TypedResults.Bytes(file.Plain, file.ContentType);
        }

        http.Response.Headers.ContentEncoding = "gzip";
        return TypedResults.Bytes(file.Zipped, file.ContentType);
    }
}
