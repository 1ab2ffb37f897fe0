namespace JamBox.Backend.Insights.Estimation;

/// <summary>
/// What one box heard, on a grid of 5 minutes (<see cref="SlotMs"/>, multiples of it since 1970): listened seconds and device-minutes by
/// gate. Intervals of 1 to 60 minutes are spread over the slots that they touch. Means over any window cost the same.
/// </summary>
internal sealed class BoxSignal
{
    /// <summary>Length of a slot, milliseconds.</summary>
    public const long SlotMs = 300_000;

    /// <summary>Makes the grid.</summary>
    /// <param name="box">Device id.</param>
    /// <param name="periods">Its intervals, in any order; parts outside <paramref name="fromMs"/>…<paramref name="toMs"/> are left out.</param>
    /// <param name="fromMs">Since when it is wanted to hear (it stood at the place), milliseconds since 1970.</param>
    /// <param name="toMs">Until when, exclusive.</param>
    public static BoxSignal Of(string box, IEnumerable<BoxPeriod> periods, long fromMs, long toMs) => throw new NotImplementedException();

    /// <summary>Device id.</summary>
    public string Box => throw new NotImplementedException();

    /// <summary>Begin of the first slot.</summary>
    public long FromMs => throw new NotImplementedException();

    /// <summary>End of the last slot, exclusive.</summary>
    public long ToMs => throw new NotImplementedException();

    /// <summary>Share of a time that was listened to, 0 to 1; null where the box was not wanted there at all.</summary>
    public double? Coverage(long fromMs, long toMs) => throw new NotImplementedException();

    /// <summary>Devices heard a minute, the mean over the listened part of a time; null where nothing was listened to.</summary>
    public double? Rate(SignalGate gate, long fromMs, long toMs) => throw new NotImplementedException();
}
