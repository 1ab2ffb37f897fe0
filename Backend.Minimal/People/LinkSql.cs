using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.People;

/// <summary>A link that is about to be made.</summary>
/// <param name="Kind">invite or reset.</param>
/// <param name="Token">What stands in the link; only its hash is kept.</param>
/// <param name="Mail">The mail that brings it; null = it is handed on otherwise.</param>
internal sealed record NewLink(string Kind, string Token, UserMail? Mail)
{
    /// <summary>How long an invitation is good, ms.</summary>
    public const long InvitationMs = 7 * 24 * 60 * 60 * 1000L;

    /// <summary>How long a reset is good, ms.</summary>
    public const long ResetMs = 30 * 60 * 1000L;

    /// <summary>An invitation.</summary>
    public const string Invite = "invite";

    /// <summary>A reset.</summary>
    public const string Reset = "reset";

    /// <summary>The path that a person opens.</summary>
    public string Path => $"/{Kind}/{Token}";

    /// <summary>Keeps it, in the place of older ones of its kind, and posts its mail.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="userId">Whose it is.</param>
    /// <param name="email">Their address.</param>
    /// <param name="who">Who had it made; empty = whoever asked for it without signing in.</param>
    /// <param name="at">Milliseconds since 1970.</param>
    public void Add(SqlSession session, long userId, string email, string who, long at)
    {
        session.Execute("DELETE FROM user_links WHERE user_id = $1 AND kind = $2", userId, Kind);
        session.Execute("DELETE FROM user_links WHERE expires_at <= $1", at - InvitationMs);
        session.Execute(
            "INSERT INTO user_links (token_hash, user_id, kind, created_at, expires_at) VALUES ($1, $2, $3, $4, $5)",
            Security.Token.Hash(Token), userId, Kind, at, at + (Kind == Invite ? InvitationMs : ResetMs));
        Mail?.Post(session, at);
        Audit.Note(session, who, $"user.{Kind}", email, null, Mail is null ? "link made" : "mailed", at);
    }
}

/// <summary>The SQL of links that are good once.</summary>
internal static class LinkSql
{
    private const string FindSql = """
        SELECT l.kind, u.email, l.expires_at FROM user_links l JOIN users u ON u.id = l.user_id
        WHERE l.token_hash = $1 AND l.used_at IS NULL AND l.expires_at > $2 AND u.disabled_at IS NULL
        """;

    private const string UseSql = """
        UPDATE user_links SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2
            AND user_id IN (SELECT id FROM users WHERE disabled_at IS NULL)
        RETURNING user_id, kind
        """;

    /// <summary>A link that is still good; null when it is none.</summary>
    public static LinkRow? Find(SqlSession session, (string Hash, long Now) wanted)
    {
        using SqlStatement row = session.Query(FindSql, wanted.Hash, wanted.Now);
        return row.Read() ? new LinkRow(row.Text(0), row.Text(1), row.Time(2)) : null;
    }

    /// <summary>
    /// Sets a password by a link: of two who use it at once, one does. Every session and every other link of the user ends with it.
    /// </summary>
    /// <returns>False when the link is not good any more.</returns>
    public static bool Use(SqlSession session, (string Hash, string PasswordHash, Uri? Address, long At) wanted)
    {
        long userId;
        string kind;
        using (SqlStatement row = session.Query(UseSql, wanted.Hash, wanted.At))
        {
            if (!row.Read())
            {
                return false;
            }

            userId = row.Int64(0);
            kind = row.Text(1);
        }

        string email = UserSql.One(session, userId)!.Email;
        session.Execute("UPDATE users SET password_hash = $2 WHERE id = $1", userId, wanted.PasswordHash);
        session.Execute("UPDATE user_links SET used_at = $2 WHERE user_id = $1 AND used_at IS NULL", userId, wanted.At);
        SessionSql.RemoveAll(session, userId);
        if (kind == NewLink.Invite && wanted.Address is not null)
        {
            UserMail.Welcome(email, wanted.Address).Post(session, wanted.At);
        }

        Audit.Note(session, email, "user.password", email, null, $"set by {kind}", wanted.At);
        return true;
    }
}
