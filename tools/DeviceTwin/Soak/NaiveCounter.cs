using System.Runtime.InteropServices;
using JamBox.Twin.Radio;

namespace JamBox.Twin.Soak;

/// <summary>
/// Counts one boot of a box as SYSTEM.md §1 has it, with dictionaries, out of the frames that the radio delivered. It shares no code with
/// the firmware. It is told when minutes and readings end, and checks nothing itself. Frames of a minute that has not begun wait.
/// </summary>
internal sealed class NaiveCounter
{
    /// <summary>Distinct devices a minute (SYSTEM.md §1).</summary>
    public const int MinuteCap = 2_000;

    /// <summary>Distinct Bluetooth devices a minute.</summary>
    public const int BleCap = 600;

    /// <summary>Devices whose stay is followed.</summary>
    public const int DwellCap = 1_000;

    private const int GoneAfterMinutes = 10;
    private const int HeaderLength = 24;

    private readonly Dictionary<ulong, int> _devices = [];
    private readonly Dictionary<ulong, bool> _bleDevices = [];
    private readonly HashSet<ulong> _beyond = [];
    private readonly HashSet<ulong> _bleBeyond = [];
    private readonly Dictionary<ulong, (long First, long Last)> _stays = [];
    private readonly HashSet<ulong> _vague = [];
    private readonly List<(long AtMs, ulong Address, int RssiDbm, bool IsBle, bool IsApple)> _later = [];
    private long _minute;
    private long _minuteEndMs;

    /// <summary>The reading that is open.</summary>
    public NaiveReading Open { get; private set; } = new();

    /// <summary>The minute begins.</summary>
    /// <param name="minute">Its number; does not decrease.</param>
    /// <param name="endMs">Uptime at which it ends.</param>
    public void BeginMinute(long minute, long endMs)
    {
        _minute = minute;
        _minuteEndMs = endMs;
        int taken = 0;
        while (taken < _later.Count && _later[taken].AtMs < endMs)
        {
            (_, ulong address, int rssi, bool isBle, bool isApple) = _later[taken++];
            Count(address, rssi, isBle, isApple);
        }

        _later.RemoveRange(0, taken);
    }

    /// <summary>Gives the probe requests' address, when the frame counts.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="address">Its source.</param>
    /// <returns>Whether it is a probe request of a locally administered address.</returns>
    public static bool TryAddress(ReadOnlySpan<byte> frame, out ulong address)
    {
        address = 0;
        if (frame.Length < HeaderLength || frame[0] != 0x40 || (frame[10] & 0x03) != 0x02)
        {
            return false;
        }

        foreach (byte octet in frame.Slice(10, 6))
        {
            address = (address << 8) | octet;
        }

        return true;
    }

    /// <summary>A probe request was heard.</summary>
    /// <param name="uptimeMs">When.</param>
    /// <param name="address">Of whom.</param>
    /// <param name="rssiDbm">How strong.</param>
    public void Probe(long uptimeMs, ulong address, int rssiDbm) => Take(uptimeMs, address, rssiDbm, isBle: false, isApple: false);

    /// <summary>An advertisement was heard.</summary>
    /// <param name="uptimeMs">When.</param>
    /// <param name="advert">What it says.</param>
    public void Advert(long uptimeMs, in BleAdvert advert)
    {
        if (advert.IsRandom && !advert.IsScanResponse)
        {
            Take(uptimeMs, advert.Address, advert.RssiDbm, isBle: true, advert.IsApple);
        }
    }

    /// <summary>The minute ends: its device-minutes and the stays that end with it go to the open reading.</summary>
    /// <param name="nextMinute">The number of the next minute.</param>
    /// <param name="rules">Where classes end.</param>
    public void EndMinute(long nextMinute, TruthRules rules)
    {
        Open.Unique += _devices.Count;
        Open.Overflow += _beyond.Count + _bleBeyond.Count;
        foreach (int strongest in _devices.Values)
        {
            if (strongest < 0)
            {
                Open.Zones[strongest > rules.ImmediateDbm ? 0 : strongest > rules.NearDbm ? 1 : strongest > rules.FarDbm ? 2 : 3]++;
            }
        }

        Open.BleUnique += _bleDevices.Count;
        foreach (bool isApple in _bleDevices.Values)
        {
            Open.BleApple += isApple ? 1 : 0;
        }

        _devices.Clear();
        _beyond.Clear();
        _bleDevices.Clear();
        _bleBeyond.Clear();
        for (; _minute < nextMinute; _minute++)
        {
            EndStays(_minute, rules);
        }
    }

    /// <summary>The reading closes, and another opens.</summary>
    /// <returns>What it should say.</returns>
    public NaiveReading Close()
    {
        NaiveReading closed = Open;
        closed.IsDwellVague |= _vague.Count > 0;
        Open = new NaiveReading { IsDwellVague = _vague.Count > 0 };
        return closed;
    }

    private void Take(long uptimeMs, ulong address, int rssiDbm, bool isBle, bool isApple)
    {
        if (uptimeMs >= _minuteEndMs)
        {
            _later.Add((uptimeMs, address, rssiDbm, isBle, isApple));
        }
        else
        {
            Count(address, rssiDbm, isBle, isApple);
        }
    }

    private void Count(ulong address, int rssiDbm, bool isBle, bool isApple)
    {
        if (isBle)
        {
            Open.AddAdvert(rssiDbm);
            CountAdvertiser(address, isApple);
        }
        else
        {
            Open.AddProbe(rssiDbm);
            CountDevice(address, rssiDbm);
        }
    }

    private void CountAdvertiser(ulong address, bool isApple)
    {
        if (_bleDevices.Count == BleCap && !_bleDevices.ContainsKey(address))
        {
            _bleBeyond.Add(address);
            return;
        }

        CollectionsMarshal.GetValueRefOrAddDefault(_bleDevices, address, out _) |= isApple;
    }

    private void CountDevice(ulong address, int rssiDbm)
    {
        FollowStay(address);
        if (_devices.Count == MinuteCap && !_devices.ContainsKey(address))
        {
            // Its stay goes on only if the estimate's bitmap sees that it is another one.
            _beyond.Add(address);
            MakeVague(address);
            return;
        }

        ref int strongest = ref CollectionsMarshal.GetValueRefOrAddDefault(_devices, address, out _);
        if (rssiDbm < 0)
        {
            strongest = strongest == 0 ? rssiDbm : Math.Max(strongest, rssiDbm);
        }
    }

    private void FollowStay(ulong address)
    {
        ref (long First, long Last) stay = ref CollectionsMarshal.GetValueRefOrAddDefault(_stays, address, out bool isKnown);
        stay = (isKnown ? stay.First : _minute, _minute);
        if (!isKnown && _stays.Count > DwellCap)
        {
            MakeVague(address);
        }
    }

    // It finds room when others leave, and its stay begins late then: until it is gone the classes are not exact.
    private void MakeVague(ulong address)
    {
        Open.IsDwellVague = true;
        _vague.Add(address);
    }

    private void EndStays(long minute, TruthRules rules)
    {
        foreach ((ulong address, (long first, long last)) in _stays)
        {
            if (last > minute - GoneAfterMinutes)
            {
                continue;
            }

            long minutes = last - first + 1;
            Open.Dwell[minutes <= rules.ShortMinutes ? 0 : minutes <= rules.MediumMinutes ? 1 : minutes <= rules.LongMinutes ? 2 : 3]++;
            _stays.Remove(address);
            _vague.Remove(address);
        }
    }
}
