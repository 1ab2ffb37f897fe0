using JamBox.App;
using JamBox.Readings;
using JamBox.Twin.Run;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Soak;

/// <summary>
/// Follows every reading from its closing to its end: it leaves the ring only for a reason, those reasons are counted as the box counts
/// them, and after a loss of power the ring is what it was, but for what was being written and what a bad sector no longer gives or takes
/// (<see cref="LoggedReadings"/>).
/// </summary>
internal sealed class RingWatch(VirtualClock clock, SimulatedFlash flash, ExchangeWatch exchanges, Problems problems) : IBoxWatch
{
    private readonly List<ReadingKey> _waiting = [];
    private readonly Dictionary<ReadingKey, (Fate Fate, int[] Fields, long ClosedUtcMs)> _readings = [];
    private readonly List<ReadingKey> _removedLast = [];
    private readonly List<ReadingKey> _closedNow = [];
    private readonly HashSet<ReadingKey> _datedLater = [];
    private readonly int[] _row = new int[ReadingField.Count];
    private uint? _undatedBoot;
    private Box? _box;
    private int _count;
    private int _lost;
    private int _givenUp;
    private int _setAside;
    private int _closings;
    private int _lostNow;
    private int _told;
    private int _deaths;

    /// <summary>Every reading that was closed: its fate, its fields, and when that truly was.</summary>
    public IReadOnlyDictionary<ReadingKey, (Fate Fate, int[] Fields, long ClosedUtcMs)> Readings => _readings;

    /// <summary>The most readings that waited at once.</summary>
    public int DeepestQueue { get; private set; }

    /// <inheritdoc/>
    public void Booted(Box box)
    {
        bool isFirst = _box is null;
        _box = box;
        _deaths += isFirst ? 0 : 1;
        _told += exchanges.TakeTold();
        // A boot begins with what earlier ones lost and could not tell.
        _lost = box.Ring.Lost;
        _setAside = 0;
        _closings = 0;
        _undatedBoot = null;
        List<ReadingKey> found = Ring();
        if (!isFirst)
        {
            CompareRecovered(found);
        }

        _waiting.Clear();
        _waiting.AddRange(found);
        _closedNow.Clear();
        _removedLast.Clear();
        _count = found.Count;
    }

    /// <inheritdoc/>
    public void Closed(ReadOnlySpan<int> fields)
    {
        ReadingKey key = KeyOf(fields);
        if (!_readings.TryAdd(key, (Fate.Waits, fields.ToArray(), clock.UtcNowMs)))
        {
            problems.Add(clock.NowMs, $"{key} is closed a second time");
            return;
        }

        _closedNow.Add(key);
        _waiting.Add(key);
        if (!_box!.Clock.IsSet)
        {
            _undatedBoot = key.Boot;
        }
    }

    /// <inheritdoc/>
    public void Look(bool isLast)
    {
        Box box = _box!;
        if (_undatedBoot is { } boot && box.Clock.IsSet && !isLast)
        {
            // The firmware remembers when one boot began: a later one takes the place of an earlier.
            _datedLater.Clear();
            _datedLater.UnionWith(Ring().Where(key => key.Boot == boot));
            _undatedBoot = null;
        }

        bool isQuiet = _closedNow.Count == 0 && box.Ring.Count == _count && box.Ring.Lost == _lost && box.Ring.SetAside == _setAside
            && _closings == box.UplinkState.AcceptedReadings;
        if (isQuiet || isLast)
        {
            return;
        }

        List<ReadingKey> ring = Ring();
        int removed = _waiting.Count - ring.Count;
        if (removed < 0 || !ring.SequenceEqual(_waiting.Skip(removed)))
        {
            problems.Add(clock.NowMs, $"the ring holds {ring.Count} readings, not what it held less its oldest");
        }
        else
        {
            _removedLast.Clear();
            Judge([.. _waiting.Take(removed)]);
        }

        _waiting.Clear();
        _waiting.AddRange(ring);
        _closedNow.Clear();
        _count = ring.Count;
        _closings = box.UplinkState.AcceptedReadings;
        DeepestQueue = Math.Max(DeepestQueue, ring.Count);
    }

    /// <inheritdoc/>
    public void Died(BoxDiedException death)
    {
    }

    /// <summary>Says whether a reading must bear a date: it waited when its boot came to know the time.</summary>
    /// <param name="key">Which reading.</param>
    /// <returns>Whether it must.</returns>
    public bool MustBeDated(ReadingKey key) => _datedLater.Contains(key);

    /// <summary>The world ends: nothing may wait, and what the box says it lost is what it lost.</summary>
    public void Finish()
    {
        Look(isLast: false);
        foreach ((ReadingKey key, (Fate fate, _, _)) in _readings)
        {
            if (fate == Fate.Waits)
            {
                problems.Add(clock.NowMs, $"{key} still waits");
            }
        }

        _told += exchanges.TakeTold();
        int dropped = _givenUp + _readings.Values.Count(reading => reading.Fate is Fate.Overwritten or Fate.SetAside);
        // Notes of losses lie in the log as well: those of a sector that can no longer be read are not known to the next boot.
        bool mayForget = _deaths > 0 && LoggedReadings.HasUnreadable(flash);
        if ((_told < dropped && !mayForget) || (_deaths == 0 && _told > dropped))
        {
            problems.Add(clock.NowMs, $"{dropped} readings were overwritten or set aside, but the backend was told of {_told}");
        }

        if (exchanges.LastDropped != _lost + _setAside)
        {
            problems.Add(
                clock.NowMs,
                $"the last dr on the wire is {exchanges.LastDropped}, but {_lost} were overwritten and {_setAside} set aside in this boot");
        }
    }

