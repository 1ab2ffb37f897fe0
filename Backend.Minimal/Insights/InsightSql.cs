using JamBox.Backend.Devices;
using JamBox.Backend.Readings;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

using NodaTime;

namespace JamBox.Backend.Insights;

/// <summary>The SQL of the portal's figures: sums over quarters of an hour, never over readings.</summary>
internal static class SummarySql
{
    /// <summary>
    /// One device by the key, several by one range of the key each: CROSS JOIN is how SQLite is told to go from device to device. A quarter
    /// is of the place where its device stood then.
    /// </summary>
    private static readonly string s_one = $"""
        SELECT q.start_at, {Sums()} FROM quarters q
        WHERE q.device_id = $1 AND q.start_at >= $2 AND q.start_at < $3
            AND {Caller.ScopeAtSql("q.device_id", "q.start_at", "$4")} GROUP BY q.start_at
        """;

    private static readonly string s_ofPlace = $"""
        SELECT q.start_at, {Sums()} FROM place_devices s CROSS JOIN quarters q
        WHERE s.place_id = $1 AND q.device_id = s.device_id AND q.start_at >= $2 AND q.start_at < $3
            AND q.start_at >= s.from_at AND (s.to_at IS NULL OR q.start_at < s.to_at)
        GROUP BY q.start_at
        """;

    private static readonly string s_all = $"""
        SELECT q.start_at, {Sums()} FROM devices d CROSS JOIN quarters q
        WHERE q.device_id = d.device_id AND d.is_demo = 0 AND q.start_at >= $1 AND q.start_at < $2
            AND {Caller.ScopeAtSql("d.device_id", "q.start_at", "$3")}
        GROUP BY q.start_at
        """;

    /// <summary>Sums the quarters into the hours that begin at the given moments.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">Whose, the starts of the hours, and the end of the last (milliseconds since 1970).</param>
    /// <returns>The sums of each hour, in the order of <see cref="QuarterHourSums.Columns"/>.</returns>
    public static long[][] Hours(SqlSession session, (InsightRequest Request, List<long> Starts, long End) wanted)
    {
        if (wanted.Starts.Count == 0)
        {
            // A day that the place never had.
            return [];
        }

        long[][] hours = [.. wanted.Starts.Select(static _ => new long[QuarterHourSums.Count])];
        InsightRequest request = wanted.Request;
        using SqlStatement row = request.Device is not null ? session.Query(
            s_one, request.Device, wanted.Starts[0], wanted.End, request.Scope)
            : request.Place is not null ? session.Query(s_ofPlace, request.Place.Id, wanted.Starts[0], wanted.End)
            : session.Query(s_all, wanted.Starts[0], wanted.End, request.Scope);
        while (row.Read())
        {
            int at = wanted.Starts.BinarySearch(row.Int64(0));
            Add(hours[at >= 0 ? at : ~at - 1], row);
        }

        return hours;
    }

