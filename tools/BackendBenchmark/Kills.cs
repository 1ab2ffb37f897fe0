namespace JamBox.BackendBenchmark;

/// <summary>Kills the backend again and again in mid-run, on one database, and looks for what it had acknowledged.</summary>
internal static class Kills
{
    private const int MaxDevices = 100;

    /// <summary>Devices of which telemetry comes: each sends a few messages before it is over.</summary>
    private const int MaxThings = 6000;

    /// <summary>Kills it.</summary>
    /// <returns>Readings that were answered 201, and those of them that are not stored.</returns>
    public static async Task<(long Acknowledged, long Lost)> RunAsync(Options options, bool postgres, bool closes, string folder)
    {
        using IStorage storage = postgres ? new PostgresStorage(folder) : new SqliteStorage(folder);
        long acknowledged = 0, lost = 0;
        string[] tokens = [];
        Random random = new(20260129);
        for (int kill = 1; kill <= options.Kills; kill++)
        {
            using Backend backend = await Backend.StartAsync(options.Server, storage);
            int most = options.IsTelemetry ? MaxThings : MaxDevices;
            tokens = kill == 1 ? await backend.RegisterAsync(Math.Min(options.Devices, most)) : tokens;
            Load load = new(backend.Address, tokens, boot: kill, closes, options.IsTelemetry);
            Task running = load.RunAsync(options.Connections);
            await Task.Delay(300 + random.Next(700));
            backend.Kill();
            load.Stop();
            await running;
            HashSet<(int Boot, int Number)> stored = Run.ReadStored(storage, options.IsTelemetry);
            acknowledged += load.Acknowledged.Count;
            lost += load.Acknowledged.LongCount(number => !stored.Contains((kill, number)));
        }

        return (acknowledged, lost);
    }
}
