namespace JamBox.Backend.Insights.Estimation;

/// <summary>
/// What one box heard, on a grid of 5 minutes (<see cref="SlotMs"/>, multiples of it since 1970): listened seconds and device-minutes by
/// gate. Intervals of 1 to 60 minutes are spread over the slots that they touch. Means over any window cost the same.
/// </summary>
internal sealed class BoxSignal
{
    /// <summary>Length of a slot, milliseconds.</summary>
    public const long SlotMs = 300_000;

    /// <summary>Ten years: a longer signal is a caller's mistake.</summary>
    public const long MostSlots = 10L * 366 * 288;

    // Sums up to a slot, so that a window is a difference.
    private readonly double[] _listenedSeconds;
    private readonly double[][] _devices;
    private readonly long _wantedFromMs;
    private readonly long _wantedToMs;

    private BoxSignal(string box, long fromMs, long toMs)
    {
        Box = box;
        (_wantedFromMs, _wantedToMs) = (fromMs, toMs);
        FromMs = Floor(fromMs);
        ToMs = Math.Max(FromMs, Floor(toMs + SlotMs - 1));
        long slots = (ToMs - FromMs) / SlotMs;
        ArgumentOutOfRangeException.ThrowIfGreaterThan(slots, MostSlots, nameof(toMs));
        _listenedSeconds = new double[slots + 1];
        _devices = new double[SignalGates.Count][];
        for (int gate = 0; gate < SignalGates.Count; gate++)
        {
            _devices[gate] = new double[slots + 1];
        }
    }

    /// <summary>Device id.</summary>
    public string Box { get; }

    /// <summary>Begin of the first slot.</summary>
    public long FromMs { get; }

    /// <summary>End of the last slot, exclusive.</summary>
    public long ToMs { get; }

    /// <summary>Makes the grid.</summary>
    /// <param name="box">Device id.</param>
    /// <param name="periods">Its intervals, in any order; parts outside <paramref name="fromMs"/>…<paramref name="toMs"/> are left
    /// out.</param>
    /// <param name="fromMs">Since when it is wanted to hear (it stood at the place), milliseconds since 1970.</param>
    /// <param name="toMs">Until when, exclusive: now at the latest.</param>
    public static BoxSignal Of(string box, IEnumerable<BoxPeriod> periods, long fromMs, long toMs)
    {
        BoxSignal signal = new(box, fromMs, toMs);
        foreach (BoxPeriod period in periods)
        {
            signal.Add(period);
        }

        RunningSum(signal._listenedSeconds);
        foreach (double[] devices in signal._devices)
        {
            RunningSum(devices);
        }

        return signal;
    }

    /// <summary>Begin of the slot in which a moment lies.</summary>
    public static long Floor(long timeMs) => timeMs - (((timeMs % SlotMs) + SlotMs) % SlotMs);

    /// <summary>Share of a time that was listened to, 0 to 1; null where the box was not wanted there at all.</summary>
    public double? Coverage(long fromMs, long toMs)
    {
        long wantedMs = WantedMs(fromMs, toMs);
        return wantedMs <= 0 ? null : Math.Clamp(Between(_listenedSeconds, fromMs, toMs) * 1000 / wantedMs, 0, 1);
    }

    /// <summary>Whether the box was wanted there for a part of a time.</summary>
    public bool IsWanted(long fromMs, long toMs) => WantedMs(fromMs, toMs) > 0;

    /// <summary>Devices heard a minute, the mean over the listened part of a time; null where nothing was listened to.</summary>
    public double? Rate(SignalGate gate, long fromMs, long toMs)
    {
        double seconds = Between(_listenedSeconds, fromMs, toMs);

        // Differences of sums leave crumbs: less than a second is nothing.
        return seconds < 1 ? null : Math.Max(0, Between(_devices[(int)gate], fromMs, toMs)) * 60 / seconds;
    }

    private long WantedMs(long fromMs, long toMs) => Math.Min(toMs, _wantedToMs) - Math.Max(fromMs, _wantedFromMs);

    private static void RunningSum(double[] values)
    {
        double sum = 0;
        for (int slot = 0; slot < values.Length; slot++)
        {
            (values[slot], sum) = (sum, sum + values[slot]);
        }
    }

    private void Add(in BoxPeriod period)
    {
        if (period.LengthSeconds <= 0 || period.Listened == 0)
        {
            return;
        }

        double correction = period.Correction;
        long lengthMs = period.LengthSeconds * 1000L;
        long first = Math.Max(Floor(period.StartMs), FromMs);
        long end = Math.Min(period.EndMs, ToMs);
        for (long slotMs = first; slotMs < end; slotMs += SlotMs)
        {
            long overlapMs = Math.Min(period.EndMs, slotMs + SlotMs) - Math.Max(period.StartMs, slotMs);
            double share = (double)overlapMs / lengthMs;
            long slot = (slotMs - FromMs) / SlotMs;
            _listenedSeconds[slot] += period.Listened * share;
            for (int gate = 0; gate < SignalGates.Count; gate++)
            {
                _devices[gate][slot] += SignalGates.Sum((SignalGate)gate, period) * correction * share;
            }
        }
    }

    /// <summary>Sum over the slots that begin within a time, given by bounds of slots.</summary>
    private double Between(double[] sums, long fromMs, long toMs)
    {
        long from = Math.Clamp((fromMs - FromMs) / SlotMs, 0, sums.Length - 1);
        long to = Math.Clamp((toMs - FromMs) / SlotMs, 0, sums.Length - 1);
        return to <= from ? 0 : sums[to] - sums[from];
    }
}
