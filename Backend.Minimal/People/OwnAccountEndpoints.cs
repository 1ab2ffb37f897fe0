using System.Diagnostics;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.People;

/// <summary>What signed-in users change of their own: password, second factor, what they are told.</summary>
internal static class OwnAccountEndpoints
{
    private const int RecoveryCodeCount = 10;

    /// <summary>The route table.</summary>
    public static void MapOwnAccount(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder users = routes.MapForUsers();
        users.WithTags("People");
        users.MapPut("/password", PutPassword).WithName("PutPassword")
            .TakesBody(Credentials.PasswordFields, """{"password":"correct horse battery","new_password":"staple of another horse"}""");
        users.MapPost("/totp", StartTotp).WithName("StartTotp")
            .TakesBody(Credentials.ProofFields, """{"password":"correct horse battery"}""").Refuses(StatusCodes.Status409Conflict);
        users.MapPut("/totp", ConfirmTotp).WithName("ConfirmTotp").TakesBody(Credentials.CodeFields, """{"code":"287082"}""");
        users.MapPost("/totp/off", EndTotp).WithName("EndTotp").TakesBody(
            Credentials.ProofFields, """{"password":"correct horse battery"}""");
        users.MapGet("/notification-choice", GetChoice).WithName("GetNotificationChoice");
        users.MapPut("/notification-choice", PutChoice).WithName("PutNotificationChoice")
            .TakesBody(NotificationChoice.Fields, """{"list":["offline","online"],"mail":["offline"]}""");
    }

