namespace JamBox.Ports;

/// <summary>
/// The one radio of the chip, which listens either to a Wi-Fi channel or to Bluetooth LE. Whatever it hears goes through native
/// callbacks into rings; the loop drains them here. Records are laid out as in <see cref="RadioRecord"/>, oldest first.
/// </summary>
public interface IRadio
{
    /// <summary>Gets the records lost since boot because a ring was full. Only grows; wraps at 2^31.</summary>
    int DroppedRecords { get; }

    /// <summary>Gets a value indicating whether it can listen to Wi-Fi at all: one that cannot is not broken when it never does.</summary>
    bool HasWifi { get; }

    /// <summary>Takes accepted probe requests (locally administered unicast source addresses only).</summary>
    /// <param name="records">Filled from index 0 with whole records.</param>
    /// <returns>How many records were written.</returns>
    int DrainProbes(byte[] records);

    /// <summary>Takes Bluetooth LE advertisements.</summary>
    /// <param name="records">Filled from index 0 with whole records.</param>
    /// <returns>How many records were written.</returns>
    int DrainAdverts(byte[] records);

    /// <summary>
    /// Listens to probe requests on a channel; Bluetooth LE stops. Asked for again at every hop, so that what was refused is tried anew.
    /// </summary>
    /// <param name="channel">2.4 GHz channel, 1…13.</param>
    /// <returns>Whether Wi-Fi listens now, on that channel; <c>false</c>: nothing is heard, and the time does not count as
    /// listened.</returns>
    bool ListenWifi(int channel);

    /// <summary>Scans for Bluetooth LE advertisements, passively; Wi-Fi stops.</summary>
    /// <returns><c>false</c> when there is no room for the stack or it did not start: nothing is heard, and the slice is to be given to
    /// Wi-Fi.</returns>
    bool ListenBle();

    /// <summary>
    /// Takes all of Bluetooth LE down because it hears nothing: the next <see cref="ListenBle"/> begins from nothing. Nothing is listened
    /// to.
    /// </summary>
    void RestartBle();

    /// <summary>
    /// Takes all of Wi-Fi down because it hears nothing: the next <see cref="ListenWifi"/> begins from nothing. Nothing is listened to.
    /// </summary>
    void RestartWifi();
}

/// <summary>
/// Layout of the 16 bytes that the radio hands over for a frame or an advertisement; numbers little-endian. It is the layout of the
/// native ring, so that draining is one copy. Records live in RAM only, and only until the counting tables have hashed the address.
/// </summary>
public static class RadioRecord
{
    /// <summary>Bytes per record.</summary>
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

    /// <summary>Bluetooth: that data says that a phone, a tablet or a watch is in use (see ContinuityType in Counting).</summary>
    public const byte FlagAppleInUse = 0x08;
}
