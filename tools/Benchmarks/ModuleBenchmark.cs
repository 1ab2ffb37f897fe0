using System.Diagnostics;
using System.Globalization;
using System.Net;

using JamBox.Edge.ArduinoOta;
using JamBox.Edge.Demo;
using JamBox.Edge.Engine;
using JamBox.Edge.Modules;

using Microsoft.Extensions.Logging.Abstractions;

namespace JamBox.Benchmarks;

/// <summary>
/// A deployment to simulated modules at addresses of loopback, over real sockets, with the times that a module's flash, its network and its
/// start take: all at once against one after the other, as it was before.
/// </summary>
internal static class ModuleBenchmark
{
    public const string Name = "modules";

    private const int BootMs = 3000;
    private const int MaxModules = 250;

    /// <summary>Measures, and prints a table.</summary>
    /// <param name="args">How many modules (20), KB of the image (1024), the port of a broker on this computer (0 = none).</param>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args)
    {
        int modules = Number(args, 0, 20);
        int kilobytes = Number(args, 1, 1024);
        int broker = Number(args, 2, 0);
        if (modules is < 1 or > MaxModules || kilobytes is < 1 or > 16 * 1024 || broker is < 0 or > 65_535)
        {
            Console.Error.WriteLine($"Usage: modules [1…{MaxModules}] [KB of the image, up to 16384] [port of a broker at 127.0.0.1]");
            return 2;
        }

        Console.WriteLine("| at once | modules | image | done | whole | slowest module | of all modules |");
        Console.WriteLine("|---:|---:|---:|---:|---:|---:|---:|");
        foreach (int parallel in new[] { 20, 1 })
        {
            await MeasureAsync(modules, kilobytes * 1024, broker, parallel).ConfigureAwait(false);
        }

        return 0;
    }

    private static int Number(IReadOnlyList<string> args, int index, int otherwise) =>
        args.Count <= index ? otherwise : int.TryParse(args[index], CultureInfo.InvariantCulture, out int number) ? number : -1;

    private static async Task MeasureAsync(int modules, int bytes, int brokerPort, int parallel)
    {
        string folder = Directory.CreateTempSubdirectory("jambox-modules-").FullName;
        using CancellationTokenSource ends = new();
        using LocalBroker? broker = brokerPort == 0 ? null : new LocalBroker(
            new LocalBrokerOptions(LocalBrokerOptions.ReadAddress($"127.0.0.1:{brokerPort}")),
            TimeProvider.System,
            NullLogger<LocalBroker>.Instance);
        Task brokerRuns = broker?.RunAsync(ends.Token) ?? Task.CompletedTask;
        await using SimulatedPlace place = await SimulatedPlace.CreateAsync(brokerPort, ends.Token).ConfigureAwait(false);
        try
        {
            Entries entries = new(Add(place, modules, brokerPort != 0));
            string release = Path.Combine(folder, "release");
            Directory.CreateDirectory(Path.Combine(release, "firmware", "wired", "power"));
            await File.WriteAllTextAsync(Path.Combine(release, "firmware", "versions.json"), """{"power":"1.1.0"}""").ConfigureAwait(false);
            string image = Path.Combine(release, "firmware", "wired", "power", "firmware.bin");
            await File.WriteAllBytesAsync(image, SimulatedImage.Build("1.1.0", bytes)).ConfigureAwait(false);
            await Task.Delay(BootMs + 1000).ConfigureAwait(false);

            using HttpClient http = new();
            ModuleOptions options = new() { Parallel = parallel, Trigger = brokerPort == 0 ? TriggerKind.None : TriggerKind.Can };
            ModuleDeployer deployer = new(
                () => new ModuleSettings(options, new OtaOptions(), OtaPassword.None),
                new ModulePlace(entries, new NameResolver(new MdnsResolver(TimeProvider.System), TimeProvider.System), broker, http),
                new DiskFiles(),
                folder,
                TimeProvider.System,
                NullLogger<ModuleDeployer>.Instance);
            Stopwatch watch = Stopwatch.StartNew();
            IReadOnlyList<ModuleState> states = await deployer.DeployAsync(release, new Silent(), [], ends.Token).ConfigureAwait(false);
            double sum = states.Sum(static state => state.Ms ?? 0) / 1000.0;
            double slowest = states.Max(static state => state.Ms ?? 0) / 1000.0;
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {parallel} | {modules} | {bytes / 1024:N0} KB | {states.Count(static state => state.Status == ModuleStatus.Done)} "
                + $"| {watch.Elapsed.TotalSeconds:0.0} s | {slowest:0.0} s | {sum:0.0} s |"));
            foreach (ModuleState state in states.Where(static state => state.Status != ModuleStatus.Done))
            {
                Console.WriteLine($"{state.Hostname}: {state.Status}: {state.Error}");
            }
        }
        finally
        {
            await ends.CancelAsync().ConfigureAwait(false);
            await brokerRuns.ConfigureAwait(false);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static List<ModuleEntry> Add(SimulatedPlace place, int modules, bool needsTrigger)
    {
        List<ModuleEntry> entries = [];
        for (int index = 0; index < modules; index++)
        {
            string hostname = $"esp32-{0xB00000 + index:X6}";
            IPAddress address = IPAddress.Parse($"127.11.0.{index + 1}");
            SimulatedModuleOptions options = new()
            {
                Hostname = hostname,
                Address = address,
                Image = SimulatedImage.Build("1.0.0", 4096),
                BootMs = BootMs,
                NeedsTrigger = needsTrigger,
                PartitionBytes = 16 * 1024 * 1024,
                Flash = FlashModel.Real,
            };
            place.Add(options, TimeProvider.System);
            entries.Add(new ModuleEntry(hostname, "power", null, null, true, address.ToString(), true));
        }

        return entries;
    }

    private sealed class Entries(List<ModuleEntry> entries) : IModuleList
    {
        public Task<IReadOnlyList<ModuleEntry>> ListAsync(CancellationToken cancel) => Task.FromResult<IReadOnlyList<ModuleEntry>>(entries);
    }

    private sealed class Silent : IProgress<ModuleState>
    {
        public void Report(ModuleState value)
        {
            // Nobody is told.
        }
    }
}
