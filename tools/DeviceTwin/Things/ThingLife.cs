using System.Globalization;
using System.Net;
using System.Text;
using JamBox.Things.App;
using JamBox.Things.Uplink;
using JamBox.Twin.Modem;
using JamBox.Twin.Run;
using JamBox.Twin.Time;

namespace JamBox.Twin.Things;

/// <summary>One thing over all its starts: the sample's own source, in virtual time.</summary>
internal sealed class ThingLife
{
    private readonly VirtualClock _clock;
    private readonly SeededRandom _random;
    private readonly ThingChip _chip;
    private readonly ThingParts _parts;
    private readonly ThingIdentity _identity;
    private readonly List<(long AtMs, Action Act)> _wishes = [];
    private int _takenBefore;
    private int _lostBefore;
    private int _fulfilledBefore;
    private Thing? _thing;

    /// <param name="role">Who it is.</param>
    /// <param name="index">Its number.</param>
    /// <param name="clock">Its clock, with a seat.</param>
    /// <param name="seed">The seed of the run.</param>
    /// <param name="token">Its token.</param>
    /// <param name="backend">Where the backend really is.</param>
    /// <param name="broker">Where the broker really is; <c>null</c> = it talks HTTP.</param>
    public ThingLife(ThingRole role, int index, VirtualClock clock, long seed, string token, Uri backend, DnsEndPoint? broker)
    {
        Role = role;
        _clock = clock;
        long own = seed + (index * 1_000_003L);
        _random = SeededRandom.For(own, "thing");
        Bridge = new VirtualHttpBridge(clock, clock.Seat!, own, TwinNetwork.Routes(backend), ThingNetwork.Timings);
        Broker = broker is null ? null : new VirtualMqttBridge(clock, clock.Seat!, own, broker, ThingNetwork.Timings);
        _chip = new ThingChip(_random);
        var outputs = new ThingOutputs();
        for (int channel = 0; channel < role.Outputs.Length; channel++)
        {
            outputs.Set(channel, role.Outputs[channel]);
        }

        _parts = new ThingParts
        {
            Clock = new ThingClock(clock),
            Device = _chip,
            Store = Provisioned(role, token, usesMqtt: broker is not null),
            Wifi = new ThingWifi(clock, _random, index),
            AccessPoint = new NoAccessPoint(),
            Network = new ThingNetwork(Bridge, Broker, clock),
            Outputs = outputs,
            Sensors = new ThingSensors(role, clock, _random),
            Slot = new NoSlot(),
        };
        _identity = new ThingIdentity(role.Product, role.Platform, role.Version);
    }

    /// <summary>Gets who it is.</summary>
    public ThingRole Role { get; }

    /// <summary>Gets its way to the backend.</summary>
    public VirtualHttpBridge Bridge { get; }

    /// <summary>Gets its way to the broker; <c>null</c> = it talks HTTP.</summary>
    public VirtualMqttBridge? Broker { get; }

    /// <summary>Gets what really went wrong on its ways; <c>null</c> = nothing.</summary>
    public Exception? Failure => Bridge.Failure ?? Broker?.Failure;

    /// <summary>Gets the messages that the backend took.</summary>
    public int Taken => _takenBefore + (_thing?.Taken ?? 0);

    /// <summary>Gets the messages that were lost.</summary>
    public int Lost => _lostBefore + (_thing?.Lost ?? 0);

    /// <summary>Gets the wishes that were fulfilled.</summary>
    public int Fulfilled => _fulfilledBefore + (_thing?.Fulfilled ?? 0);

    /// <summary>Gets the value of an output.</summary>
    /// <param name="channel">0 to 4.</param>
    /// <returns>Its value.</returns>
    public int OutputOf(int channel) => _parts.Outputs.Get(channel);

    /// <summary>Enters what an operator does to it, in the order of all exchanges.</summary>
    /// <param name="atMs">World time.</param>
    /// <param name="act">What.</param>
    public void At(long atMs, Action act) => _wishes.Add((atMs, act));

    /// <summary>Lives.</summary>
    /// <param name="endMs">World time at which its power goes.</param>
    /// <param name="stop">Ends it early.</param>
    public void Run(long endMs, CancellationToken stop)
    {
        try
        {
            // A shop's things do not come up in the same instant.
            _clock.Sleep(_random.Between(1, 20_000));
            while (_clock.NowMs < endMs && !stop.IsCancellationRequested)
            {
                if (_thing is null || _chip.Restarting is not null)
                {
                    Start();
                }

                _thing!.RunOnce();
                foreach ((long _, Action act) in _wishes.Where(wish => wish.AtMs <= _clock.NowMs).ToList())
                {
                    _clock.Seat!.Exchange(_clock.UtcNowMs, act);
                }

                _wishes.RemoveAll(wish => wish.AtMs <= _clock.NowMs);
            }
        }
        finally
        {
            _clock.Seat!.Leave();
        }
    }

    // Over the serial port, as people do it: what the sample's own words refuse is a fault of the twin.
    private static ThingStore Provisioned(ThingRole role, string token, bool usesMqtt)
    {
        var store = new ThingStore();
        var serial = new TypedLines(
        [
            $"set id {role.DeviceId}", $"set token {token}", $"wifi shop \"four walls\"",
            string.Create(CultureInfo.InvariantCulture, $"set server http://{TwinNetwork.HostName}:{TwinNetwork.HostPort}"),
            $"set transport {(usesMqtt ? "mqtt" : "http")}",
        ]);
        var provisioning = new JamBox.Things.Settings.Provisioning(serial, new JamBox.Things.Settings.ThingSettings(store));
        while (!serial.IsOver)
        {
            provisioning.Step();
        }

        return serial.Answers.All(static answer => answer == "ok")
            ? store
            : throw new InvalidOperationException($"{role.DeviceId} was not set up: {string.Join(" · ", serial.Answers)}");
    }

    private void Start()
    {
        if (_thing is not null)
        {
            _takenBefore += _thing.Taken;
            _lostBefore += _thing.Lost;
            _fulfilledBefore += _thing.Fulfilled;
        }

        _chip.Restarting = null;
        _clock.MarkBoot();
        _thing = new Thing(_parts, _identity);
    }

    private sealed class TypedLines(string[] lines) : JamBox.Things.Ports.ISerialLine
    {
        private readonly byte[] _bytes = Encoding.ASCII.GetBytes(string.Join('\n', lines) + "\n");
        private int _at;

        public List<string> Answers { get; } = [];

        public bool IsOver => _at == _bytes.Length;

        public int Read(byte[] buffer)
        {
            int count = Math.Min(buffer.Length, _bytes.Length - _at);
            _bytes.AsSpan(_at, count).CopyTo(buffer);
            _at += count;
            return count;
        }

        public void WriteLine(string line) => Answers.Add(line);
    }
}
