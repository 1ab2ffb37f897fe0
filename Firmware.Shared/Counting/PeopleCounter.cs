using System;
using JamBox.Ports;
using JamBox.Readings;

namespace JamBox.Counting;

/// <summary>
/// Counts device-minutes, zones, dwell and signal strength out of radio records (docs/counting.md). It knows no clock: the caller says when
/// a minute begins, when it is booked and when the reading closes. All tables are allocated here, once; a record allocates nothing.
/// Addresses enter as bytes of a record and are kept only as 32 bits of a salted hash. docs/counting.md has every number and limit.
/// </summary>
public sealed class PeopleCounter
{
    /// <summary>Distinct devices a minute (docs/counting.md).</summary>
    public const int MinuteCapacity = 2000;

    /// <summary>Distinct Bluetooth devices a minute (docs/counting.md).</summary>
    public const int BleCapacity = 600;

    /// <summary>Counts stop here (docs/counting.md).</summary>
    public const int CountLimit = ReadingField.CountLimit;

    /// <summary>Bytes of salt that the constructor takes.</summary>
    public const int SaltLength = 16;

    // A sixth and a quarter more homes than devices keep searches within the budget: at 1,000 devices, and in a full Bluetooth table.
    private const int MinuteHomes = 2304;
    private const int BleHomes = 776;
    private const int LastMinuteSlot = MinuteHomes + KeyTable.Tail - 1;
    private const int LastBleSlot = BleHomes + KeyTable.Tail - 1;

    // Six bytes.
    private const ulong AddressMask = 0xFFFFFFFFFFFF;

    // Signal strength is kept as a level, the low seven bits of the record's byte: dBm + 128 is 1…127, stronger is greater; 0 = not known.
    private const int LevelMask = 0x7F;
    private const int LevelOfZeroDbm = 128;
    private const int Levels = LevelMask + 1;

    // The places of FlagApple and FlagAppleInUse: shifted, a flag is added without a branch.
    private const int AppleBit = 2;
    private const int AppleInUseBit = 3;

    private readonly uint[] _keys = new uint[MinuteHomes + KeyTable.Tail];
    private readonly byte[] _strongest = new byte[MinuteHomes + KeyTable.Tail];
    private readonly uint[] _bleKeys = new uint[BleHomes + KeyTable.Tail];
    private readonly byte[] _bleFlags = new byte[BleHomes + KeyTable.Tail];
    private readonly DwellTable _dwell = new DwellTable();
    private readonly OverflowEstimate _overflow = new OverflowEstimate();
    private readonly Thresholds _thresholds;

    // The hash of an address is multiply-shift with a random odd multiplier, which is universal (Dietzfelbinger 1997), over the address
    // masked with another random number: two random numbers that nobody knows, few instructions for the interpreter.
    private readonly ulong _saltMask;
    private readonly ulong _saltMultiplier;

    // The reading that is open; the fields that are averages are made when it closes.
    private readonly int[] _open = new int[ReadingField.CountedFields];

    // Its probes by level: mean, strongest and weakest cost one addition a probe.
    private readonly int[] _probeLevels = new int[Levels];
    private int _bleAppleInUse;
    private int _bleRssiSum;
    private int _bleRssiCount;

    // The minute that is open. Its devices by the level of their strongest probe become zones when it is booked.
    private readonly ushort[] _minuteLevels = new ushort[Levels];
    private int _minute;
    private uint _minuteStartMs;
    private uint _minuteLengthMs;
    private int _minuteCount;
    private int _bleCount;
    private int _bleAppleCount;
    private int _bleInUseCount;

    /// <param name="salt"><see cref="SaltLength"/> random bytes, new at every boot.</param>
    /// <param name="thresholds">Zones and dwell classes. Those in force when a minute is booked hold for all of it.</param>
    public PeopleCounter(byte[] salt, Thresholds thresholds)
    {
        _saltMask = BitConverter.ToUInt64(salt, 0);
        _saltMultiplier = BitConverter.ToUInt64(salt, 8) | 1;
        _thresholds = thresholds;
    }

