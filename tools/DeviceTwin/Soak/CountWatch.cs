using System.Diagnostics.CodeAnalysis;
using JamBox.App;
using JamBox.Counting;
using JamBox.Readings;
using JamBox.Twin.Radio;
using JamBox.Twin.Run;
using JamBox.Twin.Time;

namespace JamBox.Twin.Soak;

/// <summary>
/// Compares every reading, when it is closed, with what <see cref="NaiveCounter"/> makes of the same frames. Where minutes end on the
/// box's clock is looked up in the box; that they end on full minutes, and readings on multiples of the interval, is checked.
/// </summary>
/// <remarks>
/// The naive counter gets a frame when the firmware fetches it. Whenever it fetches, the state of the box is noted: a reading that was
/// closed early, and a minute that a jump of the clock ended, have what had been fetched before, whatever was heard until the box sleeps.
/// </remarks>
internal sealed class CountWatch : IBoxWatch, IAirWitness
{
    private const int MinuteMs = 60_000;

    // The clock is slewed by a second a minute at most; more is a jump.
    private const int MostSlewMs = 1_000;
    private const int CountLimit = 1_000_000;

    // Linear counting has a standard error of 2 to 3 % here.
    private const double OverflowTolerance = 0.12;
    private const int ListenToleranceSeconds = 2;

    // Between what the box does and the look at it, it may wait for the flash: an erase takes 45 ms.
    private const double LookLateSeconds = 0.1;

    private readonly VirtualClock _clock;
    private readonly TwinRadio _radio;
    private readonly LeakScanner _leaks;
    private readonly Problems _problems;
    private readonly Queue<int[]> _closed = new();
    private readonly Queue<HeardFrame> _probesWaiting = new();
    private readonly Queue<HeardFrame> _advertsWaiting = new();

    // What the box had done when it fetched, and what it got then, since the last look.
    private readonly Queue<(BoxState State, List<HeardFrame> Frames)> _fetches = new();
    private List<HeardFrame>? _lastFetch;
    private BoxState _lastState;
    private Box? _box;
    private readonly Func<byte[]> _salt;
    private NaiveCounter _counter;
    private bool _hasStarted;
    private long _minute;
    private long _minuteEndMs;
    private long _offsetMs;
    private bool _isSet;
    private int _intervalMs;
    private long _closedAtMs;
    private long _listenedBeforeMs;
    private int _droppedBefore;
    private int _collisionsBefore;
    private int _closedBefore;
    private TruthRules? _rules;

    /// <param name="clock">The clock of the world.</param>
    /// <param name="radio">The box's radio.</param>
    /// <param name="salt">The salt of the present boot.</param>
    /// <param name="leaks">Told of the addresses.</param>
    /// <param name="problems">Told of what is wrong.</param>
    public CountWatch(VirtualClock clock, TwinRadio radio, Func<byte[]> salt, LeakScanner leaks, Problems problems)
    {
        _salt = salt;
        _counter = new NaiveCounter(salt());
        _clock = clock;
        _radio = radio;
        _leaks = leaks;
        _problems = problems;
    }

    /// <summary>Readings compared.</summary>
    public int Compared { get; private set; }

    /// <summary>How often two addresses shared a key in a minute, in all boots.</summary>
    public int Collisions => _collisionsBefore + _counter.Collisions;

    /// <summary>Readings closed not because their interval ended.</summary>
    public int ClosedEarly { get; private set; }

    /// <summary>How far the box's clock was from the true time at worst, ms, whenever a dated reading was closed.</summary>
    public long WorstClockErrorMs { get; private set; }

    /// <inheritdoc/>
    public void AddFrame(ReadOnlySpan<byte> frame, int rssiDbm, long utcMs)
    {
        bool counts = NaiveCounter.TryAddress(frame, out ulong address);
        if (counts)
        {
            _leaks.Heard(address);
        }

        _probesWaiting.Enqueue(new HeardFrame(_clock.UptimeMs, counts, address, rssiDbm, null));
    }

