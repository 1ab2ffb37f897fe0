namespace JamBox.Ports;

/// <summary>The chip itself.</summary>
public interface ISystem
{
    /// <summary>Gets why the chip started, a short ASCII word such as <c>power</c>, <c>watchdog</c>, <c>command</c>.</summary>
    string ResetReason { get; }

    /// <summary>
    /// Gets the first part of the board that does not work, since boot: a short word such as <c>i2c</c>, <c>led</c>, <c>button</c>,
    /// <c>wifi_scan</c>, <c>ble</c>; <c>null</c> while none is known. The box goes on without the part, and says so.
    /// </summary>
    string BoardFault { get; }

    /// <summary>Gets the free bytes of the managed heap.</summary>
    int FreeHeapBytes { get; }

    /// <summary>Gets the largest free block of native memory in bytes.</summary>
    int LargestFreeBlockBytes { get; }

    /// <summary>Fills a buffer from the hardware random number generator.</summary>
    /// <param name="buffer">Filled completely.</param>
    void Random(byte[] buffer);

    /// <summary>Restarts the box. On the board it does not return; on a PC it may, and the loop then ends.</summary>
    /// <param name="reason">A short ASCII word that the next boot finds in <see cref="ResetReason"/>.</param>
    void Reboot(string reason);

    /// <summary>Writes a line to the debug output. Never an address, never the token.</summary>
    /// <param name="line">The line, without its end.</param>
    void Log(string line);
}

/// <summary>Reboots the box when the loop stands still.</summary>
public interface IWatchdog
{
    /// <summary>Starts it; it cannot be stopped.</summary>
    /// <param name="timeoutMs">Reboot after so many ms without <see cref="Feed"/>.</param>
    void Start(int timeoutMs);

    /// <summary>Says that the loop is alive.</summary>
    void Feed();
}

/// <summary>
/// The managed heap, as far as blocks are asked for later than at start. A board needs no such object, because its CLR throws by itself
/// when there is no room; on a PC, where there always is, it makes a heap that is full or in pieces.
/// </summary>
public interface IHeap
{
    /// <summary>Hears that a block is about to be made.</summary>
    /// <param name="bytes">Its elements' bytes.</param>
    /// <exception cref="System.OutOfMemoryException">There is no room for it.</exception>
    void Reserve(int bytes);
}
