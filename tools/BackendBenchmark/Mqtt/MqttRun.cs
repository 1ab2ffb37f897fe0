using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace JamBox.BackendBenchmark.Mqtt;

/// <summary>
/// Measures MQTT against the real backend in a process of its own: many devices at once, stored messages a second, slow commits, restarts
/// and kills; and the same through a mosquitto that is stopped and killed.
/// </summary>
internal sealed class MqttRun(Options options, bool postgres, string folder, Table table)
{
    /// <summary>Messages of a device on their way at once: what brokers and clients allow unless told otherwise.</summary>
    private const int Window = 20;

    /// <summary>
    /// Devices that send as fast as they may. The history of one has no room for more than one value of a key in a millisecond: fewer would
    /// say a thousand messages a second each.
    /// </summary>
    private const int ManyDevices = 250;

    /// <summary>Devices that send while commits are slow, or the server restarts.</summary>
    private const int FewDevices = 20;

    private const int BackSeconds = 5;

    private const int PollMs = 50;

    private static readonly TimeSpan s_beat = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_connectLimit = TimeSpan.FromMinutes(2);

    private readonly int _port = Ports.Free();
    private readonly string _where = postgres ? "PostgreSQL" : "SQLite";
    private X509Certificate2? _certificate;

    /// <summary>Measures the broker inside the backend.</summary>
    public async Task RunAsync()
    {
        Directory.CreateDirectory(folder);
        _certificate = options.UsesTls ? MakeCertificate() : null;
        Table.Part($"MQTT{(options.UsesTls ? " through TLS" : "")}, {_where}");
        foreach ((string name, Func<Task> part) in new (string, Func<Task>)[]
        {
            ("crowd", CrowdAsync), ("rate", RateAsync), ("slow", SlowAsync), ("restart", RestartAsync), ("kills", KillsAsync),
        })
        {
            if (options.Only is null || options.Only == name)
            {
                await part();
            }
        }
    }

    /// <summary>Measures through a mosquitto, which is stopped and started again, and killed, while messages stream.</summary>
    public async Task BrokerAsync()
    {
        Table.Part($"MQTT through mosquitto, {_where}");
        using IStorage storage = NewStorage(isSlow: false);
        using Mosquitto broker = new(Path.Combine(storage.Folder, "broker"));
        using Backend backend = await Backend.StartAsync(options.Server, storage, $"--Mqtt:Broker=mqtt://127.0.0.1:{broker.Port}");
        string[] tokens = await backend.RegisterAsync(options.Connections, areThings: true);
        await WaitForSubscriptionAsync(broker, tokens[0], storage);

        Ledger kept = await StreamAsync(broker, tokens, storage, boot: 2, broker.Terminate);
        kept.Show(table, $"mosquitto stopped (SIGTERM) and started in mid-stream");
        Ledger cut = await StreamAsync(broker, tokens, storage, boot: 3, broker.Kill);
        table.Row(
            $"mosquitto killed in mid-stream, for comparison",
            $"{cut.Acknowledged} acknowledged, {cut.Lost} lost, {cut.Doubled} twice");
        using MqttLoad load = new(broker.Port, boot: 4, hasTimes: true, certificate: null);
        Ledger killed = await KillAsync(load, boot: 4, tokens, storage, [$"--Mqtt:Broker=mqtt://127.0.0.1:{broker.Port}"], backend);
        killed.Show(table, $"{options.Kills} kills of the backend behind mosquitto");
    }

    private IStorage NewStorage(bool isSlow) => postgres
        ? new PostgresStorage(Path.Combine(folder, "storage"), isSlow)
        : new SqliteStorage(Path.Combine(folder, "storage"), isSlow);

    private string[] Settings =>
    [
        $"--Mqtt:Listen={(_certificate is null ? "mqtt" : "mqtts")}://127.0.0.1:{_port}", "--Mqtt:MessagesPerMinute=10000000",
        .. _certificate is null
            ? (string[])[]
            : [$"--Mqtt:Certificate={Path.Combine(folder, "cert.pem")}", $"--Mqtt:CertificateKey={Path.Combine(folder, "key.pem")}"],
    ];

    private MqttLoad NewLoad(int boot, bool hasTimes = false) => new(_port, boot, hasTimes, _certificate);

