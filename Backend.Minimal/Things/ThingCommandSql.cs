using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Things;

/// <summary>
/// Commands of things. A thing does not acknowledge any; what it does then says that it has understood: it tells its info, sends its
/// snapshot. A restart is sent once: who has restarted connects anew, and would be told to restart again for ever.
/// </summary>
internal static class ThingCommandSql
{
    /// <summary>After so long nobody waits for it any more, ms.</summary>
    public const long ExpiresMs = 60 * 60 * 1000L;

    /// <summary>Commands that may wait for one device.</summary>
    public const int MaxWaiting = 20;

    /// <summary>Queues a command.</summary>
    /// <returns>Its number; 0 when too many wait; null when there is no thing of that id.</returns>
    public static long? Add(SqlSession session, (string DeviceId, string Command, string? Version, string Who, long At) wanted)
    {
        if (!ThingSql.Hold(session, wanted.DeviceId))
        {
            return null;
        }

        if (Waiting(session, (wanted.DeviceId, wanted.At)).Count >= MaxWaiting)
        {
            return 0;
        }

        using SqlStatement row = session.Query(
            """
            INSERT INTO thing_commands (device_id, command, target_version, queued_by, queued_at, expires_at)
            VALUES ($1, $2, $3, $4, $5, $6) RETURNING id
            """, wanted.DeviceId, wanted.Command, wanted.Version, wanted.Who, wanted.At, wanted.At + ExpiresMs);
        row.Read();
        long id = row.Int64(0);
        row.Dispose();
        Audit.Note(
            session, wanted.Who, "device.command", wanted.DeviceId, null, $"{wanted.Command} {wanted.Version}".TrimEnd(), wanted.At);
        return id;
    }

    /// <summary>What waits for a device, oldest first.</summary>
    public static List<WaitingThingCommand> Waiting(SqlSession session, (string DeviceId, long Now) wanted)
    {
        using SqlStatement row = session.Query(
            """
            SELECT id, command, target_version FROM thing_commands
            WHERE device_id = $1 AND done_at IS NULL AND expires_at > $2 ORDER BY id LIMIT 50
            """, wanted.DeviceId, wanted.Now);
        List<WaitingThingCommand> rows = [];
        while (row.Read())
        {
            rows.Add(new WaitingThingCommand(row.Int64(0), row.Text(1), row.TextOrNull(2)));
        }

        return rows;
    }

    /// <summary>Notes that a command went out to a device that listens.</summary>
    public static int Sent(SqlSession session, (long Id, string Command, long At) sent) => session.Execute(
        "UPDATE thing_commands SET sent_at = $2, done_at = CASE WHEN $3 = 1 THEN $2 ELSE done_at END WHERE id = $1", sent.Id, sent.At,
        sent.Command is ThingCommandRequest.Restart or ThingCommandRequest.Rollback ? 1 : 0);

    /// <summary>Notes that a device has done what it was told.</summary>
    public static void IsDone(SqlSession session, string deviceId, string command, long now) => session.Execute(
        "UPDATE thing_commands SET done_at = $3 WHERE device_id = $1 AND command = $2 AND done_at IS NULL AND sent_at IS NOT NULL",
        deviceId, command, now);
}

/// <summary>A command that waits.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Command">The word.</param>
/// <param name="TargetVersion">Of a rollback: where to.</param>
internal sealed record WaitingThingCommand(long Id, string Command, string? TargetVersion);

/// <summary>Is told that a command waits for a device: whoever can reach it now sends it what waits.</summary>
internal interface IThingCommandListener
{
    /// <summary>
    /// A command, or what is wanted of its configuration, is on the disk. Called on the thread of the request, so that it must not wait.
    /// </summary>
    /// <param name="deviceId">The device.</param>
    void Queued(string deviceId);
}
