using System.Text;
using JamBox.App;
using JamBox.Twin.Modem;
using JamBox.Twin.Radio;
using JamBox.Twin.Run;

namespace JamBox.Twin.Soak;

/// <summary>Everything that must hold for one box, whatever goes wrong around it; hooked into a <see cref="DeviceRun"/>.</summary>
internal sealed class Invariants
{
    /// <summary>The longest that the loop may stand still, virtual ms: a wait is 20 ms and the idle loop sleeps 100.</summary>
    public const int MostLoopMs = 250;

    private const string TokenLead = "Authorization: Bearer ";

    private readonly DeviceRun _device;
    private readonly string _token;
    private readonly LeakScanner _leaks;

    /// <summary>Initializes a new instance of the <see cref="Invariants"/> class and begins to look on.</summary>
    /// <param name="device">The box.</param>
    /// <param name="bridge">Its network.</param>
    /// <param name="token">Its token.</param>
    /// <param name="desk">Its operator; <c>null</c> = none.</param>
    /// <param name="hangs">Whether hangs are put into it: else its watchdog may not bite.</param>
    public Invariants(DeviceRun device, VirtualHttpBridge bridge, string token, Desk? desk, bool hangs)
    {
        _device = device;
        _token = token;
        DeviceParts parts = device.Parts;
        _leaks = new LeakScanner(token, parts.Clock, Problems);
        Exchanges = new ExchangeWatch(parts.Clock, Problems);
        Rings = new RingWatch(parts.Clock, Exchanges, Problems);
        Counts = new CountWatch(parts.Clock, parts.Radio, _leaks, Problems);
        Orders = new OrderWatch(parts.Clock, desk, Problems);
        Memory = new MemoryWatch(parts.Clock, device, Problems);
        MayHang = hangs;
        device.Watch = new Watches(Rings, Counts, Orders, Memory);
        parts.Radio.Heard = parts.KeepsTruth ? new BothWitnesses(device.Heard, Counts) : Counts;
        bridge.Exchanged += Exchanges.See;
        parts.Flash.Written = bytes => _leaks.Look("flash", bytes);
        parts.Store.Written = (key, bytes) => _leaks.Look($"the store, under '{key}'", bytes.Span, key == BoxIdentity.TokenKey ? string.Empty : null);
        device.ModemLine.Sent = bytes => _leaks.Look("what goes to the modem", bytes, TokenLead);
        device.System.Logged = line =>
        {
            Orders.Logged(line);
            _leaks.Look("the log", Encoding.Latin1.GetBytes(line));
        };
    }

    /// <summary>What is wrong.</summary>
    public Problems Problems { get; } = new();

    /// <summary>The exchanges with the backend.</summary>
    public ExchangeWatch Exchanges { get; }

    /// <summary>What became of each reading.</summary>
    public RingWatch Rings { get; }

    /// <summary>Counts against the naive counter.</summary>
    public CountWatch Counts { get; }

    /// <summary>Commands and configuration.</summary>
    public OrderWatch Orders { get; }

    /// <summary>The heap.</summary>
    public MemoryWatch Memory { get; }

    private bool MayHang { get; }

    /// <summary>The world has ended: what can be said only now.</summary>
    /// <param name="database">The backend's database; <c>null</c> = not to be looked at.</param>
    public void Finish(string? database)
    {
        Rings.Finish();
        Memory.Finish();
        long now = _device.VirtualMs;
        int bites = _device.BootReasons.Count(reason => reason == BoxDiedException.Watchdog);
        if (bites > 0 && !MayHang)
        {
            Problems.Add(now, $"the watchdog bit {bites} times although nothing hung");
        }

        if (_device.LongestLoopMs > MostLoopMs)
        {
            Problems.Add(now, $"the loop stood still for {_device.LongestLoopMs} ms");
        }

        _leaks.Look("flash at the end", _device.Parts.Flash.Content);
        if (database != null)
        {
            CompareStored(StoredReadings.Read(database, _device.DeviceId));
        }
    }

    private void CompareStored(List<(long Boot, int Number, int[] Fields)> rows)
    {
        var stored = new HashSet<ReadingKey>();
        foreach ((long boot, int number, int[] fields) in rows)
        {
            var key = new ReadingKey((uint)boot, number);
            if (!stored.Add(key))
            {
                Problems.Add(_device.VirtualMs, $"{key} is stored more than once");
            }

            if (!Rings.Readings.TryGetValue(key, out (Fate Fate, int[] Fields) closed))
            {
                Problems.Add(_device.VirtualMs, $"{key} is stored but was never closed");
            }
            else
            {
                CompareFields(key, fields, closed.Fields);
            }
        }

        foreach ((ReadingKey key, (Fate fate, _)) in Rings.Readings)
        {
            if (fate == Fate.Sent && !stored.Contains(key))
            {
                Problems.Add(_device.VirtualMs, $"{key} was sent but is not stored");
            }
        }
    }

    private void CompareFields(ReadingKey key, int[] stored, int[] closed)
    {
        for (int field = 0; field < stored.Length; field++)
        {
            if (stored[field] != closed[field])
            {
                Problems.Add(_device.VirtualMs, $"{key}: {ReadingTotals.Names[field]} is stored as {stored[field]}, closed as {closed[field]}");
                return;
            }
        }
    }
}