    /// <summary>Gets the bytes of all counting tables together, as on the board (element sizes only).</summary>
    public int TableBytes => (_keys.Length * 4) + _strongest.Length + (_bleKeys.Length * 4) + _bleFlags.Length
        + (_probeLevels.Length * 4) + (_minuteLevels.Length * 2) + _dwell.TableBytes + _overflow.TableBytes;

    /// <summary>Gets the device-minutes of the open minute so far.</summary>
    public int MinuteCount => _minuteCount;

    /// <summary>Begins a minute. The one before must have been booked.</summary>
    /// <param name="minute">Its ordinal; does not decrease. Dwell is counted in these.</param>
    /// <param name="startUptimeMs">Uptime at which it begins, ms.</param>
    /// <param name="lengthMs">How long it is, ms: 60,000, or less where the clock was set.</param>
    public void BeginMinute(int minute, long startUptimeMs, int lengthMs)
    {
        _minute = minute;
        _dwell.BeginMinute(minute);
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
        // Fields are copied to locals, and what is rare is in methods of its own: a probe of a device already heard in this minute may cost
        // 150 IL instructions, compiled without optimisation too (docs/counting.md, "What it costs"; IlBudgetTests count them).
        uint[] keys = _keys;
        byte[] strongest = _strongest;
        int[] probeLevels = _probeLevels;
        uint minuteStartMs = _minuteStartMs;
        uint minuteLengthMs = _minuteLengthMs;
        ulong saltMask = _saltMask;
        ulong saltMultiplier = _saltMultiplier;
        int offset = from * RadioRecord.Size;
        int end = count * RadioRecord.Size;
        while (offset < end)
        {
            if (BitConverter.ToUInt32(records, offset + RadioRecord.TimeMs) - minuteStartMs >= minuteLengthMs && IsLater(records, offset))
            {
                break;
            }

            int level = records[offset + RadioRecord.RssiDbm] & LevelMask;
            probeLevels[level]++;

            // The address is in the low bits, which a product spreads best.
            uint key = (uint)((((BitConverter.ToUInt64(records, offset) & AddressMask) ^ saltMask) * saltMultiplier) >> 32);
            int slot = (int)((~key >> 16) * MinuteHomes >> 16);
            while (keys[slot] > key)
            {
                slot++;
            }

            if (keys[slot] < key)
            {
                AddDevice(keys, slot, key, level);
            }
            else if (level > strongest[slot])
            {
                Strengthen(slot, level);
            }

            offset += RadioRecord.Size;
        }

        int at = offset / RadioRecord.Size;
        _open[ReadingField.Impressions] += at - from;
        return at;
    }

    /// <summary>Counts Bluetooth LE advertisements, up to the first that belongs to a later minute. Scan responses and public
    /// addresses are passed over.</summary>
    /// <param name="records">Records as in <see cref="RadioRecord"/>, oldest first.</param>
    /// <param name="from">Index of the first record.</param>
    /// <param name="count">Index behind the last record.</param>
    /// <returns>Index of the first record not counted: <paramref name="count"/>, or one of a later minute.</returns>
    public int CountAdverts(byte[] records, int from, int count)
    {
        // As above: locals, and what is rare elsewhere.
        uint[] keys = _bleKeys;
        uint minuteStartMs = _minuteStartMs;
        uint minuteLengthMs = _minuteLengthMs;
        ulong saltMask = _saltMask;
        ulong saltMultiplier = _saltMultiplier;
        int passedOver = 0;
        int levelSum = 0;
        int unknown = 0;
        int offset = from * RadioRecord.Size;
        int end = count * RadioRecord.Size;
        for (; offset < end; offset += RadioRecord.Size)
        {
            if (BitConverter.ToUInt32(records, offset + RadioRecord.TimeMs) - minuteStartMs >= minuteLengthMs && IsLater(records, offset))
            {
                break;
            }

            int flags = records[offset + RadioRecord.Flags];
            if ((flags & (RadioRecord.FlagRandomAddress | RadioRecord.FlagScanResponse)) != RadioRecord.FlagRandomAddress)
            {
                passedOver++;
                continue;
            }

            int level = records[offset + RadioRecord.RssiDbm] & LevelMask;
            levelSum += level;
            if (level == 0)
            {
                unknown++;
            }

            uint key = (uint)((((BitConverter.ToUInt64(records, offset) & AddressMask) ^ saltMask) * saltMultiplier) >> 32);
            int slot = (int)((~key >> 16) * BleHomes >> 16);
            while (keys[slot] > key)
            {
                slot++;
            }

            if (keys[slot] < key)
            {
                AddBleDevice(slot, key, flags);
            }
            else if (flags != _bleFlags[slot])
            {
                NoteFlags(slot, flags);
            }
        }

        int at = offset / RadioRecord.Size;
        int counted = at - from - passedOver;
        _open[ReadingField.BleImpressions] += counted;
        _bleRssiSum += levelSum - (LevelOfZeroDbm * (counted - unknown));
        _bleRssiCount += counted - unknown;
        return at;
    }

