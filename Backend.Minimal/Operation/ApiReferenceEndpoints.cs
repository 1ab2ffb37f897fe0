using System.Buffers.Text;

using JamBox.Backend.Security;
using JamBox.Backend.Wire;

using Scalar.AspNetCore;

namespace JamBox.Backend.Operation;

/// <summary>
/// The API to read and to try, at <c>/docs</c>. Its script comes out of the library that we carry; the page asks nobody but this server,
/// and its content security policy makes the browser hold it to that.
/// </summary>
internal static class ApiReferenceEndpoints
{
    /// <summary>Bytes of a nonce: 128 bits, which nobody guesses.</summary>
    private const int NonceBytes = 16;

    /// <summary>The route table.</summary>
    public static void MapApiReference(this IEndpointRouteBuilder routes) =>
        routes.MapScalarApiReference("/docs", Describe).ExcludeFromDescription().Add(OnlyCompressed);

    /// <summary>
    /// The script lies compressed in the library. To unpack its 5 MB for everybody who asks without a key would cost 13 ms of a core each
    /// time; all browsers take it as it lies.
    /// </summary>
    private static void OnlyCompressed(EndpointBuilder endpoint)
    {
        RequestDelegate next = endpoint.RequestDelegate!;
        endpoint.RequestDelegate = context =>
            context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase)
                ? next(context)
                : AdminProblem.Of(StatusCodes.Status406NotAcceptable, "This page is for browsers: Accept-Encoding must name gzip")
                    .ExecuteAsync(context);
    }

    private static void Describe(ScalarOptions options, HttpContext context)
    {
        Span<byte> random = stackalloc byte[NonceBytes];
        context.RequestServices.GetRequiredService<ISecretSource>().Fill(random);
        string nonce = Base64Url.EncodeToString(random);

        // Its styles are made while the page runs, and one at a time: they cannot carry a nonce.
        context.Response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; connect-src 'self'; font-src 'self' data:; "
            + "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        context.Response.Headers.CacheControl = "no-store";

        options.WithTitle("JamBox NB API").WithOpenApiRoutePattern("/openapi/v1.json").WithNonce(nonce)
            .DisableDefaultFonts().DisableAgent().DisableMcp().HideClientButton();
        options.Telemetry = false;
        options.ShowDeveloperTools = DeveloperToolsVisibility.Never;
    }
}
