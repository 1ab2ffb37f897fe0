using System.Data.Common;
using System.Diagnostics;

namespace JamBox.BackendBenchmark;

/// <summary>One run of a build under load, and what it measured.</summary>
/// <param name="StartSeconds">Until it listens.</param>
/// <param name="PerSecond">Readings that were answered 201 in a second.</param>
/// <param name="P50">Median time of an answer, ms.</param>
/// <param name="P99">99 of 100 answers came within, ms.</param>
/// <param name="P999">999 of 1,000 answers came within, ms.</param>
/// <param name="ServerUs">Processor time of the backend for a reading, µs. PostgreSQL's own is not in it.</param>
/// <param name="WriterUs">Of it the thread that writes.</param>
/// <param name="GeneratorUs">Processor time of the load for a reading, µs.</param>
/// <param name="Bytes">Bytes that the backend wrote for a reading (SQLite: log and tables).</param>
/// <param name="CommitMs">Mean time of a commit, fsync included.</param>
/// <param name="Changes">Mean changes in a commit.</param>
/// <param name="PeakMb">Most resident memory.</param>
/// <param name="HealthP50">Median time of <c>GET /health</c> meanwhile, ms, connecting included.</param>
/// <param name="HealthP99">99 of 100 of them came within, ms.</param>
/// <param name="Acknowledged">Readings that were answered 201 from the first to the last.</param>
/// <param name="Stored">Readings that are stored.</param>
/// <param name="Failed">Answers that were no success.</param>
internal sealed record Run(
    double StartSeconds, double PerSecond, double P50, double P99, double P999, double ServerUs, double WriterUs, double GeneratorUs,
    double Bytes,
    double CommitMs, double Changes, double PeakMb, double HealthP50, double HealthP99, long Acknowledged, long Stored, int Failed)
{
    /// <summary>Starts a build on an empty storage, warms it up, loads it, and counts what is stored.</summary>
    public static async Task<Run> MeasureAsync(string build, Options options, bool postgres, bool closes, string folder)
    {
        using IStorage storage = postgres ? new PostgresStorage(folder) : new SqliteStorage(folder);
        long begin = Stopwatch.GetTimestamp();
        using Backend backend = await Backend.StartAsync(build, storage);
        double startSeconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        Load load = new(backend.Address, await backend.RegisterAsync(options.Devices), boot: 1, closes, options.IsTelemetry);
        Task running = load.RunAsync(options.Connections);
        await Task.Delay(TimeSpan.FromSeconds(options.WarmUp));

        HealthProbe health = new(backend.Address);
        using CancellationTokenSource stop = new();
        Task probing = health.RunAsync(stop.Token);
        Usage before = Usage.Of(backend);
        load.Measure(true);
        await Task.Delay(TimeSpan.FromSeconds(options.Seconds));
        load.Measure(false);
        Usage used = Usage.Of(backend) - before;
        await stop.CancelAsync();
        load.Stop();
        await running;
        await probing;
        (double commitMs, double changes) = await backend.CommitsAsync();
        double peak = backend.PeakMb;
        backend.Kill();

        Latencies times = load.Latencies;
        double readings = times.Count;
        return new Run(
            startSeconds, readings / used.Seconds, times.Percentile(0.5), times.Percentile(0.99), times.Percentile(0.999),
            used.ServerUs / readings, used.WriterUs / readings, used.GeneratorUs / readings, used.Bytes / readings, commitMs, changes, peak,
            health.Latencies.Percentile(0.5), health.Latencies.Percentile(0.99),
            load.Acknowledged.Count, ReadStored(storage, options.IsTelemetry).Count, load.Refused + health.Failed);
    }

    /// <summary>The readings that are stored: boot and number of each, read past the backend.</summary>
    public static HashSet<(int Boot, int Number)> ReadStored(IStorage storage, bool isTelemetry)
    {
        if (isTelemetry)
        {
            return [.. ReadTelemetry(storage)];
        }

        using DbConnection connection = storage.Connect();
        connection.Open();
        using DbCommand command = connection.CreateCommand();
        command.CommandText = "SELECT b, n FROM readings";
        using DbDataReader reader = command.ExecuteReader();
        HashSet<(int Boot, int Number)> stored = [];
        while (reader.Read())
        {
            stored.Add(((int)reader.GetInt64(0), (int)reader.GetInt64(1)));
        }

        return stored;
    }

    /// <summary>
    /// The same of messages, as often as each is there: each row begins with <c>n</c> and <c>b</c>, packed as docs and Telemetry/Packed.cs
    /// say.
    /// </summary>
    public static List<(int Boot, int Number)> ReadTelemetry(IStorage storage)
    {
        using DbConnection connection = storage.Connect();
        connection.Open();
        using DbCommand command = connection.CreateCommand();
        command.CommandText = "SELECT data FROM telemetry";
        using DbDataReader reader = command.ExecuteReader();
        List<(int Boot, int Number)> stored = [];
        while (reader.Read())
        {
            byte[] row = reader.GetFieldValue<byte[]>(0);

            // Version, length of the key, key, form.
            int at = 4;
            int number = Whole(row, ref at);
            at += 3;
            stored.Add((Whole(row, ref at), number));
        }

        return stored;
    }

    /// <summary>How many messages are stored.</summary>
    public static long CountTelemetry(IStorage storage)
    {
        using DbConnection connection = storage.Connect();
        connection.Open();
        using DbCommand command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM telemetry";
        return (long)command.ExecuteScalar()!;
    }

    private static int Whole(byte[] row, ref int at)
    {
        int value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = row[at++];
            value |= (next & 0x7F) << shift;
            if (next < 0x80)
            {
                // None of them is below zero.
                return value >> 1;
            }
        }
    }

    /// <summary>Time, and what was used in it.</summary>
    internal readonly record struct Usage(double Seconds, double ServerUs, double WriterUs, double GeneratorUs, double Bytes)
    {
        public static Usage Of(Backend backend)
        {
            (double all, double writer) = backend.ProcessorTime();
            using Process own = Process.GetCurrentProcess();
            return new Usage(
                Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency, all, writer, own.TotalProcessorTime.TotalMicroseconds,
                backend.BytesWritten);
        }

        public static Usage operator -(Usage to, Usage from) =>
            new(
                to.Seconds - from.Seconds, to.ServerUs - from.ServerUs, to.WriterUs - from.WriterUs, to.GeneratorUs - from.GeneratorUs,
                to.Bytes - from.Bytes);
    }
}
