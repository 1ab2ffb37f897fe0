using JamBox.Backend.Storage;

namespace JamBox.Backend.Insights.Figures;

/// <summary>A start of a box.</summary>
/// <param name="At">When, milliseconds since 1970: when it told of it, less how long it had run by then.</param>
/// <param name="HadNoPower">Whether it started because power came, or came back to its proper voltage.</param>
internal readonly record struct BoxStart(long At, bool HadNoPower);

/// <summary>The starts of a box that its heartbeats tell of.</summary>
/// <param name="Starts">Oldest first.</param>
/// <param name="NextHeard">The first quarter of an hour behind what was read of which something came; null = none.</param>
internal sealed record BoxStarts(IReadOnlyList<BoxStart> Starts, long? NextHeard)
{
    /// <summary>A box that was off over a weekend, or a holiday, tells of its start so long after the day that is asked for, ms.</summary>
    private const long TellsWithinMs = 14L * 24 * 60 * 60 * 1000;

    /// <summary>The reasons of a start that say that power was missing (the firmware's words).</summary>
    private static readonly string[] s_noPower = ["power", "brownout"];

    private const string Sql = """
        SELECT h.device_id, h.timestamp, h.b, h.uptime_seconds, h.rr
        FROM place_devices s CROSS JOIN heartbeats h
        WHERE s.place_id = $1 AND s.from_at < $3 AND (s.to_at IS NULL OR s.to_at > $2) AND h.device_id = s.device_id
            AND h.timestamp >= $2 AND h.timestamp < $3 AND h.timestamp >= s.from_at AND (s.to_at IS NULL OR h.timestamp < s.to_at)
            AND h.rr IS NOT NULL
        ORDER BY h.device_id, h.id
        """;

    /// <summary>Reads the starts of the boxes of a place, by device id.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">The place; begin and end of what is read of it, milliseconds since 1970.</param>
    public static Dictionary<string, BoxStarts> Read(SqlSession session, (long PlaceId, long From, long Until) wanted)
    {
        Dictionary<string, List<BoxStart>> starts = new(StringComparer.Ordinal);
        using (SqlStatement row = session.Query(Sql, wanted.PlaceId, wanted.From, wanted.Until + TellsWithinMs))
        {
            (string Device, long? Boot) last = ("", null);
            while (row.Read())
            {
                // A start is told again in each heartbeat of the same boot.
                (string Device, long? Boot) boot = (row.Text(0), row.Int64OrNull(2));
                if (boot != last || boot.Boot is null)
                {
                    List<BoxStart> own = starts.TryGetValue(boot.Device, out List<BoxStart>? known) ? known : starts[boot.Device] = [];
                    own.Add(new BoxStart(row.Int64(1) - ((row.Int64OrNull(3) ?? 0) * 1000), s_noPower.Contains(row.Text(4))));
                    last = boot;
                }
            }
        }

        return starts.ToDictionary(
            static pair => pair.Key, pair => new BoxStarts(pair.Value, Next(session, pair.Key, wanted.Until)), StringComparer.Ordinal);
    }

    private static long? Next(SqlSession session, string device, long until)
    {
        using SqlStatement row = session.Query("SELECT min(start_at) FROM quarters WHERE device_id = $1 AND start_at >= $2", device, until);
        return row.Read() ? row.Int64OrNull(0) : null;
    }
}
