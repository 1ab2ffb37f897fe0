using System.Globalization;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Demo;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Notifications;

/// <summary>
/// How people are told of something: one row for the lists of users, one event for live listeners, one message for each channel of the
/// outbox; all in the transaction of what happened. What happens again within the cool-down (<c>Alerts:CooldownSeconds</c>) is only
/// counted, and told by <see cref="NotificationJob"/> as "3 times more" when it is over: of a device that goes up and down there is one
/// message in that time, whichever processes see it.
/// </summary>
internal static class NotificationSql
{
    /// <summary>A matter that goes on for longer than this gets a new row, so that it does not stay among the old ones, ms.</summary>
    private const long SeriesMs = 24 * 60 * 60 * 1000L;

    private const string PlaceSql = "SELECT place_id FROM devices WHERE device_id = $1";

    private const string GateSql = """
        INSERT INTO notification_gates (device_id, alert_type, state, place_id, told_at, last_at, times, told_times, message, kind)
        VALUES ($1, $2, $3, $4, $5, $5, 1, 1, $6, $7)
        ON CONFLICT (device_id, alert_type, state, place_id) DO UPDATE SET times = notification_gates.times + 1, last_at = $5, message = $6
        RETURNING times
        """;

    private const string AddSql = """
        INSERT INTO notifications (at, told_at, kind, state, device_id, place_id, message, times, alert_id)
        VALUES ($1, $1, $2, $3, $4, $5, $6, $7, $8) RETURNING id
        """;

    private const string AgainSql = """
        UPDATE notifications SET told_at = $2, message = $3, times = times + $4, mailed_at = NULL WHERE id = $1 AND at > $5
        RETURNING times, alert_id
        """;

    private const string ToldSql = """
        UPDATE notification_gates SET notification_id = $5, told_times = told_times + $6
        WHERE device_id = $1 AND alert_type = $2 AND state = $3 AND place_id = $4
        """;

    private const string OverSql = "DELETE FROM notification_gates WHERE told_at <= $1 AND told_times = times";

    private const string CountedSql = """
        UPDATE notification_gates SET told_at = $1 WHERE told_at <= $2 AND told_times < times
        RETURNING device_id, kind, state, place_id, notification_id, times, told_times, message, alert_type
        """;

    /// <summary>Tells people, unless the same was told just now: then it is counted. Of the virtual box nothing is told.</summary>
    public static void Tell(SqlSession session, Notice notice)
    {
        if (DemoSql.IsDemo(session, notice.DeviceId))
        {
            return;
        }

        long? place = PlaceOf(session, notice.DeviceId);
        using (SqlStatement row = session.Query(
            GateSql, notice.DeviceId, notice.AlertType, notice.State, place ?? 0, notice.At, notice.Message, notice.Kind))
        {
            row.Read();
            if (row.Int64(0) > 1)
            {
                return;
            }
        }

        long id = Add(session, notice, place, 1);
        session.Execute(ToldSql, notice.DeviceId, notice.AlertType, notice.State, place ?? 0, id, 0);
        Send(session, new NoticeToSend(notice, id, place, 1, notice.Message));
    }

    /// <summary>Whether a cool-down is over.</summary>
    public static bool IsAnyCool(SqlSession session, long before)
    {
        using SqlStatement row = session.Query("SELECT 1 FROM notification_gates WHERE told_at <= $1 LIMIT 1", before);
        return row.Read();
    }

    /// <summary>Ends cool-downs: what was counted meanwhile is told, and cools down in its turn.</summary>
    /// <returns>How many were told.</returns>
    public static int EndCooldowns(SqlSession session, (long Now, long CooldownMs) turn)
    {
        (long now, long cooldown) = turn;
        session.Execute(OverSql, now - cooldown);
        List<(Notice Notice, long? Place, long Id, int More)> counted = [];
        using (SqlStatement row = session.Query(CountedSql, now, now - cooldown))
        {
            while (row.Read())
            {
                counted.Add((
                    new Notice(row.Text(1), row.Text(2), row.Text(0), row.Text(7), now) { AlertType = row.Text(8) }, row.Int64(3) == 0
                        ? null
                        : row.Int64(3),
                    row.Int64(4), row.Int32(5) - row.Int32(6)));
            }
        }

        foreach ((Notice notice, long? place, long id, int more) in counted)
        {
            TellAgain(session, notice, place, id, more, cooldown);
        }

        return counted.Count;
    }

