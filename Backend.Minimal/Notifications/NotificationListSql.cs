using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Notifications;

/// <summary>
/// The list of a user. Nothing is copied for anybody: it is what was told of places that are the user's now, of kinds that they want, less
/// what they have removed. So whoever loses a place sees nothing of it any more, and a fleet that falls silent writes a row a box, however
/// many users there are.
/// </summary>
internal static class NotificationListSql
{
    /// <summary>In the place of the time at which it was read: made unread by hand, whatever else was read meanwhile.</summary>
    private const long Unseen = -1;

    /// <summary>Of one's places and chosen kinds, removed or not.</summary>
    private static readonly string s_all = $"""
        FROM notifications n
        JOIN users u ON u.id = $1
        LEFT JOIN places p ON p.id = n.place_id
        LEFT JOIN notification_marks m ON m.notification_id = n.id AND m.user_id = $1
        WHERE {Caller.ScopePlaceSql("n.place_id", "$2")}
            AND (u.notifications_chosen_at IS NULL
                OR n.kind IN (SELECT c.kind FROM user_notifications c WHERE c.user_id = $1 AND c.channel = 'list'))
        """;

    private static readonly string s_mine = $"{s_all} AND coalesce(m.deleted_at, 0) < n.told_at";

    private const string IsReadSql = """
        CASE WHEN m.read_at = -1 THEN 0 WHEN coalesce(m.read_at, 0) >= n.told_at OR u.notifications_read_at >= n.told_at THEN 1 ELSE 0 END
        """;

    private static readonly string s_list = $"""
        SELECT n.id, n.kind, n.state, n.device_id, n.place_id, p.name, n.message, n.times, n.at, n.told_at, {IsReadSql} {s_mine}
            AND n.id < $3 AND ($4 IS NULL OR {IsReadSql} = $4) AND ($6 IS NULL OR n.kind = $6) AND ($7 IS NULL OR n.place_id = $7)
        ORDER BY n.id DESC LIMIT $5
        """;

    private static readonly string s_one = $"SELECT n.told_at {s_mine} AND n.id = $3";

    private static readonly string s_any = $"SELECT n.told_at {s_all} AND n.id = $3";

    private static readonly string s_newest = $"SELECT coalesce(max(n.told_at), 0) {s_mine}";

    private static readonly string s_unread = $"SELECT count(*) FROM (SELECT n.id {s_mine} AND {IsReadSql} = 0 LIMIT $3) unread";

    private const string ReadSql = """
        INSERT INTO notification_marks (notification_id, user_id, read_at) VALUES ($1, $2, $3)
        ON CONFLICT (notification_id, user_id) DO UPDATE SET read_at = $3
        """;

    private const string DeleteSql = """
        INSERT INTO notification_marks (notification_id, user_id, deleted_at) VALUES ($1, $2, $3)
        ON CONFLICT (notification_id, user_id) DO UPDATE SET deleted_at = $3
        """;

    /// <summary>Lists what a user is told, newest first.</summary>
    public static List<NotificationRow> List(SqlSession session, WantedNotifications wanted)
    {
        using SqlStatement row = session.Query(
            s_list, wanted.Reader.UserId, wanted.Reader.Scope, wanted.Before,
            (int?)(wanted.IsRead is { } isRead ? isRead ? 1 : 0 : null), wanted.Limit, wanted.Kind, wanted.PlaceId);
        List<NotificationRow> rows = [];
        while (row.Read())
        {
            rows.Add(new NotificationRow(
                row.Int64(0), row.Text(1), row.Text(2), row.Text(3), row.Int64OrNull(4), row.TextOrNull(5), row.Text(6), row.Int64(7),
                row.Time(8), row.Time(9), row.Int64(10) != 0));
        }

        return rows;
    }

    /// <summary>Counts what a user has not read.</summary>
    /// <returns>At most <see cref="UnreadCount.Max"/>.</returns>
    public static long Unread(SqlSession session, Reader reader)
    {
        using SqlStatement row = session.Query(s_unread, reader.UserId, reader.Scope, UnreadCount.Max);
        row.Read();
        return row.Int64(0);
    }

    /// <summary>Notes that a user has read one.</summary>
    /// <returns>False when there is none of theirs of that id.</returns>
    public static bool MarkRead(SqlSession session, (Reader Reader, long Id) wanted) =>
        Mark(session, wanted, s_one, ReadSql, static toldAt => toldAt);

    /// <summary>Makes one unread again.</summary>
    /// <returns>False when there is none of theirs of that id.</returns>
    public static bool MarkUnread(SqlSession session, (Reader Reader, long Id) wanted) =>
        Mark(session, wanted, s_one, ReadSql, static _ => Unseen);

    /// <summary>Removes one from a user's list. It is back if it is told again.</summary>
    /// <returns>False when there is none of theirs of that id.</returns>
    public static bool Remove(SqlSession session, (Reader Reader, long Id) wanted) =>
        Mark(session, wanted, s_one, DeleteSql, static toldAt => toldAt);

    /// <summary>Takes the removal of one back.</summary>
    /// <returns>False when there is none of theirs of that id.</returns>
    public static bool Restore(SqlSession session, (Reader Reader, long Id) wanted) =>
        Mark(session, wanted, s_any, DeleteSql, static _ => null);

    /// <summary>Notes that a user has read all that they were told.</summary>
    public static int MarkAllRead(SqlSession session, Reader reader)
    {
        long newest;
        using (SqlStatement row = session.Query(s_newest, reader.UserId, reader.Scope))
        {
            row.Read();
            newest = row.Int64(0);
        }

        session.Execute("UPDATE notification_marks SET read_at = NULL WHERE user_id = $1 AND read_at = $2", reader.UserId, Unseen);
        return session.Execute(
            "UPDATE users SET notifications_read_at = $2 WHERE id = $1 AND notifications_read_at < $2", reader.UserId, newest);
    }

    private static bool Mark(
        SqlSession session, (Reader Reader, long Id) wanted, string find, string sql, Func<long, long?> mark)
    {
        long toldAt;
        using (SqlStatement row = session.Query(find, wanted.Reader.UserId, wanted.Reader.Scope, wanted.Id))
        {
            if (!row.Read())
            {
                return false;
            }

            // Of what they have seen: not of what is told again while they do.
            toldAt = row.Int64(0);
        }

        session.Execute(sql, wanted.Id, wanted.Reader.UserId, mark(toldAt));
        return true;
    }
}

/// <summary>Whose list it is.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Scope">Where they may look: <see cref="Caller.Scope"/>.</param>
internal readonly record struct Reader(long UserId, string? Scope);

/// <summary>What of a list is asked for.</summary>
/// <param name="Reader">Whose list.</param>
/// <param name="Before">Only those of a smaller id.</param>
/// <param name="IsRead">Only those that were read, or were not; null = all.</param>
/// <param name="Kind">Only those of this kind; null = all.</param>
/// <param name="PlaceId">Only those of this place; null = all.</param>
/// <param name="Limit">Rows at most.</param>
internal sealed record WantedNotifications(Reader Reader, long Before, bool? IsRead, string? Kind, long? PlaceId, int Limit);
