using System.Globalization;
using System.Text.Json;

using JamBox.Backend.People;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Reports;

/// <summary>The SQL of who gets which reports, and got.</summary>
internal static class ReportSql
{
    private const string ChoiceSql = "SELECT week, month, places, format, language FROM report_choices WHERE user_id = $1";

    private const string SetSql = """
        INSERT INTO report_choices (user_id, week, month, places, format, language, chosen_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (user_id) DO UPDATE SET week = excluded.week, month = excluded.month, places = excluded.places,
            format = excluded.format, language = excluded.language, chosen_at = excluded.chosen_at
        """;

    private const string ReadersSql = """
        SELECT c.user_id, c.week, c.month, c.places, c.format, c.language, c.chosen_at
        FROM report_choices c JOIN users u ON u.id = c.user_id
        WHERE (c.week = 1 OR c.month = 1) AND u.disabled_at IS NULL AND u.password_hash IS NOT NULL ORDER BY c.user_id
        """;

    private const string ClaimSql = """
        INSERT INTO report_sends (user_id, kind, first_day, place_id, at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (user_id, kind, first_day, place_id) DO NOTHING
        """;

    /// <summary>What a user wants.</summary>
    public static ReportChoice Choice(SqlSession session, long userId)
    {
        using SqlStatement row = session.Query(ChoiceSql, userId);
        return row.Read() ? Row(row, 0) : new ReportChoice();
    }

    /// <summary>Sets what a user wants.</summary>
    public static int SetChoice(SqlSession session, (long UserId, ReportChoice Choice, long At) wanted) => session.Execute(
        SetSql, wanted.UserId, wanted.Choice.Week, wanted.Choice.Month,
        wanted.Choice.Places is null
            ? null
            : string.Join(',', wanted.Choice.Places), wanted.Choice.Format, wanted.Choice.Language, wanted.At);

    /// <summary>Everybody who wants reports, with the places that are theirs now and what they got of late.</summary>
    public static List<ReportReader> Readers(SqlSession session, long sentAfter)
    {
        List<ReportReader> readers = [];
        using (SqlStatement row = session.Query(ReadersSql))
        {
            while (row.Read())
            {
                readers.Add(new ReportReader(row.Int64(0), Row(row, 1), row.Int64(6), [], []));
            }
        }

        return [.. readers.Select(reader => reader with
        {
            Places = PlacesOf(session, reader.UserId, reader.Choice),
            Sent = SentTo(session, reader.UserId, sentAfter),
        })];
    }

    /// <summary>The places of a user's reports: those that they chose and may see now, in use, the first 50.</summary>
    public static List<ReportPlace> PlacesOf(SqlSession session, long userId, ReportChoice choice)
    {
        string principal = UserSql.PrincipalOf(userId);
        Caller caller = new("", principal, GrantSql.Of(session, principal), Role.Viewer);
        using SqlStatement row = session.Query(
            s_places, caller.Scope, choice.Places is null ? null : $",{string.Join(',', choice.Places)},");
        List<ReportPlace> places = [];
        while (row.Read())
        {
            places.Add(new ReportPlace(row.Int64(0), row.Text(1)));
        }

        return places;
    }

    /// <summary>Queues what is due, once: what another process has queued is left out.</summary>
    /// <returns>How many mails.</returns>
    public static int Queue(SqlSession session, (IReadOnlyList<QueuedReport> Due, long At) wanted)
    {
        int mails = 0;
        foreach (QueuedReport due in wanted.Due)
        {
            long[] claimed = [.. due.Places.Where(place =>
                session.Execute(ClaimSql, due.UserId, due.Kind, due.First, place, wanted.At) > 0)];
            if (claimed.Length > 0)
            {
                session.Execute(
                    "INSERT INTO outbox (alert_id, channel, body, created_at, next_at, attempts) VALUES (0, $1, $2, $3, $3, 0)",
                    ReportSender.ChannelName, JsonSerializer.Serialize(due with { Places = claimed }, ReportJson.Default.QueuedReport),
                    wanted.At);
                mails++;
            }
        }

        return mails;
    }

    /// <summary>Where a report goes, and what it may be of now; null when it goes nowhere any more.</summary>
    public static (string Email, ReportChoice Choice, List<long> Places)? Address(SqlSession session, QueuedReport report)
    {
        string email;
        using (SqlStatement row = session.Query(
            "SELECT email FROM users WHERE id = $1 AND disabled_at IS NULL AND password_hash IS NOT NULL", report.UserId))
        {
            if (!row.Read())
            {
                return null;
            }

            email = row.Text(0);
        }

        ReportChoice choice = Choice(session, report.UserId);
        HashSet<long> theirs = [.. PlacesOf(session, report.UserId, choice).Select(static place => place.Id)];
        List<long> places = [.. report.Places.Where(theirs.Contains)];
        return places.Count == 0 || !choice.Wants(report.Kind) ? null : (email, choice, places);
    }

    private static readonly string s_places = $"""
        SELECT id, timezone FROM places
        WHERE retired_at IS NULL AND is_demo = 0 AND {Caller.ScopePlaceSql("id", "$1")}
            AND ($2 IS NULL OR $2 LIKE '%,' || CAST(id AS TEXT) || ',%')
        ORDER BY id LIMIT {ReportChoice.MaxPlaces.ToString(CultureInfo.InvariantCulture)}
        """;

    private static HashSet<(string Kind, string First, long Place)> SentTo(SqlSession session, long userId, long after)
    {
        using SqlStatement row = session.Query(
            "SELECT kind, first_day, place_id FROM report_sends WHERE user_id = $1 AND at > $2", userId, after);
        HashSet<(string Kind, string First, long Place)> sent = [];
        while (row.Read())
        {
            sent.Add((row.Text(0), row.Text(1), row.Int64(2)));
        }

        return sent;
    }

    private static ReportChoice Row(SqlStatement row, int first) => new()
    {
        Week = row.Int64(first) != 0,
        Month = row.Int64(first + 1) != 0,
        Places = row.TextOrNull(first + 2)?.Split(',').Select(static id => int.Parse(id, CultureInfo.InvariantCulture)).ToArray(),
        Format = row.Text(first + 3),
        Language = row.Text(first + 4),
    };
}

/// <summary>Somebody who wants reports.</summary>
/// <param name="UserId">The user.</param>
/// <param name="Choice">What they want.</param>
/// <param name="ChosenAt">Since when, milliseconds since 1970: what was due before is not sent.</param>
/// <param name="Places">Their places.</param>
/// <param name="Sent">What they got.</param>
internal sealed record ReportReader(
    long UserId, ReportChoice Choice, long ChosenAt, IReadOnlyList<ReportPlace> Places,
    HashSet<(string Kind, string First, long Place)> Sent);

/// <summary>A place of a report.</summary>
/// <param name="Id">The place.</param>
/// <param name="Zone">IANA id of its zone.</param>
internal readonly record struct ReportPlace(long Id, string Zone);
