namespace JamBox.Twin.Radio;

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
