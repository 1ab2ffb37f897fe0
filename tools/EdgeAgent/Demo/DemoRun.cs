using System.Globalization;
using System.Security.Cryptography;

using JamBox.Demo;
using JamBox.Edge.CommandLine;
using JamBox.Ota.Signing;

namespace JamBox.Edge.Demo;

/// <summary>A server, three gateways, twenty modules and two deployments, on this machine alone.</summary>
/// <param name="terminal">The world around.</param>
internal sealed class DemoRun(AgentTerminal terminal) : IAsyncDisposable
{
    private const string BackendNote = "demo-backend.txt";
    private const string KeepOption = "--keep";
    private const int FirstNetwork = 20;
    private const int LastNetwork = 250;

    /// <summary>A machine that has other work to do, too, gets its time; of its own it takes a minute.</summary>
    private static readonly TimeSpan s_deployment = TimeSpan.FromMinutes(4);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);

    private readonly List<DemoGateway> _gateways = [];
    private readonly DemoView _view = new(terminal);
    private LocalBackend? _backend;
    private string _folder = string.Empty;
    private bool _isKept;

    /// <summary>Where everything is kept; null = nowhere.</summary>
    public string? Keep { get; init; }

    /// <summary>Whether it goes on in the end until somebody ends it.</summary>
    public bool Stays { get; init; }

    /// <summary>Does it.</summary>
    /// <param name="stop">Ends it.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        long began = terminal.Time.GetTimestamp();
        MakeFolder();
        using ReleaseKey key = ReleaseKey.Create();
        int brokerPort = LoopbackPort.Pick();
        _backend = StartBackend(key.Public.Hex, brokerPort);
        Uri page = new(_backend.Address, $"/deployments#key={_backend.AdminKey}");
        terminal.Out.WriteLine($"The server of this demo: {page}");
        (string good, string bad) = (PathOf($"{DemoPlan.GoodVersion}.zip"), PathOf($"{DemoPlan.BadVersion}.zip"));
        DemoPackages.WriteGood(good, key);
        DemoPackages.WriteBad(bad, key);
        await _backend.WaitAsync(PauseAsync, stop).ConfigureAwait(false);
        using DemoServer server = new(_backend.Address, _backend.AdminKey);
        Uri broker = new(string.Create(CultureInfo.InvariantCulture, $"mqtt://127.0.0.1:{brokerPort}"));
        await StartGatewaysAsync(server, broker, key.Public.Hex, stop).ConfigureAwait(false);
        terminal.Out.WriteLine(
            "3 gateways, 20 modules behind them. Flash and radio are as fast as an ESP32's, some 20 s a MB; images have 64 to 128 KB.");

        Dictionary<string, string?> nothing = new(StringComparer.Ordinal);
        terminal.Out.WriteLine($"\n{DemoPlan.GoodVersion} for all");
        (string goodId, IReadOnlyList<GatewayView> first) =
            await DeployAsync(server, DemoPlan.GoodVersion, good, stop).ConfigureAwait(false);
        ModuleTimes? times = Times();
        List<string> faults = [.. DemoCheck.OfGood(goodId, first, Truths())];
        Say(["", .. DemoReport.TableOf(DemoPlan.GoodVersion, nothing, first)]);
        if (faults.Count == 0)
        {
            terminal.Out.WriteLine(
                $"\n{DemoPlan.BadVersion} for all: a wrong image for {DemoPlan.BadType}s, and no release for an old database");
            (string badId, IReadOnlyList<GatewayView> second) =
                await DeployAsync(server, DemoPlan.BadVersion, bad, stop).ConfigureAwait(false);
            IReadOnlyDictionary<string, string?> history = await server.ReadHistoryAsync(badId, stop).ConfigureAwait(false);
            faults.AddRange(DemoCheck.OfBad(goodId, badId, second, history, Truths()));
            Dictionary<string, string?> before =
                first.ToDictionary(static one => one.Gateway, static one => one.Current, StringComparer.Ordinal);
            Say(["", .. DemoReport.TableOf(DemoPlan.BadVersion, before, second)]);
            Say(["", "What went back:", .. DemoReport.ReturnsOf(second)]);
        }

        if (times is not null)
        {
            Say(["", times.ToString()]);
        }

        return await EndAsync(faults, page, terminal.Time.GetElapsedTime(began), stop).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // All at once, and then one after the other is waited for.
        _gateways.ForEach(static gateway => gateway.End());
        foreach (DemoGateway gateway in _gateways)
        {
            await gateway.DisposeAsync().ConfigureAwait(false);
        }

        _backend?.Dispose();
        if (!_isKept && _folder.Length > 0)
        {
            try
            {
                Directory.Delete(_folder, recursive: true);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                terminal.Error.WriteLine($"edge-agent: {_folder} could not be deleted: {fault.Message}");
            }
        }
    }

    private async Task<int> EndAsync(List<string> faults, Uri page, TimeSpan took, CancellationToken stop)
    {
        string after = string.Create(CultureInfo.InvariantCulture, $"{took.TotalSeconds:0} s");
        if (faults.Count > 0)
        {
            _isKept = true;
            Say(["", $"Not as it must be, after {after}:", .. faults.Select(static fault => "  " + fault)]);
            Say([$"What server and agents wrote is in {_folder}"]);
        }
        else
        {
            Say(["", $"Everything ended as it must, after {after}."]);
        }

        if (Stays)
        {
            Say([$"It goes on until Ctrl+C: {page}"]);
            await StayAsync(stop).ConfigureAwait(false);
        }
        else
        {
            Say([$"With --stay it goes on, to look at {new Uri(page, "/deployments")} and its history."]);
        }

        return faults.Count == 0 ? ExitCode.Done : ExitCode.Refused;
    }

    private async Task StayAsync(CancellationToken stop)
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, terminal.Time, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // That is how it ends.
        }
    }

    private void MakeFolder()
    {
        if (Keep is null)
        {
            _folder = Directory.CreateTempSubdirectory("jambox-edge-demo-").FullName;
            return;
        }

        if (Directory.Exists(Keep) && Directory.EnumerateFileSystemEntries(Keep).Any())
        {
            throw new AgentException($"{KeepOption} {Keep}: there is something in it already", ExitCode.BadInput);
        }

        _isKept = true;
        _folder = Directory.CreateDirectory(Keep).FullName;
    }

    private string PathOf(string name) => Path.Combine(_folder, name);

    private Task PauseAsync(TimeSpan time, CancellationToken stop) => Task.Delay(time, terminal.Time, stop);

    private void Say(IEnumerable<string> lines)
    {
        foreach (string line in lines)
        {
            terminal.Out.WriteLine(line);
        }
    }

    private LocalBackend StartBackend(string releaseKey, int brokerPort)
    {
        string note = Path.Combine(AppContext.BaseDirectory, BackendNote);
        string? path = File.Exists(note) ? File.ReadAllText(note).Trim() : null;
        if (path is null || !File.Exists(path))
        {
            throw new DemoException("the backend is not there: run 'dotnet run --project tools/EdgeAgent -- demo' among the sources");
        }

        return LocalBackend.Start(
            ChildProcess.Assembly(path), _folder, PathOf("backend.log"),
            string.Create(CultureInfo.InvariantCulture, $"--Mqtt:Listen=127.0.0.1:{brokerPort}"), $"--Ota:PublicKey={releaseKey}");
    }

    private async Task StartGatewaysAsync(DemoServer server, Uri broker, string releaseKey, CancellationToken stop)
    {
        int network = RandomNumberGenerator.GetInt32(FirstNetwork, LastNetwork);
        foreach (DemoShop shop in DemoPlan.Shops)
        {
            int number = _gateways.Count + 1;
            DemoGateway gateway = new(shop, _folder);
            _gateways.Add(gateway);
            string AddressOf(DemoModule module) =>
                DemoGateway.AddressOf(network, number, shop.Modules.TakeWhile(one => one != module).Count() + 1).ToString();
            await gateway.StartModulesAsync(AddressOf, stop).ConfigureAwait(false);
            string token = await server.RegisterAsync(shop, AddressOf, stop).ConfigureAwait(false);
            gateway.StartAgent(_backend!.Address, broker, token, releaseKey);
        }
    }

    /// <summary>Publishes, and looks until all gateways have ended.</summary>
    private async Task<(string Id, IReadOnlyList<GatewayView> Gateways)> DeployAsync(
        DemoServer server, string version, string path, CancellationToken stop)
    {
        string id = await server.PublishAsync(version, path, stop).ConfigureAwait(false);
        long began = terminal.Time.GetTimestamp();
        while (true)
        {
            _backend!.Check();
            _gateways.ForEach(static gateway => gateway.Check());
            IReadOnlyList<GatewayView> gateways =
                [.. (await server.LookAsync(id, stop).ConfigureAwait(false)).OrderBy(static one => IndexOf(one.Gateway))];
            _view.Show(version, gateways);
            if (gateways.Count == _gateways.Count && gateways.All(static gateway => gateway.Result is not null))
            {
                _view.Settle();
                return (id, gateways);
            }

            if (terminal.Time.GetElapsedTime(began) > s_deployment)
            {
                _isKept = true;
                throw new DemoException(
                    $"{version} did not end within {s_deployment.TotalMinutes:0} minutes; what server and agents wrote is in {_folder}");
            }

            await PauseAsync(s_look, stop).ConfigureAwait(false);
        }
    }

    private static int IndexOf(string gateway) => DemoPlan.Shops.TakeWhile(shop => shop.Id != gateway).Count();

    private Dictionary<string, GatewayTruth> Truths() => _gateways.ToDictionary(
        static gateway => gateway.Shop.Id,
        static gateway => new GatewayTruth(
            gateway.ServiceVersion, gateway.CurrentRelease,
            gateway.Modules.ToDictionary(static module => module.Hostname, static module => module.Version, StringComparer.Ordinal)),
        StringComparer.Ordinal);

    private ModuleTimes? Times() => ModuleTimes.Of(
    [
        .. _gateways.SelectMany(static gateway => gateway.Modules)
            .Where(static module => module is { ToldAt: not null, SaidAt: not null })
            .Select(static module => (module.ToldAt!.Value, module.SaidAt!.Value)),
    ]);
}
