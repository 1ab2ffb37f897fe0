using JamBox.Ports;
using JamBox.Readings;
using JamBox.Text;

namespace JamBox.Counting;

/// <summary>
/// Takes what the radio heard through the counting tables into closed readings: drains the rings, books each minute when it ends and
/// closes the reading when its interval ends, in this order (docs/counting.md). A call drains a bounded piece, so that a flood leaves their
/// turn to the modem, the LED and the button; a minute is booked when all that was heard in it has been drained.
/// </summary>
public sealed class Recorder
{
    /// <summary>Length of a minute, ms.</summary>
    public const int MinuteMs = 60000;

    /// <summary>
    /// Probe requests that a <see cref="Step"/> counts at most: 16,000 IL instructions if all are new, 0.1 s on the slowest chip (0.15 M a
    /// second). The modem's 2,048 bytes of UART buffer fill in 0.18 s.
    /// </summary>
    public const int ProbesAStep = 64;

    /// <summary>Advertisements that a <see cref="Step"/> counts at most: they come one second in thirty.</summary>
    public const int AdvertsAStep = 32;

    /// <summary>
    /// Records after which an ended minute is booked whatever still waits. The rings hold 512 and 64, oldest first: what was heard before
    /// the minute ended is through by then, unless time stamps do not rise. What comes later all the same counts in the next minute.
    /// </summary>
    public const int MostRecordsDue = 1024;

    /// <summary>The longest interval, and the longest reading that the server takes, s.</summary>
    private const int MostSeconds = 3600;

    private const int RecordsADrain = 16;

    // As many as bring MostRecordsDue probe requests through.
    private const int MostPieces = MostRecordsDue / ProbesAStep;

    private readonly IRadio _radio;
    private readonly PeopleCounter _counter;
    private readonly RadioSchedule _schedule;
    private readonly WallClock _wallClock;
    private readonly ReadingRing _ring;
    private readonly BoxConfig _config;
    private readonly int _bootId;
    private readonly byte[] _probes = new byte[RecordsADrain * RadioRecord.Size];
    private readonly byte[] _adverts = new byte[RecordsADrain * RadioRecord.Size];
    private int _probeAt;
    private int _probeCount;
    private int _advertAt;
    private int _advertCount;
    private int _probesLeft;
    private int _advertsLeft;
    private int _heardProbes;
    private int _heardAdverts;
    private int _countedDue;
    private long _minuteEndMs;
    private int _minute;
    private long _intervalStartMs;
    private long _intervalEndMs;
    private int _droppedBefore;
    private int _lastNumber;

    /// <param name="radio">Where records come from.</param>
    /// <param name="counter">The counting tables.</param>
    /// <param name="schedule">Says how long Wi-Fi listened.</param>
    /// <param name="wallClock">UTC.</param>
    /// <param name="ring">Where closed readings go.</param>
    /// <param name="config">Length of the interval.</param>
    /// <param name="bootId">Random 32 bits that tell this boot from others.</param>
    public Recorder(
        IRadio radio, PeopleCounter counter, RadioSchedule schedule, WallClock wallClock, ReadingRing ring, BoxConfig config, int bootId)
    {
        _radio = radio;
        _counter = counter;
        _schedule = schedule;
        _wallClock = wallClock;
        _ring = ring;
        _config = config;
        _bootId = bootId;
    }

    /// <summary>Gets the uptime at which the open minute ends, ms: nothing is booked before.</summary>
    public long MinuteEndMs => _minuteEndMs;

    /// <summary>Gets a value indicating whether the last <see cref="Step"/> left records behind: the next one should come soon.</summary>
    public bool HasBacklog { get; private set; }

    /// <summary>Gets the probe requests counted since boot. Only grows; wraps.</summary>
    public int HeardProbes => _heardProbes;

    /// <summary>Gets the advertisements taken since boot, those that do not count included. Only grows; wraps.</summary>
    public int HeardAdverts => _heardAdverts;

    /// <summary>Gets the readings closed in this boot.</summary>
    public int ClosedReadings => _lastNumber;

    /// <summary>Gets the bytes of the buffers.</summary>
    public int TableBytes => _probes.Length + _adverts.Length;

