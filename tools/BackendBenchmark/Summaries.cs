using System.Diagnostics;
using System.Globalization;

using Microsoft.Data.Sqlite;

namespace JamBox.BackendBenchmark;

/// <summary>Fills a database with readings (a fleet of 100 boxes, every 5 minutes) and measures the figures over them.</summary>
internal static class Summaries
{
    private const int Boxes = 100;
    /// <summary>How often a question is asked, after once to warm up.</summary>
    internal const int Rounds = 50;
    private const int RowsATime = 1_000_000;

    /// <summary>Fills a database and measures.</summary>
    public static async Task RunAsync(Options options, string folder, Table table)
    {
        using SqliteStorage storage = new(folder);
        using (Backend first = await Backend.StartAsync(options.Server, storage))
        {
            await first.RegisterAsync(Boxes);
        }

        Fill(storage, options.SummaryRows);
        using Backend backend = await Backend.StartAsync(options.Server, storage);
        Table.Part(string.Create(CultureInfo.InvariantCulture, $"Questions, {options.SummaryRows:N0} readings of {Boxes} boxes"));
        foreach ((string path, double targetMs) in new[]
        {
            ("/api/summary?device_id=JBNB0042&day=2026-01-28", 50), ("/api/summary?day=2026-01-28", 50), ("/api/hourly?day=2026-01-28", 0),
            ("/api/stats", 0), ("/api/readings?device_id=JBNB0042&limit=20", 0.0),
        })
        {
            (double p50, double max) = await MeasureAsync(backend, path);
            table.Row(
                $"GET {path}", $"p50 {p50:F2} ms, max {max:F2} ms", targetMs > 0 ? $"< {targetMs:F0} ms" : "",
                targetMs == 0 || max < targetMs);
        }
    }

    /// <summary>Stores the readings, with SQLite's own means, and the sums that the server would have kept.</summary>
    private static void Fill(SqliteStorage storage, int rows)
    {
        using SqliteConnection connection = (SqliteConnection)storage.Connect();
        connection.Open();
        Run(connection, "PRAGMA synchronous = OFF");
        for (int from = 0; from < rows; from += RowsATime)
        {
            Run(connection, string.Create(CultureInfo.InvariantCulture, $"""
                WITH RECURSIVE numbers (n) AS (
                    SELECT {from} UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {Math.Min(rows, from + RowsATime)})
                INSERT INTO readings (device_key, t, ts, timestamp, time_source, period_start_ts, received_at, key_kind, key_a, key_b, b, n,
                    impressions, unique_count, apple_count, android_count, other_count, dwell_0_1, dwell_1_5, dwell_5_10, dwell_10plus,
                    rssi_immediate, rssi_near, rssi_far, rssi_remote, ble_impressions, ble_unique, ble_apple, ble_android, ble_other,
                    overflow_count, cache_depth, send_failures, age_seconds, ls, iv)
                SELECT (SELECT id FROM devices WHERE device_id = printf('JBNB%04d', n % {Boxes})), at, 1, at, 'device', at - at % 300000,
                    at, 0, 1, n, 1, n,
                    n % 100, n % 30, 0, 0, 0, 1, 2, 3, 4, 1, 2, 3, 4, n % 50, n % 20, n % 10, 0, n % 10, 0, 0, 0, 0, 290, 300
                FROM (SELECT n, 1769679599000 - (n / {Boxes}) * 300000 AS at FROM numbers)
                """));
        }

        Run(connection, """
            INSERT INTO quarters
            SELECT (SELECT device_id FROM devices WHERE id = device_key), timestamp - timestamp % 900000, count(*), sum(impressions),
                sum(unique_count), 0, 0, 0, sum(dwell_0_1), sum(dwell_1_5),
                sum(dwell_5_10), sum(dwell_10plus), sum(rssi_immediate), sum(rssi_near), sum(rssi_far), sum(rssi_remote),
                sum(ble_impressions), sum(ble_unique), sum(ble_apple), 0, sum(ble_other), sum(ls), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
            FROM readings WHERE key_a = 1 GROUP BY 1, 2
            """);
        Run(connection, "INSERT INTO readings_of_device SELECT device_key, id FROM readings ORDER BY device_key, id");
    }

    /// <summary>Asks for a day again and again.</summary>
    /// <returns>Median and maximum, ms.</returns>
    internal static async Task<(double P50, double Max)> MeasureAsync(Backend backend, string path)
    {
        using HttpClient http = backend.Http();
        double[] times = new double[Rounds];
        await http.GetStringAsync(new Uri(path, UriKind.Relative));
        for (int i = 0; i < Rounds; i++)
        {
            long start = Stopwatch.GetTimestamp();
            await http.GetStringAsync(new Uri(path, UriKind.Relative));
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(times);
        return (times[Rounds / 2], times[^1]);
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 0;
        command.ExecuteNonQuery();
    }
}
