using System.Runtime.InteropServices;

namespace JamBox.Twin.Radio;

/// <summary>What was on air in one minute.</summary>
internal sealed class MinuteTruth
{
    /// <summary>Initializes a new instance of the <see cref="MinuteTruth"/> class.</summary>
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
    public int BleApple => BleDevices.Values.Count(isApple => isApple);

    /// <summary>Gets the advertisements of known signal strength.</summary>
    public SignalTruth BleSignal { get; } = new();

    /// <summary>Gets, by address, whether any advertisement was Apple's.</summary>
    public Dictionary<ulong, bool> BleDevices { get; } = [];

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

    internal void AddAdvert(ulong address, bool isApple, int rssiDbm)
    {
        BleImpressions++;
        ref bool wasApple = ref CollectionsMarshal.GetValueRefOrAddDefault(BleDevices, address, out _);
        wasApple |= isApple;
        if (rssiDbm < 0)
        {
            BleSignal.Add(rssiDbm);
        }
    }
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