    private static void TellAgain(SqlSession session, Notice notice, long? place, long id, int more, long cooldown)
    {
        long? times = null;
        using (SqlStatement row = session.Query(AgainSql, id, notice.At, notice.Message, more, notice.At - SeriesMs))
        {
            if (row.Read())
            {
                times = row.Int64(0);
                notice = notice with { AlertId = row.Int64(1) };
            }
        }

        if (times is null)
        {
            // It has been going on for a day, or retention has taken the row.
            id = Add(session, notice, place, more);
        }

        session.Execute(ToldSql, notice.DeviceId, notice.AlertType, notice.State, place ?? 0, id, more);
        string text = string.Create(
            CultureInfo.InvariantCulture, $"{notice.Message} ({more} {(more == 1 ? "time" : "times")} more within {Minutes(cooldown)})");
        Send(session, new NoticeToSend(notice, id, place, times ?? more, text));
    }

    private static string Minutes(long ms) => ms < 120_000
        ? string.Create(CultureInfo.InvariantCulture, $"{ms / 1000} s")
        : string.Create(CultureInfo.InvariantCulture, $"{ms / 60_000} min");

    private static long Add(SqlSession session, Notice notice, long? place, int times)
    {
        using SqlStatement row = session.Query(
            AddSql, notice.At, notice.Kind, notice.State, notice.DeviceId, place, notice.Message, times, notice.AlertId);
        row.Read();
        return row.Int64(0);
    }

    private static long? PlaceOf(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query(PlaceSql, deviceId);
        return row.Read() ? row.Int64OrNull(0) : null;
    }

    /// <summary>The event for live listeners, and a message for each channel.</summary>
    private static void Send(SqlSession session, NoticeToSend told)
    {
        Notice notice = told.Notice;
        session.Execute(
            "INSERT INTO events (at, kind, device_id, data) VALUES ($1, 'notification', $2, $3)", notice.At, notice.DeviceId,
            Event(told));
        string body = Body(told);
        foreach (string channel in AlertChannels.All)
        {
            session.Execute(
                "INSERT INTO outbox (alert_id, channel, body, created_at, next_at, attempts) VALUES ($1, $2, $3, $4, $4, 0)",
                notice.AlertId, channel, body, notice.At);
        }
    }

    /// <summary>What listeners hear: the notification as the list shows it.</summary>
    private static string Event(NoticeToSend told) => Json(told, static (json, told) =>
    {
        json.WriteNumber("id", told.Id);
        json.WriteString("kind", told.Notice.Kind);
        json.WriteString("state", told.Notice.State);
        json.WriteString("device_id", told.Notice.DeviceId);
        if (told.Place is { } place)
        {
            json.WriteNumber("place_id", place);
        }

        json.WriteString("message", told.Notice.Message);
        json.WriteNumber("times", told.Times);
        json.WriteString("told_at", DateTime.UnixEpoch.AddMilliseconds(told.Notice.At));
    });

    /// <summary>What webhooks are sent; its first six members are older than the others.</summary>
    private static string Body(NoticeToSend told) => Json(told, static (json, told) =>
    {
        json.WriteNumber("alert_id", told.Notice.AlertId);
        json.WriteString("device_id", told.Notice.DeviceId);
        json.WriteString("alert_type", told.Notice.AlertType);
        json.WriteString("state", told.Notice.State);
        json.WriteString("message", told.Text);
        json.WriteString("at", DateTime.UnixEpoch.AddMilliseconds(told.Notice.At));
        json.WriteNumber("notification_id", told.Id);
        json.WriteString("kind", told.Notice.Kind);
        json.WriteNumber("times", told.Times);
        if (told.Place is { } place)
        {
            json.WriteNumber("place_id", place);
        }
    });

    private static string Json(NoticeToSend told, Action<Utf8JsonWriter, NoticeToSend> write)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            write(json, told);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private sealed record NoticeToSend(Notice Notice, long Id, long? Place, long Times, string Text);
}
