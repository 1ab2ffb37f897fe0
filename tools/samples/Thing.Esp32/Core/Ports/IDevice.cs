namespace JamBox.Things.Ports;

/// <summary>The chip and its runtime.</summary>
public interface IDevice
{
    /// <summary>Gets the free bytes of the managed heap.</summary>
    int FreeHeapBytes { get; }

    /// <summary>Fills a buffer from a generator that nobody can guess.</summary>
    /// <param name="buffer">Filled completely.</param>
    void Random(byte[] buffer);

    /// <summary>Restarts the chip. The call may return before it happens.</summary>
    /// <param name="reason">Why, a few ASCII words; shown after the restart.</param>
    void Restart(string reason);

    /// <summary>Writes a line to the debug output.</summary>
    /// <param name="line">The line; never a token or a password.</param>
    void Log(string line);
}
