namespace JamBox.Ports;

/// <summary>Layout of the 8 bytes that a scan gives for an access point.</summary>
public static class AccessPointRecord
{
    /// <summary>Bytes a record.</summary>
    public const int Size = 8;

    /// <summary>Records a scan gives at most: the strongest.</summary>
    public const int MaxCount = 10;

    /// <summary>BSSID, 6 bytes, first byte on air first.</summary>
    public const int Address = 0;

    /// <summary>Signal strength, signed byte, dBm.</summary>
    public const int RssiDbm = 6;
}
