using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

using Microsoft.Data.Sqlite;

namespace JamBox.BackendBenchmark;

/// <summary>A fleet of boxes, one a place, with years of quarters of an hour, a week of readings, and counts by hand.</summary>
internal static class FigureWorld
{
    /// <summary>A quarter of an hour, ms.</summary>
    public const long QuarterMs = 900_000;

    /// <summary>A day, ms.</summary>
    public const long DayMs = 86_400_000;

    /// <summary>A year, ms.</summary>
    public const long YearMs = 365 * DayMs;

    /// <summary>Counts by hand at each place.</summary>
    public const int Counts = 12;

    private const int ReadingDays = 7;
    private const int MostTries = 20;

    /// <summary>Fills a database, which stays where it is.</summary>
    public static async Task KeepAsync(Options options)
    {
        string folder = Directory.CreateDirectory(options.Fill!).FullName;
        if (Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new ArgumentException($"--fill {options.Fill}: must be an empty folder");
        }

        // Not disposed: that would take the folder away.
        SqliteStorage storage = new(folder);
        long until = Now();
        long rows = await FillAsync(options, storage, until);
        using Backend backend = await Backend.StartAsync(options.Server, storage);
        double seconds = await CalibrateAsync(backend, options.FigurePlaces, until);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{storage.Path}: {options.FigureYears} years of {options.FigurePlaces} places, {rows:N0} quarters; models after {seconds:F0} s"));
    }

    /// <summary>The quarter of an hour that goes on, milliseconds since 1970.</summary>
    public static long Now() => DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / QuarterMs * QuarterMs;

    /// <summary>Makes places and boxes over the API, and stores what they counted with SQLite's own means.</summary>
    /// <returns>Quarters of an hour that were stored.</returns>
    public static async Task<long> FillAsync(Options options, SqliteStorage storage, long until)
    {
        using (Backend first = await Backend.StartAsync(options.Server, storage))
        {
            await first.RegisterAsync(options.FigurePlaces);
            await MakePlacesAsync(first, options.FigurePlaces);
        }

        return Fill(storage, options.FigurePlaces, until - (options.FigureYears * YearMs), until);
    }

    private static async Task MakePlacesAsync(Backend backend, int places)
    {
        using HttpClient http = backend.Http();
        for (int i = 0; i < places; i++)
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
    private static long Fill(SqliteStorage storage, int places, long from, long until)
    {
        using SqliteConnection connection = (SqliteConnection)storage.Connect();
        connection.Open();
        Run(connection, "PRAGMA synchronous = OFF");
        for (int place = 0; place < places; place++)
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
        FillReadings(connection, places, until);
        return (until - from) / QuarterMs * places;
    }

    /// <summary>A week of readings of five minutes, as the quarters say, a heartbeat an hour, and boxes that were heard just now.</summary>
    private static void FillReadings(SqliteConnection connection, int places, long until)
    {
        long from = until - (ReadingDays * DayMs);
        Run(connection, string.Create(CultureInfo.InvariantCulture, $"""
            WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < 3)
            INSERT INTO readings (device_key, t, ts, timestamp, time_source, period_start_ts, received_at, key_kind, key_a, key_b, b, n,
                impressions, unique_count, apple_count, android_count, other_count, dwell_0_1, dwell_1_5, dwell_5_10, dwell_10plus,
                rssi_immediate, rssi_near, rssi_far, rssi_remote, ble_impressions, ble_unique, ble_apple, ble_android, ble_other,
                overflow_count, cache_depth, send_failures, age_seconds, cell_rssi, ls, iv)
            SELECT d.id, end, 1, end, 'device', end - 299000, end + 2000, 0, 1, end / 300000, 1, end / 300000,
                impressions / 3, unique_count / 3, 0, 0, 0, dwell_0_1 / 3, 1, 1, 0, rssi_immediate / 3, rssi_near / 3, rssi_far / 3,
                rssi_remote / 3, 16, 6, 3, 0, 3, 0, 0, 0, 0, -80, 290, 300
            FROM (SELECT q.*, start_at + (n + 1) * 300000 - 1000 AS end FROM quarters q CROSS JOIN numbers WHERE start_at >= {from}) q
            JOIN devices d ON d.device_id = q.device_id
            ORDER BY end, d.id
            """));
        Run(connection, "INSERT INTO readings_of_device SELECT device_key, id FROM readings ORDER BY device_key, id");
        Run(connection, string.Create(CultureInfo.InvariantCulture, $"""
            INSERT INTO heartbeats (device_id, timestamp, signal_dbm, firmware_version, uptime_seconds, b, cv, hf, rr, hw)
            SELECT device_id, start_at, -80, '6.1.0', (start_at - {from}) / 1000, 1, 1, 61440, 'power', 'atoms3-nb1'
            FROM quarters WHERE start_at >= {from} AND start_at % 3600000 = 0 ORDER BY start_at
            """));
        Run(connection, string.Create(CultureInfo.InvariantCulture, $"""
            UPDATE devices SET last_seen_at = {until}, firmware_version = '6.1.0', last_signal_dbm = -80, life = 'active', b = 1, cv = 1,
                readings_total = (SELECT count(*) FROM readings r WHERE r.device_key = devices.id)
            """));
    }

    /// <summary>Counts by hand at each place, as people would, and waits for the models.</summary>
    /// <returns>Seconds until every model rests on its counts.</returns>
    public static async Task<double> CalibrateAsync(Backend backend, int places, long until)
    {
        using HttpClient http = backend.Http();
        for (int place = 1; place <= places; place++)
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
        for (int place = 1; place <= places; place++)
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
        for (int tries = 1; ; tries++)
        {
            using HttpRequestMessage request = new(method, new Uri(path, UriKind.Relative));
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
            using HttpResponseMessage answer = await http.SendAsync(request);

            // A disk that is slow for a moment: the server asks to come again, and so it is done.
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable || tries == MostTries)
            {
                answer.EnsureSuccessStatusCode();
                return;
            }

            await Task.Delay(answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromSeconds(1));
        }
    }

    private static void Run(SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.CommandTimeout = 0;
        command.ExecuteNonQuery();
    }
}
