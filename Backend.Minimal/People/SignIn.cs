using System.Diagnostics;
using System.Net;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.People;

/// <summary>
/// Signing in. Five tries in 15 minutes and account, over all processes; who does not exist is answered in the same words after the same
/// time. A right one makes the tries before it forgotten.
/// </summary>
internal sealed class SignIn
{
    /// <summary>How often an account may be tried.</summary>
    public static readonly TryRule Tries = new(
        "sign-in", Limit: 5, WindowMs: 15 * 60 * 1000,
        "SELECT 1 FROM users WHERE email = $1 AND password_hash IS NOT NULL AND disabled_at IS NULL");

    /// <summary>Said of whatever was wrong.</summary>
    public const string Wrong = "E-mail or password is wrong";

    /// <summary>Said after too many tries.</summary>
    public const string TooMany = "Too many tries: wait a quarter of an hour";

    /// <summary>Said while passwords of others are being checked.</summary>
    public const string Busy = "Too many people sign in: try again";

    /// <summary>Said when the password is right and a second factor is set up.</summary>
    public const string CodeNeeded = "A code is needed: the authenticator program's, or a recovery code";

    /// <summary>Said when the password is right and the code is not.</summary>
    public const string CodeWrong = "The code is wrong, or was used";

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly RateLimits _limits;
    private readonly Tries _tries;
    private readonly SecretChecks _checks;
    private readonly Passwords _passwords;
    private readonly Sessions _sessions;
    private readonly ISecretSource _secrets;
    private readonly PeopleOptions _options;
    private readonly TotpSecrets _totp;

    /// <summary>Makes it.</summary>
    public SignIn(IServiceProvider services)
    {
        _store = services.GetRequiredService<Store>();
        _clock = services.GetRequiredService<TimeProvider>();
        _limits = services.GetRequiredService<RateLimits>();
        _tries = services.GetRequiredService<Tries>();
        _checks = services.GetRequiredService<SecretChecks>();
        _passwords = services.GetRequiredService<Passwords>();
        _sessions = services.GetRequiredService<Sessions>();
        _secrets = services.GetRequiredService<ISecretSource>();
        _options = services.GetRequiredService<PeopleOptions>();
        _totp = services.GetRequiredService<TotpSecrets>();
    }

    /// <summary>
    /// Whether a password may come this way: over TLS, from this machine, or where it was allowed. A proxy on this machine must say that
    /// people reach it over TLS (<c>X-Forwarded-Proto</c>), else it would look like this machine.
    /// </summary>
    public bool IsSafeWay(HttpRequest request) =>
        request.IsHttps || _options.AllowPlainHttp
        || (request.HttpContext.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
            && (
                request.Host.Host == "localhost" || (
                    IPAddress.TryParse(request.Host.Host.Trim('[', ']'), out IPAddress? host) && IPAddress.IsLoopback(host))));

    /// <summary>Tries to sign in, and gives the browser its cookie.</summary>
    /// <returns>Null = signed in; else what is said, and seconds to wait if that helps.</returns>
    public async Task<SignInRefusal?> TryAsync(HttpContext http, string? emailText, string? password, string? code)
    {
        long askedAt = Stopwatch.GetTimestamp();
        string email = (emailText ?? "").Trim().ToLowerInvariant();
        if ((_limits.TryAcquireFailure(http) ?? await _tries.TakeAsync(Tries, email).ConfigureAwait(false)) is { } seconds)
        {
            return new SignInRefusal(StatusCodes.Status429TooManyRequests, TooMany, seconds);
        }

        Account? account = await _store.ReadAsync(email, AccountSql.Find).ConfigureAwait(false);
        bool? right = await _checks.CheckAsync(
            askedAt, (this, password: password ?? "", account?.PasswordHash), static asked =>
                asked.Item1._passwords.Matches(asked.password, asked.PasswordHash),
            account is null ? null : () => NoteFailureAsync(email)).ConfigureAwait(false);
        if (right != true)
        {
            return right is null
                ? new SignInRefusal(StatusCodes.Status503ServiceUnavailable, Busy, null)
                : new SignInRefusal(StatusCodes.Status401Unauthorized, Wrong, null);
        }

        string? secret = account!.TotpSecret is null ? null : _totp.Open(account.Id, account.TotpSecret);
        string token = Token.New(_secrets);
        long now = Now();
        string agent = http.Request.Headers.UserAgent.ToString();
        SignInEnd end = await _store.WriteAsync(
            new SignInStart(account, secret, code, Token.Hash(token), Sessions.HashOf(http.Request), agent, now, _sessions.ExpiresAt(now)),
            AccountSql.Begin).ConfigureAwait(false);
        if (end != SignInEnd.Done)
        {
            return end == SignInEnd.CodeNeeded ? new SignInRefusal(
                StatusCodes.Status401Unauthorized, CodeNeeded, null)
                : new SignInRefusal(
                    StatusCodes.Status401Unauthorized, end == SignInEnd.CodeWrong ? CodeWrong : Wrong, null);
        }

        if (account.TotpSecret is not null)
        {
            await _totp.CloseAsync(account.Id, account.TotpSecret).ConfigureAwait(false);
        }

        await _tries.ForgetAsync(Tries, email).ConfigureAwait(false);
        _sessions.Invalidate();
        _sessions.Give(http.Response, token);
        return null;
    }

