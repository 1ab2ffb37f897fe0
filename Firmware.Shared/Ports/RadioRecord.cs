namespace JamBox.Ports;

/// <summary>
/// Layout of the 16 bytes that the radio hands over for a frame or an advertisement; numbers little-endian. It is the layout of the
/// native ring, so that draining is one copy. Records live in RAM only, and only until the counting tables have hashed the address.
/// </summary>
public static class RadioRecord
{
    /// <summary>Bytes a record.</summary>
    public const int Size = 16;

    /// <summary>Address, 6 bytes, first byte on air (Wi-Fi) or most significant (Bluetooth) first.</summary>
    public const int Address = 0;

    /// <summary>Signal strength, signed byte, dBm −127…−1; 0 = not known.</summary>
    public const int RssiDbm = 6;

    /// <summary>Wi-Fi channel 1…13, Bluetooth advertising channel 37…39; 0 = not known.</summary>
    public const int Channel = 7;

    /// <summary>Uptime in ms when the frame was heard, the low 32 bits.</summary>
    public const int TimeMs = 8;

    /// <summary>Sequence number of the 802.11 frame, 0…4095, as 16 bits.</summary>
    public const int Sequence = 12;

    /// <summary>Flags: see the constants that begin with Flag.</summary>
    public const int Flags = 14;

    /// <summary>Bluetooth: the address is a random one (not public).</summary>
    public const byte FlagRandomAddress = 0x01;

    /// <summary>Bluetooth: the PDU is a scan response.</summary>
    public const byte FlagScanResponse = 0x02;

    /// <summary>Bluetooth: the advertisement bears manufacturer data of company id 0x004C (Apple).</summary>
    public const byte FlagApple = 0x04;
}
