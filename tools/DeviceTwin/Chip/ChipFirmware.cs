using System.Globalization;
using System.Text;
using JamBox.App;
using JamBox.ChipTwin;
using JamBox.Ota.Images;
using JamBox.Twin.Modem;
using JamBox.Twin.Radio;
using JamBox.Twin.Run;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Chip;

/// <summary>
/// Runs the firmware that lies in the flash of a simulated chip, whenever the chip starts it: the provisioning firmware or the production
/// firmware, by the assemblies in the partition <c>deploy</c>, with the identity in <c>ident</c> and the settings in <c>nvs</c>. It runs
/// on a thread of its own and ends when the chip is reset.
/// </summary>
internal sealed class ChipFirmware : IDisposable
{
    /// <summary>The assembly that makes an image the provisioning firmware.</summary>
    public const string ProvisioningAssembly = "Firmware.Provisioning";

    /// <summary>The assembly that makes an image the production firmware.</summary>
    public const string ProductionAssembly = "Firmware.Atoms3";

    private const string DeployPartition = "deploy";

    // Longer than anybody looks at it.
    private const long CrowdMs = 365L * 24 * 3_600_000;

    private readonly SimulatedChip _chip;
    private readonly Lock _gate;
    private readonly ChipFirmwareOptions _options;
    private CancellationTokenSource _stop = new();
    private Thread? _thread;
    private long _livedMs;
    private long _livedBeforeMs;

    /// <summary>Prepares; the chip starts it.</summary>
    /// <param name="chip">The chip.</param>
    /// <param name="gate">Held by whoever touches the chip.</param>
    /// <param name="options">The world around.</param>
    public ChipFirmware(SimulatedChip chip, Lock gate, ChipFirmwareOptions options)
    {
        _chip = chip;
        _gate = gate;
        _options = options;
        chip.Firmware = Boot;
    }

    /// <summary>Gets a value indicating whether it runs and may say something yet.</summary>
    public bool IsRunning => _thread is { IsAlive: true };

    /// <summary>Gets how long it has run in all boots, in the time of its world.</summary>
    public TimeSpan Lived => TimeSpan.FromMilliseconds(Volatile.Read(ref _livedMs));

    /// <summary>Gets how many requests of it the backend has answered with yes, in all boots.</summary>
    public int Accepted { get; private set; }