    /// <summary>Changes one's password. Every other session of one's own ends.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> PutPassword(
        HttpContext http, Store store, Passwords passwords, Tries tries, SecretChecks checks, Sessions sessions, TimeProvider clock)
    {
        (Credentials credentials, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, Credentials.PasswordFields).ConfigureAwait(false);
        Caller caller = Caller.Of(http);
        problem ??= Passwords.FindFault(credentials.NewPassword, caller.Name) is { } fault
            ? AdminProblem.Of(StatusCodes.Status400BadRequest, $"new_{fault}")
            : credentials.NewPassword == credentials.Password
            ? AdminProblem.Of(StatusCodes.Status400BadRequest, "new_password: must be another one")
            : null;
        problem ??= await ProveAsync(http, credentials.Password, (store, passwords, tries, checks)).ConfigureAwait(false);
        if (problem is not null)
        {
            return problem;
        }

        await store.WriteAsync(
            (caller.UserId!.Value, caller.Name, passwords.Hash(credentials.NewPassword!), Sessions.HashOf(http.Request)!, Now(clock)),
            static (session, wanted) =>
            {
                (long id, string email, string hash, string current, long at) = wanted;
                session.Execute("UPDATE users SET password_hash = $2 WHERE id = $1", id, hash);
                session.Execute("DELETE FROM user_sessions WHERE user_id = $1 AND token_hash <> $2", id, current);
                session.Execute("UPDATE user_links SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL", id, at);
                Audit.Note(session, email, "user.password", email, null, "changed", at);
                return 1;
            }).ConfigureAwait(false);
        sessions.Invalidate();
        return TypedResults.NoContent();
    }

    /// <summary>Makes a secret for an authenticator program; it is asked for once a code of it was sent back.</summary>
    internal static async Task<Results<Ok<TotpSecret>, ProblemHttpResult>> StartTotp(
        HttpContext http, Store store, Passwords passwords, Tries tries, SecretChecks checks, ISecretSource secrets, TotpSecrets totp)
    {
        (Credentials credentials, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, Credentials.ProofFields).ConfigureAwait(false);
        problem ??= await ProveAsync(http, credentials.Password, (store, passwords, tries, checks)).ConfigureAwait(false);
        if (problem is not null)
        {
            return problem;
        }

        Caller caller = Caller.Of(http);
        string secret = Totp.NewSecret(secrets);
        int changed = await store
            .WriteAsync((caller.UserId!.Value, totp.Close(caller.UserId.Value, secret)), static (session, wanted) => session.Execute(
            "UPDATE users SET totp_secret = $2, totp_step = NULL WHERE id = $1 AND totp_since IS NULL", wanted.Value,
            wanted.Item2)).ConfigureAwait(false);
        return changed == 0
            ? AdminProblem.Of(StatusCodes.Status409Conflict, "A second factor is set up already: end it first")
            : TypedResults.Ok(new TotpSecret(secret, Totp.Address(secret, caller.Name)));
    }

    /// <summary>Puts the second factor in force with its first code, and shows the recovery codes, once.</summary>
    internal static async Task<Results<Ok<RecoveryCodes>, ProblemHttpResult>> ConfirmTotp(
        HttpContext http, Store store, ISecretSource secrets, TotpSecrets totp, TimeProvider clock)
    {
        (Credentials credentials, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, Credentials.CodeFields).ConfigureAwait(false);
        if (problem is not null)
        {
            return problem;
        }

        if (credentials.Code is null)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, "code: is required");
        }

        Caller caller = Caller.Of(http);
        string[] codes = [.. Enumerable.Range(0, RecoveryCodeCount).Select(_ => Places.JoinCodes.New(secrets))];
        long at = Now(clock);
        string? stored = await store.ReadAsync(caller.UserId!.Value, TotpSql.Pending).ConfigureAwait(false);
        string? secret = stored is null ? null : totp.Open(caller.UserId.Value, stored);
        bool done = secret is not null && Totp.StepOf(secret, credentials.Code, at) is { } step
            && await store.WriteAsync((caller.UserId.Value, caller.Name, stored!, step, codes, at), TotpSql.Confirm).ConfigureAwait(false);
        return done ? TypedResults.Ok(new RecoveryCodes(codes))
            : AdminProblem.Of(
                StatusCodes.Status403Forbidden, "code: is not the one that the authenticator program shows now, or nothing waits for one");
    }

    /// <summary>Ends the second factor.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> EndTotp(
        HttpContext http, Store store, Passwords passwords, Tries tries, SecretChecks checks, TimeProvider clock)
    {
        (Credentials credentials, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, Credentials.ProofFields).ConfigureAwait(false);
        problem ??= await ProveAsync(http, credentials.Password, (store, passwords, tries, checks)).ConfigureAwait(false);
        if (problem is not null)
        {
            return problem;
        }

        await store.WriteAsync((Caller.Of(http).UserId!.Value, Caller.Of(http).Name, Now(clock)), TotpSql.End).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    /// <summary>Shows what one is told of, and how.</summary>
    internal static async Task<Ok<NotificationChoice>> GetChoice(HttpContext http, Store store) =>
        TypedResults.Ok(await store.ReadAsync(Caller.Of(http).UserId!.Value, ChoiceSql.Of).ConfigureAwait(false));

    /// <summary>Says what one wants to be told of, and how.</summary>
    internal static async Task<Results<Ok<NotificationChoice>, ProblemHttpResult>> PutChoice(
        HttpContext http, Store store, TimeProvider clock)
    {
        (NotificationChoice choice, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, NotificationChoice.Fields).ConfigureAwait(false);
        problem ??= choice.FindFault() is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        if (problem is not null)
        {
            return problem;
        }

        Caller caller = Caller.Of(http);
        await store.WriteAsync((caller.UserId!.Value, choice, caller.Name, Now(clock)), ChoiceSql.Set).ConfigureAwait(false);
        return TypedResults.Ok(await store.ReadAsync(Caller.Of(http).UserId!.Value, ChoiceSql.Of).ConfigureAwait(false));
    }

    /// <summary>
    /// Asks for the password once more: who finds an open browser does not take the account over. It counts as a try to sign in.
    /// </summary>
    private static async Task<ProblemHttpResult?> ProveAsync(
        HttpContext http, string? password, (Store Store, Passwords Passwords, Tries Tries, SecretChecks Checks) use)
    {
        if (password is null)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, "password: is required");
        }

        long askedAt = Stopwatch.GetTimestamp();
        string email = Caller.Of(http).Name;
        if (await use.Tries.TakeAsync(SignIn.Tries, email).ConfigureAwait(false) is { } seconds)
        {
            http.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
            return AdminProblem.Of(StatusCodes.Status429TooManyRequests, "Too many tries: wait as Retry-After says");
        }

        Account? account = await use.Store.ReadAsync(email, AccountSql.Find).ConfigureAwait(false);
        bool? right = await use.Checks.CheckAsync(
            askedAt, (use.Passwords, password, account?.PasswordHash),
            static asked => asked.Passwords.Matches(asked.password, asked.PasswordHash)).ConfigureAwait(false);
        if (right == true)
        {
            await use.Tries.ForgetAsync(SignIn.Tries, email).ConfigureAwait(false);
            return null;
        }

        return right is null ? AdminProblem.Of(StatusCodes.Status503ServiceUnavailable, "Too many passwords are being checked: try again")
            : AdminProblem.Of(StatusCodes.Status403Forbidden, "password: is wrong");
    }

    private static long Now(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds();
}

