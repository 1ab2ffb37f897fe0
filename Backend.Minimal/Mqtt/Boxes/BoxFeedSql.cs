using JamBox.Backend.Insights;
using JamBox.Backend.Readings;
using JamBox.Backend.Storage;

using NodaTime;

namespace JamBox.Backend.Mqtt.Boxes;

/// <summary>The SQL of publishing boxes. The virtual box is not among them: who reads along must not take its people for real.</summary>
internal static class BoxFeedSql
{
    private const string Feed = "readings";

    private const string BoxesSql = """
        SELECT d.device_id, d.last_seen_at, d.report_interval_ms, d.last_signal_dbm, d.last_battery_pct, d.firmware_version, d.place_id,
            p.name, coalesce(p.timezone, d.timezone)
        FROM devices d LEFT JOIN places p ON p.id = d.place_id
        WHERE d.kind = 'box' AND d.is_demo = 0 AND d.retired_at IS NULL
        ORDER BY d.device_id
        """;

    private const string SumsSql = """
        SELECT coalesce(sum(CASE WHEN start_at >= $2 THEN unique_count ELSE 0 END), 0),
            coalesce(sum(CASE WHEN start_at >= $3 AND start_at < $4 THEN unique_count ELSE 0 END), 0)
        FROM quarters WHERE device_id = $1 AND start_at >= $5
        """;

    /// <summary>How far readings were published; null = it never began.</summary>
    public static long? Position(SqlSession session, int unused)
    {
        using SqlStatement row = session.Query("SELECT reading FROM mqtt_box_feed WHERE name = $1 AND reading >= 0", Feed);
        return row.Read() ? row.Int64(0) : null;
    }

    /// <summary>Begins after a reading.</summary>
    /// <returns>From where on it is published: further on when another process has begun meanwhile.</returns>
    public static long? Begin(SqlSession session, long newest)
    {
        session.Execute("""
            INSERT INTO mqtt_box_feed (name, reading, again_at) VALUES ($1, $2, 0)
            ON CONFLICT (name) DO UPDATE SET reading = excluded.reading WHERE mqtt_box_feed.reading < 0
            """, Feed, newest);
        return Position(session, 0);
    }

    /// <summary>Notes how far they were published; never back, whoever comes late.</summary>
    public static int Advance(SqlSession session, long reading) => session.Execute(
        "UPDATE mqtt_box_feed SET reading = $2 WHERE name = $1 AND reading < $2", Feed, reading);

    /// <summary>Asks whoever publishes to tell everything anew.</summary>
    public static int AskAgain(SqlSession session, long now) => session.Execute("""
        INSERT INTO mqtt_box_feed (name, reading, again_at) VALUES ($1, -1, $2)
        ON CONFLICT (name) DO UPDATE SET again_at = excluded.again_at
        """, Feed, now);

    /// <summary>Readings of boxes in the order in which they were stored.</summary>
    public static BoxPage Page(SqlSession session, (long After, long Until, int Limit) wanted)
    {
        HashSet<string> virtualBoxes = new(StringComparer.Ordinal);
        using (SqlStatement row = session.Query("SELECT device_id FROM devices WHERE is_demo = 1"))
        {
            while (row.Read())
            {
                virtualBoxes.Add(row.Text(0));
            }
        }

        List<ReadingRow> found = ReadingSql.After(session, (wanted.After, null, wanted.Limit));
        List<ReadingRow> settled = [.. found.TakeWhile(reading => reading.Id <= wanted.Until)];
        return new BoxPage(
            [.. settled.Where(reading => !virtualBoxes.Contains(reading.DeviceId))],
            found.Count < wanted.Limit || settled.Count < found.Count ? wanted.Until : found[^1].Id);
    }

    /// <summary>The last of some readings that came before a moment; null = none.</summary>
    public static long? LastBefore(SqlSession session, (long After, long Until, long Before) wanted)
    {
        using SqlStatement row = session.Query(
            "SELECT id FROM readings WHERE id > $1 AND id <= $2 AND received_at < $3 ORDER BY id DESC LIMIT 1", wanted.After, wanted.Until,
            wanted.Before);
        return row.Read() ? row.Int64(0) : null;
    }

    /// <summary>All boxes in use, with what shows that something has changed; and when everything was last asked for anew.</summary>
    public static (List<BoxRow> Boxes, long AgainAt) Boxes(SqlSession session, long now)
    {
        List<BoxRow> boxes = [];
        using (SqlStatement row = session.Query(BoxesSql))
        {
            while (row.Read())
            {
                boxes.Add(new BoxRow(
                    row.Text(0), Devices.DeviceState.Of(row.Int64OrNull(1), row.Int32(2), now), row.Int64OrNull(1), row.Int32OrNull(3),
                    row.Int32OrNull(4), row.TextOrNull(5), row.Int64OrNull(6), row.TextOrNull(7), row.Text(8)));
            }
        }

        using SqlStatement again = session.Query("SELECT again_at FROM mqtt_box_feed WHERE name = $1", Feed);
        return (boxes, again.Read() ? again.Int64(0) : 0);
    }

