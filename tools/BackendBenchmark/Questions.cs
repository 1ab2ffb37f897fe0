using System.Text;

namespace JamBox.BackendBenchmark;

/// <summary>A broker outside that asks for each message whether it may be: how many of its questions are answered.</summary>
internal static class Questions
{
    private const string AuthKey = "key-of-the-benchmark-broker";
    private const double Target = 5_000;

    /// <summary>Lets all devices sign in, and asks about their messages.</summary>
    public static async Task RunAsync(Options options, bool postgres, string folder, Table table)
    {
        using IStorage storage = postgres ? new PostgresStorage(folder) : new SqliteStorage(folder);
        using Backend backend = await Backend.StartAsync(options.Server, storage, $"--Mqtt:AuthKey={AuthKey}");
        string[] tokens = await backend.RegisterAsync(options.Devices);
        using (HttpClient http = backend.Http())
        {
            await Parallel.ForAsync(0, tokens.Length, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (device, stop) =>
            {
                string id = Backend.DeviceId(device);
                using StringContent asked = new(
                    $$"""{"clientid":"{{id}}","password":"{{tokens[device]}}","username":"{{id}}"}""", Encoding.UTF8, "application/json");
                using HttpResponseMessage answer = await http.PostAsync(
                    new Uri($"/mqtt/auth/user?key={AuthKey}", UriKind.Relative), asked, stop);
                answer.EnsureSuccessStatusCode();
            });
        }

        Load load = Load.OfQuestions(backend.Address, AuthKey, options.Devices);
        Task running = load.RunAsync(options.Connections);
        await Task.Delay(TimeSpan.FromSeconds(options.WarmUp));
        Run.Usage before = Run.Usage.Of(backend);
        load.Measure(true);
        await Task.Delay(TimeSpan.FromSeconds(options.Seconds));
        load.Measure(false);
        Run.Usage used = Run.Usage.Of(backend) - before;
        load.Stop();
        await running;

        Table.Part($"A broker asks about {options.Devices} devices, {(postgres ? "PostgreSQL" : "SQLite")}");
        double rate = load.Latencies.Count / used.Seconds;
        table.Row($"Questions answered with yes", $"{rate:N0}/s", FormattableString.Invariant($"≥ {Target:N0}/s"), rate >= Target);
        table.Row($"Other answers", $"{load.Refused}", "0", load.Refused == 0);
        table.Row($"Answer p50, p99", $"{load.Latencies.Percentile(0.5):F2} ms, {load.Latencies.Percentile(0.99):F2} ms");
        table.Row($"Processor time of the backend for a question", $"{used.ServerUs / load.Latencies.Count:F0} µs");
        table.Row($"Most resident memory of the server", $"{backend.PeakMb:F0} MB");
    }
}