/// <summary>The SQL of second factors.</summary>
internal static class TotpSql
{
    /// <summary>The secret that waits for its first code, as it is stored; null = none does.</summary>
    public static string? Pending(SqlSession session, long userId)
    {
        using SqlStatement row = session.Query("SELECT totp_secret FROM users WHERE id = $1 AND totp_since IS NULL", userId);
        return row.Read() ? row.TextOrNull(0) : null;
    }

    /// <summary>Puts the second factor in force, if its secret is still the one that the code was of.</summary>
    public static bool Confirm(
        SqlSession session, (long UserId, string Email, string Stored, long Step, string[] Codes, long At) wanted)
    {
        if (session.Execute(
            "UPDATE users SET totp_since = $2, totp_step = $3 WHERE id = $1 AND totp_since IS NULL AND totp_secret = $4",
            wanted.UserId, wanted.At, wanted.Step, wanted.Stored) == 0)
        {
            return false;
        }

        session.Execute("DELETE FROM user_recovery_codes WHERE user_id = $1", wanted.UserId);
        foreach (string recovery in wanted.Codes)
        {
            session.Execute("INSERT INTO user_recovery_codes (user_id, code_hash) VALUES ($1, $2)", wanted.UserId, Token.Hash(recovery));
        }

        Audit.Note(session, wanted.Email, "user.totp", wanted.Email, "off", "on", wanted.At);
        return true;
    }

    /// <summary>Ends the second factor of a user.</summary>
    public static Refusal? End(SqlSession session, (long UserId, string Who, long At) wanted)
    {
        if (UserSql.One(session, wanted.UserId) is not { } user)
        {
            return UserAccess.Unknown;
        }

        session.Execute("UPDATE users SET totp_secret = NULL, totp_since = NULL, totp_step = NULL WHERE id = $1", wanted.UserId);
        session.Execute("DELETE FROM user_recovery_codes WHERE user_id = $1", wanted.UserId);
        Audit.Note(session, wanted.Who, "user.totp", user.Email, user.HasTotp ? "on" : "off", "off", wanted.At);
        return null;
    }
}

/// <summary>The SQL of what users want to be told.</summary>
internal static class ChoiceSql
{
    /// <summary>What a user wants.</summary>
    public static NotificationChoice Of(SqlSession session, long userId)
    {
        if (!HasChosen(session, userId))
        {
            return new NotificationChoice { List = NotificationChoice.Kinds };
        }

        using SqlStatement row = session.Query("SELECT channel, kind FROM user_notifications WHERE user_id = $1 ORDER BY kind", userId);
        List<(string Channel, string Kind)> rows = [];
        while (row.Read())
        {
            rows.Add((row.Text(0), row.Text(1)));
        }

        return new NotificationChoice
        {
            List = [.. rows.Where(static row => row.Channel == "list").Select(static row => row.Kind)],
            Mail = [.. rows.Where(static row => row.Channel == "mail").Select(static row => row.Kind)],
        };
    }

    /// <summary>Sets what a user wants.</summary>
    public static int Set(SqlSession session, (long UserId, NotificationChoice Choice, string Who, long At) wanted)
    {
        string before = Text(Of(session, wanted.UserId));
        session.Execute("UPDATE users SET notifications_chosen_at = $2 WHERE id = $1", wanted.UserId, wanted.At);
        session.Execute("DELETE FROM user_notifications WHERE user_id = $1", wanted.UserId);
        foreach ((string channel, IReadOnlyList<string> kinds) in new[] { ("list", wanted.Choice.List), ("mail", wanted.Choice.Mail) })
        {
            foreach (string kind in kinds)
            {
                session.Execute(
                    "INSERT INTO user_notifications (user_id, kind, channel) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", wanted.UserId,
                    kind, channel);
            }
        }

        string after = Text(Of(session, wanted.UserId));
        if (after != before)
        {
            Audit.Note(session, wanted.Who, "user.notifications", wanted.Who, before, after, wanted.At);
        }

        return 1;
    }

    private static string Text(NotificationChoice choice) =>
        $"list {Text(choice.List)}, mail {Text(choice.Mail)}";

    private static string Text(IEnumerable<string> kinds) => string.Join(' ', kinds.Order(StringComparer.Ordinal));

    private static bool HasChosen(SqlSession session, long userId)
    {
        using SqlStatement row = session.Query("SELECT 1 FROM users WHERE id = $1 AND notifications_chosen_at IS NOT NULL", userId);
        return row.Read();
    }
}
