using System.IO.Ports;

namespace JamBox.Flashing;

/// <summary>A port of this machine.</summary>
public sealed class SerialPortLine : ISerialLine, IResetLines
{
    private const int WriteTimeoutMs = 5000;

    private readonly SerialPort _port;
    private bool _hasLines;

    private SerialPortLine(string name)
    {
        _port = new SerialPort(name, RomProtocol.StartBaudRate) { WriteTimeout = WriteTimeoutMs };
    }

    /// <inheritdoc/>
    public string Name => _port.PortName;

    /// <inheritdoc/>
    public int BaudRate
    {
        get => _port.BaudRate;
        set => Try(() => _port.BaudRate = value);
    }

    /// <inheritdoc/>
    public IResetLines? ResetLines => _hasLines ? this : null;

    /// <summary>Lists the ports of this machine.</summary>
    /// <returns>Their names.</returns>
    public static IReadOnlyList<string> Names() => SerialPort.GetPortNames();

    /// <summary>Opens a port at 115,200 baud, without a reset of the chip as far as the system lets us.</summary>
    /// <param name="name">Such as <c>COM5</c> or <c>/dev/ttyACM0</c>.</param>
    /// <returns>The port.</returns>
    /// <exception cref="FlashException">It is not there, is in use, or may not be used.</exception>
    public static SerialPortLine Open(string name)
    {
        SerialPortLine line = new(name);
        try
        {
            line.Open();
            return line;
        }
        catch
        {
            line.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer, TimeSpan timeout)
    {
        var bytes = new byte[buffer.Length];
        int count = 0;
        Try(() =>
        {
            try
            {
                _port.ReadTimeout = Math.Max(1, (int)timeout.TotalMilliseconds);
                count = _port.Read(bytes, 0, bytes.Length);
            }
            catch (TimeoutException)
            {
                count = 0;
            }
        });
        bytes.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        byte[] copy = bytes.ToArray();
        Try(() => _port.Write(copy, 0, copy.Length));
    }

    /// <inheritdoc/>
    public void DiscardInput() => Try(_port.DiscardInBuffer);

    /// <inheritdoc/>
    public void Release()
    {
        try
        {
            _port.Close();
        }
        catch (IOException)
        {
            // What is gone cannot be closed.
        }
    }

    /// <inheritdoc/>
    public void Reopen()
    {
        int baudRate = _port.BaudRate;
        Release();
        _port.BaudRate = baudRate;
        Open();
    }

    /// <inheritdoc/>
    public void Set(bool dtr, bool rts) => Try(() =>
    {
        _port.DtrEnable = dtr;
        _port.RtsEnable = rts;

        // Windows' driver sends a change of RTS with the next change of DTR only.
        _port.DtrEnable = dtr;
    });

    /// <inheritdoc/>
    public void Dispose() => _port.Dispose();

    private void Open()
    {
        // Elsewhere than on Windows, what is not there counts as forbidden.
        if (!OperatingSystem.IsWindows() && !File.Exists(Name))
        {
            throw NotThere();
        }

        try
        {
            _port.Open();
        }
        catch (UnauthorizedAccessException)
        {
            throw OperatingSystem.IsWindows() || !IsForbidden() ? new FlashException(
                FlashFault.Port,
                $"{Name} cannot be opened: another program has it. Close serial monitors and Visual Studio's device explorer"
                + (OperatingSystem.IsWindows() ? "." : $" ('fuser {Name}' names it).")) : new FlashException(
                FlashFault.Port,
                $"{Name} cannot be opened: you may not use it. "
                + (OperatingSystem.IsLinux()
                    ? "'sudo usermod -aG dialout $USER' and a new sign-in give you the right ('jambox doctor' names the port's group)."
                    : "It is another user's: sign in as that one."));
        }
        catch (Exception e) when (e is IOException or ArgumentException or InvalidOperationException)
        {
            throw NotThere();
        }

        _hasLines = HasLines();
    }

    /// <summary>The port's own answer is the same for a right that is missing and for a port that is in use.</summary>
    private bool IsForbidden()
    {
        try
        {
            using FileStream file = new(Name, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private FlashException NotThere()
    {
        string[] there = SerialPort.GetPortNames();
        return new FlashException(
            FlashFault.Port,
            $"{Name} is not there. " + (there.Length == 0
                ? "No serial port is: plug the box in with a cable that carries data, and wait for its driver."
                : $"There are: {string.Join(", ", there)}."));
    }

    private bool HasLines()
    {
        try
        {
            // Both are off after opening, so this changes nothing where they exist.
            _port.DtrEnable = false;
            _port.RtsEnable = false;
            _ = _port.CtsHolding;
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private void Try(Action action)
    {
        try
        {
            action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException or TimeoutException
            or ArgumentOutOfRangeException)
        {
            throw new FlashException(
                FlashFault.Port, $"{Name} has gone away ({e.Message.TrimEnd('.')}). Check the cable and the plug, and try again.");
        }
    }
}
