using System.Diagnostics;
using System.Globalization;

using JamBox.BackendBenchmark;

using Microsoft.Data.Sqlite;

// dotnet run -c Release --project tools/BackendBenchmark [-- --seconds 10 --connections 64 --devices 1000 --kills 20 --summary-rows 10000000]
// Starts the real server on loopback, loads it, kills it, and counts what is stored. Exit code 1: a target is missed; 2: a bad option.
Options options;
try
{
    options = Options.Parse(args);
}
catch (ArgumentException e)
{
    Console.Error.WriteLine("benchmark: " + e.Message);
    return 2;
}

string folder = Directory.CreateTempSubdirectory("jambox-bench-").FullName;
bool good = true;
try
{
    Console.WriteLine($"{Environment.ProcessorCount} cores, .NET {Environment.Version}, {options.Connections} connections, {options.Devices} devices, {folder}");
    (double p50, double p99) = Disk.Fdatasync(folder);
    Row($"fdatasync of 4 KB", $"p50 {p50:F3} ms, p99 {p99:F3} ms", "", true);
    await ThroughputAsync();
    await KillsAsync();
    await SummariesAsync();
}
finally
{
    Directory.Delete(folder, recursive: true);
}

return good ? 0 : 1;

async Task ThroughputAsync()
{
    string part = Directory.CreateDirectory(Path.Combine(folder, "load")).FullName;
    long begin = Stopwatch.GetTimestamp();
    using Server server = await Server.StartAsync(part);
    double startSeconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
    string[] tokens = await server.RegisterAsync(options.Devices);
    Load load = new(server.Address, tokens, boot: 1);
    Task running = load.RunAsync(options.Connections);
    await Task.Delay(TimeSpan.FromSeconds(3));
    load.Measure(true);
    long start = Stopwatch.GetTimestamp();
    await Task.Delay(TimeSpan.FromSeconds(options.Seconds));
    load.Measure(false);
    double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
    double rate = load.Measured / seconds;
    load.Stop();
    await running;
    double peak = server.PeakMb;
    (double commitMs, double changes) = await server.CommitsAsync();
    server.Kill();

    long acknowledged = load.Acknowledged.Sum(static list => (long)list.Count);
    long stored = Stored(part).Count;
    Row($"start until it listens", $"{startSeconds:F2} s", "< 1 s", startSeconds < 1);
    Row($"POST /api/reading", $"{rate:F0} /s", ">= 12000 /s", rate >= 12_000);
    Row($"latency", $"p50 {load.Percentile(0.5):F2} ms, p99 {load.Percentile(0.99):F2} ms, p99.9 {load.Percentile(0.999):F2} ms", "p99 < 50 ms", load.Percentile(0.99) < 50);
    Row($"commit, fsync included", $"mean {commitMs:F2} ms, {changes:F0} changes each", "", true);
    Row($"resident memory, peak", $"{peak:F0} MB", "< 200 MB", peak < 200);
    Row($"answered 201 / stored", $"{acknowledged} / {stored}", "equal", acknowledged == stored && load.Refused == 0);
}

async Task KillsAsync()
{
    string part = Directory.CreateDirectory(Path.Combine(folder, "kills")).FullName;
    long acknowledged = 0, lost = 0;
    string[] tokens = [];
    Random random = new(20260129);
    for (int kill = 1; kill <= options.Kills; kill++)
    {
        using Server server = await Server.StartAsync(part);
        tokens = kill == 1 ? await server.RegisterAsync(Math.Min(options.Devices, 100)) : tokens;
        Load load = new(server.Address, tokens, boot: kill);
        Task running = load.RunAsync(options.Connections);
        await Task.Delay(300 + random.Next(700));
        server.Kill();
        load.Stop();
        await running;
        HashSet<(int Boot, int Number)> stored = Stored(part);
        acknowledged += load.Acknowledged.Sum(static list => (long)list.Count);
        lost += load.Acknowledged.Sum(list => list.LongCount(number => !stored.Contains((kill, number))));
    }

    if (options.Kills > 0)
    {
        Row($"{options.Kills} kills in mid-run", $"{acknowledged} acknowledged, {lost} lost", "0 lost", lost == 0 && acknowledged > 0);
    }
}

async Task SummariesAsync()
{
    if (options.SummaryRows == 0)
    {
        return;
    }

    string part = Directory.CreateDirectory(Path.Combine(folder, "summary")).FullName;
    using (Server first = await Server.StartAsync(part))
    {
        await first.RegisterAsync(100);
    }

    Summaries.Fill(part, options.SummaryRows);
    using Server server = await Server.StartAsync(part);
    foreach ((string name, string path) in new[]
    {
        ("GET /api/summary, one box", "/api/summary?device_id=JBNB0042&day=2026-01-28"),
        ("GET /api/summary, 100 boxes", "/api/summary?day=2026-01-28"),
        ("GET /api/hourly, one day, 100 boxes", "/api/hourly?day=2026-01-28"),
        ("GET /api/stats", "/api/stats"),
    })
    {
        (double p50, double max) = await Summaries.MeasureAsync(server, path);
        bool counts = path.StartsWith("/api/summary", StringComparison.Ordinal);
        Row($"{name}, {options.SummaryRows:N0} readings", $"p50 {p50:F2} ms, max {max:F2} ms", counts ? "< 50 ms" : "", !counts || max < 50);
    }
}

static HashSet<(int Boot, int Number)> Stored(string part)
{
    using SqliteConnection connection = new($"Data Source={Server.DatabasePath(part)};Pooling=false");
    connection.Open();
    using SqliteCommand command = connection.CreateCommand();
    command.CommandText = "SELECT b, n FROM readings";
    using SqliteDataReader reader = command.ExecuteReader();
    HashSet<(int Boot, int Number)> stored = [];
    while (reader.Read())
    {
        stored.Add((reader.GetInt32(0), reader.GetInt32(1)));
    }

    return stored;
}

void Row(FormattableString what, FormattableString measured, string target, bool fine)
{
    good &= fine;
    Console.WriteLine($"| {what.ToString(CultureInfo.InvariantCulture),-58} | {measured.ToString(CultureInfo.InvariantCulture),-52} | {target,-16} | {(fine ? "ok" : "MISSED")} |");
}
