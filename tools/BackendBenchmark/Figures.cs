using System.Globalization;

namespace JamBox.BackendBenchmark;

/// <summary>
/// Fills a database with years of quarters of an hour of many places, calibrates them by counts, and measures the figures of people.
/// </summary>
internal static class Figures
{
    /// <summary>Fills a database and measures.</summary>
    public static async Task RunAsync(Options options, string folder, Table table)
    {
        using SqliteStorage storage = new(folder);
        long until = FigureWorld.Now();
        int places = options.FigurePlaces;
        long rows = await FigureWorld.FillAsync(options, storage, until);
        using Backend backend = await Backend.StartAsync(options.Server, storage);
        Table.Part(string.Create(
            CultureInfo.InvariantCulture, $"Figures of people, {options.FigureYears} years of {places} places, {rows:N0} quarters of an hour"));
        double seconds = await FigureWorld.CalibrateAsync(backend, places, until);
        table.Row($"{FigureWorld.Counts} counts each, all {places} models fitted after", $"{seconds:F0} s", "", true);
        string place = string.Create(CultureInfo.InvariantCulture, $"/api/places/{Math.Min(42, places)}/");
        string yesterday = Day(until - FigureWorld.DayMs), month = Day(until - (30 * FigureWorld.DayMs));
        string longAgo = Day(until - (options.FigureYears * FigureWorld.YearMs) + (40 * FigureWorld.DayMs));
        foreach ((string path, double targetMs) in new[]
        {
            ($"{place}figures?day={yesterday}", 50), ($"{place}figures?day={longAgo}", 50), ($"{place}figures", 50),
            ($"/api/comparison?from={yesterday}&until={yesterday}", 200), ($"{place}now", 0), ($"{place}weekdays", 0),
            ($"{place}heat?weeks=8", 0), ($"{place}figures?from={month}&by=day", 0),
            ($"{place}figures?from={longAgo}&by=day&vs=off", 0.0),
        })
        {
            double before = backend.ProcessorTime().All;
            (double p50, double max) = await Summaries.MeasureAsync(backend, path);

            // On a machine that is busy otherwise this says more than the time that it took.
            double cpu = (backend.ProcessorTime().All - before) / 1000 / (Summaries.Rounds + 1);
            table.Row(
                $"GET {path}", $"p50 {p50:F1} ms, max {max:F1} ms, processor {cpu:F1} ms", targetMs > 0 ? $"< {targetMs:F0} ms" : "",
                targetMs == 0 || p50 < targetMs);
        }
    }

    private static string Day(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
