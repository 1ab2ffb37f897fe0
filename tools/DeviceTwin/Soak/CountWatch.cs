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
internal sealed class CountWatch : IBoxWatch, IAirWitness
{
    private const int MinuteMs = 60_000;

    // The clock is slewed by a second a minute at most; more is a jump.
    private const int MostSlewMs = 1_000;
    private const int CountLimit = 1_000_000;

    // Linear counting has a standard error of 2 to 3 % here.
    private const double OverflowTolerance = 0.12;
    private const double FullTableTolerance = 0.01;
    private const int ListenToleranceSeconds = 2;

    // Between what the box does and the look at it, it may wait for the flash: an erase takes 45 ms.
    private const double LookLateSeconds = 0.1;

    // A reading that is closed early takes its counting and its writing into flash before anybody looks.
    private const int ClosingMs = 500;

    private readonly VirtualClock _clock;
    private readonly TwinRadio _radio;
    private readonly LeakScanner _leaks;
    private readonly Problems _problems;
    private readonly Queue<int[]> _closed = new();
    private readonly Queue<long> _heardLately = new();
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
    private long _slack;
    private long _slackBefore;
    private TruthRules? _rules;
    private bool _areZonesVague;

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
        if (NaiveCounter.TryAddress(frame, out ulong address))
        {
            NoteHeard();
            _leaks.Heard(address);
            _counter.Probe(_clock.UptimeMs, address, rssiDbm);
        }
    }

    /// <inheritdoc/>
    public void AddAdvert(in BleAdvert advert, long utcMs)
    {
        NoteHeard();
        _leaks.Heard(advert.Address);
        _counter.Advert(_clock.UptimeMs, advert);
    }

    /// <inheritdoc/>
    public void Booted(Box box)
    {
        _box = box;
        _collisionsBefore += _counter.Collisions;
        _counter = new NaiveCounter(_salt());
        _closed.Clear();
        _hasStarted = false;
        _listenedBeforeMs = _radio.WifiListenedMs;
        _droppedBefore = 0;
        _slackBefore = 0;
        _areZonesVague = false;
        _heardLately.Clear();
    }

    /// <inheritdoc/>
    public void Closed(ReadOnlySpan<int> fields) => _closed.Enqueue(fields.ToArray());

    /// <inheritdoc/>
    public void Look(bool isLast)
    {
        Box box = _box!;
        long now = _clock.UptimeMs;
        if (!_hasStarted)
        {
            Start(now);
        }

        bool isSameTime = box.Recorder.MinuteEndMs == _minuteEndMs && box.Clock.OffsetMs == _offsetMs && box.Clock.IsSet == _isSet;

        // A wait may end and the loop sleep once more before it works: a minute that is over may not have been ended yet.
        bool isQuiet = _closed.Count == 0 && isSameTime;
        if (isQuiet || (isLast && _closed.Count == 0))
        {
            _intervalMs = box.Config.ReportIntervalMs;
            _rules = Rules();
            return;
        }

        bool isJump = box.Clock.IsSet != _isSet || Math.Abs(box.Clock.OffsetMs - _offsetMs) > MostSlewMs;
        EndMinutes(now, isJump, isLast);
        if (isJump)
        {
            Jump(now);
        }
        else if (box.Recorder.MinuteEndMs != _minuteEndMs && !isLast)
        {
            _problems.Add(_clock.NowMs, $"the open minute ends at {box.Recorder.MinuteEndMs} ms of uptime, not at {_minuteEndMs} ms");
            _minuteEndMs = box.Recorder.MinuteEndMs;
        }

        while (_closed.Count > 0)
        {
            // What came after the rings were emptied for it is in the next one, or in none when the box reboots.
            ClosedEarly++;
            _slack = _heardLately.Count(atMs => atMs >= now - ClosingMs);
            Compare(now, _closed.Dequeue());
        }

        Remember();
    }

    /// <inheritdoc/>
    public void Died(BoxDiedException death)
    {
    }

    private void NoteHeard()
    {
        _heardLately.Enqueue(_clock.UptimeMs);
        while (_heardLately.Peek() < _clock.UptimeMs - ClosingMs)
        {
            _heardLately.Dequeue();
        }
    }

    private void Start(long now)
    {
        _hasStarted = true;
        Remember();
        _minute = now / MinuteMs;
        _minuteEndMs = _box!.Recorder.MinuteEndMs;
        _closedAtMs = now;
        _counter.BeginMinute(_minute, _minuteEndMs);
    }

    private void Remember()
    {
        _offsetMs = _box!.Clock.OffsetMs;
        _isSet = _box.Clock.IsSet;
        _intervalMs = _box.Config.ReportIntervalMs;
        _rules = Rules();
    }

    private void EndMinutes(long now, bool isJump, bool isLast)
    {
        while (now >= _minuteEndMs)
        {
            // A configuration that came into force since the last look may have been there at the minute's end, or not yet.
            long endMs = _minuteEndMs;
            TruthRules rules = Rules();
            _areZonesVague |= _rules is not null && _rules != rules;
            _counter.EndMinute(++_minute, rules);
            long utcMinute = (endMs + _offsetMs + (MinuteMs / 2)) / MinuteMs;
            if (utcMinute % (_intervalMs / MinuteMs) == 0)
            {
                if (_closed.TryDequeue(out int[]? fields))
                {
                    // What was heard bears its time: nothing of the next minute is in it.
                    _slack = 0;
                    Compare(endMs, fields);
                }
                else if (!isLast)
                {
                    _problems.Add(_clock.NowMs, $"no reading was closed although the interval of {_intervalMs} ms ended");
                }
            }

            long nextMs = isJump ? endMs + MinuteMs : _box!.Recorder.MinuteEndMs;
            if (nextMs <= endMs)
            {
                // It died while it closed the reading.
                return;
            }

            if (Math.Abs(nextMs - endMs - MinuteMs) > MostSlewMs || (nextMs + (isJump ? _offsetMs : _box!.Clock.OffsetMs)) % MinuteMs != 0)
            {
                _problems.Add(_clock.NowMs, $"a minute lasts from {endMs} to {nextMs} ms of uptime");
            }

            _minuteEndMs = nextMs;
            _counter.BeginMinute(_minute, nextMs);
        }
    }

    // What was heard until now was in the old time's minute; a new one begins, whose number does not go back.
    private void Jump(long now)
    {
        long next = Math.Max((now + (_box!.Clock.OffsetMs % MinuteMs)) / MinuteMs, _minute);
        _counter.EndMinute(next, Rules());
        _minute = next;
        _minuteEndMs = _box.Recorder.MinuteEndMs;
        _counter.BeginMinute(next, _minuteEndMs);
        if ((_minuteEndMs + _box.Clock.OffsetMs) % MinuteMs != 0 || _minuteEndMs <= now || _minuteEndMs > now + MinuteMs)
        {
            _problems.Add(
                _clock.NowMs,
                $"after the clock was set a minute ends at {_minuteEndMs} ms of uptime, {_minuteEndMs + _box.Clock.OffsetMs} ms UTC");
        }
    }

    private TruthRules Rules()
    {
        Thresholds t = _box!.Config.Thresholds;
        return new TruthRules(t.ImmediateDbm, t.NearDbm, t.FarDbm, t.ShortMinutes, t.MediumMinutes, t.LongMinutes);
    }

    private void Compare(long closeMs, int[] fields)
    {
        Compared++;
        NaiveReading truth = _counter.Close();
        long slack = _slack + _slackBefore;
        _slackBefore = _slack;
        bool isExact = slack == 0;
        Near(fields, ReadingField.Impressions, Math.Min(truth.Impressions, CountLimit), slack);
        Near(fields, ReadingField.Unique, Math.Min(truth.Unique, CountLimit), slack);
        if (isExact)
        {
            Mean(fields, ReadingField.ProbeRssiAvg, truth.RssiSum, truth.RssiCount);
            Equal(fields, ReadingField.ProbeRssiStrongest, truth.Strongest);
            Equal(fields, ReadingField.ProbeRssiWeakest, truth.Weakest);
            Mean(fields, ReadingField.BleRssiAvg, truth.BleRssiSum, truth.BleRssiCount);
        }

        // Which devices find room in a full table hangs on who was first in the minute: at its edge that may differ.
        bool isDwellVague = truth.IsDwellVague || _areZonesVague;
        double zoneSlack = slack + (truth.Overflow > 0 ? Math.Ceiling(truth.Unique * FullTableTolerance) : 0);
        for (int i = 0; i < 4; i++)
        {
            if (!_areZonesVague)
            {
                Near(fields, ReadingField.Zone + i, truth.Zones[i], zoneSlack);
            }

            if (!isDwellVague)
            {
                Near(fields, ReadingField.Dwell + i, truth.Dwell[i], slack);
            }
        }

        _areZonesVague = false;
        Near(fields, ReadingField.BleImpressions, Math.Min(truth.BleImpressions, CountLimit), slack);
        Near(fields, ReadingField.BleUnique, truth.BleUnique, slack);
        Near(fields, ReadingField.BleApple, truth.BleApple, slack);
        Near(fields, ReadingField.BleAppleInUse, truth.BleAppleInUse, slack);
        Near(fields, ReadingField.BleOther, truth.BleUnique - truth.BleApple, slack);
        Near(fields, ReadingField.Overflow, truth.Overflow, slack + Math.Ceiling(truth.Overflow * OverflowTolerance));
        if (!isDwellVague)
        {
            Equal(fields, ReadingField.DwellOverflow, 0);
        }

        CompareCircumstances(closeMs, fields);
    }

    private void CompareCircumstances(long closeMs, int[] fields)
    {
        Near(fields, ReadingField.IntervalSeconds, (closeMs - _closedAtMs) / 1_000.0, 0.5 + LookLateSeconds);
        Equal(fields, ReadingField.RingLoss, _radio.DroppedRecordsTold - _droppedBefore);
        Near(fields, ReadingField.ListenSeconds, (_radio.WifiListenedMs - _listenedBeforeMs) / 1_000, ListenToleranceSeconds);
        _closedAtMs = closeMs;
        _droppedBefore = _radio.DroppedRecordsTold;
        _listenedBeforeMs = _radio.WifiListenedMs;
        if (_box!.Clock.IsSet && _isSet)
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
}
