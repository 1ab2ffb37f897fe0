using System.Diagnostics;
using System.Globalization;

using JamBox.Backend.Notifications;
using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.People;

/// <summary>Signing in and out, and what users do with their own account.</summary>
internal static class SignInEndpoints
{
    /// <summary>How often a forgotten password may be mailed.</summary>
    private static readonly TryRule s_resets = new("reset", Limit: 5, WindowMs: 15 * 60 * 1000, SignIn.Tries.ExistsSql);

    /// <summary>When the answer to a forgotten password goes out, whether there is such a user or not.</summary>
    private static readonly TimeSpan s_resetAfter = TimeSpan.FromMilliseconds(250);

    private static readonly ApiParameter s_token = new TextParameter("token", "What stands in the link.");

    /// <summary>Adds people.</summary>
    public static void AddPeople(this IServiceCollection services)
    {
        services.AddFeatureOptions<PeopleOptions>(PeopleOptions.Section);
        services.AddJson(PeopleJson.Default);
        services.AddSingleton<Passwords>();
        services.AddSingleton<Sessions>();
        services.AddSingleton<ISessions>(static provider => provider.GetRequiredService<Sessions>());
        services.AddSingleton<SignIn>();
        services.AddSingleton<TotpSecrets>();
        services.AddSingleton<IJob>(static provider => provider.GetRequiredService<TotpSecrets>());
        services.AddSingleton<Invitations>();
        services.AddSingleton<UserMailSender>();
        services.AddRetryJob(static provider => new DeliveryJob(
            provider.GetRequiredService<UserMailSender>(), provider.GetRequiredService<Store>(),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<DeliveryJob>>()));
    }

    /// <summary>The route table.</summary>
    public static void MapPeople(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder anybody = routes.MapGroup("/api");
        anybody.WithTags("People");
        anybody.ForAnybody();
        anybody.MapPost("/session", PostSession).WithName("SignIn")
            .TakesBody(Credentials.SignInFields, """{"email":"anna@example.org","password":"correct horse battery"}""")
            .Refuses(
                StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden, StatusCodes.Status429TooManyRequests,
                StatusCodes.Status503ServiceUnavailable);
        anybody.MapPost("/password/reset", ForgetPassword).WithName("ForgetPassword")
            .TakesBody(Credentials.EmailFields, """{"email":"anna@example.org"}""").Refuses(
                StatusCodes.Status403Forbidden, StatusCodes.Status429TooManyRequests);
        anybody.MapGet("/links/{token}", GetLink).WithName("GetLink").TakesPath(s_token).Refuses(
            StatusCodes.Status404NotFound, StatusCodes.Status429TooManyRequests);
        anybody.MapPost("/links/{token}", UseLink).WithName("UseLink").TakesPath(s_token)
            .TakesBody(Credentials.LinkFields, """{"password":"correct horse battery"}""")
            .Refuses(StatusCodes.Status403Forbidden, StatusCodes.Status404NotFound, StatusCodes.Status429TooManyRequests);

        RouteGroupBuilder users = routes.MapForUsers();
        users.WithTags("People");
        users.MapGet("/session", GetSession).WithName("GetSession");
        users.MapDelete("/session", DeleteSession).WithName("SignOut");
        users.MapGet("/sessions", ListSessions).WithName("ListSessions");
        users.MapDelete("/sessions", DeleteSessions).WithName("SignOutEverywhere");
        routes.MapOwnAccount();
        routes.MapTiles();
        routes.MapUsers();
        routes.MapPeoplePages();
    }

    /// <summary>Signs in: the answer brings the cookie.</summary>
    internal static async Task<Results<Ok<SignedIn>, ProblemHttpResult>> PostSession(
        HttpContext http, Store store, SignIn signIn, Sessions sessions, TimeProvider clock)
    {
        if (RefuseWay(http, signIn) is { } unsafeWay)
        {
            return unsafeWay;
        }

        (Credentials credentials, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, Credentials.SignInFields).ConfigureAwait(false);
        problem ??= credentials.Email is null || credentials.Password is null
            ? AdminProblem.Of(StatusCodes.Status400BadRequest, "email and password are required")
            : null;
        if (problem is not null)
        {
            return problem;
        }

        if (await signIn.TryAsync(http, credentials.Email, credentials.Password, credentials.Code).ConfigureAwait(false) is { } refusal)
        {
            if (refusal.RetryAfter is { } seconds)
            {
                http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            }

            return AdminProblem.Of(refusal.Status, refusal.Error);
        }

        UserRow user =
            await store.ReadAsync(
                Email.Normal(credentials.Email)!,
                static (session, email) => UserSql.One(session, UserSql.IdOf(session, email)!.Value)!).ConfigureAwait(false);
        return TypedResults.Ok(
            new SignedIn(user, DateTime.UnixEpoch.AddMilliseconds(sessions.ExpiresAt(clock.GetUtcNow().ToUnixTimeMilliseconds()))));
    }

    /// <summary>Shows who is signed in, and what they may.</summary>
    internal static async Task<Results<Ok<SignedIn>, ProblemHttpResult>> GetSession(HttpContext http, Store store)
    {
        long id = Caller.Of(http).UserId!.Value;
        UserRow? user = await store.ReadAsync(id, UserSql.One).ConfigureAwait(false);
        DateTime? expires = await store.ReadAsync(Sessions.HashOf(http.Request)!, SessionSql.ExpiresAt).ConfigureAwait(false);
        return user is not null && expires is { } time ? TypedResults.Ok(new SignedIn(user, time)) : UserAccess.Unknown.ToProblem();
    }

