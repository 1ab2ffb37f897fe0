using System.Net;

using JamBox.Backend.Tests.Mqtt;
using JamBox.Edge.ArduinoOta;
using JamBox.Edge.Demo;
using JamBox.Edge.Engine;
using JamBox.Edge.Modules;
using JamBox.Edge.Tests.ArduinoOta;
using JamBox.Edge.Tests.Time;

using Microsoft.Extensions.Logging.Abstractions;

namespace JamBox.Edge.Tests.Modules;

/// <summary>A gateway with modules behind it: simulated ones over real sockets, a real broker, real files, a clock of its own.</summary>
internal sealed class ModuleBench : IModuleList, IAsyncDisposable
{
    public const int ImageBytes = 16 * 1024;

    private const string BarrierName = "barrier";

    private readonly string _folder = Directory.CreateTempSubdirectory("edge-modules-").FullName;
    private readonly MosquittoServer _mosquitto = new();
    private readonly CancellationTokenSource _ends = new();
    private readonly List<ModuleEntry> _list = [];
    private readonly HttpClient _http = new();
    private Task _brokerRuns = Task.CompletedTask;
    private int _reports;

    private ModuleBench()
    {
        Names = new NameResolver(new MdnsResolver(Time, new IPEndPoint(IPAddress.Loopback, 9)), Time, NobodyAsync);
    }

    public ManualTime Time { get; } = new();

    public ModuleOptions Options { get; } = new() { Trigger = TriggerKind.Can, VersionSeconds = 3 };

    public SimulatedPlace Place { get; private set; } = null!;

    public LocalBroker? Broker { get; private set; }

    public INameResolver Names { get; set; }

    public List<ModuleState> Reports { get; } = [];

    public Action<ModuleState>? Reported { get; set; }

    public string StateFolder => Path.Combine(_folder, "state");

    public static async Task<ModuleBench> CreateAsync(bool hasBroker = true)
    {
        ModuleBench bench = new();
        if (hasBroker)
        {
            await bench._mosquitto.StartAsync();
            LocalBrokerOptions options = new(LocalBrokerOptions.ReadAddress($"127.0.0.1:{bench._mosquitto.Port}"));
            bench.Broker = new LocalBroker(options, bench.Time, NullLogger<LocalBroker>.Instance);
            bench._brokerRuns = bench.Broker.RunAsync(bench._ends.Token);
            await UntilAsync(() => bench.Broker.IsConnected);
        }
        else
        {
            bench.Options.Trigger = TriggerKind.None;
        }

        bench.Place = await SimulatedPlace.CreateAsync(hasBroker ? bench._mosquitto.Port : 0, CancellationToken.None);
        return bench;
    }

    /// <summary>Waits for something of the real world.</summary>
    public static async Task UntilAsync(Func<bool> isSo)
    {
        for (int tries = 0; tries < 12_000; tries++)
        {
            if (isSo())
            {
                return;
            }

            await Task.Delay(10);
        }

        throw new TimeoutException("It did not come about within 120 s.");
    }

    public SimulatedModule Add(
        string type = "power",
        bool isWired = true,
        ModuleFaults? faults = null,
        byte[]? image = null,
        bool rollsBack = false,
        bool isEnabled = true,
        FlashModel flash = default,
        int partitionBytes = 4 * 1024 * 1024,
        int bootMs = 3000)
    {
        string hostname = $"esp32-{0xA00000 + Place.Modules.Count:X6}";
        SimulatedModule module = Place.Add(
            new SimulatedModuleOptions
            {
                Hostname = hostname,
                Address = Loopback.Next(),
                Image = image ?? SimulatedImage.Build("1.0.0", 4096),
                NeedsTrigger = Options.Trigger != TriggerKind.None,
                BootMs = bootMs,
                RollsBack = rollsBack,
                Flash = flash,
                PartitionBytes = partitionBytes,
                Faults = faults ?? new ModuleFaults(),
            },
            Time);
        _list.Add(new ModuleEntry(hostname, type, null, $"No. {Place.Modules.Count}", isEnabled, module.Address.ToString(), isWired));
        return module;
    }

    /// <summary>All modules have started, and what they said was heard.</summary>
    public async Task SettleAsync()
    {
        Time.Advance(TimeSpan.FromSeconds(3));
        if (Broker is not null)
        {
            foreach (SimulatedModule module in Place.Modules)
            {
                await UntilAsync(() => Broker.Versions.Of(module.Hostname).Version is not null);
            }
        }
    }

    /// <summary>Unpacks a release.</summary>
    public string Release(string name, string? versionsJson, params (string Path, byte[] Image)[] images)
    {
        string folder = Path.Combine(_folder, "releases", name);
        Directory.CreateDirectory(Path.Combine(folder, "firmware"));
        if (versionsJson is not null)
        {
            File.WriteAllText(Path.Combine(folder, "firmware", "versions.json"), versionsJson);
        }

        foreach ((string path, byte[] image) in images)
        {
            string file = Path.Combine(folder, "firmware", path, "firmware.bin");
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllBytes(file, image);
        }

        return folder;
    }

    /// <summary>A release with one image for <c>wired/power</c>.</summary>
    public string Release(string version, ImageBehaviour behaviour = ImageBehaviour.Good, string? actually = null) =>
        Release(
            $"{version}-{behaviour}-{actually}",
            $$$"""{"wired":{"power":"{{{version}}}"},"wireless":{}}""",
            ("wired/power", SimulatedImage.Build(actually ?? version, ImageBytes, behaviour)));

    public Task<IReadOnlyList<ModuleState>> DeployAsync(
        string release, IReadOnlyList<ModuleState>? alreadyDone = null, CancellationToken stop = default)
    {
        ModuleDeployer deployer = new(
            () => new ModuleSettings(Options, new OtaOptions(), OtaPassword.None),
            new ModulePlace(this, Names, Broker, _http),
            new DiskFiles(),
            StateFolder,
            Time,
            NullLogger<ModuleDeployer>.Instance);
        return Time.DriveAsync(
            deployer.DeployAsync(release, new Report(this), alreadyDone ?? [], stop),
            () => Place.Activity + Volatile.Read(ref _reports),
            BarrierAsync);
    }

    public Task<IReadOnlyList<ModuleEntry>> ListAsync(CancellationToken cancel) =>
        Task.FromResult<IReadOnlyList<ModuleEntry>>([.. _list]);

    public async ValueTask DisposeAsync()
    {
        await _ends.CancelAsync();
        await _brokerRuns;
        Broker?.Dispose();
        await Place.DisposeAsync();
        _http.Dispose();
        _ends.Dispose();
        _mosquitto.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A message through the broker and back: what it was given before has gone out.</summary>
    private async Task BarrierAsync()
    {
        if (Broker is not null)
        {
            long heard = Broker.Versions.Of(BarrierName).Messages;
            await Broker.PublishAsync($"local/modules/{BarrierName}/version", "1"u8.ToArray(), CancellationToken.None);
            await UntilAsync(() => Broker.Versions.Of(BarrierName).Messages > heard);
        }
    }

    private static Task<IPAddress[]> NobodyAsync(string name, CancellationToken cancel) => Task.FromResult(Array.Empty<IPAddress>());

    private sealed class Report(ModuleBench bench) : IProgress<ModuleState>
    {
        void IProgress<ModuleState>.Report(ModuleState value)
        {
            lock (bench.Reports)
            {
                bench.Reports.Add(value);
            }

            Interlocked.Increment(ref bench._reports);
            bench.Reported?.Invoke(value);
        }
    }
}
