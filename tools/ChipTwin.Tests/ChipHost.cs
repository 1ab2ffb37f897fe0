using System.Buffers.Binary;
using JamBox.ChipTwin;
using JamBox.Flashing;

namespace JamBox.Tests.ChipTwin;

/// <summary>Whoever talks to a chip, packet by packet, by Espressif's description of the protocol.</summary>
internal sealed class ChipHost
{
    private readonly SlipReader _packets = new(0x20000);
    private readonly Queue<byte[]> _answers = new();

    public ChipHost(ChipOptions? options = null, ChipFlash? flash = null)
    {
        Chip = new SimulatedChip(options ?? new ChipOptions { StartsInLoader = true }, flash);
        Chip.Sent = bytes =>
        {
            Log += System.Text.Encoding.Latin1.GetString(bytes.Span);
            foreach (byte b in bytes.Span)
            {
                if (_packets.TryTake(b, out byte[] packet))
                {
                    _answers.Enqueue(packet);
                }
            }
        };
        Chip.PowerOn();
    }

    public SimulatedChip Chip { get; }

    /// <summary>Everything that came, as text.</summary>
    public string Log { get; private set; } = "";

    public int Waiting => _answers.Count;

    public byte[] Next() => _answers.Dequeue();

    public void Send(byte[] packet) => Chip.Receive(Slip.Encode(packet));

    /// <summary>Sends a command; its answer is the only one.</summary>
    public byte[] Ask(int command, byte[] data, byte checksum = 0)
    {
        Send(RomProtocol.Request((RomCommand)command, data, checksum));
        byte[] answer = Assert.Single(_answers);
        _answers.Clear();
        Assert.Equal(1, answer[0]);
        Assert.Equal(command, answer[1]);
        Assert.Equal(answer.Length - 8, BinaryPrimitives.ReadUInt16LittleEndian(answer.AsSpan(2)));
        return answer[8..];
    }

    public byte[] Ask(RomCommand command, params uint[] words) => Ask((int)command, RomProtocol.Words(words));

    public byte[] AskData(RomCommand command, uint sequence, byte[] data)
    {
        return Ask((int)command, [.. RomProtocol.Words((uint)data.Length, sequence, 0, 0), .. data], RomProtocol.Checksum(data));
    }

    public uint Register(uint address)
    {
        Send(RomProtocol.Request(RomCommand.ReadRegister, RomProtocol.Words(address)));
        return BinaryPrimitives.ReadUInt32LittleEndian(Next().AsSpan(4));
    }

    /// <summary>Sends a program to RAM and starts it, as flashers do with their stub.</summary>
    public void StartStub()
    {
        byte[] program = new byte[100];
        AssertOk(Ask(RomCommand.MemoryBegin, 100, 1, 0x1800, 0x40378000));
        AssertOk(AskData(RomCommand.MemoryData, 0, program));
        Send(RomProtocol.Request(RomCommand.MemoryEnd, RomProtocol.Words(0, 0x40378004)));
        AssertOk(Next()[8..]);
        Assert.Equal("OHAI"u8.ToArray(), Next());
    }

    public static void AssertOk(byte[] answer) => Assert.Equal(0, answer[^(answer.Length % 4 == 2 ? 2 : 4)]);
}