    /// <inheritdoc/>
    public void AddAdvert(in BleAdvert advert, long utcMs)
    {
        _leaks.Heard(advert.Address);
        _advertsWaiting.Enqueue(new HeardFrame(_clock.UptimeMs, true, advert.Address, advert.RssiDbm, advert));
    }

    /// <inheritdoc/>
    public void Booted(Box box)
    {
        _box = box;
        _collisionsBefore += _counter.Collisions;
        _counter = new NaiveCounter(_salt());
        _closed.Clear();
        _probesWaiting.Clear();
        _advertsWaiting.Clear();
        _fetches.Clear();
        _lastFetch = null;
        _rules = null;
        _hasStarted = false;
        _listenedBeforeMs = _radio.WifiListenedMs;
        _droppedBefore = 0;
        _closedBefore = 0;
    }

    /// <inheritdoc/>
    public void Closed(ReadOnlySpan<int> fields) => _closed.Enqueue(fields.ToArray());

    /// <inheritdoc/>
    public void Fetching()
    {
        BoxState state = State();
        _rules = Rules();
        if (_lastFetch is null || !state.IsSameAs(_lastState))
        {
            _lastFetch = [];
            _lastState = state;
            _fetches.Enqueue((state, _lastFetch));
        }
    }

    /// <inheritdoc/>
    public void Fetched(int probes, int adverts)
    {
        for (; probes > 0; probes--)
        {
            Fetched(_probesWaiting.Dequeue());
        }

        for (; adverts > 0; adverts--)
        {
            Fetched(_advertsWaiting.Dequeue());
        }
    }

    /// <inheritdoc/>
    public void Look(bool isLast)
    {
        while (_fetches.TryDequeue(out (BoxState State, List<HeardFrame> Frames) fetch))
        {
            Advance(fetch.State, isLast: false);
            foreach (HeardFrame frame in fetch.Frames)
            {
                Take(frame);
            }
        }

        _lastFetch = null;
        Advance(State(), isLast);
        _intervalMs = _box!.Config.ReportIntervalMs;
    }

    /// <inheritdoc/>
    public void Died(BoxDiedException death)
    {
    }

    private void Fetched(HeardFrame frame)
    {
        // The box works, and is looked at, between asking and getting: then the counter is where the box is.
        if (_lastFetch is null)
        {
            Take(frame);
        }
        else
        {
            _lastFetch.Add(frame);
        }
    }

    private void Take(HeardFrame frame)
    {
        if (frame.Advert is { } advert)
        {
            _counter.Advert(frame.AtMs, advert);
        }
        else if (frame.Counts)
        {
            _counter.Probe(frame.AtMs, frame.Address, frame.RssiDbm);
        }
    }

    private BoxState State()
    {
        long oldestMs = Math.Min(
            _probesWaiting.TryPeek(out HeardFrame probe) ? probe.AtMs : long.MaxValue,
            _advertsWaiting.TryPeek(out HeardFrame advert) ? advert.AtMs : long.MaxValue);
        Box box = _box!;
        return new BoxState(
            _clock.UptimeMs,
            box.Recorder.MinuteEndMs,
            box.Clock.OffsetMs,
            box.Clock.IsSet,
            box.Recorder.ClosedReadings,
            oldestMs,
            _radio.DroppedRecordsTold,
            _radio.WifiListenedMs,
            _rules ?? Rules());
    }

    // Brings the naive counter to where the box was.
    private void Advance(BoxState box, bool isLast)
    {
        if (!_hasStarted)
        {
            Start(box);
        }

        bool isSameTime = box.MinuteEndMs == _minuteEndMs && box.OffsetMs == _offsetMs && box.IsSet == _isSet;

        // A wait may end and the loop sleep once more before it works: a minute that is over may not have been ended yet.
        bool hasClosed = box.ClosedReadings > _closedBefore;
        if (!hasClosed && (isSameTime || isLast))
        {
            return;
        }

        bool isJump = box.IsSet != _isSet || Math.Abs(box.OffsetMs - _offsetMs) > MostSlewMs;
        EndMinutes(box, isJump, isLast);
        if (isJump)
        {
            Jump(box);
        }
        else if (box.MinuteEndMs != _minuteEndMs && !isLast)
        {
            _problems.Add(_clock.NowMs, $"the open minute ends at {box.MinuteEndMs} ms of uptime, not at {_minuteEndMs} ms");
            _minuteEndMs = box.MinuteEndMs;
        }

        while (TryClose(box, out int[]? fields))
        {
            ClosedEarly++;
            Compare(box.NowMs, fields, box);
        }

        Remember(box);
    }

