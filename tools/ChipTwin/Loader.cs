using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using JamBox.Flashing;

namespace JamBox.ChipTwin;

/// <summary>
/// The loader: that of the ROM, and the flasher stub that takes its place once one has been sent to RAM and started. The stub's code is not
/// run, as that would need a simulator of the processor: what it is known to do is done instead.
/// </summary>
internal sealed class Loader
{
    private const uint MaxStubBlock = 0x10000;
    private const uint SyncValue = 0x2012_0707;
    private const int SlowReadLength = 64;

    private readonly SimulatedChip _chip;
    private readonly ChipRegisters _registers;
    private readonly MemoryDownload _memory = new();
    private readonly Dictionary<int, Action<Request>> _commands;
    private readonly Dictionary<int, Action<Request>> _stubCommands;
    private FlashWrite? _write;
    private FlashRead? _read;
    private bool _isAttached;

    public Loader(SimulatedChip chip, ChipRegisters registers)
    {
        _chip = chip;
        _registers = registers;
        _commands = new Dictionary<int, Action<Request>>
        {
            [(int)RomCommand.Sync] = Sync,
            [(int)RomCommand.ReadRegister] = r => Answer(r, value: registers.Read(r.Word(0))),
            [(int)RomCommand.WriteRegister] = WriteRegister,
            [(int)RomCommand.SecurityInfo] = TellSecurity,
            [(int)RomCommand.AttachFlash] = Attach,
            [(int)RomCommand.SetFlashParameters] = r => Finish(r, r.Words == 6 ? LoaderError.None : LoaderError.Format),
            [(int)RomCommand.ChangeBaudRate] = ChangeBaudRate,
            [(int)RomCommand.FlashBegin] = r => Begin(r, isPacked: false),
            [(int)RomCommand.DeflateBegin] = r => Begin(r, isPacked: true),
            [(int)RomCommand.FlashData] = r => TakeData(r, isPacked: false),
            [(int)RomCommand.DeflateData] = r => TakeData(r, isPacked: true),
            [(int)RomCommand.FlashEnd] = End,
            [(int)RomCommand.DeflateEnd] = End,
            [(int)RomCommand.Md5] = TellMd5,
            [(int)RomCommand.MemoryBegin] = r => Finish(r, _memory.Begin(r.Word(0), r.Word(1), r.Word(2), r.Word(3))),
            [(int)RomCommand.MemoryData] = TakeMemory,
            [(int)RomCommand.MemoryEnd] = EndMemory,
            [(int)RomCommand.ReadFlashSlow] = ReadSlow,
        };
        _stubCommands = new Dictionary<int, Action<Request>>
        {
            [(int)StubCommand.EraseFlash] = r => Erase(r, 0, (uint)chip.Flash.Length),
            [(int)StubCommand.EraseRegion] = r => Erase(r, r.Word(0), r.Word(1)),
            [(int)StubCommand.ReadFlash] = BeginRead,
            [(int)StubCommand.RunFirmware] = _ => chip.Reset(isIntoLoader: false, "SW_CPU_RESET", 0x0C),
        };
    }

    /// <summary>Gets a value indicating whether the stub runs.</summary>
    public bool IsStub { get; private set; }

    /// <summary>Takes a packet from the host.</summary>
    /// <param name="packet">The packet, unpacked from the line.</param>
    public void Take(byte[] packet)
    {
        if (_read is { } read)
        {
            _read = read.Acknowledge(packet) ? null : read;
            return;
        }

        if (!Request.TryParse(packet, out Request? request))
        {
            return;
        }

        ChipFault fault = _chip.FaultOf(request.Command);
        if (fault == ChipFault.Unheard)
        {
            return;
        }

        request.Fault = fault;
        bool isStubs = _stubCommands.TryGetValue(request.Command, out Action<Request>? run);
        if (fault == ChipFault.Refused || (isStubs ? !IsStub : !_commands.TryGetValue(request.Command, out run) || !IsAllowed(request)))
        {
            Finish(request, fault == ChipFault.Refused ? LoaderError.Failed : LoaderError.Unknown);
            return;
        }

        run!(request);
        if (_registers.IsWatchdogOn)
        {
            _chip.Reset(isIntoLoader: false, "RTCWDT_RTC_RST", 0x10);
        }
    }

