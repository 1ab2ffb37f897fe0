using System.Runtime.InteropServices;

namespace JamBox.Twin.Radio;

/// <summary>
/// An independent, naive counter: what docs/counting.md makes of the frames that it is told of, with dictionaries and without limits. It
/// shares no code with the firmware, and keeps every minute until the end, so that any stretch of time can be reported.
/// </summary>
internal sealed class GroundTruth : IAirWitness
{
    private const int MsPerMinute = 60_000;
    private const int HeaderLength = 24;

    private readonly SortedDictionary<long, MinuteTruth> _minutes = [];
    private MinuteTruth? _latest;

    /// <summary>
    /// Gets or sets how UTC ms become the number of a minute; <c>null</c> = UTC minutes. Before its clock is set a box counts in minutes of
    /// uptime.
    /// </summary>
    public Func<long, long>? MinuteOf { get; set; }

    /// <summary>Gets the minutes in which something was heard, oldest first.</summary>
    public IReadOnlyCollection<MinuteTruth> Minutes => _minutes.Values;

    /// <summary>Gets the frames that it was told of, those that do not count included.</summary>
    public long Frames { get; private set; }

    /// <summary>Gets the advertisements that it was told of, those that do not count included.</summary>
    public long Adverts { get; private set; }

    /// <inheritdoc/>
    public void AddFrame(ReadOnlySpan<byte> frame, int rssiDbm, long utcMs)
    {
        Frames++;
        bool isProbeRequest = frame.Length >= HeaderLength && frame[0] == 0x40;
        if (isProbeRequest && (frame[10] & 0x02) != 0 && (frame[10] & 0x01) == 0)
        {
            ulong address = 0;
            foreach (byte octet in frame.Slice(10, 6))
            {
                address = (address << 8) | octet;
            }

            MinuteAt(utcMs).AddProbe(address, rssiDbm);
        }
    }

    /// <inheritdoc/>
    public void AddAdvert(in BleAdvert advert, long utcMs)
    {
        Adverts++;
        if (advert.IsRandom && !advert.IsScanResponse)
        {
            MinuteAt(utcMs).AddAdvert(advert);
        }
    }

    /// <summary>Adds up everything; every stay is taken as ended.</summary>
    /// <param name="rules">Thresholds; <c>null</c> = the defaults.</param>
    /// <returns>The figures of a reading over the whole time.</returns>
    public TruthReport Report(TruthRules? rules = null)
    {
        return Report(long.MinValue, long.MaxValue, rules);
    }

    /// <summary>Adds up a stretch of time. Stays count in the minute with which they end, the tenth of silence.</summary>
    /// <param name="fromMinute">Its first minute.</param>
    /// <param name="toMinute">The minute behind its last.</param>
    /// <param name="rules">Thresholds; <c>null</c> = the defaults.</param>
    /// <returns>The figures of a reading over that time.</returns>
    public TruthReport Report(long fromMinute, long toMinute, TruthRules? rules = null)
    {
        TruthReportBuilder builder = new(rules ?? new TruthRules());
        foreach (MinuteTruth minute in _minutes.Values)
        {
            if (minute.Minute >= fromMinute && minute.Minute < toMinute)
            {
                builder.Add(minute);
            }
        }

        builder.AddStays(_minutes.Values, fromMinute, toMinute);
        return builder.Build();
    }

    private MinuteTruth MinuteAt(long utcMs)
    {
        long number = MinuteOf is { } minuteOf ? minuteOf(utcMs) : Math.DivRem(utcMs, MsPerMinute).Quotient;
        if (_latest is { } latest && latest.Minute == number)
        {
            return latest;
        }

        if (!_minutes.TryGetValue(number, out MinuteTruth? minute))
        {
            minute = new MinuteTruth(number);
            _minutes.Add(number, minute);
        }

        _latest = minute;
        return minute;
    }
}

/// <summary>What was on air in one minute.</summary>
internal sealed class MinuteTruth
{
    /// <param name="minute">Its number, normally minutes since 1970.</param>
    public MinuteTruth(long minute)
    {
        Minute = minute;
    }

    /// <summary>Gets its number.</summary>
    public long Minute { get; }

    /// <summary>Gets the accepted probe requests.</summary>
    public long Impressions { get; private set; }

    /// <summary>Gets the device-minutes.</summary>
    public int Unique => Devices.Count;

    /// <summary>Gets the probes of known signal strength.</summary>
    public SignalTruth Signal { get; } = new();

    /// <summary>Gets, by address, the strongest known signal in dBm, 0 = none known.</summary>
    public Dictionary<ulong, int> Devices { get; } = [];

    /// <summary>Gets the Bluetooth advertisements.</summary>
    public long BleImpressions { get; private set; }

    /// <summary>Gets the Bluetooth device-minutes.</summary>
    public int BleUnique => BleDevices.Count;

    /// <summary>Gets those of them that were Apple's.</summary>
    public int BleApple => BleDevices.Values.Count(kind => kind != AdvertiserKind.Other);

