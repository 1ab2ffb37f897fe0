using JamBox.Backend.Manufacturing;
using JamBox.Backend.Notifications;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Devices;

/// <summary>The SQL of what boxes can make of our answers.</summary>
internal static class AnswerSql
{
    /// <summary>The health counter of answers that did not prove that they are ours.</summary>
    private const string Counter = "am";

    /// <summary>
    /// Notes it with a heartbeat, before that is stored. An alert is raised when such answers have become more since the heartbeat before,
    /// when the box has a key that we do not know, and when one that had a key comes without; it is closed by one that shows none of it.
    /// </summary>
    public static void Note(SqlSession session, ReceivedHeartbeat received)
    {
        string? before = Before(session, received.DeviceId);
        if (before != received.Answers)
        {
            session.Execute("UPDATE devices SET answers = $2 WHERE device_id = $1", received.DeviceId, received.Answers);
        }

        if (Fault(session, received, before) is { } fault)
        {
            AlertSql.Raise(session, received.DeviceId, AlertType.Answers, fault, received.At);
        }
        else if (received.Answers == Answers.Authenticated)
        {
            AlertSql.Clear(
                session, received.DeviceId, AlertType.Answers, "Answers reach it as they are sent again", received.At);
        }
    }

    private static string? Fault(SqlSession session, ReceivedHeartbeat received, string? before)
    {
        if (received.Answers == Answers.OtherKey)
        {
            return "It has another key for answers than the server: it takes no orders. Write its identity again";
        }

        if (received.Answers == Answers.NoKey)
        {
            return before == Answers.Authenticated
                ? "It checked answers, and now asks without: an older firmware, an identity without key, or somebody on the line"
                : null;
        }

        int count = received.Heartbeat.Counters?.GetValueOrDefault(Counter) ?? 0;
        return count > 0 && count > CountBefore(session, received)
            ? "Answers did not reach it as they were sent: a proxy that changes them, or somebody on the line. It obeyed none of them"
            : null;
    }

    private static string? Before(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT answers FROM devices WHERE device_id = $1", deviceId);
        return row.Read() ? row.TextOrNull(0) : null;
    }

    /// <summary>The counter begins anew with each boot.</summary>
    private static int CountBefore(SqlSession session, ReceivedHeartbeat received)
    {
        HeartbeatRow? last = HeartbeatSql.List(session, (received.DeviceId, long.MaxValue, 1, null)).FirstOrDefault();
        return last is not null && last.BootId == received.Heartbeat.BootId
            ? last.Counters?.GetValueOrDefault(Counter) ?? 0
            : 0;
    }
}
