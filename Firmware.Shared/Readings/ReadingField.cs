namespace JamBox.Readings;

/// <summary>
/// The fields of a reading: where each stands in an array of <see cref="Count"/> ints, how many bits it has, and what it is called on the
/// wire. Ring, log, packing and writer all go by this table.
/// </summary>
/// <remarks>
/// A new field goes behind the last one: its constant here, <see cref="Count"/>, and a line of <see cref="Keys"/>. The order is that on
/// flash, so that an index never changes its meaning (docs/flash.md, "Reading log"); one that a stored reading does not have is
/// <see cref="NotKnown"/>.
/// </remarks>
public static class ReadingField
{
    /// <summary>Counts saturate here.</summary>
    public const int CountLimit = 1000000;

    /// <summary>Bits of a count: 0…<see cref="CountLimit"/>.</summary>
    public const int CountBits = 20;

    /// <summary>Bits of a level: −128…127 dBm.</summary>
    public const int LevelBits = 8;

    /// <summary>Bits of a word: any int.</summary>
    public const int WordBits = 32;

    /// <summary>Accepted probe requests (<c>i</c>).</summary>
    public const int Impressions = 0;

    /// <summary>Device-minutes (<c>u</c>).</summary>
    public const int Unique = 1;

    /// <summary>Mean signal strength of the probe requests, dBm, 0 = nothing heard (<c>probe_rssi_avg</c>).</summary>
    public const int ProbeRssiAvg = 2;

    /// <summary>Strongest, dBm, 0 = nothing heard (<c>probe_rssi_min</c>; the name is the predecessor's).</summary>
    public const int ProbeRssiStrongest = 3;

    /// <summary>Weakest, dBm, 0 = nothing heard (<c>probe_rssi_max</c>).</summary>
    public const int ProbeRssiWeakest = 4;

    /// <summary>First of the four dwell counts: devices that left after ≤ 1, ≤ 5, ≤ 10, more minutes (<c>dwell_0_1</c> …).</summary>
    public const int Dwell = 5;

    /// <summary>First of the four zone counts: device-minutes immediate, near, far, remote (<c>rssi_immediate</c> …).</summary>
    public const int Zone = 9;

    /// <summary>Bluetooth LE advertisements (<c>ble_i</c>).</summary>
    public const int BleImpressions = 13;

    /// <summary>Bluetooth LE device-minutes (<c>ble_u</c>).</summary>
    public const int BleUnique = 14;

    /// <summary>Those of them with company id 0x004C (<c>ble_apple</c>).</summary>
    public const int BleApple = 15;

    /// <summary>The others (<c>ble_other</c>).</summary>
    public const int BleOther = 16;

    /// <summary>Mean signal strength of the advertisements, dBm, 0 = nothing heard (<c>ble_rssi_avg</c>).</summary>
    public const int BleRssiAvg = 17;

    /// <summary>Device-minutes that did not fit, estimated (<c>of</c>).</summary>
    public const int Overflow = 18;

    /// <summary>Device-minutes whose device did not fit into the dwell table (<c>do</c>).</summary>
    public const int DwellOverflow = 19;

    /// <summary>How many fields the counting fills; those behind it are filled when the reading is closed.</summary>
    public const int CountedFields = 20;

    /// <summary>Records lost in the native ring (<c>rl</c>).</summary>
    public const int RingLoss = 20;

    /// <summary>Seconds that Wi-Fi really listened (<c>ls</c>).</summary>
    public const int ListenSeconds = 21;

    /// <summary>Length of the interval in seconds (<c>iv</c>).</summary>
    public const int IntervalSeconds = 22;

    /// <summary>Version of the configuration in force (<c>cv</c>).</summary>
    public const int ConfigVersion = 23;

    /// <summary>Number of the reading in its boot, from 1 (<c>n</c>).</summary>
    public const int Number = 24;

    /// <summary>Boot id, the 32 bits as they are (<c>b</c>).</summary>
    public const int BootId = 25;

    /// <summary>Uptime at which the reading was closed, in seconds.</summary>
    public const int ClosedUptimeSeconds = 26;

    /// <summary>UTC at which the reading was closed, in seconds since 2000-01-01 (good until 2068); 0 = not dated.</summary>
    public const int ClosedUtcSeconds = 27;

    /// <summary>Where the fields begin that came after the first release: the wire has them at its end.</summary>
    public const int Later = 28;

    /// <summary>
    /// Those of <see cref="BleApple"/> that are phones, tablets or watches in use (<c>baa</c>); <see cref="NotKnown"/> in a reading that a
    /// firmware without this field has left in flash.
    /// </summary>
    public const int BleAppleInUse = 28;

    /// <summary>Ints a reading.</summary>
    public const int Count = 29;

    /// <summary>In a field behind <see cref="Later"/>: the firmware that took the reading did not count it, and it is not sent.</summary>
    public const int NotKnown = -1;

    /// <summary>Bits a reading has when it is packed.</summary>
    public const int TotalBits = (LevelFields * LevelBits) + (WordFields * WordBits) + ((Count - LevelFields - WordFields) * CountBits);

    /// <summary>Characters of a line of <see cref="Keys"/>.</summary>
    public const int KeyWidth = 16;

    private const int LevelFields = 4;
    private const int WordFields = 5;

    /// <summary>
    /// The keys on the wire, one behind the other in the order of the indices, each filled up with blanks to <see cref="KeyWidth"/>;
    /// blank for a field that is not written as it is. One text, because it stays in flash.
    /// </summary>
    public static readonly string Keys =
        "i               " +
        "u               " +
        "probe_rssi_avg  " +
        "probe_rssi_min  " +
        "probe_rssi_max  " +
        "dwell_0_1       " +
        "dwell_1_5       " +
        "dwell_5_10      " +
        "dwell_10plus    " +
        "rssi_immediate  " +
        "rssi_near       " +
        "rssi_far        " +
        "rssi_remote     " +
        "ble_i           " +
        "ble_u           " +
        "ble_apple       " +
        "ble_other       " +
        "ble_rssi_avg    " +
        "of              " +
        "do              " +
        "rl              " +
        "ls              " +
        "iv              " +
        "cv              " +
        "n               " +
        "b               " +
        "                " +
        "                " +
        "baa             ";

    /// <summary>Gives the bits that a field is kept in.</summary>
    /// <param name="field">Its index.</param>
    /// <returns><see cref="CountBits"/>, <see cref="LevelBits"/> or <see cref="WordBits"/>.</returns>
    public static int Bits(int field)
    {
        if (field >= ConfigVersion && field <= ClosedUtcSeconds)
        {
            return WordBits;
        }

        return (field >= ProbeRssiAvg && field <= ProbeRssiWeakest) || field == BleRssiAvg ? LevelBits : CountBits;
    }
}
