using System.Text.Json;

using JamBox.Backend.Storage;

namespace JamBox.Backend.Alerts;

/// <summary>
/// Alerts and their outbox. An alert and the messages about it are one transaction, and there is at most one open alert of a kind
/// per device: so that whoever finds it first raises it, once, and a restart neither loses nor repeats it.
/// </summary>
internal static class AlertSql
{
    /// <summary>Silent for 24 h.</summary>
    public const string Offline = "offline";

    /// <summary>More live readings than a box can make.</summary>
    public const string Burst = "burst";

    /// <summary>Counts too low, or the way too bad.</summary>
    public const string Degraded = "degraded";

    private const string RaiseSql = """
        INSERT INTO alerts (device_id, alert_type, severity, message, created_at) VALUES ($1, $2, 'warning', $3, $4)
        ON CONFLICT DO NOTHING RETURNING id
        """;

    private const string ClearSql = """
        UPDATE alerts SET cleared_at = $3 WHERE device_id = $1 AND alert_type = $2 AND cleared_at IS NULL RETURNING id
        """;

    /// <summary>Raises an alert, unless one of its kind is open for the device.</summary>
    public static void Raise(SqlSession session, string deviceId, string type, string message, long now)
    {
        if (IdOf(session, RaiseSql, deviceId, type, message, now) is { } id)
        {
            Post(session, id, deviceId, type, "raised", message, now);
        }
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
            Post(session, id, deviceId, type, "recovered", message, now);
        }
    }

    private static void Post(SqlSession session, long alertId, string deviceId, string type, string state, string message, long now)
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

        string body = System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
        session.Execute("INSERT INTO events (at, kind, device_id, data) VALUES ($1, 'alert', $2, $3)", now, deviceId, body);
        foreach (string channel in AlertChannels.All)
        {
            session.Execute(
                "INSERT INTO outbox (alert_id, channel, body, created_at, next_at, attempts) VALUES ($1, $2, $3, $4, $4, 0)",
                alertId, channel, body, now);
        }
    }

    private static long? IdOf(SqlSession session, string sql, params ReadOnlySpan<SqlValue> values)
    {
        using SqlStatement row = session.Query(sql, values);
        return row.Read() ? row.Int64(0) : null;
    }
}
