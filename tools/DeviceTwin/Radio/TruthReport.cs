namespace JamBox.Twin.Radio;

/// <summary>What a stretch of time amounts to: the fields of a reading.</summary>
/// <param name="Impressions"><c>i</c>.</param>
/// <param name="Unique"><c>u</c>.</param>
/// <param name="DistinctAddresses">Addresses in the whole stretch; no field of a reading.</param>
/// <param name="Signal">Of the probe requests.</param>
/// <param name="Zones">Device-minutes immediate, near, far, remote.</param>
/// <param name="Dwell">Stays that ended, by the four classes.</param>
/// <param name="BleImpressions"><c>ble_i</c>.</param>
/// <param name="BleUnique"><c>ble_u</c>.</param>
/// <param name="BleApple"><c>ble_apple</c>.</param>
/// <param name="BleOther"><c>ble_other</c>.</param>
/// <param name="BleDistinctAddresses">Bluetooth addresses in the whole stretch; no field of a reading.</param>
/// <param name="BleDistinctAppleAddresses">Those that were Apple's in some minute.</param>
/// <param name="BleSignal">Of the advertisements.</param>
/// <param name="BleAppleInUse"><c>baa</c>.</param>
internal sealed record TruthReport(
    long Impressions,
    long Unique,
    int DistinctAddresses,
    SignalTruth Signal,
    IReadOnlyList<long> Zones,
    IReadOnlyList<long> Dwell,
    long BleImpressions,
    long BleUnique,
    long BleApple,
    long BleOther,
    int BleDistinctAddresses,
    int BleDistinctAppleAddresses,
    SignalTruth BleSignal,
    long BleAppleInUse);

/// <summary>Where zones and dwell classes end; the defaults are those of docs/wire.md.</summary>
/// <param name="ImmediateDbm">Above it a device-minute is immediate.</param>
/// <param name="NearDbm">Else above it near.</param>
/// <param name="FarDbm">Else above it far, else remote.</param>
/// <param name="ShortMinutes">Longest stay of the first class.</param>
/// <param name="MediumMinutes">Longest stay of the second.</param>
/// <param name="LongMinutes">Longest stay of the third.</param>
internal sealed record TruthRules(
    int ImmediateDbm = -50,
    int NearDbm = -65,
    int FarDbm = -80,
    int ShortMinutes = 1,
    int MediumMinutes = 5,
    int LongMinutes = 10);

/// <summary>Adds minutes up to a <see cref="TruthReport"/>.</summary>
internal sealed class TruthReportBuilder
{
    /// <summary>A device unheard for so many minutes has left.</summary>
    private const int GoneAfterMinutes = 10;

    private readonly TruthRules _rules;
    private readonly HashSet<ulong> _addresses = [];
    private readonly HashSet<ulong> _bleAddresses = [];
    private readonly HashSet<ulong> _bleAppleAddresses = [];
    private readonly long[] _zones = new long[4];
    private readonly long[] _dwell = new long[4];
    private readonly SignalTruth _signal = new();
    private readonly SignalTruth _bleSignal = new();
    private long _impressions;
    private long _unique;
    private long _bleImpressions;
    private long _bleUnique;
    private long _bleApple;
    private long _bleAppleInUse;

    /// <param name="rules">Where classes end.</param>
    public TruthReportBuilder(TruthRules rules)
    {
        _rules = rules;
    }

    /// <summary>Adds a minute, except what concerns stays.</summary>
    /// <param name="minute">The minute.</param>
    public void Add(MinuteTruth minute)
    {
        _impressions += minute.Impressions;
        _unique += minute.Unique;
        _signal.Add(minute.Signal);
        foreach ((ulong address, int strongest) in minute.Devices)
        {
            _addresses.Add(address);
            if (strongest < 0)
            {
                _zones[ZoneOf(strongest)]++;
            }
        }

        _bleImpressions += minute.BleImpressions;
        _bleUnique += minute.BleUnique;
        _bleApple += minute.BleApple;
        _bleAppleInUse += minute.BleAppleInUse;
        _bleSignal.Add(minute.BleSignal);
        foreach ((ulong address, AdvertiserKind kind) in minute.BleDevices)
        {
            _bleAddresses.Add(address);
            if (kind != AdvertiserKind.Other)
            {
                _bleAppleAddresses.Add(address);
            }
        }
    }

    /// <summary>Adds the stays that end within a stretch of time.</summary>
    /// <param name="minutes">All minutes, oldest first: a stay may have begun long before.</param>
    /// <param name="fromMinute">First minute of the stretch.</param>
    /// <param name="toMinute">The minute behind its last.</param>
    public void AddStays(IEnumerable<MinuteTruth> minutes, long fromMinute, long toMinute)
    {
        Dictionary<ulong, (long First, long Last)> open = [];
        foreach (MinuteTruth minute in minutes)
        {
            foreach (ulong address in minute.Devices.Keys)
            {
                bool isKnown = open.TryGetValue(address, out (long First, long Last) stay);
                if (isKnown && minute.Minute - stay.Last > GoneAfterMinutes)
                {
                    AddStay(stay.First, stay.Last, fromMinute, toMinute);
                    isKnown = false;
                }

                open[address] = (isKnown ? stay.First : minute.Minute, minute.Minute);
            }
        }

        foreach ((long first, long last) in open.Values)
        {
            AddStay(first, last, fromMinute, toMinute);
        }
    }

    /// <summary>Makes the report.</summary>
    /// <returns>Everything added so far.</returns>
    public TruthReport Build()
    {
        return new TruthReport(
            _impressions,
            _unique,
            _addresses.Count,
            _signal,
            _zones,
            _dwell,
            _bleImpressions,
            _bleUnique,
            _bleApple,
            _bleUnique - _bleApple,
            _bleAddresses.Count,
            _bleAppleAddresses.Count,
            _bleSignal,
            _bleAppleInUse);
    }

    private void AddStay(long first, long last, long fromMinute, long toMinute)
    {
        // It is booked when the tenth minute of silence ends.
        long booked = last + GoneAfterMinutes;
        if (booked < fromMinute || booked >= toMinute)
        {
            return;
        }

        long minutes = last - first + 1;
        int bucket = minutes <= _rules.ShortMinutes ? 0 : minutes <= _rules.MediumMinutes ? 1 : minutes <= _rules.LongMinutes ? 2 : 3;
        _dwell[bucket]++;
    }

    private int ZoneOf(int dbm)
    {
        return dbm > _rules.ImmediateDbm ? 0 : dbm > _rules.NearDbm ? 1 : dbm > _rules.FarDbm ? 2 : 3;
    }
}
