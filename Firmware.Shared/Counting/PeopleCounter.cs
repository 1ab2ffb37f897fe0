using System;
using JamBox.Ports;

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
    public const int CountLimit = 1000000;

    /// <summary>Bytes of salt that the constructor takes.</summary>
    public const int SaltLength = 8;

    // A quarter more slots than devices keeps probe sequences short when a table is full.
    private const int MinuteSlots = 2560;
    private const int BleSlots = 768;

    // Signal strength is kept as dBm + 129: 2…128, stronger is greater; 1 = not known, 0 = free slot.
    private const int LevelOfZeroDbm = 129;
    private const int LevelUnknown = 1;

    // Odd multipliers with well-spread bits (Knuth's golden ratio; MurmurHash3's finaliser).
    private const uint Multiplier1 = 0x9E3779B1;
    private const uint Multiplier2 = 0x85EBCA6B;
    private const uint Multiplier3 = 0xC2B2AE35;

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
    private readonly uint _saltLow;
    private readonly uint _saltHigh;

    // The reading that is open; the fields that are averages are made when it closes.
    private readonly int[] _open = new int[ReadingField.CountedFields];
    private readonly int[] _minuteZones = new int[UnknownZone + 1];
    private int _rssiSum;
    private int _rssiCount;
    private int _strongest;
    private int _weakest;
    private int _bleRssiSum;
    private int _bleRssiCount;

    // The minute that is open.
    private int _minute;
    private uint _minuteStartMs;
    private uint _minuteLengthMs;
    private int _minuteCount;
    private int _bleCount;
    private int _bleAppleCount;
    private int _levelImmediate;
    private int _levelNear;
    private int _levelFar;

    /// <summary>Initializes a new instance of the <see cref="PeopleCounter"/> class.</summary>
    /// <param name="salt"><see cref="SaltLength"/> random bytes, new at every boot.</param>
    /// <param name="thresholds">Zones and dwell classes; after a change <see cref="ApplyThresholds"/> is to be called.</param>
    public PeopleCounter(byte[] salt, Thresholds thresholds)
    {
        _saltLow = BitConverter.ToUInt32(salt, 0);
        _saltHigh = BitConverter.ToUInt32(salt, 4);
        _thresholds = thresholds;
        ApplyThresholds();
    }

    /// <summary>Gets the bytes of all counting tables together, as on the board (element sizes only).</summary>
    public int TableBytes => (_keys.Length * 4) + _moreKeys.Length + _levels.Length
        + (_bleKeys.Length * 4) + _bleMoreKeys.Length + _bleFlags.Length + _dwell.TableBytes + _overflow.TableBytes;

    /// <summary>Gets the device-minutes of the open minute so far.</summary>
    public int MinuteCount => _minuteCount;

    /// <summary>Gets the impressions of the open reading so far.</summary>
    public int Impressions => _open[ReadingField.Impressions];

    /// <summary>Puts changed thresholds into force, for the open minute too.</summary>
    public void ApplyThresholds()
    {
        _levelImmediate = LevelOfZeroDbm + _thresholds.ImmediateDbm;
        _levelNear = LevelOfZeroDbm + _thresholds.NearDbm;
        _levelFar = LevelOfZeroDbm + _thresholds.FarDbm;
        Array.Clear(_minuteZones, 0, _minuteZones.Length);
        for (int slot = 0; _minuteCount > 0 && slot < MinuteSlots; slot++)
        {
            if (_levels[slot] != 0)
            {
                _minuteZones[ZoneOf(_levels[slot])]++;
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
        byte[] levels = _levels;
        uint[] keys = _keys;
        int offset = from * RadioRecord.Size;
        int end = count * RadioRecord.Size;
        while (offset < end)
        {
            if (BitConverter.ToUInt32(records, offset + RadioRecord.TimeMs) - _minuteStartMs >= _minuteLengthMs
                && IsLater(records, offset))
            {
                break;
            }

            int level = Level(records[offset + RadioRecord.RssiDbm]);
            uint high = (BitConverter.ToUInt16(records, offset + 4) ^ _saltHigh) * Multiplier2;
            uint key = (BitConverter.ToUInt32(records, offset) ^ _saltLow) * Multiplier1;
            key = ((key ^ (key >> 15)) + high) * Multiplier3;
            key ^= key >> 13;
            int slot = (int)((key >> 16) * MinuteSlots >> 16);
            int known;
            // Ends at a free slot at the latest: there are always at least MinuteSlots − MinuteCapacity of them.
            while ((known = levels[slot]) != 0 && (keys[slot] != key || _moreKeys[slot] != high >> 24))
            {
                if (++slot == MinuteSlots)
                {
                    slot = 0;
                }
            }

            if (level > known)
            {
                Strengthen(slot, known, level, key, high);
            }

            offset += RadioRecord.Size;
        }

        int counted = (offset / RadioRecord.Size) - from;
        _open[ReadingField.Impressions] += counted;
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
        _open[ReadingField.ProbeRssiAvg] = Mean(_rssiSum, _rssiCount);
        _open[ReadingField.ProbeRssiStrongest] = _strongest;
        _open[ReadingField.ProbeRssiWeakest] = _weakest;
        _open[ReadingField.BleRssiAvg] = Mean(_bleRssiSum, _bleRssiCount);
        for (int i = 0; i < ReadingField.CountedFields; i++)
        {
            int value = _open[i];
            reading[offset + i] = value > CountLimit ? CountLimit : value;
        }

        Array.Clear(_open, 0, _open.Length);
        _rssiSum = 0;
        _rssiCount = 0;
        _strongest = 0;
        _weakest = 0;
        _bleRssiSum = 0;
        _bleRssiCount = 0;
    }

    private static int Mean(int sum, int count)
    {
        // Sums are negative; rounded to the nearest, halves away from zero.
        return count == 0 ? 0 : (sum - (count >> 1)) / count;
    }

    private int Level(byte rssi)
    {
        int dbm = rssi < 128 ? rssi : rssi - 256;
        if (dbm == 0)
        {
            return LevelUnknown;
        }

        // +1…+127 dBm is nothing that a receiver near a phone reports; −128 would fall onto "not known".
        dbm = dbm > 0 ? -1 : (dbm < -127 ? -127 : dbm);
        _rssiSum += dbm;
        _rssiCount++;
        if (dbm > _strongest || _strongest == 0)
        {
            _strongest = dbm;
        }

        if (dbm < _weakest)
        {
            _weakest = dbm;
        }

        return LevelOfZeroDbm + dbm;
    }

    private int ZoneOf(int level)
    {
        if (level > _levelImmediate)
        {
            return 0;
        }

        if (level > _levelNear)
        {
            return 1;
        }

        if (level > _levelFar)
        {
            return 2;
        }

        return level == LevelUnknown ? UnknownZone : 3;
    }

    // A device's first probe of the minute, or one that is stronger than all before.
    private void Strengthen(int slot, int known, int level, uint key, uint high)
    {
        if (known != 0)
        {
            _minuteZones[ZoneOf(known)]--;
        }
        else if (_minuteCount == MinuteCapacity)
        {
            if (_overflow.Add(key))
            {
                TouchDwell(key, high);
            }

            return;
        }
        else
        {
            _minuteCount++;
            _keys[slot] = key;
            _moreKeys[slot] = (byte)(high >> 24);
            TouchDwell(key, high);
        }

        _levels[slot] = (byte)level;
        _minuteZones[ZoneOf(level)]++;
    }

    private void TouchDwell(uint key, uint high)
    {
        if (!_dwell.Touch(key, (byte)(high >> 24), _minute))
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

        uint high = (BitConverter.ToUInt16(records, offset + 4) ^ _saltHigh) * Multiplier2;
        uint key = (BitConverter.ToUInt32(records, offset) ^ _saltLow) * Multiplier1;
        key = ((key ^ (key >> 15)) + high) * Multiplier3;
        key ^= key >> 13;
        int slot = (int)((key >> 16) * BleSlots >> 16);
        while (_bleFlags[slot] != 0 && (_bleKeys[slot] != key || _bleMoreKeys[slot] != high >> 24))
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
            _bleMoreKeys[slot] = (byte)(high >> 24);
            _bleFlags[slot] = BlePresent;
        }

        if ((flags & RadioRecord.FlagApple) != 0 && (_bleFlags[slot] & BleApple) == 0)
        {
            _bleFlags[slot] = BlePresent | BleApple;
            _bleAppleCount++;
        }
    }
}
