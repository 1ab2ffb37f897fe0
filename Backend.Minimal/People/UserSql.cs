using System.Globalization;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.People;

/// <summary>A user who is about to be made.</summary>
/// <param name="Email">The address, as <see cref="Email.Normal"/> gives it.</param>
/// <param name="Name">Their name.</param>
/// <param name="Grants">What they may.</param>
/// <param name="Platforms">Platforms whose firmware they may download.</param>
/// <param name="PasswordHash">Their first password; null = they are invited.</param>
/// <param name="Invitation">The invitation, when there is no password.</param>
/// <param name="Who">Who makes them.</param>
/// <param name="At">Milliseconds since 1970.</param>
internal sealed record NewUser(
    string Email, string? Name, IReadOnlyList<Grant> Grants, IReadOnlyList<string> Platforms, string? PasswordHash, NewLink? Invitation,
    string Who, long At);

/// <summary>The SQL of users.</summary>
internal static class UserSql
{
    /// <summary>Users at most, so that a list of all is one.</summary>
    public const int MaxUsers = 10_000;

    /// <summary>Users whom somebody who is no admin may invite in 24 hours.</summary>
    public const int MaxInvitationsPerDay = 20;

    /// <summary>How soon somebody who has not come yet is invited again, ms.</summary>
    private const long InviteAgainMs = 60 * 60 * 1000L;

    private const long DayMs = 24 * 60 * 60 * 1000L;

    private const string SelectSql = """
        SELECT id, email, name,
            CASE WHEN disabled_at IS NOT NULL THEN 'disabled' WHEN password_hash IS NULL THEN 'invited' ELSE 'active' END,
            platforms, totp_since, created_at, created_by, last_sign_in_at
        FROM users
        """;

    private const string ListSql = $"{SelectSql} WHERE id > $1 ORDER BY id LIMIT $2";

    private const string OneSql = $"{SelectSql} WHERE id = $1";

    /// <summary>The principal of a user's grants.</summary>
    public static string PrincipalOf(long id) => string.Create(CultureInfo.InvariantCulture, $"user {id}");

    /// <summary>Makes a user.</summary>
    /// <returns>Their id; or why they were not made.</returns>
    public static (long Id, Refusal? Refusal) Add(SqlSession session, NewUser user)
    {
        if (FindPlaceFault(session, user.Grants) is { } fault)
        {
            return (0, fault);
        }

        using (SqlStatement row = session.Query("SELECT count(*) FROM users"))
        {
            row.Read();
            if (row.Int64(0) >= MaxUsers)
            {
                return (0, Refusal.Conflict("There are as many users as this server takes"));
            }
        }

        long id;
        using (SqlStatement row = session.Query(
            """
            INSERT INTO users (email, name, password_hash, platforms, created_at, created_by) VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT (email) DO NOTHING RETURNING id
            """, user.Email, user.Name, user.PasswordHash, string.Join(',', user.Platforms), user.At, user.Who))
        {
            if (!row.Read())
            {
                return (0, Refusal.Conflict("There is a user of that address"));
            }

            id = row.Int64(0);
        }

        GrantSql.Set(session, PrincipalOf(id), user.Grants);
        Audit.Note(session, user.Who, "user.create", user.Email, null, GrantSql.Text(user.Grants), user.At);
        user.Invitation?.Add(session, id, user.Email, user.Who, user.At);
        return (id, null);
    }

    /// <summary>Changes a user: what is null keeps its value.</summary>
    public static Refusal? Change(
        SqlSession session,
        (long Id, string? Name, GrantChange? Grants, IReadOnlyList<string>? Platforms, bool? Disabled, string Who, long At) wanted)
    {
        if (One(session, wanted.Id) is not { } before)
        {
            return UserAccess.Unknown;
        }

        string principal = PrincipalOf(wanted.Id);
        (IReadOnlyList<Grant>? grants, string? unsaid) = wanted.Grants?.After(GrantSql.Of(session, principal)) ?? default;
        if (unsaid is not null)
        {
            return new Refusal(StatusCodes.Status400BadRequest, unsaid);
        }

        if (grants is not null && FindPlaceFault(session, grants) is { } fault)
        {
            return fault;
        }

        session.Execute(
            """
            UPDATE users SET name = coalesce($2, name), platforms = coalesce($3, platforms),
                disabled_at = CASE WHEN $4 IS NULL THEN disabled_at WHEN $4 = 0 THEN NULL ELSE coalesce(disabled_at, $5) END
            WHERE id = $1
            """, wanted.Id, wanted.Name, wanted.Platforms is null ? null : string.Join(',', wanted.Platforms), (int?)(wanted.Disabled is { } off ? off ? 1 : 0 : null), wanted.At);
        if (grants is not null)
        {
            GrantSql.Set(session, principal, grants);
        }

        if (wanted.Disabled == true)
        {
            SessionSql.RemoveAll(session, wanted.Id);
        }

        UserRow after = One(session, wanted.Id)!;
        Audit.Note(session, wanted.Who, "user.change", before.Email, Text(before), Text(after), wanted.At);
        return null;
    }

