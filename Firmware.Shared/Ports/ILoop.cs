namespace JamBox.Ports;

/// <summary>
/// What everything that waits must call while it waits (a modem reply, a back-off): the firmware has one thread, and this is how
/// counting, the watchdog and the LED go on meanwhile.
/// </summary>
public interface ILoop
{
    /// <summary>
    /// Drains the radio, books minutes and closes readings that are due, feeds the watchdog, animates the LED, looks at the button,
    /// and then lets a short time pass on the clock (10 to 20 ms).
    /// </summary>
    void Pump();
}