    private bool TryClose(BoxState box, [NotNullWhen(true)] out int[]? fields)
    {
        fields = null;
        if (_closedBefore < box.ClosedReadings && _closed.TryDequeue(out fields))
        {
            _closedBefore++;
            return true;
        }

        return false;
    }

    private void Start(BoxState box)
    {
        _hasStarted = true;
        _intervalMs = _box!.Config.ReportIntervalMs;
        Remember(box);
        _minute = box.NowMs / MinuteMs;
        _minuteEndMs = box.MinuteEndMs;
        _closedAtMs = box.NowMs;
        _counter.BeginMinute(_minute, _minuteEndMs);
    }

    private void Remember(BoxState box)
    {
        _offsetMs = box.OffsetMs;
        _isSet = box.IsSet;
    }

    private void EndMinutes(BoxState box, bool isJump, bool isLast)
    {
        while (box.NowMs >= _minuteEndMs && (isJump || isLast || _minuteEndMs != box.MinuteEndMs))
        {
            long endMs = _minuteEndMs;
            if (box.OldestWaitingMs < endMs && !isJump && !isLast)
            {
                _problems.Add(_clock.NowMs, $"what was heard at {box.OldestWaitingMs} ms waited when the minute until {endMs} was booked");
            }

            _counter.EndMinute(++_minute, box.Rules);
            long utcMinute = (endMs + _offsetMs + (MinuteMs / 2)) / MinuteMs;
            if (utcMinute % (_intervalMs / MinuteMs) == 0)
            {
                if (TryClose(box, out int[]? fields))
                {
                    Compare(endMs, fields, box);
                }
                else if (!isLast)
                {
                    _problems.Add(_clock.NowMs, $"no reading was closed although the interval of {_intervalMs} ms ended");
                }
            }

            long nextMs = isJump ? endMs + MinuteMs : box.MinuteEndMs;
            if (nextMs <= endMs)
            {
                // It died while it closed the reading.
                return;
            }

            if (Math.Abs(nextMs - endMs - MinuteMs) > MostSlewMs || (nextMs + (isJump ? _offsetMs : box.OffsetMs)) % MinuteMs != 0)
            {
                _problems.Add(_clock.NowMs, $"a minute lasts from {endMs} to {nextMs} ms of uptime");
            }

            _minuteEndMs = nextMs;
            _counter.BeginMinute(_minute, nextMs);
        }
    }

    // What was fetched until now was in the old time's minute; a new one begins, whose number does not go back.
    private void Jump(BoxState box)
    {
        long now = box.NowMs;
        long next = Math.Max((now + (box.OffsetMs % MinuteMs)) / MinuteMs, _minute);
        _counter.EndMinute(next, box.Rules);
        _minute = next;
        _minuteEndMs = box.MinuteEndMs;
        _counter.BeginMinute(next, _minuteEndMs);
        if ((_minuteEndMs + box.OffsetMs) % MinuteMs != 0 || _minuteEndMs <= now || _minuteEndMs > now + MinuteMs)
        {
            _problems.Add(
                _clock.NowMs,
                $"after the clock was set a minute ends at {_minuteEndMs} ms of uptime, {_minuteEndMs + box.OffsetMs} ms UTC");
        }
    }

    private TruthRules Rules()
    {
        Thresholds t = _box!.Config.Thresholds;
        return new TruthRules(t.ImmediateDbm, t.NearDbm, t.FarDbm, t.ShortMinutes, t.MediumMinutes, t.LongMinutes);
    }

