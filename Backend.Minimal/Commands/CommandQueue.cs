using JamBox.Backend.Storage;

namespace JamBox.Backend.Commands;

/// <summary>
/// The queue of each device, first in, first out. A device that sends <c>b</c> gets the head in every answer until it acknowledges
/// or the command expires; an older one gets each command once, because it would carry out a second delivery a second time.
/// </summary>
internal static class CommandQueue
{
    /// <summary>What a device can be told.</summary>
    public static readonly string[] Names = ["send_now", "reboot", "geolocate", "ota_check", "fetch_config", "set_interval"];

    /// <summary>Commands that may wait for one device.</summary>
    public const int MaxWaiting = 50;

    private const string HeadSql = """
        SELECT id, command, arg FROM commands
        WHERE device_id = $1 AND state IN ('queued', 'delivered') AND expires_at > $2
        ORDER BY id LIMIT 1
        """;

    private const string DeliverSql = """
        UPDATE commands SET state = $2, deliveries = deliveries + 1, delivered_at = coalesce(delivered_at, $3)
        WHERE id = $1 AND state IN ('queued', 'delivered')
        """;

    private const string AcknowledgeSql = """
        UPDATE commands SET state = 'done', result = $3, done_at = $4
        WHERE id = $1 AND device_id = $2 AND state IN ('queued', 'delivered', 'given', 'expired')
        """;

    private const string ExpireSql = "UPDATE commands SET state = 'expired' WHERE state IN ('queued', 'delivered') AND expires_at <= $1";

    /// <summary>Queues a command.</summary>
    /// <returns>Its id; 0 when too many wait.</returns>
    public static int Add(SqlSession session, string deviceId, string command, int? arg, string who, long now, long expiresAt)
    {
        using (SqlStatement waiting = session.Query(
            "SELECT count(*) FROM commands WHERE device_id = $1 AND state IN ('queued', 'delivered') AND expires_at > $2", deviceId, now))
        {
            waiting.Read();
            if (waiting.Int32(0) >= MaxWaiting)
            {
                return 0;
            }
        }

        int id;
        using (SqlStatement row = session.Query("""
            INSERT INTO commands (device_id, command, arg, state, queued_by, queued_at, expires_at)
            VALUES ($1, $2, $3, 'queued', $4, $5, $6) RETURNING id
            """, deviceId, command, arg, who, now, expiresAt))
        {
            row.Read();
            id = row.Int32(0);
        }

        session.Execute("UPDATE devices SET has_commands = 1 WHERE device_id = $1", deviceId);
        return id;
    }

    /// <summary>Takes the next command for an answer, and notes that it was given.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="deviceId">The device.</param>
    /// <param name="acknowledges">Whether it sends <c>b</c>, and so acknowledges.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <returns>Null when none waits.</returns>
    public static PendingCommand? Next(SqlSession session, string deviceId, bool acknowledges, long now)
    {
        PendingCommand head;
        using (SqlStatement row = session.Query(HeadSql, deviceId, now))
        {
            if (!row.Read())
            {
                row.Dispose();
                session.Execute("UPDATE devices SET has_commands = 0 WHERE device_id = $1", deviceId);
                return null;
            }

            head = new PendingCommand(row.Int32(0), row.Text(1), row.Int32OrNull(2));
        }

        // Another process may have given it to an old device in the same moment: then it is not given again.
        return session.Execute(DeliverSql, head.Id, acknowledges ? "delivered" : "given", now) == 1 ? head : null;
    }

    /// <summary>Notes that a device has carried a command out. Unknown ids and repeats change nothing.</summary>
    public static void Acknowledge(SqlSession session, string deviceId, int id, string? result, long now) =>
        session.Execute(AcknowledgeSql, id, deviceId, result ?? "ok", now);

    /// <summary>Whether <see cref="Expire"/> has something to do.</summary>
    public static bool IsAnyExpired(SqlSession session, long now)
    {
        using SqlStatement row = session.Query(
            "SELECT 1 FROM devices d JOIN commands c ON c.device_id = d.device_id WHERE d.has_commands = 1 AND c.state IN ('queued', 'delivered') AND c.expires_at <= $1 LIMIT 1",
            now);
        return row.Read();
    }

    /// <summary>Marks what has expired; only for the history, nothing expired is ever given.</summary>
    public static int Expire(SqlSession session, long now) => session.Execute(ExpireSql, now);
}
