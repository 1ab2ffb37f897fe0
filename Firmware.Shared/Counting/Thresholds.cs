namespace JamBox.Counting;

/// <summary>Where zones and dwell classes end. The defaults are those of SYSTEM.md §2.</summary>
public sealed class Thresholds
{
    /// <summary>Gets or sets the level above which a device-minute is <i>immediate</i>, dBm, −60…−30.</summary>
    public int ImmediateDbm { get; set; } = -50;

    /// <summary>Gets or sets the level above which it is <i>near</i>, dBm, −75…−50.</summary>
    public int NearDbm { get; set; } = -65;

    /// <summary>Gets or sets the level above which it is <i>far</i>; at or below it is <i>remote</i>. dBm, −90…−65.</summary>
    public int FarDbm { get; set; } = -80;

    /// <summary>Gets or sets the longest stay of the first dwell class, minutes, 1–5.</summary>
    public int ShortMinutes { get; set; } = 1;

    /// <summary>Gets or sets the longest stay of the second dwell class, minutes, 2–15.</summary>
    public int MediumMinutes { get; set; } = 5;

    /// <summary>Gets or sets the longest stay of the third dwell class, minutes, 5–30.</summary>
    public int LongMinutes { get; set; } = 10;

    /// <summary>Tells whether all values are within their ranges and in order.</summary>
    /// <returns><c>false</c> when one is not: the box then keeps what it has.</returns>
    public bool AreValid()
    {
        return ImmediateDbm >= -60 && ImmediateDbm <= -30
            && NearDbm >= -75 && NearDbm <= -50
            && FarDbm >= -90 && FarDbm <= -65
            && ImmediateDbm > NearDbm && NearDbm > FarDbm
            && ShortMinutes >= 1 && ShortMinutes <= 5
            && MediumMinutes >= 2 && MediumMinutes <= 15
            && LongMinutes >= 5 && LongMinutes <= 30
            && ShortMinutes < MediumMinutes && MediumMinutes < LongMinutes;
    }

    /// <summary>Takes over all values of another.</summary>
    /// <param name="other">The other.</param>
    public void CopyFrom(Thresholds other)
    {
        ImmediateDbm = other.ImmediateDbm;
        NearDbm = other.NearDbm;
        FarDbm = other.FarDbm;
        ShortMinutes = other.ShortMinutes;
        MediumMinutes = other.MediumMinutes;
        LongMinutes = other.LongMinutes;
    }
}
