using System.Text.Json;

using JamBox.Backend.Devices;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Notifications;

/// <summary>
/// Alerts and their outbox. An alert and the messages about it are one transaction, and there is at most one open alert of a kind
/// per device: so that whoever finds it first raises it, once, and a restart neither loses nor repeats it.
/// </summary>
internal static class AlertSql
{
    private const string RaiseSql = """
        INSERT INTO alerts (device_id, alert_type, severity, message, created_at) VALUES ($1, $2, 'warning', $3, $4)
        ON CONFLICT DO NOTHING RETURNING id
        """;

    private const string ClearSql = """
        UPDATE alerts SET cleared_at = $3 WHERE device_id = $1 AND alert_type = $2 AND cleared_at IS NULL RETURNING id
        """;

    /// <summary>Raises an alert, unless one of its kind is open for the device.</summary>
    /// <returns>Whether it was raised.</returns>
    public static bool Raise(SqlSession session, string deviceId, string type, string message, long now)
    {
        if (IdOf(session, RaiseSql, deviceId, type, message, now) is not { } id)
        {
            return false;
        }

        Post(session, id, deviceId, type, Notice.Raised, message, now);
        return true;
    }

    /// <summary>What the open alert of a kind says; null = there is none.</summary>
    public static string? OpenMessage(SqlSession session, string deviceId, string type)
    {
        using SqlStatement row = session.Query(
            "SELECT message FROM alerts WHERE device_id = $1 AND alert_type = $2 AND cleared_at IS NULL", deviceId, type);
        return row.Read() ? row.Text(0) : null;
    }

    /// <summary>Closes the open alert, if there is one.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="deviceId">The device.</param>
    /// <param name="type">Its kind.</param>
    /// <param name="message">The message about it; null = nobody needs one.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static void Clear(SqlSession session, string deviceId, string type, string? message, long now)
    {
        if (IdOf(session, ClearSql, deviceId, type, now) is { } id && message is not null)
        {
            Post(session, id, deviceId, type, Notice.Recovered, message, now);
        }
    }

    private static void Post(SqlSession session, long alertId, string deviceId, string type, string state, string message, long now)
    {
        session.Execute(
            "INSERT INTO events (at, kind, device_id, data) VALUES ($1, 'alert', $2, $3)", now, deviceId,
            Event(alertId, deviceId, type, state, message, now));
        string kind = type == AlertType.Offline && state == Notice.Recovered ? NoticeKind.Online : KindOf(type);
        NotificationSql.Tell(session, new Notice(kind, state, deviceId, message, now) { AlertId = alertId, AlertType = type });
    }

    /// <summary>The kind that users choose of a kind of alert.</summary>
    private static string KindOf(string type) =>
        type == AlertType.Answers ? NoticeKind.Degraded : NoticeKind.All.Contains(type) ? type : NoticeKind.Counting;

    private static string Event(long alertId, string deviceId, string type, string state, string message, long now)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("alert_id", alertId);
            json.WriteString("device_id", deviceId);
            json.WriteString("alert_type", type);
            json.WriteString("state", state);
            json.WriteString("message", message);
            json.WriteString("at", DateTime.UnixEpoch.AddMilliseconds(now));
            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    private static long? IdOf(SqlSession session, string sql, params ReadOnlySpan<SqlValue> values)
    {
        using SqlStatement row = session.Query(sql, values);
        return row.Read() ? row.Int64(0) : null;
    }
}

/// <summary>
/// Burst: more than 50 live readings of one device within 60 s. The minute counters in the device's row say for nothing when that is
/// impossible; only when it may be are the readings themselves counted. A flagged device is not looked at again until it is cleared.
/// </summary>
internal static class Burst
{
    /// <summary>Live readings that are still in order.</summary>
    public const int Limit = 50;

    private const long WindowMs = 60_000;

    /// <summary>A reading older than this many rows back is not within the window of a plausible burst; it bounds the count.</summary>
    private const string CountSql = """
        SELECT count(*) FROM readings
        WHERE id IN (
                SELECT id FROM readings WHERE device_key = (SELECT id FROM devices WHERE device_id = $1) ORDER BY id DESC LIMIT 1000)
            AND received_at > $2 AND cache_depth = 0
        """;

    /// <summary>Flags the device when it is due.</summary>
    public static void Check(SqlSession session, DeviceWord word, TouchedDevice device)
    {
        if (word.Live == 0 || device.IsAnomalous || device.LiveAtMost <= Limit)
        {
            return;
        }

        int live;
        using (SqlStatement row = session.Query(CountSql, word.DeviceId, word.At - WindowMs))
        {
            row.Read();
            live = row.Int32(0);
        }

        if (live > Limit)
        {
            string reason = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"Burst: {live} requests in 60s");
            session.Execute(
                "UPDATE devices SET anomalous = 1, anomaly_reason = $2, anomaly_detected_at = $3 WHERE device_id = $1", word.DeviceId,
                reason, word.At);
            AlertSql.Raise(session, word.DeviceId, AlertType.Burst, reason, word.At);
        }
    }
}
