namespace JamBox.ChipTwin;

/// <summary>A simulated chip behind a pseudo-terminal: any program that flashes chips can open it as a port.</summary>
public sealed class ChipPort : IDisposable
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_room = TimeSpan.FromSeconds(2);

    private readonly SimulatedChip _chip;
    private readonly PseudoTerminal _terminal = new();
    private readonly Lock _lock = new();
    private readonly Thread _thread;
    private volatile bool _isOver;

    /// <summary>Connects a chip without power.</summary>
    /// <param name="chip">The chip.</param>
    /// <param name="heard">Sees what the chip sends; or <c>null</c>.</param>
    public ChipPort(SimulatedChip chip, Action<ReadOnlyMemory<byte>>? heard = null)
    {
        _chip = chip;
        chip.Sent = bytes =>
        {
            heard?.Invoke(bytes);
            _terminal.Write(bytes.Span, s_room);
        };
        _thread = new Thread(Run) { IsBackground = true, Name = "chip" };
    }

    /// <summary>Gets the name of the port.</summary>
    public string Path => _terminal.Path;

    /// <summary>Gives the chip power; once.</summary>
    public void Start()
    {
        lock (_lock)
        {
            _chip.PowerOn();
        }

        _thread.Start();
    }

    /// <summary>Presses the reset button.</summary>
    /// <param name="isIntoLoader">It is held until the loader is there.</param>
    public void Reset(bool isIntoLoader)
    {
        lock (_lock)
        {
            _chip.Reset(isIntoLoader, "POWERON", 0x01);
        }
    }

    /// <summary>Has the firmware print a line; a chip that runs none prints nothing.</summary>
    /// <param name="line">ASCII, without an end of line.</param>
    public void Say(string line)
    {
        lock (_lock)
        {
            if (_chip.State == ChipState.Firmware)
            {
                _chip.Say(line);
            }
        }
    }

    /// <summary>Looks at the chip while nothing happens to it.</summary>
    /// <typeparam name="T">What is looked for.</typeparam>
    /// <param name="look">How.</param>
    /// <returns>What was found.</returns>
    public T Look<T>(Func<SimulatedChip, T> look)
    {
        lock (_lock)
        {
            return look(_chip);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isOver = true;
        if (_thread.IsAlive)
        {
            _thread.Join();
        }

        _chip.Sent = null;
        _terminal.Dispose();
    }

    private void Run()
    {
        var buffer = new byte[4096];
        while (!_isOver)
        {
            int count = _terminal.Read(buffer, s_look);
            if (count > 0)
            {
                lock (_lock)
                {
                    _chip.Receive(buffer.AsSpan(0, count));
                }
            }
        }
    }
}
