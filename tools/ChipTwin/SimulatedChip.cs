using System.Text;
using JamBox.Flashing;

namespace JamBox.ChipTwin;

/// <summary>What a chip is doing.</summary>
public enum ChipState
{
    /// <summary>The loader in its ROM listens.</summary>
    Rom,

    /// <summary>A flasher stub listens.</summary>
    Stub,

    /// <summary>The firmware runs.</summary>
    Firmware,

    /// <summary>There is nothing in flash that it could start.</summary>
    Nothing,

    /// <summary>It is held in reset.</summary>
    Reset,
}

/// <summary>
/// An ESP32-S3 as it looks through its serial port, by Espressif's description of the protocol. One thread uses it: what is received is
/// answered before <see cref="Receive"/> returns.
/// </summary>
public sealed class SimulatedChip
{
    // A packet with the largest block that the stub takes.
    private const int MaxPacketLength = 0x10000 + 64;

    private readonly SlipReader _packets = new(MaxPacketLength);
    private readonly ChipRegisters _registers;
    private readonly Dictionary<int, int> _counts = [];
    private Loader _loader;
    private bool _isDownloadMarked;
    private bool _isStarted;

    /// <summary>Makes a chip without power.</summary>
    /// <param name="options">What it is.</param>
    /// <param name="flash">Its flash; erased when <c>null</c>.</param>
    public SimulatedChip(ChipOptions? options = null, ChipFlash? flash = null)
    {
        Options = options ?? new ChipOptions();
        Flash = flash ?? new ChipFlash(Options.FlashBytes);
        _registers = new ChipRegisters(Options);
        _loader = new Loader(this, _registers);
    }

    /// <summary>Gets what it is.</summary>
    public ChipOptions Options { get; }

    /// <summary>Gets its flash.</summary>
    public ChipFlash Flash { get; }

    /// <summary>Gets what it is doing.</summary>
    public ChipState State { get; private set; } = ChipState.Reset;

    /// <summary>Gets the rate at which it talks, baud.</summary>
    public int BaudRate { get; internal set; } = RomProtocol.StartBaudRate;

    /// <summary>Gets how often it was reset since it got its power.</summary>
    public int Resets { get; private set; }

    /// <summary>Gets the largest packet that it received, bytes.</summary>
    public int LargestPacket { get; private set; }

    /// <summary>Where what it sends goes.</summary>
    public Action<ReadOnlyMemory<byte>>? Sent { get; set; }

    /// <summary>Runs the firmware that was found in flash; <c>null</c> for a firmware that says nothing.</summary>
    public Action<ChipBoot>? Firmware { get; set; }

    /// <summary>Says what goes wrong with a command, from its number and how many came before; <c>null</c> for nothing.</summary>
    public Func<int, int, ChipFault>? Faults { get; set; }

    /// <summary>Gives it power.</summary>
    public void PowerOn()
    {
        Resets = -1;
        Reset(Options.StartsInLoader, "POWERON", 0x01);
    }

    /// <summary>Takes bytes from the host.</summary>
    /// <param name="bytes">The bytes.</param>
    public void Receive(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            if (State is ChipState.Rom or ChipState.Stub && _packets.TryTake(b, out byte[] packet))
            {
                LargestPacket = Math.Max(LargestPacket, packet.Length);
                _loader.Take(packet);
                if (State == ChipState.Rom && _loader.IsStub)
                {
                    State = ChipState.Stub;
                }
            }
        }
    }

    /// <summary>The reset lines change.</summary>
    /// <param name="dtr">Data terminal ready.</param>
    /// <param name="rts">Request to send.</param>
    public void SetLines(bool dtr, bool rts)
    {
        if (Options.IsNativeUsb)
        {
            SetUsbLines(dtr, rts);
            return;
        }

        // Two transistors: RTS alone holds the chip in reset, DTR alone holds the boot pin low. The pin counts when the reset ends.
        bool isHeld = rts && !dtr;
        bool isBootLow = dtr && !rts;
        if (isHeld)
        {
            State = ChipState.Reset;
        }
        else if (State == ChipState.Reset && _isStarted)
        {
            Reset(isBootLow, "POWERON", 0x01);
        }
    }

    /// <summary>Starts it anew.</summary>
    /// <param name="isIntoLoader">Into the loader of its ROM, or from flash.</param>
    /// <param name="cause">Why, as its ROM says it.</param>
    /// <param name="number">The number of that.</param>
    public void Reset(bool isIntoLoader, string cause, int number)
    {
        bool isLoader = isIntoLoader || _registers.IsDownloadForced;
        _isStarted = true;
        Resets++;
        _packets.Reset();
        _counts.Clear();
        _registers.Reset(isLoader);
        _loader = new Loader(this, _registers);
        BaudRate = RomProtocol.StartBaudRate;
        Say("ESP-ROM:esp32s3-20210327");
        Say("Build:Mar 27 2021");
        Say($"rst:0x{number:x} ({cause}),boot:0x{(isLoader ? "0 (DOWNLOAD(USB/UART0))" : "8 (SPI_FAST_FLASH_BOOT)")}");
        if (isLoader)
        {
            State = ChipState.Rom;
            Say("waiting for download");
            return;
        }

        ChipBoot boot = new(this);
        State = boot.TryLoad() ? ChipState.Firmware : ChipState.Nothing;
        if (State == ChipState.Firmware)
        {
            Firmware?.Invoke(boot);
        }
    }

    internal void Send(ReadOnlyMemory<byte> bytes) => Sent?.Invoke(bytes);

    internal void Say(string line) => Send(Encoding.ASCII.GetBytes(line + "\r\n"));

    internal ChipFault FaultOf(int command)
    {
        int count = _counts.GetValueOrDefault(command);
        _counts[command] = count + 1;
        return Faults?.Invoke(command, count) ?? ChipFault.None;
    }

    /// <summary>The chip's own USB port: DTR alone marks the loader, none forgets the mark, RTS alone resets, both mean nothing.</summary>
    private void SetUsbLines(bool dtr, bool rts)
    {
        switch (dtr, rts)
        {
            case (true, false):
                _isDownloadMarked = true;
                break;
            case (false, false):
                _isDownloadMarked = false;
                break;
            case (false, true):
                Reset(_isDownloadMarked, "USB_UART_CHIP_RESET", 0x15);
                break;
        }
    }
}
