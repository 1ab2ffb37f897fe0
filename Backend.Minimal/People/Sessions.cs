using System.Collections.Concurrent;
using System.Globalization;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.People;

/// <summary>
/// Sessions of users: a random token in a cookie, its hash in the storage. What was looked up is remembered for 3.5 s, so that a session
/// that was ended through another process is over within 5 s.
/// </summary>
internal sealed class Sessions : ISessions
{
    private const long CacheMs = 3_500;

    /// <summary>Sessions remembered; past it all are forgotten and looked up again.</summary>
    private const int MaxCached = 10_000;

    /// <summary>How exactly it is known when a session was last used, ms: so that looking writes nothing most of the time.</summary>
    private const long SeenMs = 10 * 60 * 1000;

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly PeopleOptions _options;
    private readonly ILogger<Sessions> _logger;
    private readonly ConcurrentDictionary<string, (Caller? Caller, long Until)> _cache = new(StringComparer.Ordinal);

    /// <summary>Counts <see cref="Invalidate"/>: what was looked up before it is not remembered after it.</summary>
    private int _changes;

    /// <summary>Makes the sessions.</summary>
    public Sessions(Store store, TimeProvider clock, PeopleOptions options, ILogger<Sessions> logger)
    {
        _store = store;
        _clock = clock;
        _options = options;
        _logger = logger;
    }

    /// <summary>The hash of the request's token; null when it bears none.</summary>
    public static string? HashOf(HttpRequest request) =>
        request.Cookies[CookieName(request)] is { Length: > 0 and <= Token.MaxChars } token ? Token.Hash(token) : null;

    /// <inheritdoc/>
    public async ValueTask<Caller?> FindAsync(HttpRequest request)
    {
        if (HashOf(request) is not { } hash)
        {
            return null;
        }

        long now = Now();
        if (_cache.TryGetValue(hash, out (Caller? Caller, long Until) known) && now < known.Until)
        {
            return known.Caller;
        }

        int changes = Volatile.Read(ref _changes);
        (Caller? caller, long seenAt) = await _store.ReadAsync(
            (hash, now, now - (_options.IdleHours * 3_600_000L)), SessionSql.Find).ConfigureAwait(false);
        if (caller is not null && now - seenAt >= SeenMs)
        {
            _ = NoteSeenAsync(hash, now);
        }

        if (_cache.Count >= MaxCached)
        {
            _cache.Clear();
        }

        if (caller is not null && changes == Volatile.Read(ref _changes))
        {
            _cache[hash] = (caller, now + CacheMs);
        }

        return caller;
    }

    /// <inheritdoc/>
    public void Invalidate()
    {
        Interlocked.Increment(ref _changes);
        _cache.Clear();
    }

    /// <summary>Gives the browser its token: not for scripts, not across sites, and not over plain HTTP when it came over TLS.</summary>
    public void Give(HttpResponse response, string token) =>
        response.Cookies.Append(
            CookieName(response.HttpContext.Request), token,
            Options(response.HttpContext.Request, TimeSpan.FromDays(_options.SessionDays)));

    /// <summary>Takes it away again.</summary>
    public static void Take(HttpResponse response)
    {
        HttpRequest request = response.HttpContext.Request;
        response.Cookies.Append(CookieName(request), "", Options(request, TimeSpan.Zero));
    }

    /// <summary>When a session that begins now is over, milliseconds since 1970.</summary>
    public long ExpiresAt(long now) => now + (_options.SessionDays * 86_400_000L);

    /// <summary>With the prefix browsers take it from this host alone, and only over TLS: no neighbour can plant one.</summary>
    private static string CookieName(HttpRequest request) => request.IsHttps ? "__Host-jambox" : "jambox";

    private static CookieOptions Options(HttpRequest request, TimeSpan life) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = request.IsHttps,
        Path = "/",
        IsEssential = true,
        MaxAge = life,
    };

    private async Task NoteSeenAsync(string hash, long now)
    {
        try
        {
            await _store.WriteAsync((hash, now), SessionSql.NoteSeen).ConfigureAwait(false);
        }
        catch (Exception e) when (e is StorageException or StorageBusyException)
        {
            _logger.LogWarning("When a session was last used could not be noted: {Reason}", e.Message);
        }
    }

    private long Now() => _clock.GetUtcNow().ToUnixTimeMilliseconds();
}

/// <summary>The SQL of sessions.</summary>
internal static class SessionSql
{
    /// <summary>Sessions of one user; past it the oldest ends.</summary>
    public const int MaxOfUser = 20;

    private const int MaxAgentChars = 200;

    private const string FindSql = """
        SELECT u.id, u.email, s.seen_at, u.platforms FROM user_sessions s JOIN users u ON u.id = s.user_id
        WHERE s.token_hash = $1 AND s.expires_at > $2 AND s.seen_at > $3 AND u.disabled_at IS NULL
        """;

    private const string TooManySql = """
        DELETE FROM user_sessions WHERE user_id = $1 AND token_hash NOT IN
            (SELECT token_hash FROM user_sessions WHERE user_id = $1 ORDER BY created_at DESC, token_hash LIMIT $2)
        """;

