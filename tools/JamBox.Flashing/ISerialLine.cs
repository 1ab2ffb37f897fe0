namespace JamBox.Flashing;

/// <summary>A serial port, or what stands for one. One thread uses it.</summary>
public interface ISerialLine : IDisposable
{
    /// <summary>Gets its name, such as <c>COM5</c> or <c>/dev/ttyACM0</c>.</summary>
    string Name { get; }

    /// <summary>Gets or sets the rate, baud.</summary>
    int BaudRate { get; set; }

    /// <summary>Gets the two lines that reset the chip; <c>null</c> when there are none, as on a pseudo-terminal.</summary>
    IResetLines? ResetLines { get; }

    /// <summary>Waits for bytes.</summary>
    /// <param name="buffer">Filled from its beginning.</param>
    /// <param name="timeout">How long to wait for the first of them, above zero.</param>
    /// <returns>How many came; 0 when the time is over.</returns>
    /// <exception cref="FlashException">The port has gone away.</exception>
    int Read(Span<byte> buffer, TimeSpan timeout);

    /// <summary>Sends bytes.</summary>
    /// <param name="bytes">All of them are sent.</param>
    /// <exception cref="FlashException">The port has gone away, or takes nothing.</exception>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Forgets what has come and was not read.</summary>
    void DiscardInput();

    /// <summary>Lets another program have the port, until <see cref="Reopen"/>.</summary>
    void Release();

    /// <summary>
    /// Opens the port again, after it was released, or went away with a reset of a chip that is the USB device itself.
    /// </summary>
    /// <exception cref="FlashException">It is not there.</exception>
    void Reopen();
}

/// <summary>DTR and RTS: with them the chip is reset, into its loader or its firmware.</summary>
public interface IResetLines
{
    /// <summary>Sets both.</summary>
    /// <param name="dtr">Data terminal ready.</param>
    /// <param name="rts">Request to send.</param>
    /// <exception cref="FlashException">The port has gone away.</exception>
    void Set(bool dtr, bool rts);
}

/// <summary>The time that waits are measured with.</summary>
public interface IFlashClock
{
    /// <summary>Gets the time since some moment.</summary>
    TimeSpan Now { get; }

    /// <summary>Waits.</summary>
    /// <param name="time">How long.</param>
    void Wait(TimeSpan time);
}

/// <summary>The clock on the wall.</summary>
public sealed class FlashClock : IFlashClock
{
    private readonly long _start = TimeProvider.System.GetTimestamp();

    /// <inheritdoc/>
    public TimeSpan Now => TimeProvider.System.GetElapsedTime(_start);

    /// <inheritdoc/>
    public void Wait(TimeSpan time) => Thread.Sleep(time);
}