    /// <summary>Gets those of them that somebody used.</summary>
    public int BleAppleInUse => BleDevices.Values.Count(kind => kind == AdvertiserKind.AppleInUse);

    /// <summary>Gets the advertisements of known signal strength.</summary>
    public SignalTruth BleSignal { get; } = new();

    /// <summary>Gets, by address, the most that any advertisement said.</summary>
    public Dictionary<ulong, AdvertiserKind> BleDevices { get; } = [];

    internal void AddProbe(ulong address, int rssiDbm)
    {
        Impressions++;
        ref int strongest = ref CollectionsMarshal.GetValueRefOrAddDefault(Devices, address, out _);
        if (rssiDbm < 0)
        {
            Signal.Add(rssiDbm);
            strongest = strongest == 0 ? rssiDbm : Math.Max(strongest, rssiDbm);
        }
    }

    internal void AddAdvert(in BleAdvert advert)
    {
        BleImpressions++;
        AdvertiserKind kind = KindOf(advert);
        ref AdvertiserKind known = ref CollectionsMarshal.GetValueRefOrAddDefault(BleDevices, advert.Address, out _);
        known = known > kind ? known : kind;
        if (advert.RssiDbm < 0)
        {
            BleSignal.Add(advert.RssiDbm);
        }
    }

    /// <summary>Tells what an advertisement says of its sender, by the list of docs/counting.md, "Apple's devices in use".</summary>
    internal static AdvertiserKind KindOf(in BleAdvert advert)
    {
        return !advert.IsApple
            ? AdvertiserKind.Other
            : advert.MessageType is 0x05 or 0x08 or 0x0B or 0x0C or 0x0D or 0x0E or 0x0F or 0x10
                ? AdvertiserKind.AppleInUse
                : AdvertiserKind.Apple;
    }
}

/// <summary>What is known of who advertises, from little to much.</summary>
internal enum AdvertiserKind
{
    /// <summary>Not Apple's, as far as it says.</summary>
    Other,

    /// <summary>Bears Apple's company id.</summary>
    Apple,

    /// <summary>And is a phone, a tablet or a watch in use.</summary>
    AppleInUse,
}

/// <summary>Mean and extremes of signal strengths that are known.</summary>
internal sealed class SignalTruth
{
    /// <summary>Gets how many there are.</summary>
    public long Count { get; private set; }

    /// <summary>Gets their sum in dBm.</summary>
    public long SumDbm { get; private set; }

    /// <summary>Gets the strongest in dBm, <c>null</c> when there is none.</summary>
    public int? StrongestDbm { get; private set; }

    /// <summary>Gets the weakest in dBm, <c>null</c> when there is none.</summary>
    public int? WeakestDbm { get; private set; }

    /// <summary>Gets the mean in dBm, <c>null</c> when there is none.</summary>
    public double? MeanDbm => Count == 0 ? null : (double)SumDbm / Count;

    internal void Add(int dbm)
    {
        Count++;
        SumDbm += dbm;
        StrongestDbm = Math.Max(dbm, StrongestDbm ?? dbm);
        WeakestDbm = Math.Min(dbm, WeakestDbm ?? dbm);
    }

    internal void Add(SignalTruth other)
    {
        if (other.Count > 0)
        {
            Count += other.Count;
            SumDbm += other.SumDbm;
            StrongestDbm = Math.Max(other.StrongestDbm!.Value, StrongestDbm ?? int.MinValue);
            WeakestDbm = Math.Min(other.WeakestDbm!.Value, WeakestDbm ?? int.MaxValue);
        }
    }
}

/// <summary>Somebody who is told of everything that a radio delivers.</summary>
internal interface IAirWitness
{
    /// <summary>An 802.11 frame.</summary>
    /// <param name="frame">From its first header byte, without FCS or with it.</param>
    /// <param name="rssiDbm">Signal strength, 0 or more = not known.</param>
    /// <param name="utcMs">When it was on air.</param>
    void AddFrame(ReadOnlySpan<byte> frame, int rssiDbm, long utcMs);

    /// <summary>A Bluetooth LE advertisement.</summary>
    /// <param name="advert">The advertisement.</param>
    /// <param name="utcMs">When it was on air.</param>
    void AddAdvert(in BleAdvert advert, long utcMs);
}

/// <summary>Two who are told of everything that a radio delivers.</summary>
internal sealed class BothWitnesses(IAirWitness first, IAirWitness second) : IAirWitness
{
    public void AddFrame(ReadOnlySpan<byte> frame, int rssiDbm, long utcMs)
    {
        first.AddFrame(frame, rssiDbm, utcMs);
        second.AddFrame(frame, rssiDbm, utcMs);
    }

    public void AddAdvert(in BleAdvert advert, long utcMs)
    {
        first.AddAdvert(advert, utcMs);
        second.AddAdvert(advert, utcMs);
    }
}
