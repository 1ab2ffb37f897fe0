using System.Globalization;
using System.Text;

using JamBox.Backend.Insights;
using JamBox.Backend.People;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

using NodaTime;
using NodaTime.Text;

namespace JamBox.Backend.Notifications;

/// <summary>A turn of mailing users.</summary>
/// <param name="Now">Milliseconds since 1970.</param>
/// <param name="CooldownMs">Time between two turns, ms.</param>
/// <param name="Address">Where people reach the server; null = mails bear no link.</param>
/// <param name="IsOn">Whether mail goes out at all; if not, what waits is over.</param>
internal sealed record MailRound(long Now, long CooldownMs, Uri? Address, bool IsOn);

/// <summary>
/// Mails users what they have chosen: one mail a turn and user, with everything of the places that are theirs at that moment. Who is
/// disabled, or has not accepted an invitation, gets none.
/// </summary>
internal static class NotificationMailSql
{
    /// <summary>Notifications in a turn; what is beyond comes in the next one.</summary>
    private const int MaxNotices = 5000;

    /// <summary>Lines of a place in a mail; what is beyond is only counted.</summary>
    private const int MaxLines = 20;

    private const int MaxSubjectChars = 120;

    private const string DueSql = """
        SELECT 1 WHERE EXISTS (SELECT 1 FROM notifications WHERE mailed_at IS NULL)
            AND NOT EXISTS (SELECT 1 FROM notifications WHERE mailed_at > $1)
        """;

    private const string ClaimSql = """
        UPDATE notifications SET mailed_at = $1
        WHERE mailed_at IS NULL AND id IN (SELECT id FROM notifications WHERE mailed_at IS NULL ORDER BY id LIMIT $2)
        RETURNING id, kind, place_id, message, times, told_at
        """;

    private const string ReadersSql = """
        SELECT u.id, u.email, n.kind FROM user_notifications n JOIN users u ON u.id = n.user_id
        WHERE n.channel = 'mail' AND u.disabled_at IS NULL AND u.password_hash IS NOT NULL ORDER BY u.id
        """;

    private static readonly LocalDateTimePattern s_time = LocalDateTimePattern.CreateWithInvariantCulture("d MMM, HH:mm");

    /// <summary>Whether anything waits, and the last turn is long enough ago.</summary>
    public static bool IsDue(SqlSession session, MailRound round)
    {
        using SqlStatement row = session.Query(DueSql, round.Now - round.CooldownMs);
        return row.Read();
    }

    /// <summary>Puts the mails into the outbox.</summary>
    /// <returns>How many.</returns>
    public static int Mail(SqlSession session, MailRound round)
    {
        List<Waiting> waiting = Claim(session, round.Now);
        if (!round.IsOn || waiting.Count == 0)
        {
            return 0;
        }

        Dictionary<long, MailPlace> places = [];
        int mails = 0;
        foreach (MailReader reader in Readers(session))
        {
            Caller caller = new(
                reader.Email, UserSql.PrincipalOf(reader.Id), GrantSql.Of(session, UserSql.PrincipalOf(reader.Id)), Role.Viewer);
            List<Waiting> theirs = [.. waiting.Where(notice => reader.Kinds.Contains(notice.Kind) && MaySee(caller, notice.PlaceId))];
            if (theirs.Count > 0)
            {
                Compose(reader.Email, theirs, id => PlaceOf(session, places, id), round.Address).Post(session, round.Now);
                mails++;
            }
        }

        return mails;
    }

    private static bool MaySee(Caller caller, long? place) =>
        place is { } id ? caller.MayAt(Role.Viewer, id) : caller.MayEverywhere(Role.Viewer);

    private static UserMail Compose(string to, List<Waiting> theirs, Func<long, MailPlace> placeOf, Uri? address)
    {
        StringBuilder text = new();
        foreach (IGrouping<long, Waiting> group in theirs.GroupBy(static notice => notice.PlaceId ?? 0).OrderBy(static group => group.Key))
        {
            MailPlace place = group.Key == 0 ? new MailPlace("All places", DateTimeZone.Utc) : placeOf(group.Key);
            text.Append(place.Name).Append('\n');
            foreach (Waiting notice in group.OrderBy(static notice => notice.Id).Take(MaxLines))
            {
                string time = s_time.Format(Instant.FromUnixTimeMilliseconds(notice.ToldAt).InZone(place.Zone).LocalDateTime);
                string times = notice.Times > 1 ? string.Create(CultureInfo.InvariantCulture, $" ({notice.Times} times)") : "";
                text.Append("    ").Append(time).Append("  ").Append(OneLine(notice.Message)).Append(times).Append('\n');
            }

            if (group.Count() > MaxLines)
            {
                text.Append(CultureInfo.InvariantCulture, $"    and {group.Count() - MaxLines} more\n");
            }

            text.Append('\n');
        }

        if (address is not null)
        {
            text.Append("All of them, and what you are mailed: ").Append(new Uri(address, "/notifications")).Append('\n');
        }

        return new UserMail(to, Subject(theirs), text.ToString());
    }

    private static string Subject(List<Waiting> theirs)
    {
        string subject = theirs.Count == 1
            ? $"JamBox: {OneLine(theirs[0].Message)}"
            : string.Create(CultureInfo.InvariantCulture, $"JamBox: {theirs.Count} notifications");
        return subject.Length <= MaxSubjectChars ? subject : subject[..MaxSubjectChars] + "…";
    }

    /// <summary>What people and devices have written is no structure of a mail.</summary>
    private static string OneLine(string text) => string.Concat(text.Select(static c => char.IsControl(c) ? ' ' : c));

    private static List<Waiting> Claim(SqlSession session, long now)
    {
        using SqlStatement row = session.Query(ClaimSql, now, MaxNotices);
        List<Waiting> claimed = [];
        while (row.Read())
        {
            claimed.Add(new Waiting(row.Int64(0), row.Text(1), row.Int64OrNull(2), row.Text(3), row.Int64(4), row.Int64(5)));
        }

        return claimed;
    }

    private static List<MailReader> Readers(SqlSession session)
    {
        using SqlStatement row = session.Query(ReadersSql);
        List<MailReader> readers = [];
        while (row.Read())
        {
            if (readers.Count == 0 || readers[^1].Id != row.Int64(0))
            {
                readers.Add(new MailReader(row.Int64(0), row.Text(1), []));
            }

            readers[^1].Kinds.Add(row.Text(2));
        }

        return readers;
    }

    private static MailPlace PlaceOf(SqlSession session, Dictionary<long, MailPlace> known, long id)
    {
        if (known.TryGetValue(id, out MailPlace? place))
        {
            return place;
        }

        using SqlStatement row = session.Query("SELECT name, timezone FROM places WHERE id = $1", id);
        place = row.Read()
            ? new MailPlace(OneLine(row.Text(0)), Zones.Of(row.Text(1)) ?? DateTimeZone.Utc)
            : new MailPlace("", DateTimeZone.Utc);
        return known[id] = place;
    }

    private sealed record Waiting(long Id, string Kind, long? PlaceId, string Message, long Times, long ToldAt);

    private sealed record MailReader(long Id, string Email, HashSet<string> Kinds);

    private sealed record MailPlace(string Name, DateTimeZone Zone);
}
