using System;
using JamBox.Ports;
using JamBox.Readings;

namespace JamBox.Counting;

/// <summary>
/// Counts device-minutes, zones, dwell and signal strength out of radio records (SYSTEM.md §1). It knows no clock: the caller says when
/// a minute begins, when it is booked and when the reading closes. All tables are allocated here, once; a record allocates nothing.
/// Addresses enter as bytes of a record and are kept only as 40 bits of a salted hash.
/// </summary>
public sealed class PeopleCounter
{
    /// <summary>Distinct devices a minute (SYSTEM.md §1).</summary>
    public const int MinuteCapacity = 2000;

    /// <summary>Distinct Bluetooth devices a minute (SYSTEM.md §1).</summary>
    public const int BleCapacity = 600;

    /// <summary>Counts stop here (SYSTEM.md §2).</summary>
    public const int CountLimit = ReadingField.CountLimit;

    /// <summary>Bytes of salt that the constructor takes.</summary>
    public const int SaltLength = 16;

    // A quarter more slots than devices keeps probe sequences short when the table is full. Adverts are heard one second in thirty, so that
    // their table is hardly ever: a sixth more will do.
    private const int MinuteSlots = 2496;
    private const int BleSlots = 704;

    // Signal strength is kept as dBm + 129: 2…128, stronger is greater; 1 = not known, 0 = free slot.
    private const int LevelOfZeroDbm = 129;
    private const int LevelUnknown = 1;
    private const int LevelStrongest = 128;
    private const int WeakestNone = 255;

    private const byte BlePresent = 1;
    private const byte BleApple = 2;
    private const int UnknownZone = 4;

    private readonly uint[] _keys = new uint[MinuteSlots];
    private readonly byte[] _moreKeys = new byte[MinuteSlots];
    private readonly byte[] _levels = new byte[MinuteSlots];
    private readonly uint[] _bleKeys = new uint[BleSlots];
    private readonly byte[] _bleMoreKeys = new byte[BleSlots];
    private readonly byte[] _bleFlags = new byte[BleSlots];
    private readonly DwellTable _dwell = new DwellTable();
    private readonly OverflowEstimate _overflow = new OverflowEstimate();
    private readonly Thresholds _thresholds;

    // The hash of an address is multiply-shift with a random odd multiplier, which is universal (Dietzfelbinger 1997), over the address
    // masked with another random number: two random numbers that nobody knows, few instructions for the interpreter.
    private readonly ulong _saltMask;
    private readonly ulong _saltMultiplier;

    // The reading that is open; the fields that are averages are made when it closes.
    private readonly int[] _open = new int[ReadingField.CountedFields];
    private readonly byte[] _zones = new byte[LevelStrongest + 1];
    private readonly int[] _minuteZones = new int[UnknownZone + 1];
    // Signal strength as levels; the unknown ones are left out of all three.
    private int _levelSum;
    private int _levelCount;
    private int _strongest;
    private int _weakest = WeakestNone;
    private int _bleRssiSum;
    private int _bleRssiCount;

    // The minute that is open.
    private int _minute;
    private int _minuteCode;
    private uint _minuteStartMs;
    private uint _minuteLengthMs;
    private int _minuteCount;
    private int _bleCount;
    private int _bleAppleCount;

    /// <summary>Initializes a new instance of the <see cref="PeopleCounter"/> class.</summary>
    /// <param name="salt"><see cref="SaltLength"/> random bytes, new at every boot.</param>
    /// <param name="thresholds">Zones and dwell classes; after a change <see cref="ApplyThresholds"/> is to be called.</param>
    public PeopleCounter(byte[] salt, Thresholds thresholds)
    {
        _saltMask = BitConverter.ToUInt64(salt, 0);
        _saltMultiplier = BitConverter.ToUInt64(salt, 8) | 1;
        _thresholds = thresholds;
        ApplyThresholds();
    }

