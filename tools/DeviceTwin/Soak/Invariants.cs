using System.Text;
using JamBox.App;
using JamBox.Twin.Faults;
using JamBox.Twin.Modem;
using JamBox.Twin.Radio;
using JamBox.Twin.Run;

namespace JamBox.Twin.Soak;

/// <summary>Everything that must hold for one box, whatever goes wrong around it; hooked into a <see cref="DeviceRun"/>.</summary>
internal sealed class Invariants
{
    /// <summary>The longest that the loop may stand still, virtual ms: a wait is 20 ms and the idle loop sleeps 100.</summary>
    public const int MostLoopMs = 250;

    // A record whose sector is bad is tried three times before the next one is taken: three erases of 45 ms more, and their checks.
    private const int MostLoopBadMs = 400;

    /// <summary>
    /// How far from the true time a reading may be while the backend's clock is right, ms: half of the longest round trip, which a very
    /// slow network may take one way only.
    /// </summary>
    public const int MostClockErrorMs = 20_000;

    private const string TokenLead = "Authorization: Bearer ";

    private readonly DeviceRun _device;
    private readonly FaultProfile _faults;
    private readonly LeakScanner _leaks;

    /// <summary>Begins to look on.</summary>
    /// <param name="device">The box.</param>
    /// <param name="bridge">Its network.</param>
    /// <param name="token">Its token.</param>
    /// <param name="desk">Its operator; <c>null</c> = none.</param>
    /// <param name="faults">What is put into its world: without hangs its watchdog may not bite, with a true clock its readings bear the
    /// true time.</param>
    public Invariants(DeviceRun device, VirtualHttpBridge bridge, string token, Desk? desk, FaultProfile faults)
    {
        _faults = faults;
        _device = device;
        DeviceParts parts = device.Parts;
        _leaks = new LeakScanner(token, parts.Clock, Problems, parts.Store.Values.GetValueOrDefault(BoxIdentity.MacKeyKey));
        Exchanges = new ExchangeWatch(parts.Clock, Problems);
        Rings = new RingWatch(parts.Clock, parts.Flash, Exchanges, Problems);
        Counts = new CountWatch(parts.Clock, parts.Radio, () => device.System.Salt, _leaks, Problems);
        Orders = new OrderWatch(parts.Clock, desk, Problems);
        Memory = new MemoryWatch(parts.Clock, device, Problems);
        device.Watch = new Watches(Rings, Counts, Orders, Memory, new LineWatch(parts.Clock, Problems));
        parts.Radio.Heard = parts.KeepsTruth ? new BothWitnesses(device.Heard, Counts) : Counts;
        bridge.Exchanged += Exchanges.See;
        parts.Flash.Written = bytes => _leaks.Look("flash", bytes);
        parts.Store.Written = (key, bytes) => _leaks.Look(
            $"the store, under '{key}'", bytes.Span, key == BoxIdentity.TokenKey ? string.Empty : null);
        device.ModemLine.Sent = bytes => _leaks.Look("what goes to the modem", bytes, TokenLead);
        device.System.Logged = line =>
        {
            Orders.Logged(line);
            _leaks.Look("the log", Encoding.Latin1.GetBytes(line));
        };
    }

    /// <summary>Readings stored without a date.</summary>
    public int Undated { get; private set; }

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