    /// <summary>
    /// Ends the minute: its device-minutes, zones and overflow go to the reading that is open, devices that left go to its dwell counts.
    /// </summary>
    /// <param name="nextMinute">Ordinal of the minute that begins next. Minutes without any record in between end too.</param>
    public void BookMinute(int nextMinute)
    {
        if (_minuteCount > 0)
        {
            _open[ReadingField.Unique] += _minuteCount;
            BookZones();
            Array.Clear(_minuteLevels, 0, _minuteLevels.Length);
            Array.Clear(_keys, 0, _keys.Length);
            _minuteCount = 0;
        }

        if (_bleCount > 0)
        {
            _open[ReadingField.BleUnique] += _bleCount;
            _open[ReadingField.BleApple] += _bleAppleCount;
            _open[ReadingField.BleOther] += _bleCount - _bleAppleCount;
            _bleAppleInUse += _bleInUseCount;
            Array.Clear(_bleKeys, 0, _bleKeys.Length);
            _bleCount = 0;
            _bleAppleCount = 0;
            _bleInUseCount = 0;
        }

        _open[ReadingField.Overflow] += _overflow.Take();
        for (; _minute < nextMinute; _minute++)
        {
            // After ten minutes of silence the table is empty, and the call costs nothing: a long gap is no long loop's work.
            _dwell.ExpireAt(_minute, _thresholds, _open, ReadingField.Dwell);
        }
    }

    /// <summary>Closes the reading and opens the next. The minute that is open stays open and is booked to the next reading.</summary>
    /// <param name="reading">Where to: the fields below <see cref="ReadingField.CountedFields"/> are written, and
    /// <see cref="ReadingField.BleAppleInUse"/>.</param>
    /// <param name="offset">Index of the reading's first field.</param>
    public void CloseReading(int[] reading, int offset)
    {
        CloseProbeLevels();
        _open[ReadingField.DwellOverflow] = _dwell.TakeOverflow();
        _open[ReadingField.BleRssiAvg] = Mean(_bleRssiSum, _bleRssiCount);
        for (int i = 0; i < ReadingField.CountedFields; i++)
        {
            int value = _open[i];
            reading[offset + i] = value > CountLimit ? CountLimit : value;
        }

        // 600 a minute for an hour at most: below the limit.
        reading[offset + ReadingField.BleAppleInUse] = _bleAppleInUse;
        _bleAppleInUse = 0;
        Array.Clear(_open, 0, _open.Length);
        Array.Clear(_probeLevels, 0, _probeLevels.Length);
        _bleRssiSum = 0;
        _bleRssiCount = 0;
    }

    private static int Mean(long sum, int count)
    {
        // Sums are negative; rounded to the nearest, halves away from zero.
        return count == 0 ? 0 : (int)((sum - (count >> 1)) / count);
    }

