using JamBox.Backend.Devices;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Alerts;

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
        SELECT count(*) FROM (
            SELECT received_at, cache_depth FROM readings WHERE device_id = $1 ORDER BY id DESC LIMIT 1000) latest
        WHERE received_at > $2 AND cache_depth = 0
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
            session.Execute("UPDATE devices SET anomalous = 1, anomaly_reason = $2, anomaly_detected_at = $3 WHERE device_id = $1", word.DeviceId, reason, word.At);
            AlertSql.Raise(session, word.DeviceId, AlertSql.Burst, reason, word.At);
        }
    }
}