    /// <summary>The world has ended: what can be said only now.</summary>
    /// <param name="database">The backend's database; <c>null</c> = not to be looked at.</param>
    public void Finish(string? database)
    {
        Rings.Finish();
        Exchanges.Finish();
        Orders.Finish(Exchanges);
        Memory.Finish();
        long now = _device.VirtualMs;
        int bites = _device.BootReasons.Count(reason => reason == BoxDiedException.Watchdog);
        if (bites > 0 && _faults[FaultKind.BoxHangs] == 0)
        {
            Problems.Add(now, $"the watchdog bit {bites} times although nothing hung");
        }

        if (_device.LongestLoopMs > (_device.Parts.Chip.All.Any(static partition => partition.BadSectors > 0) ? MostLoopBadMs : MostLoopMs))
        {
            Problems.Add(now, $"the loop stood still for {_device.LongestLoopMs} ms");
        }

        int deafReboots = _device.BootReasons.Count(reason => reason == RadioWatch.RebootReason);
        if (deafReboots > 0 && _faults[FaultKind.WifiDeaf] == 0 && _faults[FaultKind.BleDeaf] == 0)
        {
            Problems.Add(now, $"the box rebooted {deafReboots} times because of a deaf radio, which none was");
        }

        if (Exchanges.LastBootReason != _device.System.ResetReason)
        {
            Problems.Add(
                now,
                $"the last heartbeat says that the box was started by {Exchanges.LastBootReason ?? "nothing"}, it was {_device.System.ResetReason}");
        }

        _leaks.Look("flash at the end", _device.Parts.Flash.Content);
        if (database != null)
        {
            CompareStored(StoredReadings.Read(database, _device.DeviceId));
            CompareTimes(StoredReadings.ReadTimes(database, _device.DeviceId));
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

            if (!Rings.Readings.TryGetValue(key, out (Fate Fate, int[] Fields, long ClosedUtcMs) closed))
            {
                Problems.Add(_device.VirtualMs, $"{key} is stored but was never closed");
            }
            else
            {
                CompareFields(key, fields, closed.Fields);
            }
        }

        foreach ((ReadingKey key, (Fate fate, _, _)) in Rings.Readings)
        {
            if (fate == Fate.Sent && !stored.Contains(key))
            {
                Problems.Add(_device.VirtualMs, $"{key} was sent but is not stored");
            }
        }
    }

    // What a reading bears is its last second, so that a second more is when it was closed.
    private void CompareTimes(List<(long Boot, int Number, long UtcMs, bool IsDated)> times)
    {
        bool isServerRight = _faults[FaultKind.ClockStep] == 0;
        foreach ((long boot, int number, long utcMs, bool isDated) in times)
        {
            var key = new ReadingKey((uint)boot, number);
            Undated += isDated ? 0 : 1;
            if (!isDated && Rings.MustBeDated(key))
            {
                Problems.Add(_device.VirtualMs, $"{key} is stored without a date although its boot knew the time");
            }

            if (isDated && isServerRight && Rings.Readings.TryGetValue(key, out (Fate Fate, int[] Fields, long ClosedUtcMs) closed)
                && Math.Abs(utcMs + 1_000 - closed.ClosedUtcMs) > MostClockErrorMs)
            {
                Problems.Add(
                    _device.VirtualMs,
                    $"{key} bears {DateTimeOffset.FromUnixTimeMilliseconds(utcMs):u}, it was closed at {DateTimeOffset.FromUnixTimeMilliseconds(closed.ClosedUtcMs):u}");
            }
        }
    }

    private void CompareFields(ReadingKey key, int[] stored, int[] closed)
    {
        for (int field = 0; field < stored.Length; field++)
        {
            if (stored[field] != closed[ReadingTotals.FieldOf(field)])
            {
                Problems.Add(
                    _device.VirtualMs, $"{key}: {ReadingTotals.Names[field]} is stored as {stored[field]}, closed as {closed[ReadingTotals.FieldOf(field)]}");
                return;
            }
        }
    }
}

/// <summary>What is wrong in a world: the first few in words, all of them counted.</summary>
internal sealed class Problems
{
    private const int MostInWords = 20;

    private readonly List<string> _words = [];

    /// <summary>How many there are.</summary>
    public int Count { get; private set; }

    /// <summary>The first of them.</summary>
    public IReadOnlyList<string> Words => _words;

    /// <summary>Notes one.</summary>
    /// <param name="timeMs">World time.</param>
    /// <param name="what">What is wrong.</param>
    public void Add(long timeMs, string what)
    {
        if (Count++ < MostInWords)
        {
            _words.Add($"{TimeSpan.FromMilliseconds(timeMs):d\\.hh\\:mm\\:ss\\.fff} {what}");
        }
    }
}

/// <summary>Several who look on, one after the other.</summary>
internal sealed class Watches(params IBoxWatch[] all) : IBoxWatch
{
    public void Booted(Box box) => Array.ForEach(all, watch => watch.Booted(box));

    public void Look(bool isLast)
    {
        foreach (IBoxWatch watch in all)
        {
            watch.Look(isLast);
        }
    }

    public void Closed(ReadOnlySpan<int> fields)
    {
        foreach (IBoxWatch watch in all)
        {
            watch.Closed(fields);
        }
    }

    public void Fetching() => Array.ForEach(all, watch => watch.Fetching());

    public void Fetched(int probes, int adverts) => Array.ForEach(all, watch => watch.Fetched(probes, adverts));

    public void Died(BoxDiedException death) => Array.ForEach(all, watch => watch.Died(death));
}
