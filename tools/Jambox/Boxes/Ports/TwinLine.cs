using JamBox.ChipTwin;
using JamBox.Flashing;
using JamBox.Twin.Chip;

namespace JamBox.Bench.Boxes.Ports;

/// <summary>
/// A simulated box: an ESP32-S3 whose loader can be flashed, and which then runs the firmware of the device twin out of its flash. Its time
/// is the one that passes in the box: waiting for the loader costs none of ours.
/// </summary>
internal sealed class TwinLine : ISerialLine, IResetLines, IFlashClock
{
    // The time in the box may be much faster than ours: nobody waits for it for longer than this without looking at it again.
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(20);

    private readonly Lock _gate = new();
    private readonly Queue<byte> _input = new();
    private readonly SemaphoreSlim _news = new(0);
    private readonly SimulatedChip _chip;
    private readonly ChipFirmware _firmware;
    private readonly string? _file;
    private TimeSpan _waited;

    /// <summary>Makes a box and gives it power.</summary>
    /// <param name="file">Where its flash is kept; <c>null</c> = in memory.</param>
    /// <param name="options">The world around it.</param>
    /// <param name="chip">What it is; <c>null</c> = the chip of an AtomS3 Lite.</param>
    /// <exception cref="FlashException">The file holds no flash of such a chip.</exception>
    public TwinLine(string? file, ChipFirmwareOptions options, ChipOptions? chip = null)
    {
        _file = file;
        _chip = new SimulatedChip(chip);
        Load();
        _firmware = new ChipFirmware(_chip, _gate, options);
        lock (_gate)
        {
            _chip.Sent = Take;
            _chip.PowerOn();
        }
    }

    /// <inheritdoc/>
    public string Name => PortOptions.Twin;

    /// <inheritdoc/>
    public int BaudRate { get; set; } = RomProtocol.StartBaudRate;

    /// <inheritdoc/>
    public IResetLines ResetLines => this;

    /// <inheritdoc/>
    public TimeSpan Now => _waited + _firmware.Lived;

    /// <summary>The firmware in it.</summary>
    public ChipFirmware Firmware => _firmware;

    /// <inheritdoc/>
    public void Wait(TimeSpan time) => _waited += time;

    /// <summary>Looks at the chip while nothing happens to it.</summary>
    /// <typeparam name="T">What is looked for.</typeparam>
    /// <param name="look">How.</param>
    /// <returns>What was found.</returns>
    public T Look<T>(Func<SimulatedChip, T> look)
    {
        lock (_gate)
        {
            return look(_chip);
        }
    }

    /// <inheritdoc/>
    public int Read(Span<byte> buffer, TimeSpan timeout)
    {
        int count = TakeInput(buffer);
        if (count > 0)
        {
            return count;
        }

        // Only firmware says anything by itself; the loader has answered already, or never will.
        if (!_firmware.IsRunning)
        {
            _waited += timeout;
        }
        else if (_news.Wait(timeout < s_look ? timeout : s_look))
        {
            while (_news.Wait(0))
            {
            }
        }

        count = TakeInput(buffer);
        return count > 0 || _firmware.Failure is not { } failure
            ? count
            : throw new FlashException(FlashFault.Port, $"the simulated box broke down: {failure.Message}");
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        _waited += TimeSpan.FromSeconds(10.0 * bytes.Length / BaudRate);
        lock (_gate)
        {
            _chip.Receive(bytes);
        }
    }

    /// <inheritdoc/>
    public void DiscardInput()
    {
        lock (_gate)
        {
            _input.Clear();
        }
    }

    /// <inheritdoc/>
    public void Release()
    {
        // No other program could have it.
    }

    /// <inheritdoc/>
    public void Reopen()
    {
        // It does not go away.
    }

    /// <inheritdoc/>
    public void Set(bool dtr, bool rts)
    {
        lock (_gate)
        {
            _chip.SetLines(dtr, rts);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _firmware.Dispose();
        if (_file is not null)
        {
            Save(_file);
        }

        _news.Dispose();
    }

    private void Save(string file)
    {
        try
        {
            // Beside it first: a flash that is cut off half-way would be no flash.
            string beside = file + ".new";
            File.WriteAllBytes(beside, Look(static chip => chip.Flash.Read(0, chip.Flash.Length).ToArray()));
            File.Move(beside, file, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new FlashException(
                FlashFault.Input, $"the flash of the simulated box cannot be kept in {file} ({e.Message.TrimEnd('.')}): make room there.");
        }
    }

    private int TakeInput(Span<byte> buffer)
    {
        lock (_gate)
        {
            int count = 0;
            while (count < buffer.Length && _input.TryDequeue(out byte b))
            {
                buffer[count++] = b;
            }

            return count;
        }
    }

    /// <summary>Called with the gate held.</summary>
    private void Take(ReadOnlyMemory<byte> bytes)
    {
        foreach (byte b in bytes.Span)
        {
            _input.Enqueue(b);
        }

        _news.Release();
    }

    private void Load()
    {
        if (_file is null || !File.Exists(_file))
        {
            return;
        }

        byte[] bytes = File.ReadAllBytes(_file);
        if (bytes.Length != _chip.Flash.Length)
        {
            throw new FlashException(
                FlashFault.Input,
                $"{_file} has {bytes.Length} bytes, and the flash of a simulated box has {_chip.Flash.Length}: it is none.");
        }

        _chip.Flash.Write(0, bytes);
    }
}
