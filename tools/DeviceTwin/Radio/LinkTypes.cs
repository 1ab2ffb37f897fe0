namespace JamBox.Twin.Radio;

/// <summary>The link types (tcpdump.org's numbers) that hold what the box can hear.</summary>
internal static class LinkTypes
{
    /// <summary>802.11 frames without anything before them.</summary>
    public const int Ieee80211 = 105;

    /// <summary>802.11 frames behind a radiotap header.</summary>
    public const int Radiotap = 127;

    /// <summary>Bluetooth LE link layer, from the access address on.</summary>
    public const int BluetoothLe = 251;

    /// <summary>Bluetooth LE link layer behind a header with channel and signal strength.</summary>
    public const int BluetoothLeWithRfHeader = 256;

    /// <summary>Says whether packets of a link type can be used.</summary>
    /// <param name="linkType">The number.</param>
    /// <returns>Whether it is one of the above.</returns>
    public static bool IsKnown(int linkType)
    {
        return linkType is Ieee80211 or Radiotap or BluetoothLe or BluetoothLeWithRfHeader;
    }
}