    /// <summary>Begins the first minute and the first reading.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    public void Start(long nowMs)
    {
        _minute = OrdinalAt(nowMs);
        _intervalStartMs = nowMs;
        _intervalEndMs = _wallClock.NextMultiple(nowMs, _config.ReportIntervalMs);
        BeginMinute(nowMs, _wallClock.NextMultiple(nowMs, MinuteMs));
    }

    /// <summary>
    /// Counts a piece of what was heard, and books and closes what has ended when all that belongs to it has been counted.
    /// </summary>
    /// <param name="nowMs">Uptime, read before the call: what is heard during it may wait for the next.</param>
    public void Step(long nowMs)
    {
        _probesLeft = ProbesAStep;
        _advertsLeft = AdvertsAStep;
        bool isDrained = Count();
        if (nowMs >= _minuteEndMs)
        {
            _countedDue += ProbesAStep - _probesLeft + AdvertsAStep - _advertsLeft;
        }

        while (nowMs >= _minuteEndMs && (isDrained || _countedDue >= MostRecordsDue))
        {
            EndMinute(_minuteEndMs);
            isDrained = Count();
        }

        HasBacklog = !isDrained;
    }

    /// <summary>Closes the reading in mid-interval (<c>send_now</c>). The open minute goes to the next one.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    public void CloseNow(long nowMs)
    {
        StepToEnd(nowMs);
        Close(nowMs);
    }

    /// <summary>
    /// Puts a changed length of the interval into force: the reading that is open ends at the next multiple of the new one.
    /// </summary>
    /// <param name="nowMs">Uptime, ms.</param>
    public void ApplyInterval(long nowMs)
    {
        StepToEnd(nowMs);
        // A multiple of the interval is one of a minute, so that the reading ends with the minute in which it ends.
        _intervalEndMs = EndOfOpen(nowMs);
    }

    /// <summary>
    /// Takes over the server's time. When UTC jumps, the minute and the interval that are open keep what was heard until now, and
    /// end at the next boundaries of the new time.
    /// </summary>
    /// <param name="utcMs">The server's UTC, ms since 1970.</param>
    /// <param name="atUptimeMs">Uptime at which it was that late, ms.</param>
    /// <param name="nowMs">Uptime, ms.</param>
    public void ObserveServerTime(long utcMs, long atUptimeMs, long nowMs)
    {
        if (!_wallClock.Agrees(utcMs, atUptimeMs, WallClock.SlewedErrorMs))
        {
            StepToEnd(nowMs);
        }

        bool wasSet = _wallClock.IsSet;
        if (!_wallClock.Observe(utcMs, atUptimeMs))
        {
            return;
        }

        if (!wasSet)
        {
            _ring.Date(_bootId, _wallClock.OffsetMs);
        }

        int next = OrdinalAt(nowMs);
        if (next < _minute)
        {
            next = _minute;
        }

        // The frames until now bear the old time: their minute ends here, before the new one begins.
        _counter.BookMinute(next);
        _minute = next;
        BeginMinute(nowMs, _wallClock.NextMultiple(nowMs, MinuteMs));
        _intervalEndMs = EndOfOpen(nowMs);
    }

    // Where the open reading ends when the boundaries have moved: at the next one, and with a minute that ends before the hour is full.
    private long EndOfOpen(long nowMs)
    {
        long next = _wallClock.NextMultiple(nowMs, _config.ReportIntervalMs);
        long last = _intervalStartMs + (MostSeconds * 1000L) - MinuteMs;
        return next < last ? next : last;
    }

    // Orders and jumps of the clock are rare; for them all that was heard before is counted at once, a second of work on the slowest chip.
    private void StepToEnd(long nowMs)
    {
        int pieces = 0;
        do
        {
            Step(nowMs);
            pieces++;
        }
        while (HasBacklog && pieces < MostPieces);
    }

    // Whether both sources ran up to the minute's end, holding back what waits there, or until they were empty.
    private bool Count()
    {
        bool areProbesDone = CountProbes();
        return CountAdverts() && areProbesDone;
    }