    /// <summary>Gets the bytes of all counting tables together, as on the board (element sizes only).</summary>
    public int TableBytes => (_keys.Length * 4) + _moreKeys.Length + _levels.Length
        + (_bleKeys.Length * 4) + _bleMoreKeys.Length + _bleFlags.Length + _zones.Length + _dwell.TableBytes + _overflow.TableBytes;

    /// <summary>Gets the device-minutes of the open minute so far.</summary>
    public int MinuteCount => _minuteCount;

    /// <summary>Gets the impressions of the open reading so far.</summary>
    public int Impressions => _open[ReadingField.Impressions];

    /// <summary>Puts changed thresholds into force, for the open minute too.</summary>
    public void ApplyThresholds()
    {
        for (int level = LevelUnknown; level < _zones.Length; level++)
        {
            int dbm = level - LevelOfZeroDbm;
            int zone = dbm > _thresholds.ImmediateDbm ? 0 : (dbm > _thresholds.NearDbm ? 1 : (dbm > _thresholds.FarDbm ? 2 : 3));
            _zones[level] = (byte)(level == LevelUnknown ? UnknownZone : zone);
        }

        Array.Clear(_minuteZones, 0, _minuteZones.Length);
        for (int slot = 0; _minuteCount > 0 && slot < MinuteSlots; slot++)
        {
            if (_levels[slot] != 0)
            {
                _minuteZones[_zones[_levels[slot]]]++;
            }
        }
    }

    /// <summary>Begins a minute. The one before must have been booked.</summary>
    /// <param name="minute">Its ordinal; does not decrease. Dwell is counted in these.</param>
    /// <param name="startUptimeMs">Uptime at which it begins, ms.</param>
    /// <param name="lengthMs">How long it is, ms: 60,000, or less where the clock was set.</param>
    public void BeginMinute(int minute, long startUptimeMs, int lengthMs)
    {
        _minute = minute;
        _minuteCode = DwellTable.Code(minute);
        _minuteStartMs = (uint)startUptimeMs;
        _minuteLengthMs = (uint)lengthMs;
    }

    /// <summary>Counts probe requests, up to the first that belongs to a later minute.</summary>
    /// <param name="records">Records as in <see cref="RadioRecord"/>, oldest first.</param>
    /// <param name="from">Index of the first record.</param>
    /// <param name="count">Index behind the last record.</param>
    /// <returns>Index of the first record not counted: <paramref name="count"/>, or one of a later minute.</returns>
    public int CountProbes(byte[] records, int from, int count)
    {
        // Fields are copied to locals and the signal statistics kept in locals: each access saved is one of the 150 IL instructions
        // that a probe may cost (NANOFRAMEWORK.md, "Speed").
        byte[] levels = _levels;
        uint[] keys = _keys;
        uint minuteStartMs = _minuteStartMs;
        uint minuteLengthMs = _minuteLengthMs;
        ulong saltMask = _saltMask;
        ulong saltMultiplier = _saltMultiplier;
        int levelSum = 0;
        int unknown = 0;
        int strongest = _strongest;
        int weakest = _weakest;
        int offset = from * RadioRecord.Size;
        int end = count * RadioRecord.Size;
        while (offset < end)
        {
            if (BitConverter.ToUInt32(records, offset + RadioRecord.TimeMs) - minuteStartMs >= minuteLengthMs && IsLater(records, offset))
            {
                break;
            }

            // dBm −127…−1 is the byte 129…255.
            int level = records[offset + RadioRecord.RssiDbm] - (256 - LevelOfZeroDbm);
            if (level <= LevelUnknown)
            {
                level = UnusualLevel(level);
                if (level == LevelUnknown)
                {
                    unknown++;
                }
            }

            if (level != LevelUnknown)
            {
                levelSum += level;
                strongest = level > strongest ? level : strongest;
                weakest = level < weakest ? level : weakest;
            }

            // The shift leaves the six bytes of the address and drops what follows them in the record.
            ulong hash = ((BitConverter.ToUInt64(records, offset) << 16) ^ saltMask) * saltMultiplier;
            uint key = (uint)(hash >> 32);
            int slot = (int)((key >> 16) * MinuteSlots >> 16);
            int known = levels[slot];
            // Ends at a free slot at the latest: there are always at least MinuteSlots − MinuteCapacity of them.
            while (known != 0)
            {
                if (keys[slot] == key && _moreKeys[slot] == (byte)(hash >> 24))
                {
                    break;
                }

                if (++slot == MinuteSlots)
                {
                    slot = 0;
                }

                known = levels[slot];
            }

            if (level > known)
            {
                Strengthen(slot, known, level, key, (byte)(hash >> 24));
            }

            offset += RadioRecord.Size;
        }

        int counted = (offset / RadioRecord.Size) - from;
        _open[ReadingField.Impressions] += counted;
        _levelSum += levelSum;
        _levelCount += counted - unknown;
        _strongest = strongest;
        _weakest = weakest;
        return from + counted;
    }

