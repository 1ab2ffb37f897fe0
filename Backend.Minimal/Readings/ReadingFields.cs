using JamBox.Backend.Wire;

namespace JamBox.Backend.Readings;

/// <summary>The fields of <c>POST /api/reading</c>: the predecessor's (short names win over long ones) and ours (docs/wire.md).</summary>
internal static class ReadingFields
{
    /// <summary>Counts saturate here, on the device too.</summary>
    public const int MaxCount = 1_000_000;

    /// <summary>The oldest that a reading can be when it comes: a leap year, in seconds.</summary>
    public const int MaxAgeSeconds = 31_622_400;

    /// <summary>The longest report interval, in seconds: a reading is spread over five quarters of an hour at most.</summary>
    public const int MaxIntervalSeconds = 3600;

    /// <summary>All of them.</summary>
    public static readonly FieldTable<Reading> Table = new(
        new TextField<Reading>("d device_id", static (r, v) => r.DeviceId = v),
        new TimeField<Reading>("t timestamp", static (r, v) => r.ClosedAt = v) { IsRequired = true },
        Count("i impressions", static (r, v) => r.Impressions = v, isRequired: true),
        Count("u unique_count", static (r, v) => r.Unique = v, isRequired: true),
        Number("bat battery_pct", 0, 100, static (r, v) => r.BatteryPct = (int)v),
        new TextField<Reading>("v fw firmware_version", static (r, v) => r.FirmwareVersion = v),
        Count("apple", static (r, v) => r.Apple = v),
        Count("android", static (r, v) => r.Android = v),
        new NumberField<Reading>("other other_count", 0, MaxCount, static (r, v) => r.Other = (int)v) { ZeroIsAbsent = true },
        new DbmField<Reading>("cell_rssi sig signal_dbm", static (r, v) => r.CellRssiDbm = v),
        new DbmField<Reading>("probe_rssi_avg", static (r, v) => r.ProbeRssiAvgDbm = v),
        new DbmField<Reading>("probe_rssi_min", static (r, v) => r.ProbeRssiMinDbm = v),
        new DbmField<Reading>("probe_rssi_max", static (r, v) => r.ProbeRssiMaxDbm = v),
        Count("dwell_0_1", static (r, v) => r.Dwell0To1 = v),
        Count("dwell_1_5", static (r, v) => r.Dwell1To5 = v),
        Count("dwell_5_10", static (r, v) => r.Dwell5To10 = v),
        Count("dwell_10plus", static (r, v) => r.Dwell10Plus = v),
        Count("rssi_immediate", static (r, v) => r.ZoneImmediate = v),
        Count("rssi_near", static (r, v) => r.ZoneNear = v),
        Count("rssi_far", static (r, v) => r.ZoneFar = v),
        Count("rssi_remote", static (r, v) => r.ZoneRemote = v),
        Count("ble_i ble_impressions", static (r, v) => r.BleImpressions = v),
        Count("ble_u ble_unique", static (r, v) => r.BleUnique = v),
        Count("ble_apple", static (r, v) => r.BleApple = v),
        Count("ble_android", static (r, v) => r.BleAndroid = v),
        Count("ble_other", static (r, v) => r.BleOther = v),
        new DbmField<Reading>("ble_rssi_avg", static (r, v) => r.BleRssiAvgDbm = v),
        Count("of", static (r, v) => r.Overflow = v),
        Count("cd", static (r, v) => r.CacheDepth = v),
        Count("sf", static (r, v) => r.SendFailures = v),
        Number("age", 0, MaxAgeSeconds, static (r, v) => r.AgeSeconds = (int)v),
        Number("ts", 0, 1, static (r, v) => r.ClockSet = (int)v),
        Number("b", int.MinValue, uint.MaxValue, static (r, v) => r.BootId = v),
        Number("n", 0, uint.MaxValue, static (r, v) => r.Number = v),
        Number("ack", 0, int.MaxValue, static (r, v) => r.Ack = (int)v),
        new TextField<Reading>("ar", ["ok", "failed", "unknown"], static (r, v) => r.AckResult = v),
        Count("dr", static (r, v) => r.LostReadings = v),
        Count("do", static (r, v) => r.DwellOverflow = v),
        Count("rl", static (r, v) => r.RadioLost = v),
        Number("ls", 0, MaxIntervalSeconds, static (r, v) => r.ListenedSeconds = (int)v),
        Number("iv", 0, MaxIntervalSeconds, static (r, v) => r.IntervalSeconds = (int)v),
        Number("cv", 0, int.MaxValue, static (r, v) => r.ConfigVersion = (int)v),
        Count("baa", static (r, v) => r.BleAppleInUse = v));

    private static readonly DeviceResponse s_missing = DeviceResponse.Refuse(400, "Missing required fields: t, i, u");
    private static readonly DeviceResponse s_missingNumber = DeviceResponse.Refuse(400, "n: must come with b");

    /// <summary>Parses a body.</summary>
    /// <param name="body">The bytes.</param>
    /// <param name="reading">Is filled.</param>
    /// <returns>The refusal, or null when the reading is whole and in range.</returns>
    public static DeviceResponse? Parse(ReadOnlySpan<byte> body, Reading reading)
    {
        if (Table.Parse(body, reading) is { } refusal)
        {
            return refusal;
        }

        return reading.ClosedAt is null || reading.Impressions is null || reading.Unique is null ? s_missing
            : reading.BootId is not null && reading.Number is null ? s_missingNumber
            : null;
    }

    /// <summary>
    /// Bounds together what belongs together. Whole readings are not refused for it, they would be lost: what is part of another number is
    /// brought down to it. Of counts that contradict each other nobody knows which one is wrong: they stay, and are told.
    /// </summary>
    /// <param name="reading">A parsed one.</param>
    /// <returns>What contradicted what.</returns>
    public static Contradictions Settle(Reading reading)
    {
        Contradictions found = Contradictions.None;

        // A box rounds both to whole seconds, each for itself: one more is no contradiction.
        int interval = reading.IntervalSeconds ?? QuarterHourSums.PeriodS;
        if (reading.ListenedSeconds > interval + 1)
        {
            reading.ListenedSeconds = interval;
            found |= Contradictions.Listened;
        }

        if (reading.BleAppleInUse > reading.BleApple)
        {
            reading.BleAppleInUse = reading.BleApple;
            found |= Contradictions.AppleInUse;
        }

        return reading.Unique > reading.Impressions || reading.BleUnique > reading.BleImpressions ? found | Contradictions.Unique : found;
    }

    private static NumberField<Reading> Count(string names, Action<Reading, int> set, bool isRequired = false) =>
        new(names, 0, MaxCount, (reading, value) => set(reading, (int)value)) { IsRequired = isRequired };

    private static NumberField<Reading> Number(string names, long min, long max, Action<Reading, long> set) => new(names, min, max, set);
}

/// <summary>Numbers of one reading that cannot both be true.</summary>
[Flags]
internal enum Contradictions
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>Listened for longer than the interval lasted (<c>ls</c> > <c>iv</c> + 1): brought down.</summary>
    Listened = 1,

    /// <summary>More devices in use than devices (<c>baa</c> > <c>ble_apple</c>): brought down.</summary>
    AppleInUse = 2,

    /// <summary>More devices than what was heard of them (<c>u</c> > <c>i</c>, <c>ble_u</c> > <c>ble_i</c>): stored as sent.</summary>
    Unique = 4,
}