    private bool CountProbes()
    {
        // The ring was found empty by a drain of this call; what an earlier one found says nothing.
        bool isLast = false;
        while (true)
        {
            if (_probeAt == _probeCount)
            {
                if (isLast || _probesLeft <= 0)
                {
                    return isLast;
                }

                _probeCount = _radio.DrainProbes(_probes);
                Check.That(_probeCount >= 0 && _probeCount <= RecordsADrain, "the radio gives whole records, no more than fit");
                _probeAt = 0;
                isLast = _probeCount < RecordsADrain;
                _probesLeft -= _probeCount;
            }

            int at = _counter.CountProbes(_probes, _probeAt, _probeCount);
            _heardProbes += at - _probeAt;
            _probeAt = at;
            if (at < _probeCount)
            {
                return true;
            }
        }
    }

    private bool CountAdverts()
    {
        // The ring was found empty by a drain of this call; what an earlier one found says nothing.
        bool isLast = false;
        while (true)
        {
            if (_advertAt == _advertCount)
            {
                if (isLast || _advertsLeft <= 0)
                {
                    return isLast;
                }

                _advertCount = _radio.DrainAdverts(_adverts);
                Check.That(_advertCount >= 0 && _advertCount <= RecordsADrain, "the radio gives whole records, no more than fit");
                _advertAt = 0;
                isLast = _advertCount < RecordsADrain;
                _advertsLeft -= _advertCount;
            }

            int at = _counter.CountAdverts(_adverts, _advertAt, _advertCount);
            _heardAdverts += at - _advertAt;
            _advertAt = at;
            if (at < _advertCount)
            {
                return true;
            }
        }
    }

    private void EndMinute(long endMs)
    {
        int next = _minute + 1;
        _countedDue = 0;
        _counter.BookMinute(next);
        _minute = next;
        if (endMs >= _intervalEndMs)
        {
            Close(endMs);
            _intervalEndMs = _wallClock.NextMultiple(endMs, _config.ReportIntervalMs);
        }

        // A slewed clock makes this one minute longer or shorter; it neither tears it nor adds one.
        long offsetBefore = _wallClock.OffsetMs;
        _wallClock.Slew();
        _intervalEndMs -= _wallClock.OffsetMs - offsetBefore;
        BeginMinute(endMs, _wallClock.NextMultiple(endMs + (MinuteMs / 2), MinuteMs));
    }

    private void BeginMinute(long startMs, long endMs)
    {
        _minuteEndMs = endMs;
        _counter.BeginMinute(_minute, startMs, (int)(_minuteEndMs - startMs));
    }

    private void Close(long endMs)
    {
        int[] row = _ring.Add();
        int dropped = _radio.DroppedRecords;
        _counter.CloseReading(row, 0);
        row[ReadingField.RingLoss] = Limited(dropped - _droppedBefore);
        // A slewed clock makes an hour some seconds longer: they are not worth a reading that is refused.
        row[ReadingField.ListenSeconds] = AtMostAnHour(_schedule.TakeListenedSeconds(endMs));
        row[ReadingField.IntervalSeconds] = AtMostAnHour((int)((endMs - _intervalStartMs + 500) / 1000));
        row[ReadingField.ConfigVersion] = _config.Version;
        row[ReadingField.Number] = ++_lastNumber;
        row[ReadingField.BootId] = _bootId;
        row[ReadingField.ClosedUptimeSeconds] = (int)((endMs + 500) / 1000);
        if (_wallClock.IsSet)
        {
            long utcSeconds = (endMs + _wallClock.OffsetMs + 500) / 1000;
            row[ReadingField.ClosedUtcSeconds] = (int)(utcSeconds - UtcTime.SecondsTo2000);
        }

        _ring.Keep();
        _droppedBefore = dropped;
        _intervalStartMs = endMs;
    }

    private static int AtMostAnHour(int seconds)
    {
        return seconds > MostSeconds ? MostSeconds : seconds;
    }

    private static int Limited(int count)
    {
        return count > ReadingField.CountLimit ? ReadingField.CountLimit : count;
    }

    private int OrdinalAt(long uptimeMs)
    {
        // Ordinals of uptime minutes, shifted so that they change where UTC's minutes do once UTC is known: dwell goes on across the
        // setting of the clock.
        return (int)((uptimeMs + (_wallClock.OffsetMs % MinuteMs)) / MinuteMs);
    }
}