    /// <summary>Removes a user, with everything that is kept of them but the audit log.</summary>
    public static Refusal? Remove(SqlSession session, (long Id, string Who, long At) wanted)
    {
        if (One(session, wanted.Id) is not { } user)
        {
            return UserAccess.Unknown;
        }

        GrantSql.Set(session, PrincipalOf(wanted.Id), []);
        session.Execute("DELETE FROM user_sessions WHERE user_id = $1", wanted.Id);
        session.Execute("DELETE FROM user_links WHERE user_id = $1", wanted.Id);
        session.Execute("DELETE FROM user_recovery_codes WHERE user_id = $1", wanted.Id);
        session.Execute("DELETE FROM user_notifications WHERE user_id = $1", wanted.Id);
        session.Execute("DELETE FROM notification_marks WHERE user_id = $1", wanted.Id);
        session.Execute("DELETE FROM report_choices WHERE user_id = $1", wanted.Id);
        session.Execute("DELETE FROM report_sends WHERE user_id = $1", wanted.Id);
        session.Execute("DELETE FROM tiles WHERE user_id = $1", wanted.Id);
        session.Execute("DELETE FROM users WHERE id = $1", wanted.Id);
        Audit.Note(session, wanted.Who, "user.remove", user.Email, Text(user), null, wanted.At);
        return null;
    }

    /// <summary>Lists users by id.</summary>
    public static List<UserRow> List(SqlSession session, (long After, int Limit) wanted)
    {
        List<UserRow> rows = [];
        using (SqlStatement row = session.Query(ListSql, wanted.After, wanted.Limit))
        {
            while (row.Read())
            {
                rows.Add(Row(row));
            }
        }

        return [.. rows.Select(row => WithGrants(session, row))];
    }

    /// <summary>One user; null when there is none.</summary>
    public static UserRow? One(SqlSession session, long id)
    {
        UserRow? user;
        using (SqlStatement row = session.Query(OneSql, id))
        {
            user = row.Read() ? Row(row) : null;
        }

        return user is null ? null : WithGrants(session, user);
    }

    /// <summary>The id of an address; null when it is nobody's.</summary>
    public static long? IdOf(SqlSession session, string email)
    {
        using SqlStatement row = session.Query("SELECT id FROM users WHERE email = $1", email);
        return row.Read() ? row.Int64(0) : null;
    }

    /// <summary>Who has rights at a place by name (not those who have them everywhere).</summary>
    public static List<PlaceUser> AtPlace(SqlSession session, long placeId)
    {
        using SqlStatement row = session.Query(
            """
            SELECT u.id, u.email, g.role FROM grants g JOIN users u ON g.principal = 'user ' || CAST(u.id AS TEXT)
            WHERE g.place_id = $1 ORDER BY u.email, g.role LIMIT 1000
            """, placeId);
        List<PlaceUser> users = [];
        while (row.Read())
        {
            users.Add(new PlaceUser(row.Int64(0), row.Text(1), row.Text(2)));
        }

        return users;
    }