    /// <summary>Counts Bluetooth LE advertisements, up to the first that belongs to a later minute. Scan responses and public
    /// addresses are passed over.</summary>
    /// <param name="records">Records as in <see cref="RadioRecord"/>, oldest first.</param>
    /// <param name="from">Index of the first record.</param>
    /// <param name="count">Index behind the last record.</param>
    /// <returns>Index of the first record not counted: <paramref name="count"/>, or one of a later minute.</returns>
    public int CountAdverts(byte[] records, int from, int count)
    {
        for (int index = from; index < count; index++)
        {
            int offset = index * RadioRecord.Size;
            if (BitConverter.ToUInt32(records, offset + RadioRecord.TimeMs) - _minuteStartMs >= _minuteLengthMs
                && IsLater(records, offset))
            {
                return index;
            }

            int flags = records[offset + RadioRecord.Flags];
            if ((flags & (RadioRecord.FlagRandomAddress | RadioRecord.FlagScanResponse)) == RadioRecord.FlagRandomAddress)
            {
                CountAdvert(records, offset, flags);
            }
        }

        return count;
    }

    /// <summary>
    /// Ends the minute: its device-minutes, zones and overflow go to the reading that is open, devices that left go to its dwell counts.
    /// </summary>
    /// <param name="nextMinute">Ordinal of the minute that begins next. Minutes without any record in between end too.</param>
    public void BookMinute(int nextMinute)
    {
        _open[ReadingField.Unique] += _minuteCount;
        for (int zone = 0; zone < UnknownZone; zone++)
        {
            _open[ReadingField.Zone + zone] += _minuteZones[zone];
        }

        _open[ReadingField.BleUnique] += _bleCount;
        _open[ReadingField.BleApple] += _bleAppleCount;
        _open[ReadingField.BleOther] += _bleCount - _bleAppleCount;
        _open[ReadingField.Overflow] += _overflow.Take();
        Array.Clear(_minuteZones, 0, _minuteZones.Length);
        Array.Clear(_levels, 0, _levels.Length);
        Array.Clear(_bleFlags, 0, _bleFlags.Length);
        _minuteCount = 0;
        _bleCount = 0;
        _bleAppleCount = 0;
        for (; _minute < nextMinute; _minute++)
        {
            // After ten minutes of silence the table is empty, and the call costs nothing: a long gap is no long loop's work.
            _dwell.ExpireAt(_minute, _thresholds, _open, ReadingField.Dwell);
        }
    }

    /// <summary>Closes the reading and opens the next. The minute that is open stays open and is booked to the next reading.</summary>
    /// <param name="reading">Where to: the fields below <see cref="ReadingField.CountedFields"/> are written.</param>
    /// <param name="offset">Index of the reading's first field.</param>
    public void CloseReading(int[] reading, int offset)
    {
        _open[ReadingField.ProbeRssiAvg] = Mean(_levelSum - (LevelOfZeroDbm * _levelCount), _levelCount);
        _open[ReadingField.ProbeRssiStrongest] = _levelCount == 0 ? 0 : _strongest - LevelOfZeroDbm;
        _open[ReadingField.ProbeRssiWeakest] = _levelCount == 0 ? 0 : _weakest - LevelOfZeroDbm;
        _open[ReadingField.BleRssiAvg] = Mean(_bleRssiSum, _bleRssiCount);
        for (int i = 0; i < ReadingField.CountedFields; i++)
        {
            int value = _open[i];
            reading[offset + i] = value > CountLimit ? CountLimit : value;
        }

        Array.Clear(_open, 0, _open.Length);
        _levelSum = 0;
        _levelCount = 0;
        _strongest = 0;
        _weakest = WeakestNone;
        _bleRssiSum = 0;
        _bleRssiCount = 0;
    }

