namespace JamBox.Counting;

/// <summary>Where zones and dwell classes end. The defaults are those of docs/wire.md.</summary>
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
        return InvalidField() == null;
    }

    /// <summary>Names the first value that is out of its range or out of order.</summary>
    /// <returns>Its name on the wire, or <c>null</c> when all are valid.</returns>
    public string InvalidField()
    {
        if (ImmediateDbm < -60 || ImmediateDbm > -30)
        {
            return "rssi_immediate_threshold";
        }

        if (NearDbm < -75 || NearDbm > -50 || NearDbm >= ImmediateDbm)
        {
            return "rssi_near_threshold";
        }

        if (FarDbm < -90 || FarDbm > -65 || FarDbm >= NearDbm)
        {
            return "rssi_far_threshold";
        }

        if (ShortMinutes < 1 || ShortMinutes > 5)
        {
            return "dwell_short_threshold";
        }

        if (MediumMinutes < 2 || MediumMinutes > 15 || MediumMinutes <= ShortMinutes)
        {
            return "dwell_medium_threshold";
        }

        return LongMinutes < 5 || LongMinutes > 30 || LongMinutes <= MediumMinutes ? "dwell_long_threshold" : null;
    }

    /// <summary>Tells whether all values are those of another.</summary>
    /// <param name="other">The other.</param>
    /// <returns><c>true</c> when they are.</returns>
    public bool IsSame(Thresholds other)
    {
        return ImmediateDbm == other.ImmediateDbm
            && NearDbm == other.NearDbm
            && FarDbm == other.FarDbm
            && ShortMinutes == other.ShortMinutes
            && MediumMinutes == other.MediumMinutes
            && LongMinutes == other.LongMinutes;
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