    private bool IsAllowed(Request request)
    {
        return !_chip.Options.IsSecureDownload || (RomCommand)request.Command is RomCommand.Sync or RomCommand.AttachFlash
            or RomCommand.SetFlashParameters or RomCommand.ChangeBaudRate or RomCommand.FlashBegin or RomCommand.FlashData
            or RomCommand.FlashEnd or RomCommand.SecurityInfo;
    }

    private void Sync(Request request)
    {
        if (!request.Data.AsSpan().SequenceEqual(RomProtocol.SyncData))
        {
            Finish(request, LoaderError.Format);
            return;
        }

        for (int i = 0; i < 8; i++)
        {
            Answer(request, value: IsStub ? 0 : SyncValue);
        }
    }

    private void WriteRegister(Request request)
    {
        // One or more of address, value, mask, delay.
        if (request.Words == 0 || request.Words % 4 != 0)
        {
            Finish(request, LoaderError.Format);
            return;
        }

        for (int i = 0; i < request.Words; i += 4)
        {
            _registers.Write(request.Word(i), request.Word(i + 1), request.Word(i + 2));
        }

        Answer(request);
    }

    private void TellSecurity(Request request)
    {
        var info = new byte[20];
        ChipOptions options = _chip.Options;
        info[0] = (byte)(options.IsSecureDownload ? 1 << 2 : 0);
        info[4] = options.FlashCryptCount;
        BinaryPrimitives.WriteUInt32LittleEndian(info.AsSpan(12), options.ChipId);
        Answer(request, info);
    }

    private void Attach(Request request)
    {
        // Espressif's own flashers send one word, to the ROM two.
        bool isRight = request.Words is 1 or 2;
        _isAttached |= isRight;
        Finish(request, isRight ? LoaderError.None : LoaderError.Format);
    }

    private void ChangeBaudRate(Request request)
    {
        uint rate = request.Word(0);
        if (request.Words != 2 || rate is < 9_600 or > 5_000_000)
        {
            Finish(request, LoaderError.Parameter);
            return;
        }

        // The answer still goes at the old rate.
        Answer(request);
        _chip.BaudRate = (int)rate;
    }

    private void Begin(Request request, bool isPacked)
    {
        _write = null;
        uint length = request.Word(0);
        uint blockLength = request.Word(2);
        uint offset = request.Word(3);
        bool isRight = request.Words >= 4 && _chip.Flash.Holds(offset, length) && offset % 4 == 0
            && blockLength <= (IsStub ? MaxStubBlock : RomProtocol.FlashBlock)
            && (ulong)request.Word(1) * blockLength <= 2ul * (uint)_chip.Flash.Length;
        if (!isRight || !CanUseFlash)
        {
            Finish(request, isRight ? LoaderError.Failed : LoaderError.Parameter);
            return;
        }

        _chip.Flash.Erase((int)offset, (int)length);
        _write = new FlashWrite(_chip.Flash, offset, length, request.Word(1), blockLength, isPacked, isExact: IsStub);
        Answer(request);
    }

    private void TakeData(Request request, bool isPacked)
    {
        if (_write is not { } write || write.IsPacked != isPacked)
        {
            Finish(request, LoaderError.Failed);
            return;
        }

        LoaderError error = request.CheckPacket(out uint sequence, out byte[] data);
        Finish(request, error == LoaderError.None ? write.Take(sequence, data, request.Fault == ChipFault.BitLost) : error);
    }

    private void End(Request request)
    {
        if (_write is null || request.Words != 1)
        {
            Finish(request, LoaderError.Failed);
            return;
        }

        _write = null;
        Answer(request);

        // The ROM goes on to the firmware either way; the stub stays when it is told to.
        if (!IsStub || request.Word(0) == 0)
        {
            _chip.Reset(isIntoLoader: false, "SW_CPU_RESET", 0x0C);
        }
    }