    private static int Mean(int sum, int count)
    {
        // Sums are negative; rounded to the nearest, halves away from zero.
        return count == 0 ? 0 : (sum - (count >> 1)) / count;
    }

    private static int UnusualLevel(int level)
    {
        if (level == LevelUnknown)
        {
            // −128 dBm would fall onto "not known"; the weakest level is what it comes nearest to.
            return LevelUnknown + 1;
        }

        // Below it lie the bytes 0…127: 0 is "not known", and +1…+127 dBm nothing that a receiver near a phone reports.
        return level == LevelOfZeroDbm - 256 ? LevelUnknown : LevelStrongest;
    }

    // A device's first probe of the minute, or one that is stronger than all before.
    private void Strengthen(int slot, int known, int level, uint key, byte moreKey)
    {
        if (known == 0)
        {
            if (_minuteCount == MinuteCapacity)
            {
                CountOverflow(key, moreKey);
                return;
            }

            _minuteCount++;
            _keys[slot] = key;
            _moreKeys[slot] = moreKey;
            if (!_dwell.Touch(key, moreKey, _minuteCode))
            {
                _open[ReadingField.DwellOverflow]++;
            }
        }
        else
        {
            _minuteZones[_zones[known]]--;
        }

        _levels[slot] = (byte)level;
        _minuteZones[_zones[level]]++;
    }

    private void CountOverflow(uint key, byte moreKey)
    {
        // Its stay goes on although this minute has no room for it.
        if (_overflow.Add(key) && !_dwell.Touch(key, moreKey, _minuteCode))
        {
            _open[ReadingField.DwellOverflow]++;
        }
    }

    private bool IsLater(byte[] records, int offset)
    {
        // Told apart by the sign of the difference, so that the wrap of 32-bit milliseconds (49.7 days) does not matter. A record from
        // before the minute's start was drained late, after its own minute had been booked: it counts now rather than never.
        int late = (int)(long)(BitConverter.ToUInt32(records, offset + RadioRecord.TimeMs) - _minuteStartMs);
        return late >= 0;
    }

    private void CountAdvert(byte[] records, int offset, int flags)
    {
        _open[ReadingField.BleImpressions]++;
        int rssi = records[offset + RadioRecord.RssiDbm];
        if (rssi != 0)
        {
            _bleRssiSum += rssi < 128 ? -1 : rssi - 256;
            _bleRssiCount++;
        }

        ulong hash = ((BitConverter.ToUInt64(records, offset) << 16) ^ _saltMask) * _saltMultiplier;
        uint key = (uint)(hash >> 32);
        byte moreKey = (byte)(hash >> 24);
        int slot = (int)((key >> 16) * BleSlots >> 16);
        while (_bleFlags[slot] != 0 && (_bleKeys[slot] != key || _bleMoreKeys[slot] != moreKey))
        {
            if (++slot == BleSlots)
            {
                slot = 0;
            }
        }

        if (_bleFlags[slot] == 0)
        {
            if (_bleCount == BleCapacity)
            {
                _overflow.Add(key);
                return;
            }

            _bleCount++;
            _bleKeys[slot] = key;
            _bleMoreKeys[slot] = moreKey;
            _bleFlags[slot] = BlePresent;
        }

        if ((flags & RadioRecord.FlagApple) != 0 && (_bleFlags[slot] & BleApple) == 0)
        {
            _bleFlags[slot] = BlePresent | BleApple;
            _bleAppleCount++;
        }
    }
}
