using System.Globalization;
using System.Text.Encodings.Web;

using JamBox.Backend.Portal;
using JamBox.Backend.Security;
using JamBox.Backend.Wire;

namespace JamBox.Backend.People;

/// <summary>
/// The pages that must work before anything else does: signing in, a link from a mail, a forgotten password. Plain HTML without a script;
/// what comes from outside is encoded.
/// </summary>
internal static class PeoplePages
{
    private const string PlainHttp = """
        <p>Your password would travel to this server in the clear, and everybody on the way could read it. Open this page over
        <strong>https</strong>, or ask whoever runs this server to set up TLS: a proxy in front of it that has a certificate (and says
        <code>X-Forwarded-Proto</code>), or a certificate of its own (<code>Kestrel:Certificates</code>). Only where everybody on the way is
        trusted: <code>People:AllowPlainHttp=true</code>.</p>
        """;

    /// <summary>The route table.</summary>
    public static void MapPeoplePages(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder pages = routes.MapGroup("");
        pages.ForAnybody().ExcludeFromDescription().WithMetadata(new OutagePage(NotNow));
        pages.MapGet("/signin", ShowSignIn);
        pages.MapPost("/signin", PostSignIn);
        pages.MapGet("/reset", ShowForgotten);
        pages.MapPost("/reset", PostForgotten);
        foreach (string kind in new[] { NewLink.Invite, NewLink.Reset })
        {
            pages.MapGet($"/{kind}/{{token}}", ShowLink);
            pages.MapPost($"/{kind}/{{token}}", PostLink);
        }
    }

    private static IResult ShowSignIn(HttpContext http, SignIn signIn) =>
        signIn.IsSafeWay(http.Request)
            ? SignInForm(http, null, null)
            : Page(http, StatusCodes.Status403Forbidden, "Sign-in needs https", PlainHttp);

    private static async Task<IResult> PostSignIn(HttpContext http, SignIn signIn)
    {
        if (await ReadFormAsync(http, signIn).ConfigureAwait(false) is not { } form)
        {
            return Refuse(http, signIn);
        }

        SignInRefusal? refusal = await signIn.TryAsync(http, form["email"], form["password"], form["code"]).ConfigureAwait(false);
        if (refusal is null)
        {
            return Results.Redirect("/");
        }

        if (refusal.RetryAfter is { } seconds)
        {
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        }

        return SignInForm(http, form["email"], refusal);
    }

    private static IResult ShowForgotten(HttpContext http, SignIn signIn) =>
        signIn.IsSafeWay(http.Request) ? Page(http, StatusCodes.Status200OK, "New password", """
            <form method="post"><p><label>E-mail <input type="email" name="email" autocomplete="username" maxlength="254" required></label></p>
            <p><button class="button primary">Mail me a link</button></p></form>
            """)
        : Page(http, StatusCodes.Status403Forbidden, "Sign-in needs https", PlainHttp);

    private static async Task<IResult> PostForgotten(
        HttpContext http, SignIn signIn, RateLimits limits, Tries tries, Invitations invitations)
    {
        if (await ReadFormAsync(http, signIn).ConfigureAwait(false) is not { } form)
        {
            return Refuse(http, signIn);
        }

        string email = form["email"].ToString();
        int? seconds = email.Length > Email.MaxChars ? null
            : await SignInEndpoints.MailResetAsync(http, email, limits, tries, invitations).ConfigureAwait(false);
        return seconds is null
            ? Page(
                http, StatusCodes.Status200OK, "Look into your mail",
                "<p>If there is an account of that address, a link is on its way. It is good for 30 minutes.</p>")
            : Page(http, StatusCodes.Status429TooManyRequests, "Too many tries", "<p>Wait a quarter of an hour.</p>");
    }

    private static async Task<IResult> ShowLink(HttpContext http, string token, SignIn signIn, Invitations invitations, RateLimits limits)
    {
        if (!signIn.IsSafeWay(http.Request))
        {
            return Page(http, StatusCodes.Status403Forbidden, "Sign-in needs https", PlainHttp);
        }

        return await invitations.FindAsync(token).ConfigureAwait(false) is { } link ? LinkForm(http, link, null)
            : limits.TryAcquireFailure(http) is not null ? Page(
                http, StatusCodes.Status429TooManyRequests, "Too many tries", "<p>Wait a minute.</p>")
            : Over(http);
    }