    private void CloseProbeLevels()
    {
        long sum = 0;
        int count = 0;
        int weakest = 0;
        int strongest = 0;
        for (int level = 1; level < Levels; level++)
        {
            int probes = _probeLevels[level];
            if (probes > 0)
            {
                int dbm = level - LevelOfZeroDbm;
                sum += (long)probes * dbm;
                count += probes;
                weakest = weakest == 0 ? dbm : weakest;
                strongest = dbm;
            }
        }

        _open[ReadingField.ProbeRssiAvg] = Mean(sum, count);
        _open[ReadingField.ProbeRssiStrongest] = strongest;
        _open[ReadingField.ProbeRssiWeakest] = weakest;
    }

    private void BookZones()
    {
        // Those whose strength nobody knows are in no zone.
        for (int level = 1; level < Levels; level++)
        {
            int devices = _minuteLevels[level];
            if (devices > 0)
            {
                _open[ReadingField.Zone + Zone(level - LevelOfZeroDbm)] += devices;
            }
        }
    }

    private int Zone(int dbm)
    {
        if (dbm > _thresholds.ImmediateDbm)
        {
            return 0;
        }

        if (dbm > _thresholds.NearDbm)
        {
            return 1;
        }

        return dbm > _thresholds.FarDbm ? 2 : 3;
    }

    // A device's first probe of the minute.
    private void AddDevice(uint[] keys, int slot, uint key, int level)
    {
        if (_minuteCount == MinuteCapacity
            || ((keys[slot] != 0 || slot == LastMinuteSlot) && KeyTable.MakeRoom(keys, _strongest, slot) == 0))
        {
            CountOverflow(key);
            return;
        }

        _minuteCount++;
        keys[slot] = key;
        _strongest[slot] = (byte)level;
        _minuteLevels[level]++;
        _dwell.Touch(key);
    }

    // A probe stronger than all before it.
    private void Strengthen(int slot, int level)
    {
        if (_keys[slot] == 0)
        {
            // A key of 0 has found a free slot.
            return;
        }

        _minuteLevels[_strongest[slot]]--;
        _minuteLevels[level]++;
        _strongest[slot] = (byte)level;
    }

    private void CountOverflow(uint key)
    {
        // Its stay goes on although this minute has no room for it.
        if (_overflow.Add(key))
        {
            _dwell.Touch(key);
        }
    }

    private bool IsLater(byte[] records, int offset)
    {
        // Told apart by the sign of the difference, so that the wrap of 32-bit milliseconds (49.7 days) does not matter. A record from
        // before the minute's start was drained late, after its own minute had been booked: it counts now rather than never.
        int late = (int)(long)(BitConverter.ToUInt32(records, offset + RadioRecord.TimeMs) - _minuteStartMs);
        return late >= 0;
    }

    private void AddBleDevice(int slot, uint key, int flags)
    {
        uint[] keys = _bleKeys;
        if (_bleCount == BleCapacity || ((keys[slot] != 0 || slot == LastBleSlot) && KeyTable.MakeRoom(keys, _bleFlags, slot) == 0))
        {
            _overflow.Add(key);
            return;
        }

        _bleCount++;
        keys[slot] = key;
        _bleFlags[slot] = (byte)flags;
        _bleAppleCount += (flags >> AppleBit) & 1;
        _bleInUseCount += (flags >> AppleInUseBit) & 1;
    }

    // What an advertisement says beyond those before it is noted once in a minute and stays: a device that sends messages of several kinds
    // is what any of them says.
    private void NoteFlags(int slot, int flags)
    {
        int added = flags & ~_bleFlags[slot];
        if (_bleKeys[slot] != 0 && added != 0)
        {
            _bleFlags[slot] = (byte)(flags | _bleFlags[slot]);
            _bleAppleCount += (added >> AppleBit) & 1;
            _bleInUseCount += (added >> AppleInUseBit) & 1;
        }
    }
}