    private void Compare(long closeMs, int[] fields, BoxState box)
    {
        Compared++;
        NaiveReading truth = _counter.Close();
        Equal(fields, ReadingField.Impressions, Math.Min(truth.Impressions, CountLimit));
        Equal(fields, ReadingField.Unique, Math.Min(truth.Unique, CountLimit));
        Mean(fields, ReadingField.ProbeRssiAvg, truth.RssiSum, truth.RssiCount);
        Equal(fields, ReadingField.ProbeRssiStrongest, truth.Strongest);
        Equal(fields, ReadingField.ProbeRssiWeakest, truth.Weakest);
        Mean(fields, ReadingField.BleRssiAvg, truth.BleRssiSum, truth.BleRssiCount);
        for (int i = 0; i < 4; i++)
        {
            Equal(fields, ReadingField.Zone + i, truth.Zones[i]);
            if (!truth.IsDwellVague)
            {
                Equal(fields, ReadingField.Dwell + i, truth.Dwell[i]);
            }
        }

        Equal(fields, ReadingField.BleImpressions, Math.Min(truth.BleImpressions, CountLimit));
        Equal(fields, ReadingField.BleUnique, truth.BleUnique);
        Equal(fields, ReadingField.BleApple, truth.BleApple);
        Equal(fields, ReadingField.BleAppleInUse, truth.BleAppleInUse);
        Equal(fields, ReadingField.BleOther, truth.BleUnique - truth.BleApple);
        Near(fields, ReadingField.Overflow, truth.Overflow, Math.Ceiling(truth.Overflow * OverflowTolerance));
        if (!truth.IsDwellVague)
        {
            Equal(fields, ReadingField.DwellOverflow, 0);
        }

        CompareCircumstances(closeMs, fields, box);
    }

    private void CompareCircumstances(long closeMs, int[] fields, BoxState box)
    {
        Near(fields, ReadingField.IntervalSeconds, (closeMs - _closedAtMs) / 1_000.0, 0.5 + LookLateSeconds);
        Equal(fields, ReadingField.RingLoss, box.DroppedTold - _droppedBefore);
        Near(fields, ReadingField.ListenSeconds, (box.ListenedMs - _listenedBeforeMs) / 1_000, ListenToleranceSeconds);
        _closedAtMs = closeMs;
        _droppedBefore = box.DroppedTold;
        _listenedBeforeMs = box.ListenedMs;
        if (box.IsSet && _isSet)
        {
            long errorMs = _offsetMs - _clock.UtcAtBootMs;
            WorstClockErrorMs = Math.Max(WorstClockErrorMs, Math.Abs(errorMs));
        }
    }

    private void Equal(int[] fields, int field, long expected) => Near(fields, field, expected, 0);

    private void Mean(int[] fields, int field, long sum, long count)
    {
        double mean = count == 0 ? 0 : (double)sum / count;
        Near(fields, field, mean, count == 0 ? 0 : 0.5);
    }

    private void Near(int[] fields, int field, double expected, double tolerance)
    {
        if (Math.Abs(fields[field] - expected) > tolerance + 1e-9)
        {
            var key = new ReadingKey((uint)fields[ReadingField.BootId], fields[ReadingField.Number]);
            string name = ReadingField.Keys.Substring(field * ReadingField.KeyWidth, ReadingField.KeyWidth).TrimEnd();
            _problems.Add(
                _clock.NowMs,
                FormattableString.Invariant(
                    $"{key}: {name} is {fields[field]}, the naive counter says {expected:0.##}"));
        }
    }

    // A frame that waits for the firmware, or that it has fetched; an advertisement or a probe request, which counts or not.
    private readonly record struct HeardFrame(long AtMs, bool Counts, ulong Address, int RssiDbm, BleAdvert? Advert);

    // The box when it fetched records, or slept. The rules are those of the fetch before: a minute is booked right behind one.
    private readonly record struct BoxState(
        long NowMs,
        long MinuteEndMs,
        long OffsetMs,
        bool IsSet,
        int ClosedReadings,
        long OldestWaitingMs,
        int DroppedTold,
        long ListenedMs,
        TruthRules Rules)
    {
        public bool IsSameAs(BoxState other) => MinuteEndMs == other.MinuteEndMs && OffsetMs == other.OffsetMs && IsSet == other.IsSet
            && ClosedReadings == other.ClosedReadings;
    }
}
