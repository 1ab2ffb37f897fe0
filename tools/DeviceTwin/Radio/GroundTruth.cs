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

    /// <summary>Gets or sets how UTC ms become the number of a minute; <c>null</c> = UTC minutes. Before its clock is set a box counts in minutes of uptime.</summary>
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
            MinuteAt(utcMs).AddAdvert(advert.Address, advert.IsApple, advert.RssiDbm);
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