    private static async Task<IResult> PostLink(HttpContext http, string token, SignIn signIn, Invitations invitations)
    {
        if (await ReadFormAsync(http, signIn).ConfigureAwait(false) is not { } form)
        {
            return Refuse(http, signIn);
        }

        if (await invitations.FindAsync(token).ConfigureAwait(false) is not { } link)
        {
            return Over(http);
        }

        string password = form["password"].ToString();
        Refusal? refusal = password != form["again"] ? new Refusal(StatusCodes.Status400BadRequest, "The two passwords differ")
            : password.Length > Passwords.MaxChars ? new Refusal(StatusCodes.Status400BadRequest, "The password is too long")
            : await invitations.UseAsync(token, password).ConfigureAwait(false);
        return refusal is null ? Results.Redirect("/sign-in") : refusal == Invitations.Over ? Over(http) : LinkForm(
            http, link, refusal.Error);
    }

    /// <summary>Reads a form that a page of this site has sent, over a way that is safe.</summary>
    /// <returns>Null when it is none.</returns>
    private static async Task<IFormCollection?> ReadFormAsync(HttpContext http, SignIn signIn)
    {
        // A browser says where a form comes from; what says nothing is a program, which has the API.
        if (!signIn.IsSafeWay(http.Request) || Forgery.FromHere(http.Request) != true || !http.Request.HasFormContentType)
        {
            return null;
        }

        try
        {
            return await http.Request.ReadFormAsync(http.RequestAborted).ConfigureAwait(false);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static IResult Refuse(HttpContext http, SignIn signIn) =>
        signIn.IsSafeWay(http.Request)
            ? Page(http, StatusCodes.Status403Forbidden, "Not from here", "<p>This form must be sent from a page of this site.</p>")
            : Page(http, StatusCodes.Status403Forbidden, "Sign-in needs https", PlainHttp);

    private static IResult SignInForm(HttpContext http, string? email, SignInRefusal? refusal) =>
        Page(http, refusal?.Status ?? StatusCodes.Status200OK, "Sign in", $"""
            {Error(refusal?.Error)}<form method="post">
            <p><label>E-mail <input type="email" name="email" autocomplete="username" maxlength="254" required value="{Encode(email)}"></label></p>
            <p><label>Password <input type="password" name="password" autocomplete="current-password" maxlength="256" required></label></p>
            <p><label>Code, if you have set one up <input name="code" autocomplete="one-time-code" maxlength="16"></label></p>
            <p><button class="button primary">Sign in</button></p></form><p><a href="/reset">Forgotten the password?</a></p>
            """);

    private static IResult LinkForm(HttpContext http, LinkRow link, string? error) =>
        Page(http, error is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest, link.Kind == NewLink.Invite ? "Your account" : "New password", $"""
            {Error(error)}<p>For {Encode(link.Email)}: at least {Passwords.MinChars} characters.</p><form method="post">
            <input type="hidden" name="email" autocomplete="username" value="{Encode(link.Email)}">
            <p><label>Password <input type="password" name="password" autocomplete="new-password" minlength="{Passwords.MinChars}" maxlength="256" required></label></p>
            <p><label>Once more <input type="password" name="again" autocomplete="new-password" minlength="{Passwords.MinChars}" maxlength="256" required></label></p>
            <p><button class="button primary">Set password</button></p></form>
            """);

    private static IResult Over(HttpContext http) =>
        Page(
            http, StatusCodes.Status404NotFound, "This link is not good any more",
            "<p>It was used, or is too old. <a href=\"/reset\">Ask for a new one</a>, or ask whoever invited you.</p>");

    /// <summary>A person in front of a form reads a page, and may send the form again.</summary>
    private static IResult NotNow(HttpContext http) =>
        Page(
            http, StatusCodes.Status503ServiceUnavailable, "Not now",
            "<p role=\"alert\">The server cannot reach its storage at the moment. Nothing was lost: go back and try again in a minute.</p>");

    private static string Error(string? error) => error is null ? "" : $"<p role=\"alert\"><strong>{Encode(error)}</strong></p>";

    private static string Encode(string? text) => HtmlEncoder.Default.Encode(text ?? "");

    private static IResult Page(HttpContext http, int status, string title, string body)
    {
        IHeaderDictionary headers = http.Response.Headers;
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

        // Not no-referrer: with it browsers send forms without saying where they come from.
        headers["Referrer-Policy"] = "same-origin";
        string styles = http.RequestServices.GetRequiredService<PortalSource>().Files.Styles;
        string html = $"""
            <!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Encode(title)} · JamBox</title><link rel="stylesheet" href="{styles}"></head>
            <body><header class="top"><a class="brand" href="/">JamBox</a></header>
            <main><div class="page narrow"><h1>{Encode(title)}</h1><section class="card plain-form">
            {body}</section></div></main></body></html>
            """;
        return Results.Content(html, "text/html; charset=utf-8", statusCode: status);
    }
}
