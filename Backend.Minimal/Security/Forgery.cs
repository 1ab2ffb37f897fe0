using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.Security;

/// <summary>
/// Keeps other sites from writing with the cookie of a user who is signed in here. A write with a cookie needs the header
/// <c>X-JamBox-Request</c>, which a browser sends across sites only after a CORS preflight, and this server answers none; and where the
/// browser says from which site the request comes (<c>Sec-Fetch-Site</c>, <c>Origin</c>), it must be this one. Plain forms, which cannot
/// have the header, must have one of the other two. Keys need none of it: a browser never sends them by itself.
/// </summary>
internal static class Forgery
{
    /// <summary>The header; its value is of no matter.</summary>
    public const string Header = "X-JamBox-Request";

    private const string Refusal = $"Writes of a signed-in user need the header {Header} and must come from this site";

    /// <summary>Looks at a request that bears a session's cookie.</summary>
    /// <returns>What is wrong; null when all is well.</returns>
    public static string? Find(HttpRequest request) =>
        HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)
        || (request.Headers.ContainsKey(Header) && FromHere(request) != false)
            ? null
            : Refusal;

    /// <summary>Whether the browser says that a request comes from a page of this site.</summary>
    /// <returns>Null when it says nothing, as programs do.</returns>
    public static bool? FromHere(HttpRequest request)
    {
        string site = request.Headers["Sec-Fetch-Site"].ToString();
        if (site.Length > 0)
        {
            return site == "same-origin";
        }

        string origin = request.Headers[HeaderNames.Origin].ToString();
        return origin.Length == 0 ? null
            : Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri)
                && string.Equals(uri.IsDefaultPort ? uri.Host : uri.Authority, Host(request), StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>The host that was asked, without the port that goes without saying.</summary>
    private static string Host(HttpRequest request) =>
        request.Host.Port is 80 or 443 ? request.Host.Host : request.Host.Value ?? "";
}