    /// <summary>Thousands of devices with a heartbeat a minute each: how fast they come, and what they cost.</summary>
    private async Task CrowdAsync()
    {
        using IStorage storage = NewStorage(isSlow: false);
        string[] tokens;
        using (Backend first = await Backend.StartAsync(options.Server, storage))
        {
            // Not measured: nobody registers thousands of devices in the minute in which they connect.
            tokens = await first.RegisterAsync(options.Crowd, areThings: true);
            first.Terminate();
        }

        using Backend backend = await Backend.StartAsync(options.Server, storage, Settings);
        double before = backend.ResidentMb;
        using MqttLoad load = NewLoad(boot: 1);
        load.Start(0, tokens, window: 0);
        TimeSpan connecting = await load.WaitAsync(tokens.Length, s_connectLimit);
        double connected = backend.ResidentMb;
        (double cpu, _) = backend.ProcessorTime();
        await load.BeatAsync(s_beat);
        double busy = (backend.ProcessorTime().All - cpu) / s_beat.TotalMicroseconds;
        await Task.Delay(TimeSpan.FromSeconds(1));
        double limit = options.UsesTls ? 450 : 250;
        table.Row($"{tokens.Length} devices connect and subscribe", $"{connecting.TotalSeconds:F2} s");
        table.Row(
            $"  memory before / connected / after a minute", $"{before:F0} / {connected:F0} / {backend.ResidentMb:F0} MB",
            $"< {limit:F0} MB", backend.ResidentMb < limit);
        table.Row($"  peak", $"{backend.PeakMb:F0} MB");
        table.Row(
            $"  a heartbeat each in a minute, sent / heard of", $"{load.Beats} / {load.BeatsAnswered}", "equal, no cuts",
            load.Beats == tokens.Length && load.BeatsAnswered == load.Beats && load.Cuts == 0);
        table.Row($"  processor meanwhile", $"{busy * 100:F1} % of a core");
        await load.StopAsync();
    }

    /// <summary>Messages that are stored and acknowledged in a second.</summary>
    private Task RateAsync() => MeasureAsync(isSlow: false, ManyDevices, postgres ? 0 : 20_000);

    /// <summary>The same on a slow disk, from few devices.</summary>
    private Task SlowAsync() => MeasureAsync(isSlow: true, FewDevices, 10_000);

    private async Task MeasureAsync(bool isSlow, int devices, int goal)
    {
        using IStorage storage = NewStorage(isSlow);
        using Backend backend = await Backend.StartAsync(options.Server, storage, Settings);
        string[] tokens = await backend.RegisterAsync(devices, areThings: true);
        using MqttLoad load = NewLoad(boot: 1);
        load.Start(0, tokens, Window);
        await load.WaitAsync(devices, s_connectLimit);
        await Task.Delay(TimeSpan.FromSeconds(options.WarmUp));

        (double cpu, double writer) = backend.ProcessorTime();
        using Process own = Process.GetCurrentProcess();
        double generator = own.TotalProcessorTime.TotalMicroseconds;
        long start = Stopwatch.GetTimestamp();
        load.Measure(true);
        await Task.Delay(TimeSpan.FromSeconds(options.Seconds));
        load.Measure(false);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        (double cpuAfter, double writerAfter) = backend.ProcessorTime();
        own.Refresh();
        generator = own.TotalProcessorTime.TotalMicroseconds - generator;
        await load.StopAsync();
        (double commitMs, double changes) = await backend.CommitsAsync();
        double peak = backend.PeakMb;
        backend.Kill();

        double count = load.Latencies.Count;
        FormattableString what = isSlow
            ? (FormattableString)$"commits slower by {SlowDisk.CommitMs} ms, {devices} devices x {Window} in flight"
            : $"{devices} devices x {Window} in flight, QoS 1, four keys";
        table.Row(what, $"{count / seconds:F0} /s", goal > 0 ? $">= {goal} /s" : "", count / seconds >= goal);
        table.Row($"  acknowledged within, p50 / p99", $"{load.Latencies.Percentile(0.5):F1} / {load.Latencies.Percentile(0.99):F1} ms");
        table.Row(
            $"  processor for one: backend, writer in it, load",
            $"{(cpuAfter - cpu) / count:F1}, {(writerAfter - writer) / count:F1}, {generator / count:F1} us");
        table.Row($"  commit, changes in one", $"{commitMs:F2} ms, {changes:F0}");
        table.Row($"  resident memory, peak", $"{peak:F0} MB");
        Ledger.Of(load, 1, storage).Show(table, $"  stored");
    }

