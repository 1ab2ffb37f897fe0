using JamBox.Backend.Readings;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Summaries;

/// <summary>The SQL of the portal's figures: sums over quarters of an hour, never over readings.</summary>
internal static class SummarySql
{
    /// <summary>One device by the key, several by one range of the key each: CROSS JOIN is how SQLite is told to go from device to device.</summary>
    private static readonly string s_one = $"SELECT q.start_at, {Sums()} FROM quarters q WHERE q.device_id = $1 AND q.start_at >= $2 AND q.start_at < $3 GROUP BY q.start_at";

    private static readonly string s_many = $"""
        SELECT q.start_at, {Sums()} FROM devices d CROSS JOIN quarters q
        WHERE q.device_id = d.device_id AND q.start_at >= $2 AND q.start_at < $3 AND ($1 IS NULL OR d.location_name = $1) AND {Caller.ScopeSql("d.device_id", "$4")}
        GROUP BY q.start_at
        """;

    /// <summary>Sums the quarters into the hours that begin at the given moments.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">Whose, the starts of the hours, and the end of the last (milliseconds since 1970).</param>
    /// <returns>The sums of each hour, in the order of <see cref="QuarterSums.Columns"/>.</returns>
    public static long[][] Hours(SqlSession session, (FigureRequest Request, List<long> Starts, long End) wanted)
    {
        long[][] hours = [.. wanted.Starts.Select(static _ => new long[QuarterSums.Count])];
        FigureRequest request = wanted.Request;
        using SqlStatement row = request.Device is not null
            ? session.Query(s_one, request.Device, wanted.Starts[0], wanted.End)
            : session.Query(s_many, request.Place, wanted.Starts[0], wanted.End, request.Scope);
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
            sums[i] = i == Figures.MaxCacheDepthIndex ? Math.Max(sums[i], more[i]) : sums[i] + more[i];
        }
    }

    private static void Add(long[] sums, SqlStatement row)
    {
        for (int i = 0; i < sums.Length; i++)
        {
            long more = row.Int64(i + 1);
            sums[i] = i == Figures.MaxCacheDepthIndex ? Math.Max(sums[i], more) : sums[i] + more;
        }
    }

    private static string Sums() => string.Join(", ", QuarterSums.Columns.Split([',', ' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)
        .Select(static column => column == "max_cache_depth" ? $"max(q.{column})" : $"sum(q.{column})"));
}