    /// <summary>What one box has counted, and when its last heartbeat came.</summary>
    public static BoxSums Sums(SqlSession session, (BoxRow Box, DateTimeOffset Now) wanted)
    {
        DateTimeZone zone = PlaceDay.Zone(wanted.Box.Timezone);
        long day = PlaceDay.Start(zone, PlaceDay.Today(zone, wanted.Now));
        long quarter = wanted.Now.ToUnixTimeMilliseconds() / QuarterHourSums.QuarterMs * QuarterHourSums.QuarterMs;
        long hour = quarter - (4 * QuarterHourSums.QuarterMs);
        long today;
        long lastHour;
        using (SqlStatement row = session.Query(SumsSql, wanted.Box.DeviceId, day, hour, quarter, Math.Min(day, hour)))
        {
            row.Read();
            (today, lastHour) = (row.Int64(0), row.Int64(1));
        }

        using SqlStatement beat = session.Query(
            "SELECT timestamp FROM heartbeats WHERE device_id = $1 ORDER BY id DESC LIMIT 1", wanted.Box.DeviceId);
        return new BoxSums(DateTime.UnixEpoch.AddMilliseconds(day), today, lastHour, beat.Read() ? beat.Time(0) : null);
    }

    /// <summary>What brokers keep, by box.</summary>
    public static Dictionary<string, HashSet<string>> Topics(SqlSession session, int unused)
    {
        using SqlStatement row = session.Query("SELECT device_id, topic FROM mqtt_box_topics");
        Dictionary<string, HashSet<string>> topics = new(StringComparer.Ordinal);
        while (row.Read())
        {
            if (!topics.TryGetValue(row.Text(0), out HashSet<string>? ofBox))
            {
                topics.Add(row.Text(0), ofBox = new HashSet<string>(StringComparer.Ordinal));
            }

            ofBox.Add(row.Text(1));
        }

        return topics;
    }

    /// <summary>Notes what brokers are about to keep of a box.</summary>
    public static int AddTopics(SqlSession session, (string DeviceId, IReadOnlyList<string> Topics) kept)
    {
        int[] changed = new int[kept.Topics.Count];
        session.ExecuteMany(
            "INSERT INTO mqtt_box_topics (topic, device_id) VALUES ($1, $2) ON CONFLICT (topic) DO UPDATE SET device_id = excluded.device_id",
            [.. kept.Topics.Select(topic => new SqlValue[] { topic, kept.DeviceId })], changed);
        return changed.Sum();
    }

    /// <summary>Forgets what brokers keep no longer.</summary>
    public static int RemoveTopics(SqlSession session, IReadOnlyList<string> topics)
    {
        int[] changed = new int[topics.Count];
        session.ExecuteMany(
            "DELETE FROM mqtt_box_topics WHERE topic = $1", [.. topics.Select(static topic => new SqlValue[] { topic })], changed);
        return changed.Sum();
    }
}

/// <summary>Some readings.</summary>
/// <param name="Readings">Those of boxes, in the order in which they were stored.</param>
/// <param name="At">The last one that was looked at, whosever it was.</param>
internal sealed record BoxPage(IReadOnlyList<ReadingRow> Readings, long At)
{
    /// <summary>Whether one came before a moment.</summary>
    /// <param name="ms">Milliseconds since 1970.</param>
    public bool IsAnyBefore(long ms)
    {
        DateTime time = DateTime.UnixEpoch.AddMilliseconds(ms);
        return Readings.Any(reading => reading.ReceivedAt < time);
    }
}

/// <summary>A box, with what shows that its state has changed.</summary>
/// <param name="DeviceId">Its id.</param>
/// <param name="Status">online, warning, offline or new.</param>
/// <param name="LastSeenAt">Its last word, milliseconds since 1970; null = none yet.</param>
/// <param name="SignalDbm">Level of its cell, dBm.</param>
/// <param name="BatteryPct">Its battery, per cent; null = it has none.</param>
/// <param name="FirmwareVersion">The firmware that it runs.</param>
/// <param name="PlaceId">Where it stands; null = nowhere.</param>
/// <param name="Place">The name of that place.</param>
/// <param name="Timezone">IANA id of the zone of its clock.</param>
internal sealed record BoxRow(
    string DeviceId, string Status, long? LastSeenAt, int? SignalDbm, int? BatteryPct, string? FirmwareVersion, long? PlaceId,
    string? Place, string Timezone);

/// <summary>What a box has counted.</summary>
/// <param name="DayStart">When its day began.</param>
/// <param name="Today">Device-minutes since then.</param>
/// <param name="LastHour">Device-minutes of the last four whole quarters of an hour.</param>
/// <param name="HeartbeatAt">When its last heartbeat came; null = none yet.</param>
internal sealed record BoxSums(DateTime DayStart, long Today, long LastHour, DateTime? HeartbeatAt);