    /// <summary>A restart while all are connected and some send.</summary>
    private async Task RestartAsync()
    {
        using IStorage storage = NewStorage(isSlow: false);
        Backend backend = await Backend.StartAsync(options.Server, storage, Settings);
        try
        {
            string[] tokens = await backend.RegisterAsync(options.Crowd, areThings: true);
            using MqttLoad load = NewLoad(boot: 1, hasTimes: true);
            load.Start(0, tokens.AsSpan(0, FewDevices), Window);
            load.Start(FewDevices, tokens.AsSpan(FewDevices), window: 0);
            await load.WaitAsync(tokens.Length, s_connectLimit);
            await Task.Delay(TimeSpan.FromSeconds(2));
            long start = Stopwatch.GetTimestamp();
            backend.Terminate();
            double ending = Stopwatch.GetElapsedTime(start).TotalSeconds;
            backend.Dispose();
            start = Stopwatch.GetTimestamp();
            backend = await Backend.StartAsync(options.Server, storage, Settings);
            double starting = Stopwatch.GetElapsedTime(start).TotalSeconds;
            await load.WaitAsync(tokens.Length, s_connectLimit);
            double back = Stopwatch.GetElapsedTime(start).TotalSeconds;
            await Task.Delay(TimeSpan.FromSeconds(2));
            await load.StopAsync();
            backend.Kill();
            table.Row($"restart under load: it ends / listens after", $"{ending:F2} / {starting:F2} s");
            table.Row(
                $"  all {tokens.Length} are back, start included", $"{back:F2} s", $"<= {BackSeconds} s", back <= BackSeconds);
            Ledger.Of(load, 1, storage).Show(table, $"  stored");
        }
        finally
        {
            backend.Dispose();
        }
    }

    /// <summary>Kills under a load that goes on: what was not acknowledged is sent again, and stands there once.</summary>
    private async Task KillsAsync()
    {
        if (options.Kills == 0)
        {
            return;
        }

        using IStorage storage = NewStorage(isSlow: false);
        using Backend backend = await Backend.StartAsync(options.Server, storage, Settings);
        string[] tokens = await backend.RegisterAsync(options.Connections, areThings: true);
        using MqttLoad load = NewLoad(boot: 1, hasTimes: true);
        Ledger ledger = await KillAsync(load, boot: 1, tokens, storage, Settings, backend);
        ledger.Show(table, $"{options.Kills} kills under load, {load.Cuts} connections cut");
    }

    private async Task<Ledger> KillAsync(
        MqttLoad load, int boot, string[] tokens, IStorage storage, string[] settings, Backend first)
    {
        const int Seed = 20260129;
        Random random = new(Seed);
        Backend backend = first;
        load.Start(0, tokens, Window);
        try
        {
            for (int kill = 1; kill <= options.Kills; kill++)
            {
                await load.WaitAsync(tokens.Length, s_connectLimit);
                await WaitForMoreAsync(storage);
                await Task.Delay(200 + random.Next(800));
                backend.Kill();
                backend.Dispose();
                backend = await Backend.StartAsync(options.Server, storage, settings);
            }

            await load.WaitAsync(tokens.Length, s_connectLimit);
            await load.StopAsync();
            return await Ledger.SettledAsync(load, boot, storage);
        }
        finally
        {
            backend.Dispose();
        }
    }

    /// <summary>Devices may be connected to a broker that has not found the backend yet.</summary>
    private static async Task WaitForMoreAsync(IStorage storage)
    {
        long before = Run.CountTelemetry(storage);
        long start = Stopwatch.GetTimestamp();
        while (Run.CountTelemetry(storage) == before && Stopwatch.GetElapsedTime(start) < s_connectLimit)
        {
            await Task.Delay(PollMs);
        }
    }

    /// <summary>A stream of messages in whose middle the broker goes and comes.</summary>
    private static async Task<Ledger> StreamAsync(Mosquitto broker, string[] tokens, IStorage storage, int boot, Action end)
    {
        using MqttLoad load = new(broker.Port, boot, hasTimes: true, certificate: null);
        load.Start(0, tokens, Window);
        await load.WaitAsync(tokens.Length, s_connectLimit);
        await Task.Delay(TimeSpan.FromSeconds(2));
        end();
        await Task.Delay(TimeSpan.FromSeconds(1));
        broker.Start();
        await load.WaitAsync(tokens.Length, s_connectLimit);
        await Task.Delay(TimeSpan.FromSeconds(2));
        await load.StopAsync();
        return await Ledger.SettledAsync(load, boot, storage);
    }

    /// <summary>A broker keeps for the backend what comes after its first subscription, and nothing that came before.</summary>
    private static async Task WaitForSubscriptionAsync(Mosquitto broker, string token, IStorage storage)
    {
        const int Tries = 60;
        for (int i = 0; i < Tries; i++)
        {
            using MqttLoad load = new(broker.Port, boot: 1, hasTimes: true, certificate: null);
            load.Start(0, [token], window: 1);
            await load.WaitAsync(1, s_connectLimit);
            await Task.Delay(TimeSpan.FromSeconds(0.5));
            await load.StopAsync();
            if (Run.ReadTelemetry(storage).Count > 0)
            {
                return;
            }
        }

        throw new TimeoutException("the backend hears nothing through the broker");
    }

    private X509Certificate2 MakeCertificate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=localhost", key, HashAlgorithmName.SHA256);
        DateTimeOffset now = DateTimeOffset.UtcNow;
        X509Certificate2 certificate = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(1));
        File.WriteAllText(Path.Combine(folder, "cert.pem"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "key.pem"), key.ExportPkcs8PrivateKeyPem());
        return certificate;
    }
}