    /// <summary>Adds sums to sums.</summary>
    public static void Add(long[] sums, long[] more)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            sums[i] = i == Totals.MaxCacheDepthIndex ? Math.Max(sums[i], more[i]) : sums[i] + more[i];
        }
    }

    private static void Add(long[] sums, SqlStatement row)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            long more = row.Int64(i + 1);
            sums[i] = i == Totals.MaxCacheDepthIndex ? Math.Max(sums[i], more) : sums[i] + more;
        }
    }

    private static string Sums() => string
        .Join(", ", QuarterHourSums.Columns.Split([',', ' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)
        .Select(static column => column == "max_cache_depth" ? $"max(q.{column})" : $"sum(q.{column})"));
}

/// <summary>
/// The SQL of <c>GET /api/stats</c>, without the virtual box: one pass over the devices, one over today's quarters of each zone.
/// </summary>
internal static class StatsSql
{
    private const int MaxListed = 1000;

    private static readonly string s_devices = $"""
        SELECT d.device_id, d.status, d.last_seen_at, d.report_interval_ms, d.last_signal_dbm, coalesce(p.timezone, d.timezone),
            d.anomalous,
            d.readings_total, d.impressions_total, d.unique_total, d.apple_total, d.android_total, d.other_total, d.registered_at
        FROM devices d LEFT JOIN places p ON p.id = d.place_id
        WHERE d.kind = 'box' AND d.retired_at IS NULL AND d.is_demo = 0 AND {Caller.ScopeSql("d.device_id", "$1")} ORDER BY d.device_id
        """;

    private static readonly string s_today = $"""
        SELECT {string.Join(", ", QuarterHourSums.Columns.Split([',', ' ', '\n', '\r'],
            StringSplitOptions.RemoveEmptyEntries).Select(static column =>
            column == "max_cache_depth" ? $"max(q.{column})" : $"sum(q.{column})"))}
        FROM devices d CROSS JOIN quarters q LEFT JOIN places p ON p.id = d.place_id
        WHERE q.device_id = d.device_id AND q.start_at >= $2 AND q.start_at < $3 AND coalesce(p.timezone, d.timezone) = $1
            AND d.retired_at IS NULL AND d.is_demo = 0
            AND {Caller.ScopeSql("d.device_id", "$4")} AND {Caller.ScopeAtSql("d.device_id", "q.start_at", "$4")}
        """;

    /// <summary>
    /// The totals of some places: what their boxes counted elsewhere is not theirs to see, so that the devices' own totals do not say it.
    /// </summary>
    private static readonly string s_totals = $"""
        SELECT sum(q.readings), sum(q.impressions), sum(q.unique_count), sum(q.apple_count), sum(q.android_count), sum(q.other_count)
        FROM place_devices s CROSS JOIN quarters q
        WHERE {Caller.ScopePlaceSql("s.place_id", "$1")} AND q.device_id = s.device_id AND q.start_at >= s.from_at
            AND (s.to_at IS NULL OR q.start_at < s.to_at) AND s.device_id NOT IN (SELECT device_id FROM devices WHERE is_demo = 1)
        """;

    /// <summary>Reads it all.</summary>
    public static Stats Read(SqlSession session, (string? Scope, DateTimeOffset Now) wanted)
    {
        long now = wanted.Now.ToUnixTimeMilliseconds();
        long[] totals = new long[6];
        Dictionary<string, int> states = [];
        Dictionary<string, List<long>> zones = [];
        List<FleetDevice> listed = [];
        int devices = 0, active = 0, anomalous = 0;
        using (SqlStatement row = session.Query(s_devices, wanted.Scope))
        {
            while (row.Read())
            {
                string state = DeviceState.Of(row.Int64OrNull(2), row.Int32(3), now);
                states[state] = states.GetValueOrDefault(state) + 1;
                if (!zones.TryGetValue(row.Text(5), out List<long>? since))
                {
                    zones.Add(row.Text(5), since = []);
                }

                since.Add(row.Int64(7 + totals.Length));
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

        if (wanted.Scope is not null)
        {
            using SqlStatement row = session.Query(s_totals, wanted.Scope);
            row.Read();
            totals = [.. Enumerable.Range(0, totals.Length).Select(row.Int64)];
        }

        Fleet fleet = new(
            devices, states.GetValueOrDefault("online"), states.GetValueOrDefault("warning"), states.GetValueOrDefault("offline"),
            states.GetValueOrDefault("new"), anomalous);
        return new Stats(
            totals[0], devices, active, 0, totals[1], totals[2], totals[3], totals[4], totals[5], fleet, Today(session, zones, wanted),
            listed);
    }

    private static Totals Today(SqlSession session, Dictionary<string, List<long>> zones, (string? Scope, DateTimeOffset Now) wanted)
    {
        long[] sums = new long[QuarterHourSums.Count];
        double seconds = 0;
        foreach ((string id, List<long> registered) in zones)
        {
            DateTimeZone zone = PlaceDay.Zone(id);
            DateOnly day = PlaceDay.Today(zone, wanted.Now);
            long start = PlaceDay.Start(zone, day);
            seconds += registered.Sum(since => Math.Max(0, wanted.Now.ToUnixTimeMilliseconds() - Math.Max(start, since)) / 1000.0);
            using SqlStatement row = session.Query(s_today, id, start, PlaceDay.Start(zone, day.AddDays(1)), wanted.Scope);
            row.Read();
            long[] more = [.. Enumerable.Range(0, QuarterHourSums.Count).Select(row.Int64)];
            SummarySql.Add(sums, more);
        }

        return new Totals(sums, seconds);
    }
}
