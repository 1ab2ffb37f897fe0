using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;

using JamBox.Demo;
using JamBox.Edge.ArduinoOta;
using JamBox.Edge.Configuration;
using JamBox.Edge.Engine;

namespace JamBox.Edge.Demo;

/// <summary>
/// A gateway of the demo: a folder, its own broker with simulated modules behind it, and an agent, which is this very program as a process
/// of its own.
/// </summary>
internal sealed class DemoGateway : IAsyncDisposable
{
    // One that never stops starting again shows within 15 s on real modules; simulated ones do so within less.
    private const int SettleSeconds = 1;
    private const int ReturnSeconds = 6;
    private const int RetrySeconds = 1;
    private const int BootMs = 1_500;
    private const string OtaSecret = "open sesame";

    private readonly string _folder;
    private GatewayBroker? _broker;
    private SimulatedPlace? _place;
    private ChildProcess? _agent;

    /// <summary>Makes it; nothing runs yet.</summary>
    /// <param name="shop">What it is.</param>
    /// <param name="parent">The folder in which it gets one of its own.</param>
    public DemoGateway(DemoShop shop, string parent)
    {
        Shop = shop;
        _folder = Directory.CreateDirectory(Path.Combine(parent, shop.Id)).FullName;
        File.WriteAllText(Path.Combine(_folder, "schema"), shop.Schema.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>What it is.</summary>
    public DemoShop Shop { get; }

    /// <summary>The modules behind it.</summary>
    public IReadOnlyList<SimulatedModule> Modules => _place?.Modules ?? [];

    /// <summary>The version that its service runs, as it lies on the disk; null = none.</summary>
    public string? ServiceVersion
    {
        get
        {
            string file = Path.Combine(_folder, "service", "version");
            return File.Exists(file) ? File.ReadAllText(file).Trim() : null;
        }
    }

    /// <summary>The id of the release that its link leads to; null = none.</summary>
    public string? CurrentRelease
    {
        get
        {
            AgentFolder agent = new(Path.Combine(_folder, "agent"));
            return new DirectoryInfo(agent.Current).LinkTarget is { } target ? Path.GetFileName(target)
                : File.Exists(agent.CurrentText) ? File.ReadAllText(agent.CurrentText).Trim()
                : null;
        }
    }

    /// <summary>The address of a module: the same port at an address of loopback of its own.</summary>
    /// <param name="network">The demo's second number, so that two demos do not meet.</param>
    /// <param name="gateway">The number of the gateway.</param>
    /// <param name="module">The number of the module.</param>
    public static IPAddress AddressOf(int network, int gateway, int module) => new([127, (byte)network, (byte)gateway, (byte)module]);

    /// <summary>Starts its broker, and switches its modules on.</summary>
    /// <param name="addressOf">Where a module is.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="DemoException">They cannot have their addresses.</exception>
    public async Task StartModulesAsync(Func<DemoModule, string> addressOf, CancellationToken stop)
    {
        _broker = await GatewayBroker.StartAsync(LoopbackPort.Pick()).ConfigureAwait(false);
        _place = await SimulatedPlace.CreateAsync(_broker.Port, stop).ConfigureAwait(false);
        OtaPassword password = OtaPassword.Parse(OtaSecret);
        foreach (DemoModule module in Shop.Modules)
        {
            // Both ways to check a password are in the field.
            OtaScheme scheme = module.IsWired ? OtaScheme.Sha256 : OtaScheme.Md5;
            _place.Add(
                new SimulatedModuleOptions
                {
                    Hostname = module.Hostname,
                    Address = IPAddress.Parse(addressOf(module)),
                    Scheme = scheme,
                    PasswordHash = password.FormsFor(scheme)[0],
                    Image = SimulatedImage.Build(DemoPlan.FirstVersion, DemoPlan.Images[module.Type]),
                    BootMs = BootMs,
                    NeedsTrigger = true,
                    Flash = FlashModel.Real,
                }, TimeProvider.System);
        }
    }

    /// <summary>Starts its agent.</summary>
    /// <param name="server">The server.</param>
    /// <param name="broker">The server's broker.</param>
    /// <param name="token">Its key.</param>
    /// <param name="releaseKey">The public key of packages.</param>
    /// <exception cref="DemoException">It cannot be started.</exception>
    public void StartAgent(Uri server, Uri broker, string token, string releaseKey)
    {
        string file = Path.Combine(_folder, "agent.json");
        Dictionary<string, object> settings = new(StringComparer.Ordinal)
        {
            ["server"] = server.ToString(),
            ["gateway"] = Shop.Id,
            ["folder"] = Path.Combine(_folder, "agent"),
            ["mqtt"] = new { broker = broker.ToString().TrimEnd('/') },
            ["trustedKeys"] = new[] { releaseKey },
            ["retrySeconds"] = RetrySeconds,
            ["health"] = new { tries = 1, seconds = 30 },
            ["modules"] = new
            {
                mqtt = string.Create(CultureInfo.InvariantCulture, $"mqtt://127.0.0.1:{_broker!.Port}"),
                returnSeconds = ReturnSeconds,
                settleSeconds = SettleSeconds,
            },
        };
        FileStreamOptions own = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            own.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using (FileStream stream = new(file, own))
        {
            JsonSerializer.Serialize(stream, settings);
        }

        SecretsFile.Write(SecretsFile.NameFor(file), JsonSerializer.Serialize(new { token, modules = new { otaPassword = OtaSecret } }));
        ProcessStartInfo program = ChildProcess.Assembly(
            Path.Combine(AppContext.BaseDirectory, "edge-agent.dll"), CommandLine.RunCommand.Name, "--config", file);
        foreach (string variable in program.Environment.Keys
            .Where(static name => name.StartsWith(SettingTable.VariablePrefix, StringComparison.OrdinalIgnoreCase)).ToList())
        {
            program.Environment.Remove(variable);
        }

        _agent = ChildProcess.Start($"the agent of {Shop.Id}", program, endsWithInput: false, Path.Combine(_folder, "agent.log"));
    }

    /// <summary>Looks whether its agent runs yet.</summary>
    /// <exception cref="DemoException">It has ended; what it said is said.</exception>
    public void Check() => _agent?.Check();

    /// <summary>Tells its agent to end, and does not wait for it.</summary>
    public void End() => _agent?.End();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _agent?.Dispose();
        if (_place is not null)
        {
            await _place.DisposeAsync().ConfigureAwait(false);
        }

        if (_broker is not null)
        {
            await _broker.DisposeAsync().ConfigureAwait(false);
        }
    }
}