    private static ReadingKey KeyOf(ReadOnlySpan<int> fields) => new((uint)fields[ReadingField.BootId], fields[ReadingField.Number]);

    private static bool IsYes(int status) => status is >= 200 and < 300;

    private static bool IsFinalNo(int status) => status is 400 or 409 or 413 or 422;

    // Looked at from outside: what the firmware finds out about its flash it finds out by itself.
    private List<ReadingKey> Ring()
    {
        ReadingRing ring = _box!.Ring;
        var keys = new List<ReadingKey>(ring.Count);
        flash.IsLookedAt = true;
        for (int i = 0; i < ring.Count; i++)
        {
            ring.Read(i, _row);
            keys.Add(KeyOf(_row));
        }

        flash.IsLookedAt = false;
        return keys;
    }

    private void Judge(List<ReadingKey> removed)
    {
        int overwritten = _box!.Ring.Lost - _lost;
        int setAside = _box.Ring.SetAside - _setAside;
        _lost += overwritten;
        _setAside += setAside;
        // The backend may have said yes to them without the box hearing it.
        bool areAllOverwritten = removed.Count == overwritten;
        foreach (ReadingKey key in removed)
        {
            int status = exchanges.LastStatus(key);
            Fate fate;
            if (setAside > 0 && IsFinalNo(status))
            {
                setAside--;
                fate = Fate.SetAside;
            }
            else if (overwritten > 0 && (!IsYes(status) || areAllOverwritten))
            {
                overwritten--;
                bool isUnreadable = LoggedReadings.IsUnreadable(flash, key);
                fate = isUnreadable ? Fate.LostWithSector : Fate.Overwritten;
                _givenUp += isUnreadable ? 1 : 0;
            }
            else
            {
                fate = Fate.Sent;
                if (!IsYes(status))
                {
                    problems.Add(clock.NowMs, $"{key} left the ring although the last answer to it was {status}");
                }
            }

            End(key, fate);
        }

        if (overwritten != 0 || setAside != 0)
        {
            problems.Add(
                clock.NowMs, $"the box counts {overwritten} readings overwritten and {setAside} set aside that did not leave the ring");
        }
    }

    private void End(ReadingKey key, Fate fate)
    {
        _removedLast.Add(key);
        if (_readings.TryGetValue(key, out (Fate Fate, int[] Fields, long ClosedUtcMs) reading))
        {
            _readings[key] = reading with { Fate = fate };
        }
    }

    // At most the reading that was being written, and those of one answer, which are taken out one by one from the oldest on, differ.
    private void CompareRecovered(List<ReadingKey> found)
    {
        var known = new HashSet<ReadingKey>(_waiting);
        foreach (ReadingKey key in found)
        {
            if (!known.Contains(key))
            {
                Return(key);
            }
        }

        var there = new HashSet<ReadingKey>(found);
        _lostNow = 0;
        bool isOldest = true;
        for (int i = 0; i < _waiting.Count; i++)
        {
            if (there.Contains(_waiting[i]))
            {
                isOldest = false;
            }
            else
            {
                LoseAtReboot(_waiting[i], i, isOldest);
            }
        }

        if (!found.Where(known.Contains).SequenceEqual(_waiting.Where(there.Contains)))
        {
            problems.Add(clock.NowMs, "after the reboot the readings are in another order");
        }
    }

    private void Return(ReadingKey key)
    {
        bool isKnown = _readings.TryGetValue(key, out (Fate Fate, int[] Fields, long ClosedUtcMs) done);
        if (_removedLast.Contains(key) || (isKnown && LoggedReadings.MayReturn(flash, key, done.Fate)))
        {
            // Its mark had not been written: it is sent again, which the backend takes for the repetition that it is.
            _readings[key] = done with { Fate = Fate.Waits };
        }
        else
        {
            problems.Add(clock.NowMs, $"{key} came back after a reboot although it was done");
        }
    }

    private void LoseAtReboot(ReadingKey key, int place, bool isOldest)
    {
        int status = exchanges.LastStatus(key);
        if (isOldest && IsYes(status))
        {
            End(key, Fate.Sent);
        }
        else if (isOldest && IsFinalNo(status))
        {
            End(key, Fate.SetAside);
        }
        else if (_closedNow.Contains(key) && ++_lostNow == 1)
        {
            End(key, Fate.LostWithPower);
        }
        else if (place == 0 && _waiting.Count >= ReadingRing.LoggedCapacity)
        {
            End(key, Fate.Overwritten);
        }
        else if (LoggedReadings.MayBeGone(flash, key))
        {
            End(key, Fate.LostWithSector);
        }
        else
        {
            problems.Add(clock.NowMs, $"{key} waited before the reboot and is gone");
        }
    }
}

/// <summary>What became of a reading that was closed.</summary>
internal enum Fate
{
    /// <summary>It waits to be sent.</summary>
    Waits,

    /// <summary>The backend said yes.</summary>
    Sent,

    /// <summary>The backend refused it for good; counted in <c>dr</c>.</summary>
    SetAside,

    /// <summary>It was the oldest of a full ring; counted in <c>dr</c>.</summary>
    Overwritten,

    /// <summary>Power went while it was written.</summary>
    LostWithPower,

    /// <summary>
    /// Its sector of flash can no longer be read (counted in <c>dr</c> where the box ran), or it stood in RAM because sectors were bad, and
    /// power went.
    /// </summary>
    LostWithSector,
}

/// <summary>Which reading: those of one box differ in it.</summary>
/// <param name="Boot">Boot id.</param>
/// <param name="Number">Number in that boot.</param>
internal readonly record struct ReadingKey(uint Boot, int Number)
{
    public override string ToString() => $"reading {Number} of boot {Boot:x8}";
}
