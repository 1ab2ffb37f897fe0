using System.Buffers.Binary;
using System.Runtime.InteropServices;
using JamBox.Twin.Radio;

namespace JamBox.Twin.Soak;

/// <summary>
/// Counts one boot of a box as docs/counting.md has it, with dictionaries, out of the frames that the radio delivered. It shares no code
/// with the firmware. It is told when minutes and readings end, and checks nothing itself. Frames of a minute that has not begun wait.
/// </summary>
/// <remarks>
/// Devices are told apart by the 32 bits by which the box tells them apart (docs/counting.md), worked out here anew from its salt: so that
/// the comparison is exact, although two addresses in four thousand million share a key. How often they did is counted.
/// </remarks>
/// <param name="salt">The 16 random bytes of this boot.</param>
internal sealed class NaiveCounter(byte[] salt)
{
    /// <summary>Distinct devices a minute (docs/counting.md).</summary>
    public const int MinuteCap = 2_000;

    /// <summary>Distinct Bluetooth devices a minute.</summary>
    public const int BleCap = 600;

    /// <summary>Devices whose stay is followed.</summary>
    public const int DwellCap = 1_000;

    // Homes of the three tables (docs/counting.md, "Tables"): where devices that follow each other crowd behind the last home, one finds no
    // room although the table is not full.
    private const int MinuteHomes = 2_304;
    private const int BleHomes = 776;
    private const int DwellHomes = 1_360;

    private const int GoneAfterMinutes = 10;
    private const int HeaderLength = 24;

    private readonly Dictionary<uint, int> _devices = [];
    private readonly Dictionary<uint, AdvertiserKind> _bleDevices = [];
    private readonly HomeCounts _homes = new(MinuteHomes);
    private readonly HomeCounts _bleHomes = new(BleHomes);
    private readonly HomeCounts _stayHomes = new(DwellHomes);
    private readonly HashSet<uint> _beyond = [];
    private readonly HashSet<uint> _bleBeyond = [];
    private readonly Dictionary<uint, (long First, long Last)> _stays = [];
    private readonly HashSet<uint> _vague = [];
    private readonly List<(long AtMs, ulong Address, int RssiDbm, AdvertiserKind? Kind)> _later = [];
    private readonly Dictionary<uint, ulong> _addresses = [];
    private readonly ulong _mask = BinaryPrimitives.ReadUInt64LittleEndian(salt);
    private readonly ulong _multiplier = BinaryPrimitives.ReadUInt64LittleEndian(salt.AsSpan(8)) | 1;
    private long _minute;
    private long _minuteEndMs;

    /// <summary>How often an address had a key that another one had had in the same minute.</summary>
    public int Collisions { get; private set; }

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
            (_, ulong address, int rssi, AdvertiserKind? kind) = _later[taken++];
            Count(address, rssi, kind);
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
    public void Probe(long uptimeMs, ulong address, int rssiDbm) => Take(uptimeMs, address, rssiDbm, null);

