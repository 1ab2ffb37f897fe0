namespace JamBox.Twin.Soak;

/// <summary>What a reading should say, added up naively. Its open minutes are in <see cref="NaiveCounter"/>.</summary>
internal sealed class NaiveReading
{
    /// <summary>Accepted probe requests.</summary>
    public long Impressions { get; set; }

    /// <summary>Sum of the known signal strengths, dBm.</summary>
    public long RssiSum { get; set; }

    /// <summary>How many are known.</summary>
    public long RssiCount { get; set; }

    /// <summary>Strongest, 0 = none.</summary>
    public int Strongest { get; set; }

    /// <summary>Weakest, 0 = none.</summary>
    public int Weakest { get; set; }

    /// <summary>Device-minutes.</summary>
    public long Unique { get; set; }

    /// <summary>Device-minutes that were beyond the table, Bluetooth's included.</summary>
    public long Overflow { get; set; }

    /// <summary>Device-minutes by zone.</summary>
    public long[] Zones { get; } = new long[4];

    /// <summary>Stays by class.</summary>
    public long[] Dwell { get; } = new long[4];

    /// <summary>Whether some stay was beyond the table: the classes are then not exact.</summary>
    public bool IsDwellVague { get; set; }

    /// <summary>Bluetooth advertisements.</summary>
    public long BleImpressions { get; set; }

    /// <summary>Sum of their known signal strengths, dBm.</summary>
    public long BleRssiSum { get; set; }

    /// <summary>How many are known.</summary>
    public long BleRssiCount { get; set; }

    /// <summary>Bluetooth device-minutes.</summary>
    public long BleUnique { get; set; }

    /// <summary>Those that were Apple's.</summary>
    public long BleApple { get; set; }

    /// <summary>Adds a probe request.</summary>
    /// <param name="rssiDbm">Its signal strength.</param>
    public void AddProbe(int rssiDbm)
    {
        Impressions++;
        if (rssiDbm < 0)
        {
            RssiSum += rssiDbm;
            RssiCount++;
            Strongest = Strongest == 0 ? rssiDbm : Math.Max(Strongest, rssiDbm);
            Weakest = Math.Min(Weakest, rssiDbm);
        }
    }

    /// <summary>Adds an advertisement.</summary>
    /// <param name="rssiDbm">Its signal strength.</param>
    public void AddAdvert(int rssiDbm)
    {
        BleImpressions++;
        if (rssiDbm < 0)
        {
            BleRssiSum += rssiDbm;
            BleRssiCount++;
        }
    }
}