    /// <summary>Gets what ended it that is none of the firmware's own troubles; <c>null</c> = nothing.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Ends it.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _thread?.Join(TimeSpan.FromSeconds(10));
        _stop.Dispose();
    }

    /// <summary>Called by the chip at each start, with the gate held.</summary>
    private void Boot(ChipBoot boot)
    {
        _stop.Cancel();
        _stop = new CancellationTokenSource();
        _livedBeforeMs = Volatile.Read(ref _livedMs);
        Life life = new(this, boot, _chip.Resets, new ChipPace(_options.Speed, _stop.Token), _stop.Token);
        byte[] deploy = boot.Read(DeployPartition);
        StoredMemory memory = new(boot, life.Keep);
        Action<Life>? run = RunOf(deploy, memory, out string? problem);
        if (run is null)
        {
            boot.Say($"nanoCLR: nothing to run in '{DeployPartition}': {problem}");
            return;
        }

        _thread = new Thread(() => Run(run, life)) { IsBackground = true, Name = "firmware" };
        _thread.Start();
    }

    private void Run(Action<Life> run, Life life)
    {
        try
        {
            run(life);
        }
        catch (OperationCanceledException)
        {
            // The chip was reset.
        }
#pragma warning disable CA1031 // Whoever reads the port is told of it; on a thread of its own it would end the process.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Failure = e;
        }
    }

    private Action<Life>? RunOf(byte[] deploy, StoredMemory memory, out string? problem)
    {
        problem = null;
        try
        {
            var image = DeploymentImage.Read(deploy);
            if (image.Assemblies.Any(static assembly => assembly.Name == ProvisioningAssembly))
            {
                return life => Provision(life, memory);
            }

            if (image.Assemblies.Any(static assembly => assembly.Name == ProductionAssembly))
            {
                return life => Count(life, memory, image.Bytes);
            }

            problem = $"neither {ProductionAssembly} nor {ProvisioningAssembly} is in it";
        }
        catch (ImageException e)
        {
            problem = e.Message;
        }

        return null;
    }

    private void Provision(Life life, StoredMemory memory)
    {
        using SerialLines serial = new(life.Say);
        ProvisioningRun run = new(_options.Seed, null, _options.Modem, null, serial, memory)
        {
            Pace = life.Pass,
        };
        run.Run(life.Stop);
    }

    private void Count(Life life, StoredMemory memory, byte[] image)
    {
        using SerialLines serial = new(life.Say);
        long startMs = _options.Time.GetUtcNow().ToUnixTimeMilliseconds();
        var order = new ExchangeOrder();
        using CancellationTokenRegistration ended = life.Stop.Register(order.Stop);
        var clock = new VirtualClock(startMs) { Seat = order.Join(0, startMs), Pace = life.Pass };
        var bridge = new VirtualHttpBridge(clock, clock.Seat!, _options.Seed, RoutesOf(memory))
        {
            Exchanged = (_, response, isOwn) =>
            {
                bool isYes = isOwn && response is not null && response.AsSpan().StartsWith("HTTP/1.1 2"u8);
                life.Pace.IsHeard |= isYes;
                Accepted += isYes ? 1 : 0;
            },
        };
        (BoxFlash flash, PowerSwitch power, TwinStore store) = DeviceParts.Memory(_options.Seed, [], image: image);
        memory.Load(store);
        var radio = new TwinRadio(clock, RadioMode.Real);
        var parts = new DeviceParts
        {
            DeviceId = TextOf(memory, BoxIdentity.DeviceIdKey),
            Clock = clock,
            Radio = radio,
            Modem = new ModemSimulator(clock, bridge, _options.Seed, _options.Modem, null),
            Scene = new CrowdScene(radio, _options.Seed, new CrowdOptions { PeoplePerHour = _options.PeoplePerHour }, CrowdMs),
            Store = store,
            Chip = flash,
            Power = power,
            Random = SeededRandom.For(_options.Seed, "chip"),
            Log = serial,
            KeepsTruth = false,
        };
        new DeviceRun(parts) { WaitsForStays = false }.Run(life.Stop);
    }

    /// <summary>The simulated network knows the one host that the identity names, and takes it for the backend.</summary>
    private BridgeRoutes RoutesOf(StoredMemory memory)
    {
        BridgeRoutes routes = new();
        string host = TextOf(memory, BoxIdentity.HostKey);
        if (_options.Backend is { } backend && host.Length > 0)
        {
            string port = TextOf(memory, BoxIdentity.PortKey);
            bool isGiven = int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int given);
            int number = isGiven ? given : BoxIdentity.DefaultPort;
            routes.Add(host, number, backend.Host, backend.Port);
        }

        return routes;
    }

    private static string TextOf(StoredMemory memory, string key) =>
        memory.Identity.TryGetValue(key, out byte[]? value) ? Encoding.ASCII.GetString(value) : string.Empty;

    /// <summary>One life of the firmware, from a start of the chip to its next reset.</summary>
    private sealed class Life(ChipFirmware owner, ChipBoot boot, int resets, ChipPace pace, CancellationToken stop)
    {
        /// <summary>How fast it goes.</summary>
        public ChipPace Pace => pace;

        /// <summary>Ends it.</summary>
        public CancellationToken Stop => stop;

        /// <summary>Prints a line.</summary>
        /// <param name="line">The line.</param>
        public void Say(string line) => Touch(() => boot.Say(line));

        /// <summary>Writes the settings.</summary>
        /// <param name="settings">The partition.</param>
        public void Keep(byte[] settings) => Touch(() => boot.Write(StoredMemory.SettingsPartition, settings));

        /// <summary>Time passes.</summary>
        /// <param name="worldMs">World time.</param>
        public void Pass(long worldMs)
        {
            stop.ThrowIfCancellationRequested();
            Volatile.Write(ref owner._livedMs, owner._livedBeforeMs + worldMs);
            pace.Wait(worldMs);
        }

        private void Touch(Action action)
        {
            lock (owner._gate)
            {
                if (owner._chip.State != ChipState.Firmware || owner._chip.Resets != resets)
                {
                    throw new OperationCanceledException(stop);
                }

                action();
            }
        }
    }
}