    /// <summary>Signs out.</summary>
    internal static async Task<NoContent> DeleteSession(HttpContext http, Store store, Sessions sessions, TimeProvider clock)
    {
        await store.WriteAsync((Sessions.HashOf(http.Request)!, Caller.Of(http).Name, Now(clock)), SessionSql.Remove).ConfigureAwait(false);
        sessions.Invalidate();
        Sessions.Take(http.Response);
        return TypedResults.NoContent();
    }

    /// <summary>Lists one's own sessions, newest first.</summary>
    internal static async Task<Ok<List<SessionRow>>> ListSessions(HttpContext http, Store store, TimeProvider clock) =>
        TypedResults.Ok(
            await store.ReadAsync(
                (Caller.Of(http).UserId!.Value, Sessions.HashOf(http.Request), Now(clock)), SessionSql.Of).ConfigureAwait(false));

    /// <summary>Signs out everywhere, here too.</summary>
    internal static async Task<NoContent> DeleteSessions(HttpContext http, Store store, Sessions sessions, TimeProvider clock)
    {
        await store.WriteAsync(
            (Caller.Of(http).UserId!.Value, Caller.Of(http).Name, Now(clock)), SessionSql.SignOutEverywhere).ConfigureAwait(false);
        sessions.Invalidate();
        Sessions.Take(http.Response);
        return TypedResults.NoContent();
    }

    /// <summary>Mails a link for a new password, if there is such a user; the answer does not say.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> ForgetPassword(
        HttpContext http, RateLimits limits, Tries tries, Invitations invitations, SignIn signIn)
    {
        if (RefuseWay(http, signIn) is { } unsafeWay)
        {
            return unsafeWay;
        }

        (Credentials credentials, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, Credentials.EmailFields).ConfigureAwait(false);
        problem ??= credentials.Email is null ? AdminProblem.Of(StatusCodes.Status400BadRequest, "email: is required") : null;
        if (problem is not null)
        {
            return problem;
        }

        return await MailResetAsync(http, credentials.Email!, limits, tries, invitations).ConfigureAwait(false) is { } seconds
            ? TooMany(http, seconds)
            : TypedResults.NoContent();
    }

    /// <summary>Mails a link for a new password, if there is such a user.</summary>
    /// <returns>Seconds to wait, when it was asked for too often; null = done, or nobody's address.</returns>
    internal static async Task<int?> MailResetAsync(
        HttpContext http, string emailText, RateLimits limits, Tries tries, Invitations invitations)
    {
        long askedAt = Stopwatch.GetTimestamp();
        string email = emailText.Trim().ToLowerInvariant();
        if ((limits.TryAcquireFailure(http) ?? await tries.TakeAsync(s_resets, email).ConfigureAwait(false)) is { } seconds)
        {
            return seconds;
        }

        await invitations.ResetAsync(email).ConfigureAwait(false);
        TimeSpan left = s_resetAfter - Stopwatch.GetElapsedTime(askedAt);
        if (left > TimeSpan.Zero)
        {
            await Task.Delay(left).ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>Shows what a link is for, while it is good.</summary>
    internal static async Task<Results<Ok<LinkRow>,
        ProblemHttpResult>> GetLink(HttpContext http, string token, Invitations invitations, RateLimits limits) =>
        await invitations.FindAsync(token).ConfigureAwait(false) is { } link ? TypedResults.Ok(link)
        : limits.TryAcquireFailure(http) is { } seconds ? TooMany(http, seconds)
        : Invitations.Over.ToProblem();

    /// <summary>Sets a password by a link, once. Every session of that user ends.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> UseLink(
        HttpContext http, string token, Invitations invitations, RateLimits limits, SignIn signIn)
    {
        if (RefuseWay(http, signIn) is { } unsafeWay)
        {
            return unsafeWay;
        }

        (Credentials credentials, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, Credentials.LinkFields).ConfigureAwait(false);
        problem ??= credentials.Password is null ? AdminProblem.Of(StatusCodes.Status400BadRequest, "password: is required") : null;
        if (problem is not null)
        {
            return problem;
        }

        Refusal? refusal = await invitations.UseAsync(token, credentials.Password).ConfigureAwait(false);
        return refusal is null ? TypedResults.NoContent()
            : refusal == Invitations.Over && limits.TryAcquireFailure(http) is { } seconds ? TooMany(http, seconds)
            : refusal.ToProblem();
    }

    /// <summary>Why a password may not come this way: in the clear, or from another site's page.</summary>
    private static ProblemHttpResult? RefuseWay(HttpContext http, SignIn signIn)
    {
        http.Response.Headers.CacheControl = "no-store";
        return !signIn.IsSafeWay(http.Request)
            ? AdminProblem.Of(
                StatusCodes.Status403Forbidden,
                "Sign-in needs https: set up TLS, or People:AllowPlainHttp=true where everybody on the way is trusted")
            : Forgery.FromHere(http.Request) == false
                ? AdminProblem.Of(StatusCodes.Status403Forbidden, "This must come from a page of this site")
                : null;
    }

    private static ProblemHttpResult TooMany(HttpContext http, int seconds)
    {
        http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return AdminProblem.Of(StatusCodes.Status429TooManyRequests, "Too many tries: wait as Retry-After says");
    }

    private static long Now(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
