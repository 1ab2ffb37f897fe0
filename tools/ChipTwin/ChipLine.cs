using JamBox.Flashing;

namespace JamBox.ChipTwin;

/// <summary>
/// A line straight to a simulated chip, in memory and in virtual time: waiting costs no time, and everything that the chip has to say is
/// there at once. Bytes at another rate than the chip's are noise.
/// </summary>
public sealed class ChipLine : ISerialLine, IResetLines, IFlashClock
{
    private readonly SimulatedChip _chip;
    private readonly bool _hasLines;
    private readonly Queue<byte> _input = new();

    /// <summary>Connects a chip and gives it power.</summary>
    /// <param name="chip">The chip.</param>
    /// <param name="hasLines">The line has DTR and RTS.</param>
    public ChipLine(SimulatedChip chip, bool hasLines = true)
    {
        _chip = chip;
        _hasLines = hasLines;
        chip.Sent = Take;
        chip.PowerOn();
    }

    /// <inheritdoc/>
    public string Name => "twin";

    /// <inheritdoc/>
    public int BaudRate { get; set; } = RomProtocol.StartBaudRate;

    /// <inheritdoc/>
    public IResetLines? ResetLines => _hasLines ? this : null;

    /// <inheritdoc/>
    public TimeSpan Now { get; private set; }

    /// <summary>Gets or sets a value indicating whether the cable is out: every use fails.</summary>
    public bool IsUnplugged { get; set; }

    /// <inheritdoc/>
    public void Wait(TimeSpan time) => Now += time;

    /// <inheritdoc/>
    public int Read(Span<byte> buffer, TimeSpan timeout)
    {
        Check();
        if (_input.Count == 0)
        {
            Now += timeout;
        }

        int count = 0;
        while (count < buffer.Length && _input.TryDequeue(out byte b))
        {
            buffer[count++] = b;
        }

        return count;
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        Check();
        Now += TimeSpan.FromSeconds(10.0 * bytes.Length / BaudRate);
        if (IsHeard)
        {
            _chip.Receive(bytes);
        }
    }

    /// <inheritdoc/>
    public void DiscardInput() => _input.Clear();

    /// <inheritdoc/>
    public void Release()
    {
        // No other program could have it.
    }

    /// <inheritdoc/>
    public void Reopen() => Check();

    /// <inheritdoc/>
    public void Set(bool dtr, bool rts)
    {
        Check();
        _chip.SetLines(dtr, rts);
    }

    /// <inheritdoc/>
    public void Dispose() => _chip.Sent = null;

    private bool IsHeard => _chip.Options.IsNativeUsb || BaudRate == _chip.BaudRate;

    private void Take(ReadOnlyMemory<byte> bytes)
    {
        foreach (byte b in bytes.Span)
        {
            _input.Enqueue(IsHeard ? b : (byte)(b ^ 0xA5));
        }
    }

    private void Check()
    {
        if (IsUnplugged)
        {
            throw new FlashException(FlashFault.Port, $"{Name} has gone away. Check the cable and the plug, and try again.");
        }
    }
}
