namespace JamBox.Ports;

/// <summary>
/// The one radio of the chip, which listens either to a Wi-Fi channel or to Bluetooth LE. Whatever it hears goes through native
/// callbacks into rings; the loop drains them here. Records are laid out as in <see cref="RadioRecord"/>, oldest first.
/// </summary>
public interface IRadio
{
    /// <summary>Gets the records lost since boot because a ring was full. Only grows; wraps at 2^31.</summary>
    int DroppedRecords { get; }

    /// <summary>Takes accepted probe requests (locally administered unicast source addresses only).</summary>
    /// <param name="records">Filled from index 0 with whole records.</param>
    /// <returns>How many records were written.</returns>
    int DrainProbes(byte[] records);

    /// <summary>Takes Bluetooth LE advertisements.</summary>
    /// <param name="records">Filled from index 0 with whole records.</param>
    /// <returns>How many records were written.</returns>
    int DrainAdverts(byte[] records);

    /// <summary>Listens to probe requests on a channel; Bluetooth LE stops.</summary>
    /// <param name="channel">2.4 GHz channel, 1…13.</param>
    void ListenWifi(int channel);

    /// <summary>Scans for Bluetooth LE advertisements, passively; Wi-Fi stops.</summary>
    void ListenBle();
}