    /// <summary>An advertisement was heard.</summary>
    /// <param name="uptimeMs">When.</param>
    /// <param name="advert">What it says.</param>
    public void Advert(long uptimeMs, in BleAdvert advert)
    {
        if (advert.IsRandom && !advert.IsScanResponse)
        {
            Take(uptimeMs, advert.Address, advert.RssiDbm, MinuteTruth.KindOf(advert));
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
        foreach (AdvertiserKind kind in _bleDevices.Values)
        {
            Open.BleApple += kind == AdvertiserKind.Other ? 0 : 1;
            Open.BleAppleInUse += kind == AdvertiserKind.AppleInUse ? 1 : 0;
        }

        _devices.Clear();
        _homes.Clear();
        _bleHomes.Clear();
        _addresses.Clear();
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

    // The kind of an advertiser; null = a probe request.
    private void Take(long uptimeMs, ulong address, int rssiDbm, AdvertiserKind? kind)
    {
        if (uptimeMs >= _minuteEndMs)
        {
            _later.Add((uptimeMs, address, rssiDbm, kind));
        }
        else
        {
            Count(address, rssiDbm, kind);
        }
    }

    private void Count(ulong address, int rssiDbm, AdvertiserKind? kind)
    {
        if (kind is { } advertiser)
        {
            Open.AddAdvert(rssiDbm);
            CountAdvertiser(Key(address), advertiser);
        }
        else
        {
            Open.AddProbe(rssiDbm);
            CountDevice(Key(address), rssiDbm);
        }
    }

    private uint Key(ulong address)
    {
        UInt128 product = (UInt128)((BinaryPrimitives.ReverseEndianness(address) >> 16) ^ _mask) * _multiplier;
        uint key = (uint)(product >> 32);
        if (!_addresses.TryAdd(key, address) && _addresses[key] != address)
        {
            Collisions++;
        }

        return key;
    }

    private void CountAdvertiser(uint key, AdvertiserKind kind)
    {
        if (key == 0)
        {
            // Told from no free slot: its frames count, the device does not.
            return;
        }

        if (!_bleDevices.ContainsKey(key) && (_bleDevices.Count == BleCap || !_bleHomes.TryAdd(key)))
        {
            _bleBeyond.Add(key);
            return;
        }

        ref AdvertiserKind known = ref CollectionsMarshal.GetValueRefOrAddDefault(_bleDevices, key, out _);
        known = known > kind ? known : kind;
    }

    private void CountDevice(uint key, int rssiDbm)
    {
        if (key == 0)
        {
            return;
        }

        FollowStay(key);
        if (!_devices.ContainsKey(key) && (_devices.Count == MinuteCap || !_homes.TryAdd(key)))
        {
            // Its stay goes on only if the estimate's bitmap sees that it is another one.
            _beyond.Add(key);
            MakeVague(key);
            return;
        }

        ref int strongest = ref CollectionsMarshal.GetValueRefOrAddDefault(_devices, key, out _);
        if (rssiDbm < 0)
        {
            strongest = strongest == 0 ? rssiDbm : Math.Max(strongest, rssiDbm);
        }
    }

    private void FollowStay(uint key)
    {
        ref (long First, long Last) stay = ref CollectionsMarshal.GetValueRefOrAddDefault(_stays, key, out bool isKnown);
        stay = (isKnown ? stay.First : _minute, _minute);
        if (!isKnown && (!_stayHomes.TryAdd(key) || _stays.Count > DwellCap))
        {
            MakeVague(key);
        }
    }

    // It finds room when others leave, and its stay begins late then: until it is gone the classes are not exact.
    private void MakeVague(uint key)
    {
        Open.IsDwellVague = true;
        _vague.Add(key);
    }

    private void EndStays(long minute, TruthRules rules)
    {
        foreach ((uint key, (long first, long last)) in _stays)
        {
            if (last > minute - GoneAfterMinutes)
            {
                continue;
            }

            long minutes = last - first + 1;
            Open.Dwell[minutes <= rules.ShortMinutes ? 0 : minutes <= rules.MediumMinutes ? 1 : minutes <= rules.LongMinutes ? 2 : 3]++;
            _stays.Remove(key);
            _stayHomes.Remove(key);
            _vague.Remove(key);
        }
    }
}

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

    /// <summary>Those of them in use.</summary>
    public long BleAppleInUse { get; set; }

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

/// <summary>
/// How many devices have their home where in a table of the box, and whether one more pushes a run past its end (docs/counting.md,
/// "Tables"). It keeps no slots: how far a run reaches hangs on the homes alone.
/// </summary>
/// <param name="homes">Homes of the table.</param>
internal sealed class HomeCounts(int homes)
{
    // Behind the last home; the last of them stays free.
    private const int Tail = 56;

    private readonly int[] _counts = new int[homes];
    private readonly HashSet<uint> _keys = [];

    /// <summary>Takes a device in.</summary>
    /// <param name="key">Its key, which is not there yet.</param>
    /// <returns>Whether there is room; else nothing changes.</returns>
    public bool TryAdd(uint key)
    {
        int home = Home(key);
        int behind = 1;
        for (int at = homes - 1; at >= 0; at--)
        {
            behind += _counts[at];

            // Those from here on take the slots up to here and behind.
            if (at <= home && at + behind > homes + Tail - 1)
            {
                return false;
            }
        }

        _counts[home]++;
        _keys.Add(key);
        return true;
    }

    /// <summary>Takes a device out, if it is there.</summary>
    /// <param name="key">Its key.</param>
    public void Remove(uint key)
    {
        if (_keys.Remove(key))
        {
            _counts[Home(key)]--;
        }
    }

    /// <summary>Takes all out.</summary>
    public void Clear()
    {
        if (_keys.Count > 0)
        {
            Array.Clear(_counts);
            _keys.Clear();
        }
    }

    private int Home(uint key) => (int)((~key >> 16) * (uint)homes >> 16);
}