    private void TellMd5(Request request)
    {
        if (!CanUseFlash || request.Words < 2 || !_chip.Flash.Holds(request.Word(0), request.Word(1)))
        {
            Finish(request, LoaderError.Parameter);
            return;
        }

#pragma warning disable CA5351 // What the protocol says.
        byte[] hash = MD5.HashData(_chip.Flash.Read((int)request.Word(0), (int)request.Word(1)));
#pragma warning restore CA5351
        Answer(request, IsStub ? hash : Encoding.ASCII.GetBytes(Convert.ToHexStringLower(hash)));
    }

    private void TakeMemory(Request request)
    {
        LoaderError error = request.CheckPacket(out uint sequence, out byte[] data);
        Finish(request, error == LoaderError.None ? _memory.Take(sequence, data) : error);
    }

    private void EndMemory(Request request)
    {
        bool staysInLoader = request.Word(0) != 0;
        if (request.Words != 2 || (!staysInLoader && !_memory.Holds(request.Word(1))))
        {
            Finish(request, LoaderError.MemoryAddress);
            return;
        }

        Answer(request);
        if (!staysInLoader)
        {
            IsStub = true;
            _write = null;
            _chip.Send(Slip.Encode("OHAI"u8));
        }
    }

    private void ReadSlow(Request request)
    {
        if (IsStub || !CanUseFlash || !_chip.Flash.Holds(request.Word(0), SlowReadLength) || request.Word(1) > SlowReadLength)
        {
            Finish(request, IsStub ? LoaderError.Unknown : LoaderError.ReadLength);
            return;
        }

        Answer(request, _chip.Flash.Read((int)request.Word(0), SlowReadLength));
    }

    private void Erase(Request request, uint offset, uint length)
    {
        bool isRight = _chip.Flash.Holds(offset, length) && offset % ChipFlash.SectorLength == 0 && length % ChipFlash.SectorLength == 0;
        if (isRight)
        {
            _chip.Flash.Erase((int)offset, (int)length);
        }

        Finish(request, isRight ? LoaderError.None : LoaderError.Parameter);
    }

    private void BeginRead(Request request)
    {
        uint length = request.Word(1);
        uint blockLength = request.Word(2);
        uint inFlight = request.Word(3);
        if (request.Words != 4 || !_chip.Flash.Holds(request.Word(0), length) || blockLength is 0 or > MaxStubBlock || inFlight == 0)
        {
            Finish(request, LoaderError.Parameter);
            return;
        }

        Answer(request);
        FlashRead read = new(_chip, (int)request.Word(0), (int)length, (int)blockLength, inFlight);
        _read = read.Start() ? null : read;
    }

    private bool CanUseFlash => _isAttached || IsStub;

    private void Answer(Request request, ReadOnlySpan<byte> data = default, uint value = 0)
    {
        Respond(request, data, value, LoaderError.None);
    }

    private void Finish(Request request, LoaderError error) => Respond(request, [], 0, error);

    private void Respond(Request request, ReadOnlySpan<byte> data, uint value, LoaderError error)
    {
        if (request.Fault == ChipFault.AnswerLost)
        {
            return;
        }

        int statusLength = IsStub ? 2 : RomProtocol.StatusLength;
        var answer = new byte[RomProtocol.HeadLength + data.Length + statusLength];
        answer[0] = 1;
        answer[1] = (byte)request.Command;
        BinaryPrimitives.WriteUInt16LittleEndian(answer.AsSpan(2), (ushort)(data.Length + statusLength));
        BinaryPrimitives.WriteUInt32LittleEndian(answer.AsSpan(4), value);
        data.CopyTo(answer.AsSpan(RomProtocol.HeadLength));
        if (error != LoaderError.None)
        {
            answer[^statusLength] = 1;
            answer[^(statusLength - 1)] = (byte)((int)error >> (IsStub ? 0 : 8));
        }

        _chip.Send(Slip.Encode(answer));
    }
}
