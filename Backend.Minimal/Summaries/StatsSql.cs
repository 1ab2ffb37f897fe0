using JamBox.Backend.Devices;
using JamBox.Backend.Readings;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Summaries;

/// <summary>The SQL of <c>GET /api/stats</c>: one pass over the devices, one over today's quarters of each zone.</summary>
internal static class StatsSql
{
    private const int MaxListed = 1000;

    private static readonly string s_devices = $"""
        SELECT device_id, status, last_seen_at, report_interval_ms, last_signal_dbm, timezone, anomalous, readings_total, impressions_total,
            unique_total, apple_total, android_total, other_total
        FROM devices WHERE {Caller.ScopeSql("device_id", "$1")} ORDER BY device_id
        """;

    private static readonly string s_today = $"""
        SELECT {string.Join(", ", QuarterSums.Columns.Split([',', ' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Select(static column =>
            column == "max_cache_depth" ? $"max(q.{column})" : $"sum(q.{column})"))}
        FROM devices d CROSS JOIN quarters q
        WHERE q.device_id = d.device_id AND q.start_at >= $2 AND q.start_at < $3 AND d.timezone = $1 AND {Caller.ScopeSql("d.device_id", "$4")}
        """;

    /// <summary>Reads it all.</summary>
    public static Stats Read(SqlSession session, (string? Scope, DateTimeOffset Now) wanted)
    {
        long now = wanted.Now.ToUnixTimeMilliseconds();
        long[] totals = new long[6];
        Dictionary<string, int> states = [];
        Dictionary<string, int> zones = [];
        List<FleetDevice> listed = [];
        int devices = 0, active = 0, anomalous = 0;
        using (SqlStatement row = session.Query(s_devices, wanted.Scope))
        {
            while (row.Read())
            {
                string state = DeviceState.Of(row.Int64OrNull(2), row.Int32(3), now);
                states[state] = states.GetValueOrDefault(state) + 1;
                zones[row.Text(5)] = zones.GetValueOrDefault(row.Text(5)) + 1;
                devices++;
                active += row.Text(1) == "active" ? 1 : 0;
                anomalous += row.Int32(6);
                for (int i = 0; i < totals.Length; i++)
                {
                    totals[i] += row.Int64(7 + i);
                }

                if (listed.Count < MaxListed)
                {
                    listed.Add(new FleetDevice(row.Text(0), state, DeviceState.Ago(row.Int64OrNull(2), now), row.Int32OrNull(4)));
                }
            }
        }

        Fleet fleet = new(
            devices, states.GetValueOrDefault("online"), states.GetValueOrDefault("warning"), states.GetValueOrDefault("offline"),
            states.GetValueOrDefault("new"), anomalous);
        return new Stats(
            totals[0], devices, active, 0, totals[1], totals[2], totals[3], totals[4], totals[5], fleet, Today(session, zones, wanted), listed);
    }

    private static Figures Today(SqlSession session, Dictionary<string, int> zones, (string? Scope, DateTimeOffset Now) wanted)
    {
        long[] sums = new long[QuarterSums.Count];
        double seconds = 0;
        foreach ((string id, int devices) in zones)
        {
            TimeZoneInfo zone = PlaceDay.Zone(id);
            DateOnly day = PlaceDay.Today(zone, wanted.Now);
            long start = PlaceDay.Start(zone, day);
            seconds += (wanted.Now.ToUnixTimeMilliseconds() - start) / 1000.0 * devices;
            using SqlStatement row = session.Query(s_today, id, start, PlaceDay.Start(zone, day.AddDays(1)), wanted.Scope);
            row.Read();
            long[] more = [.. Enumerable.Range(0, QuarterSums.Count).Select(row.Int64)];
            SummarySql.Add(sums, more);
        }

        return new Figures(sums, seconds);
    }
}
