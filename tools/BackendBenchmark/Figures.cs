using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

using Microsoft.Data.Sqlite;

namespace JamBox.BackendBenchmark;

/// <summary>
/// Fills a database with years of quarters of an hour of 100 places, calibrates them by counts, and measures the figures of people.
/// </summary>
internal static class Figures
{
    private const int Places = 100;
    private const int Counts = 12;
    private const long QuarterMs = 900_000;
    private const long DayMs = 86_400_000;
    private const long YearMs = 365 * DayMs;

    /// <summary>Fills a database and measures.</summary>
    public static async Task RunAsync(Options options, string folder, Table table)
    {
        using SqliteStorage storage = new(folder);
        long until = DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / QuarterMs * QuarterMs;
        using (Backend first = await Backend.StartAsync(options.Server, storage))
        {
            await first.RegisterAsync(Places);
            await MakePlacesAsync(first);
        }

        long rows = Fill(storage, until - (options.FigureYears * YearMs), until);
        using Backend backend = await Backend.StartAsync(options.Server, storage);
        Table.Part(string.Create(
            CultureInfo.InvariantCulture, $"Figures of people, {options.FigureYears} years of {Places} places, {rows:N0} quarters of an hour"));
        double seconds = await CalibrateAsync(backend, until);
        table.Row($"{Counts} counts each, all {Places} models fitted after", $"{seconds:F0} s", "", true);
        string yesterday = DateTimeOffset.FromUnixTimeMilliseconds(until - DayMs).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string month = DateTimeOffset.FromUnixTimeMilliseconds(until - (30 * DayMs)).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        string longAgo = DateTimeOffset.FromUnixTimeMilliseconds(until - (options.FigureYears * YearMs) + (40 * DayMs))
            .ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        foreach ((string path, double targetMs) in new[]
        {
            ($"/api/places/42/figures?day={yesterday}", 50), ($"/api/places/42/figures?day={longAgo}", 50), ("/api/places/42/figures", 50),
            ($"/api/comparison?from={yesterday}&until={yesterday}", 200), ("/api/places/42/now", 0), ("/api/places/42/weekdays", 0),
            ("/api/places/42/heat?weeks=8", 0), ($"/api/places/42/figures?from={month}&by=day", 0),
            ($"/api/places/42/figures?from={longAgo}&by=day&vs=off", 0.0),
        })
        {
            (double p50, double max) = await Summaries.MeasureAsync(backend, path);
            table.Row(
                $"GET {path}", $"p50 {p50:F1} ms, max {max:F1} ms", targetMs > 0 ? $"< {targetMs:F0} ms" : "", targetMs == 0 || p50 < targetMs);
        }
    }

    private static async Task MakePlacesAsync(Backend backend)
    {
        using HttpClient http = backend.Http();
        for (int i = 0; i < Places; i++)
        {
            await SendAsync(http, HttpMethod.Post, "/api/places", $$"""{"name":"Place {{i + 1}}","timezone":"Europe/Berlin"}""");
            string path = string.Create(CultureInfo.InvariantCulture, $"/api/places/{i + 1}");
            await SendAsync(http, HttpMethod.Post, path + "/devices", $$"""{"device_id":"{{Backend.DeviceId(i)}}"}""");
            await SendAsync(
                http, HttpMethod.Put, path + "/hours",
                """
                {"monday":["09:00-18:30"],"tuesday":["09:00-18:30"],"wednesday":["09:00-18:30"],"thursday":["09:00-18:30"],
                "friday":["09:00-20:00"],"saturday":["09:00-16:00"]}
                """);
            await SendAsync(http, HttpMethod.Put, path + "/stay", """{"minutes":15}""");
        }
    }

    /// <summary>A place that is busy by day and hears a little by night; no two quarters are alike.</summary>
    private static long Fill(SqliteStorage storage, long from, long until)
    {
        using SqliteConnection connection = (SqliteConnection)storage.Connect();
        connection.Open();
        Run(connection, "PRAGMA synchronous = OFF");
        for (int place = 0; place < Places; place++)
        {
            Run(connection, string.Create(CultureInfo.InvariantCulture, $"""
                WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {(until - from) / QuarterMs})
                INSERT INTO quarters (device_id, start_at, readings, impressions, unique_count, apple_count, android_count, other_count,
                    dwell_0_1, dwell_1_5, dwell_5_10, dwell_10plus, rssi_immediate, rssi_near, rssi_far, rssi_remote, ble_impressions,
                    ble_unique, ble_apple, ble_android, ble_other, listened_s, overflow_count, overflow_readings, degraded_readings,
                    cached_readings, send_failures, max_cache_depth, signal_sum, signal_count)
                SELECT '{Backend.DeviceId(place)}', {from} + n * {QuarterMs}, 3, 40 * level, 6 * level, 0, 0, 0, level, 3, 2, 1, level / 4, level,
                    2 * level, 3 * level, 50, 20, 9, 0, 11, 870, 0, 0, 0, 0, 0, 0, -240, 3
                FROM (SELECT n, 5 + (n * 7919 + {place} * 31) % 17 + CASE WHEN n % 96 BETWEEN 34 AND 72 THEN 60 ELSE 0 END AS level FROM numbers)
                """));
        }

        Run(connection, string.Create(CultureInfo.InvariantCulture, $"UPDATE place_devices SET from_at = {from}"));
        return (until - from) / QuarterMs * Places;
    }

    /// <returns>Seconds until every model rests on its counts.</returns>
    private static async Task<double> CalibrateAsync(Backend backend, long until)
    {
        using HttpClient http = backend.Http();
        for (int place = 1; place <= Places; place++)
        {
            for (int i = 0; i < Counts; i++)
            {
                string at = DateTimeOffset.FromUnixTimeMilliseconds(until - DayMs - (i % 4 * DayMs) - (i * 2_400_000))
                    .ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
                await SendAsync(
                    http, HttpMethod.Post, string.Create(CultureInfo.InvariantCulture, $"/api/places/{place}/counts"),
                    $$"""{"kind":"present","people":{{5 + i}},"at":"{{at}}"}""");
            }
        }

        long start = Stopwatch.GetTimestamp();
        for (int place = 1; place <= Places; place++)
        {
            while (await CountsOfModelAsync(http, place) < Counts)
            {
                if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromMinutes(5))
                {
                    throw new TimeoutException($"The model of place {place} was not fitted in five minutes");
                }

                await Task.Delay(200);
            }
        }

        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<int> CountsOfModelAsync(HttpClient http, int place)
    {
        string path = string.Create(CultureInfo.InvariantCulture, $"/api/places/{place}/models?limit=1");
        using JsonDocument models = JsonDocument.Parse(await http.GetStringAsync(new Uri(path, UriKind.Relative)));
        return models.RootElement.GetArrayLength() == 0 ? 0 : models.RootElement[0].GetProperty("counts").GetInt32();
    }

    private static async Task SendAsync(HttpClient http, HttpMethod method, string path, string json)
    {
        using HttpRequestMessage request = new(method, new Uri(path, UriKind.Relative));
        request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await http.SendAsync(request);
        answer.EnsureSuccessStatusCode();
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 0;
        command.ExecuteNonQuery();
    }
}
