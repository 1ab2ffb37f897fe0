using System.Globalization;
using System.Text.Encodings.Web;

using JamBox.Backend.Portal;
using JamBox.Backend.Security;
using JamBox.Backend.Wire;

using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.People;

/// <summary>
/// The pages that must work before anything else does: signing in, a link from a mail, a forgotten password. Plain HTML without a script;
/// what comes from outside is encoded.
/// </summary>
internal static class PeoplePages
{
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
        signIn.IsSafeWay(http.Request) ? SignInForm(http, null, null) : PlainHttp(http);

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

    private static IResult ShowForgotten(HttpContext http, SignIn signIn)
    {
        PageTexts texts = PageTexts.Of(http.Request);
        return signIn.IsSafeWay(http.Request) ? Page(http, StatusCodes.Status200OK, texts.NewPassword, $"""
            <form method="post"><p><label>{texts.Email} <input type="email" name="email" autocomplete="username" maxlength="254" required></label></p>
            <p><button class="button primary">{texts.MailLink}</button></p></form>
            """)
            : PlainHttp(http);
    }

    private static async Task<IResult> PostForgotten(
        HttpContext http, SignIn signIn, RateLimits limits, Tries tries, Invitations invitations)
    {
        if (await ReadFormAsync(http, signIn).ConfigureAwait(false) is not { } form)
        {
            return Refuse(http, signIn);
        }

        PageTexts texts = PageTexts.Of(http.Request);
        string email = form["email"].ToString();
        int? seconds = email.Length > Email.MaxChars ? null
            : await SignInEndpoints.MailResetAsync(http, email, limits, tries, invitations).ConfigureAwait(false);
        return seconds is null
            ? Page(http, StatusCodes.Status200OK, texts.LookIntoMail, $"<p>{texts.OnItsWay}</p>")
            : Page(http, StatusCodes.Status429TooManyRequests, texts.TooMany, $"<p>{texts.WaitQuarter}</p>");
    }