    private Task NoteFailureAsync(string email) =>
        _store.WriteAsync((email, Now()), static (session, wrong) =>
        {
            Audit.NoteFailure(session, "user.sign-in.failed", wrong.email, wrong.Item2);
            return 1;
        });

    private long Now() => _clock.GetUtcNow().ToUnixTimeMilliseconds();
}

/// <summary>Why somebody is not signed in.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Error">What is said.</param>
/// <param name="RetryAfter">Seconds to wait; null = waiting does not help.</param>
internal sealed record SignInRefusal(int Status, string Error, int? RetryAfter);

/// <summary>What is needed to check who signs in.</summary>
/// <param name="Id">The user.</param>
/// <param name="Email">The address.</param>
/// <param name="PasswordHash">The password's hash.</param>
/// <param name="TotpSecret">The secret that codes are made from, as it is stored; null = none is asked for.</param>
internal sealed record Account(long Id, string Email, string PasswordHash, string? TotpSecret);

/// <summary>A session that is about to begin.</summary>
/// <param name="Account">Whose.</param>
/// <param name="Secret">The secret of the second factor; null = none, or one that cannot be read.</param>
/// <param name="Code">The code that was given.</param>
/// <param name="TokenHash">The new token's hash.</param>
/// <param name="TokenBefore">The hash of the browser's token before; null = none.</param>
/// <param name="Agent">The browser's own words.</param>
/// <param name="At">Milliseconds since 1970.</param>
/// <param name="ExpiresAt">When the session is over, milliseconds since 1970.</param>
internal sealed record SignInStart(
    Account Account, string? Secret, string? Code, string TokenHash, string? TokenBefore, string Agent, long At, long ExpiresAt);

/// <summary>How it ended.</summary>
internal enum SignInEnd
{
    /// <summary>Signed in.</summary>
    Done,

    /// <summary>The password is right; a code is asked for too.</summary>
    CodeNeeded,

    /// <summary>The code is wrong, or was used.</summary>
    CodeWrong,

    /// <summary>The password was changed, or the user disabled, in between.</summary>
    Changed,
}

/// <summary>The SQL of what users sign in with.</summary>
internal static class AccountSql
{
    /// <summary>The account of an address; null when nobody can sign in with it.</summary>
    public static Account? Find(SqlSession session, string email)
    {
        using SqlStatement row = session.Query(
            """
            SELECT id, email, password_hash, CASE WHEN totp_since IS NULL THEN NULL ELSE totp_secret END FROM users
            WHERE email = $1 AND password_hash IS NOT NULL AND disabled_at IS NULL
            """, email);
        return row.Read() ? new Account(row.Int64(0), row.Text(1), row.Text(2), row.TextOrNull(3)) : null;
    }

    /// <summary>Begins a session, if nothing has changed since the password was looked at, and the code is right.</summary>
    public static SignInEnd Begin(SqlSession session, SignInStart start)
    {
        Account account = start.Account;

        // The row is what a second sign-in with the same code waits at.
        session.Execute("UPDATE users SET email = email WHERE id = $1", account.Id);
        if (Find(session, account.Email) != account)
        {
            return SignInEnd.Changed;
        }

        if (account.TotpSecret is not null && string.IsNullOrWhiteSpace(start.Code))
        {
            return SignInEnd.CodeNeeded;
        }

        if (account.TotpSecret is not null && !UseCode(session, account.Id, start.Secret, start.Code!, start.At))
        {
            Audit.NoteFailure(session, "user.sign-in.failed", account.Email, start.At);
            return SignInEnd.CodeWrong;
        }

        session.Execute("UPDATE users SET last_sign_in_at = $2 WHERE id = $1", account.Id, start.At);
        SessionSql.Add(session, account.Id, start.TokenHash, start.TokenBefore, start.Agent, start.At, start.ExpiresAt);
        Audit.Note(session, account.Email, "user.sign-in", account.Email, null, null, start.At);
        return SignInEnd.Done;
    }

    /// <summary>Uses a code, of the authenticator program or for recovery: once.</summary>
    /// <returns>False when it is wrong, or was used.</returns>
    public static bool UseCode(SqlSession session, long userId, string? secret, string code, long now)
    {
        if (secret is not null && Totp.StepOf(secret, code, now) is { } step)
        {
            return session.Execute("UPDATE users SET totp_step = $2 WHERE id = $1 AND (totp_step IS NULL OR totp_step < $2)", userId,
                step) > 0;
        }

        return session.Execute(
            "UPDATE user_recovery_codes SET used_at = $3 WHERE user_id = $1 AND code_hash = $2 AND used_at IS NULL",
            userId, Token.Hash(code.Trim().ToUpperInvariant()), now) > 0;
    }
}
