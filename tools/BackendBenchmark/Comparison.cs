using System.Globalization;

namespace JamBox.BackendBenchmark;

/// <summary>Loads a build, or two in turn, so that what the machine does meanwhile is fair to both; shows the medians.</summary>
internal static class Comparison
{
    /// <summary>Runs it and prints its part of the table.</summary>
    public static async Task RunAsync(Options options, bool postgres, bool closes, string folder, Table table)
    {
        List<Run> before = [];
        List<Run> now = [];
        for (int round = 0; round < options.Rounds; round++)
        {
            if (options.Against is { } build)
            {
                before.Add(await Run.MeasureAsync(build, options, postgres, closes, folder));
            }

            now.Add(await Run.MeasureAsync(options.Server, options, postgres, closes, folder));
        }

        Table.Part($"{(postgres ? "PostgreSQL" : "SQLite")}, {(closes ? "a connection for each request" : "keep-alive")}");
        Show(
            new Figures(now), before.Count > 0 ? new Figures(before) : null,
            options.IsTelemetry ? TelemetryGoal(closes) : Goal(postgres, closes), options.IsTelemetry ? "telemetry" : "reading", table);
    }

    /// <summary>Readings a second; 0 = there is no goal in readings a second.</summary>
    private static double Goal(bool postgres, bool closes) => closes ? 0 : postgres ? 15_000 : 30_000;

    /// <summary>Messages a second, in either storage.</summary>
    private static double TelemetryGoal(bool closes) => closes ? 0 : 8_000;

    private static void Show(Figures now, Figures? before, double goal, string what, Table table)
    {
        double rate = now.Of(static run => run.PerSecond);
        table.Row(
            $"start until it listens", $"{Text(now, before, "F2", static run => run.StartSeconds)} s", "< 1 s",
            now.Of(static run => run.StartSeconds) < 1);
        table.Row(
            $"POST of {what}", $"{Text(now, before, "F0", static run => run.PerSecond)} /s", goal > 0 ? $">= {goal:F0} /s" : "",
            rate >= goal);
        table.Row($"  answered within, p50", $"{Text(now, before, "F2", static run => run.P50)} ms");
        table.Row($"  p99", $"{Text(now, before, "F2", static run => run.P99)} ms", "< 50 ms", now.Of(static run => run.P99) < 50);
        table.Row($"  p99.9", $"{Text(now, before, "F2", static run => run.P999)} ms");
        table.Row($"GET /health meanwhile, connecting included, p50", $"{Text(now, before, "F2", static run => run.HealthP50)} ms");
        table.Row($"  p99", $"{Text(now, before, "F2", static run => run.HealthP99)} ms");
        table.Row($"processor time for one, backend", $"{Text(now, before, "F1", static run => run.ServerUs)} us");
        table.Row($"  of it the writer", $"{Text(now, before, "F1", static run => run.WriterUs)} us");
        table.Row($"  this generator, besides", $"{Text(now, before, "F1", static run => run.GeneratorUs)} us");
        table.Row($"written to disk for one", $"{Text(now, before, "F0", static run => run.Bytes)} bytes");
        table.Row($"commit, fsync included", $"{Text(now, before, "F2", static run => run.CommitMs)} ms");
        table.Row($"  changes in one", $"{Text(now, before, "F0", static run => run.Changes)}");
        table.Row(
            $"resident memory, peak", $"{Text(now, before, "F0", static run => run.PeakMb)} MB", "< 200 MB",
            now.Of(static run => run.PeakMb) < 200);
        long acknowledged = now.Sum(static run => run.Acknowledged);
        long stored = now.Sum(static run => run.Stored);
        bool isWhole = acknowledged == stored && now.Sum(static run => run.Failed) == 0;
        table.Row($"answered with yes / stored, all rounds", $"{acknowledged} / {stored}", "equal", isWhole);
    }

    private static string Text(Figures now, Figures? before, string format, Func<Run, double> figure)
    {
        string text = now.Of(figure).ToString(format, CultureInfo.InvariantCulture);
        return before is null
            ? text
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{before.Of(figure).ToString(format, CultureInfo.InvariantCulture)} -> {text} (x {now.Ratio(before, figure):F2})");
    }

    private sealed class Figures(List<Run> runs)
    {
        public double Of(Func<Run, double> figure) => Median([.. runs.Select(figure)]);

        public long Sum(Func<Run, long> figure) => runs.Sum(figure);

        /// <summary>The median of the ratios, round by round: the machine's moods reach both of a round.</summary>
        public double Ratio(Figures before, Func<Run, double> figure) =>
            Median([.. runs.Select(figure).Zip(before.All(figure), static (a, b) => a / b)]);

        private static double Median(double[] values)
        {
            Array.Sort(values);
            return values[values.Length / 2];
        }

        private IEnumerable<double> All(Func<Run, double> figure) => runs.Select(figure);
    }
}
