namespace JamBox.Ports;

/// <summary>
/// The scan of access points for geolocation. It takes the one radio for some 7 s: what <see cref="IRadio"/> is asked for meanwhile
/// waits, so these seconds are not listened to, and whoever starts a scan accounts for that.
/// </summary>
public interface IWifiScanner
{
    /// <summary>Takes the radio and starts a scan. Returns at once.</summary>
    /// <returns><c>false</c> when it is busy or refused; the radio is then where it was. Try again some seconds later.</returns>
    bool Start();

    /// <summary>Asks how the scan got on. Once it has ended, the radio goes back and the result is given, one time.</summary>
    /// <param name="records">
    /// Filled from index 0 with whole records, laid out as in <see cref="AccessPointRecord"/>, the strongest first.
    /// </param>
    /// <returns>−1 while it lasts; then how many records, 0…<see cref="AccessPointRecord.MaxCount"/>; 0 when there was no scan.</returns>
    int TakeResult(byte[] records);

    /// <summary>Gives up waiting: the radio goes back, and what may still be found is forgotten. For a scan that lasts over 20 s.</summary>
    void Cancel();
}

/// <summary>Layout of the 8 bytes that a scan gives for an access point.</summary>
public static class AccessPointRecord
{
    /// <summary>Bytes per record.</summary>
    public const int Size = 8;

    /// <summary>Records a scan gives at most: the strongest.</summary>
    public const int MaxCount = 10;

    /// <summary>BSSID, 6 bytes, first byte on air first.</summary>
    public const int Address = 0;

    /// <summary>Signal strength, signed byte, dBm.</summary>
    public const int RssiDbm = 6;
}