    /// <summary>Lets somebody in at a place: a user who is there, or one who is invited.</summary>
    public static (long Id, Refusal? Refusal) AddAtPlace(
        SqlSession session, (string Email, Grant Grant, NewLink Invitation, string Who, bool IsLimited, long At) wanted)
    {
        if (wanted.Grant.PlaceId is { } place && !Places.PlaceSql.IsInUse(session, place))
        {
            return (0, Places.PlaceAccess.Retired);
        }

        long? known = IdOf(session, wanted.Email);
        bool isInvited = known is not { } invited
            || (One(session, invited)!.State == "invited" && MayInviteAgain(session, invited, wanted.At));
        if (isInvited && wanted.IsLimited && Invited(session, wanted.Who, wanted.At - DayMs) >= MaxInvitationsPerDay)
        {
            return (0, new Refusal(
                StatusCodes.Status429TooManyRequests,
                string.Create(CultureInfo.InvariantCulture, $"You have invited {MaxInvitationsPerDay} people in a day: go on tomorrow")));
        }

        if (known is not { } id)
        {
            return Add(session, new NewUser(wanted.Email, null, [wanted.Grant], [], null, wanted.Invitation, wanted.Who, wanted.At));
        }

        Grant(session, PrincipalOf(id), wanted.Email, wanted.Grant, wanted.Who, wanted.At);
        if (isInvited && wanted.Invitation.Mail is not null)
        {
            wanted.Invitation.Add(session, id, wanted.Email, wanted.Who, wanted.At);
        }

        return (id, null);
    }

    private static bool MayInviteAgain(SqlSession session, long userId, long now)
    {
        using SqlStatement row = session.Query(
            "SELECT 1 FROM user_links WHERE user_id = $1 AND kind = 'invite' AND created_at > $2", userId, now - InviteAgainMs);
        return !row.Read();
    }

    private static int Invited(SqlSession session, string who, long since)
    {
        using SqlStatement row = session.Query(
            "SELECT count(*) FROM audit WHERE action = 'user.invite' AND at > $2 AND who = $1", who, since);
        row.Read();
        return row.Int32(0);
    }

    /// <summary>Adds to what somebody may, with the line that says what it was and what it is.</summary>
    public static void Grant(SqlSession session, string principal, string target, Grant grant, string who, long at)
    {
        List<Grant> before = GrantSql.Of(session, principal);
        if (before.Contains(grant))
        {
            return;
        }

        GrantSql.Add(session, principal, grant);
        string text = GrantSql.Text(before);
        Audit.Note(
            session, who, "user.grant", target, text.Length == 0 ? null : text, GrantSql.Text(GrantSql.Of(session, principal)), at);
    }

    /// <summary>Takes somebody's rights at a place: those of a viewer or an owner. What operators have is an admin's to take.</summary>
    public static Refusal? RemoveAtPlace(SqlSession session, (long UserId, long PlaceId, string Who, long At) wanted)
    {
        string principal = PrincipalOf(wanted.UserId);
        List<Grant> before = GrantSql.Of(session, principal);
        List<Grant> after = [.. before.Where(grant => grant.PlaceId != wanted.PlaceId || grant.Role is not (Role.Viewer or Role.Owner))];
        if (after.Count == before.Count || One(session, wanted.UserId) is not { } user)
        {
            return UserAccess.Unknown;
        }

        GrantSql.Set(session, principal, after);
        Audit.Note(session, wanted.Who, "user.grant", user.Email, GrantSql.Text(before), GrantSql.Text(after), wanted.At);
        return null;
    }

    private static Refusal? FindPlaceFault(SqlSession session, IEnumerable<Grant> grants)
    {
        foreach (long place in grants.Where(static grant => grant.PlaceId is not null).Select(static grant => grant.PlaceId!.Value))
        {
            if (!Places.PlaceSql.IsInUse(session, place))
            {
                return new Refusal(
                    StatusCodes.Status400BadRequest, string.Create(CultureInfo.InvariantCulture, $"places: there is no place {place}"));
            }
        }

        return null;
    }

    private static UserRow Row(SqlStatement row) => new(
        row.Int64(0), row.Text(1), row.TextOrNull(2), row.Text(3), [], row.Text(4).Length == 0
            ? []
            : row.Text(4).Split(','), !row.IsNull(5),
        row.Time(6), row.Text(7), row.TimeOrNull(8));

    private static UserRow WithGrants(SqlSession session, UserRow user) =>
        user with { Grants = [.. GrantSql.Of(session, PrincipalOf(user.Id)).Select(GrantRow.Of)] };

    private static string Text(UserRow user) =>
        $"'{user.Name}' {user.State}, {string.Join(", ", user.Grants.Select(static grant => $"{grant.Role} {grant.PlaceId?.ToString(CultureInfo.InvariantCulture) ?? "everywhere"}"))}, platforms {string.Join(' ', user.Platforms)}";
}

/// <summary>What is said of users.</summary>
internal static class UserAccess
{
    /// <summary>There is none of that id.</summary>
    public static readonly Refusal Unknown = Refusal.NotFound("User not found");
}