    private static async Task<IResult> ShowLink(HttpContext http, string token, SignIn signIn, Invitations invitations, RateLimits limits)
    {
        if (!signIn.IsSafeWay(http.Request))
        {
            return PlainHttp(http);
        }

        PageTexts texts = PageTexts.Of(http.Request);
        return await invitations.FindAsync(token).ConfigureAwait(false) is { } link ? LinkForm(http, link, null)
            : limits.TryAcquireFailure(http) is not null ? Page(
                http, StatusCodes.Status429TooManyRequests, texts.TooMany, $"<p>{texts.WaitMinute}</p>")
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

        PageTexts texts = PageTexts.Of(http.Request);
        string password = form["password"].ToString();
        string? fault = password != form["again"] ? texts.Differ
            : password.Length > Passwords.MaxChars ? texts.TooLong
            : Passwords.FindFault(password, link.Email) is { } found ? found == Passwords.TooEasy ? texts.TooEasy
                : string.Format(CultureInfo.InvariantCulture, texts.TooShort, Passwords.MinChars)
            : null;
        if (fault is not null)
        {
            return LinkForm(http, link, fault);
        }

        Refusal? refusal = await invitations.UseAsync(token, password).ConfigureAwait(false);
        return refusal is null ? Results.Redirect("/sign-in?set=1") : refusal == Invitations.Over ? Over(http) : LinkForm(
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

    private static IResult Refuse(HttpContext http, SignIn signIn)
    {
        PageTexts texts = PageTexts.Of(http.Request);
        return signIn.IsSafeWay(http.Request)
            ? Page(http, StatusCodes.Status403Forbidden, texts.NotFromHere, $"<p>{texts.NotFromHereWhy}</p>")
            : PlainHttp(http);
    }

    private static IResult PlainHttp(HttpContext http)
    {
        PageTexts texts = PageTexts.Of(http.Request);
        return Page(http, StatusCodes.Status403Forbidden, texts.NeedsHttps, $"<p>{texts.NeedsHttpsWhy}</p>");
    }

    private static IResult SignInForm(HttpContext http, string? email, SignInRefusal? refusal)
    {
        PageTexts texts = PageTexts.Of(http.Request);
        return Page(http, refusal?.Status ?? StatusCodes.Status200OK, texts.SignIn, $"""
            {Error(refusal is null ? null : texts.OfSignIn(refusal.Error))}<form method="post">
            <p><label>{texts.Email} <input type="email" name="email" autocomplete="username" maxlength="254" required value="{Encode(email)}"></label></p>
            <p><label>{texts.Password} <input type="password" name="password" autocomplete="current-password" maxlength="256" required></label></p>
            <p><label>{texts.OneTimeCode} <input name="code" autocomplete="one-time-code" maxlength="16"></label></p>
            <p><button class="button primary">{texts.SignIn}</button></p></form><p><a href="/reset">{texts.Forgotten}</a></p>
            """);
    }

    private static IResult LinkForm(HttpContext http, LinkRow link, string? error)
    {
        PageTexts texts = PageTexts.Of(http.Request);
        string purpose = string.Format(CultureInfo.InvariantCulture, texts.For, Encode(link.Email), Passwords.MinChars);
        int status = error is null ? StatusCodes.Status200OK : StatusCodes.Status400BadRequest;
        return Page(http, status, link.Kind == NewLink.Invite ? texts.Account : texts.NewPassword, $"""
            {Error(error)}<p>{purpose}</p><form method="post">
            <input type="hidden" name="email" autocomplete="username" value="{Encode(link.Email)}">
            <p><label>{texts.Password} <input type="password" name="password" autocomplete="new-password" minlength="{Passwords.MinChars}" maxlength="256" required></label></p>
            <p><label>{texts.Again} <input type="password" name="again" autocomplete="new-password" minlength="{Passwords.MinChars}" maxlength="256" required></label></p>
            <p><button class="button primary">{texts.SetPassword}</button></p></form>
            """);
    }

    private static IResult Over(HttpContext http)
    {
        PageTexts texts = PageTexts.Of(http.Request);
        return Page(
            http, StatusCodes.Status404NotFound, texts.Over,
            $"<p>{texts.OverWhy} <a href=\"/reset\">{texts.AskNew}</a>, {texts.AskInviter}</p>");
    }

    /// <summary>A person in front of a form reads a page, and may send the form again.</summary>
    private static IResult NotNow(HttpContext http)
    {
        PageTexts texts = PageTexts.Of(http.Request);
        return Page(http, StatusCodes.Status503ServiceUnavailable, texts.NotNow, $"<p role=\"alert\">{texts.NotNowWhy}</p>");
    }

    private static string Error(string? error) => error is null ? "" : $"<p role=\"alert\"><strong>{Encode(error)}</strong></p>";

    private static string Encode(string? text) => HtmlEncoder.Default.Encode(text ?? "");

    private static IResult Page(HttpContext http, int status, string title, string body)
    {
        IHeaderDictionary headers = http.Response.Headers;
        headers.CacheControl = "no-store";
        headers.ContentLanguage = PageTexts.Of(http.Request).Code;
        headers.Vary = HeaderNames.AcceptLanguage;
        headers.ContentSecurityPolicy = "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

        // Not no-referrer: with it browsers send forms without saying where they come from.
        headers["Referrer-Policy"] = "same-origin";
        string styles = http.RequestServices.GetRequiredService<PortalSource>().Files.Styles;
        string html = $"""
            <!DOCTYPE html><html lang="{PageTexts.Of(http.Request).Code}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{Encode(title)} · JamBox</title><link rel="stylesheet" href="{styles}"></head>
            <body><header class="top"><a class="brand" href="/">JamBox</a></header>
            <main><div class="page narrow"><h1>{Encode(title)}</h1><section class="card plain-form">
            {body}</section></div></main></body></html>
            """;
        return Results.Content(html, "text/html; charset=utf-8", statusCode: status);
    }
}
