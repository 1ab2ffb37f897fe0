namespace JamBox.Ports;

/// <summary>The bytes to and from the modem: UART, 115200 8N1. Nothing here waits.</summary>
public interface IModemLink
{
    /// <summary>Takes what has arrived and not been read yet.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="offset">First index to write.</param>
    /// <param name="count">How many bytes at most.</param>
    /// <returns>Bytes written to <paramref name="buffer"/>, 0 when nothing waits.</returns>
    int Read(byte[] buffer, int offset, int count);

    /// <summary>Sends bytes to the modem; they are on their way or copied when it returns.</summary>
    /// <param name="buffer">Where from.</param>
    /// <param name="offset">First index to send.</param>
    /// <param name="count">How many bytes.</param>
    void Write(byte[] buffer, int offset, int count);

    /// <summary>
    /// Resets the modem by its reset line: low for 100 ms, then high. The modem needs 3 s afterwards, which the caller waits.
    /// </summary>
    /// <returns><c>false</c> where the board has no such line (base DTU-NBIoT2 v1.0): nothing was done.</returns>
    bool HardwareReset();
}
