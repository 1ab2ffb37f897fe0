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

/// <summary>How a part of the firmware reboots the box around it: wished for, and carried out when what goes on has ended.</summary>
public interface IRestart
{
    /// <summary>Gets a value indicating whether the box is to reboot at once: whatever goes on should come to its end.</summary>
    bool IsWanted { get; }

    /// <summary>Wishes for a reboot.</summary>
    /// <param name="reason">A short ASCII word that the next boot finds as the reset reason.</param>
    void Want(string reason);

    /// <summary>Wishes for a reboot because there is no block of memory for the update, and counts it over all boots.</summary>
    void WantForMemory();
}