    /// <summary>Whose session it is, and when it was last used.</summary>
    public static (Caller? Caller, long SeenAt) Find(SqlSession session, (string Hash, long Now, long IdleSince) wanted)
    {
        long id, seenAt;
        string email, platforms;
        using (SqlStatement row = session.Query(FindSql, wanted.Hash, wanted.Now, wanted.IdleSince))
        {
            if (!row.Read())
            {
                return (null, 0);
            }

            (id, email, seenAt, platforms) = (row.Int64(0), row.Text(1), row.Int64(2), row.Text(3));
        }

        return (CallerOf(session, id, email, platforms), seenAt);
    }

    /// <summary>A user as a caller, where something is done in their name.</summary>
    /// <returns>Null when there is none, or they are kept out.</returns>
    public static Caller? CallerOf(SqlSession session, long id)
    {
        string email, platforms;
        using (SqlStatement row = session.Query("SELECT email, platforms FROM users WHERE id = $1 AND disabled_at IS NULL", id))
        {
            if (!row.Read())
            {
                return null;
            }

            (email, platforms) = (row.Text(0), row.Text(1));
        }

        return CallerOf(session, id, email, platforms);
    }

    private static Caller CallerOf(SqlSession session, long id, string email, string platforms)
    {
        string principal = UserSql.PrincipalOf(id);
        return new Caller(email, principal, GrantSql.Of(session, principal), Role.Viewer)
        {
            UserId = id,
            Firmware = FirmwareLimits.OfUser(platforms),
        };
    }

    /// <summary>
    /// Begins a session, in the place of the one that the browser had: a token that somebody planted there is worth nothing.
    /// </summary>
    public static void Add(SqlSession session, long userId, string hash, string? before, string? agent, long at, long expiresAt)
    {
        if (before is not null)
        {
            session.Execute("DELETE FROM user_sessions WHERE token_hash = $1", before);
        }

        string text = string.Concat((agent ?? "").Where(static c => !char.IsControl(c)).Take(MaxAgentChars));
        session.Execute("DELETE FROM user_sessions WHERE user_id = $1 AND expires_at <= $2", userId, at);
        session.Execute(
            "INSERT INTO user_sessions (token_hash, user_id, created_at, seen_at, expires_at, address, agent) VALUES ($1, $2, $3, $3, $4, $5, $6)",
            hash, userId, at, expiresAt, session.Origin, text.Length == 0 ? null : text);
        session.Execute(TooManySql, userId, MaxOfUser);
    }

    /// <summary>Notes that a session is used.</summary>
    public static int NoteSeen(SqlSession session, (string Hash, long At) seen) =>
        session.Execute("UPDATE user_sessions SET seen_at = $2 WHERE token_hash = $1", seen.Hash, seen.At);

    /// <summary>Ends one session.</summary>
    public static int Remove(SqlSession session, (string Hash, string Who, long At) wanted)
    {
        int removed = session.Execute("DELETE FROM user_sessions WHERE token_hash = $1", wanted.Hash);
        if (removed > 0)
        {
            Audit.Note(session, wanted.Who, "user.sign-out", wanted.Who, null, null, wanted.At);
        }

        return removed;
    }

    /// <summary>Ends all sessions of a user.</summary>
    public static int RemoveAll(SqlSession session, long userId) => session.Execute("DELETE FROM user_sessions WHERE user_id = $1", userId);

    /// <summary>Ends all sessions of a user, with a line in the audit log.</summary>
    public static Refusal? SignOutEverywhere(SqlSession session, (long UserId, string Who, long At) wanted)
    {
        if (UserSql.One(session, wanted.UserId) is not { } user)
        {
            return UserAccess.Unknown;
        }

        int removed = RemoveAll(session, wanted.UserId);
        Audit.Note(
            session, wanted.Who, "user.sign-out.everywhere", user.Email, string.Create(CultureInfo.InvariantCulture, $"{removed} sessions"),
            null, wanted.At);
        return null;
    }

    /// <summary>The sessions of a user, newest first.</summary>
    public static List<SessionRow> Of(SqlSession session, (long UserId, string? Hash, long Now) wanted)
    {
        using SqlStatement row = session.Query(
            "SELECT created_at, seen_at, address, agent, token_hash FROM user_sessions WHERE user_id = $1 AND expires_at > $2 ORDER BY created_at DESC", wanted.UserId, wanted.Now);
        List<SessionRow> rows = [];
        while (row.Read())
        {
            rows.Add(new SessionRow(row.Time(0), row.Time(1), row.TextOrNull(2), row.TextOrNull(3), row.Text(4) == wanted.Hash));
        }

        return rows;
    }

    /// <summary>When a session is over, however busy; null when there is none.</summary>
    public static DateTime? ExpiresAt(SqlSession session, string hash)
    {
        using SqlStatement row = session.Query("SELECT expires_at FROM user_sessions WHERE token_hash = $1", hash);
        return row.Read() ? row.Time(0) : null;
    }
}
