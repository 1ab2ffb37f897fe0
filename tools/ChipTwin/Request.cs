using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using JamBox.Flashing;

namespace JamBox.ChipTwin;

/// <summary>A request of the host.</summary>
internal sealed class Request
{
    private const int PacketHeadLength = 16;

    private readonly byte _checksum;

    private Request(byte[] packet)
    {
        Command = packet[1];
        _checksum = packet[4];
        Data = packet[RomProtocol.HeadLength..];
    }

    public int Command { get; }

    public byte[] Data { get; }

    public int Words => Data.Length / 4;

    public ChipFault Fault { get; set; }

    public static bool TryParse(byte[] packet, [NotNullWhen(true)] out Request? request)
    {
        bool isRequest = packet.Length >= RomProtocol.HeadLength && packet[0] == 0
            && BinaryPrimitives.ReadUInt16LittleEndian(packet.AsSpan(2)) == packet.Length - RomProtocol.HeadLength;
        request = isRequest ? new Request(packet) : null;
        return isRequest;
    }

    /// <summary>Reads a word of the data.</summary>
    /// <param name="index">Which.</param>
    /// <returns>The word; 0 where the data are too short, which is refused by whoever counts them.</returns>
    public uint Word(int index) => index < Words ? BinaryPrimitives.ReadUInt32LittleEndian(Data.AsSpan(4 * index)) : 0;

    /// <summary>Takes a packet of data apart: its length, its number, two words of zeros, the data.</summary>
    /// <param name="sequence">Its number.</param>
    /// <param name="data">The data.</param>
    /// <returns>What is wrong with it.</returns>
    public LoaderError CheckPacket(out uint sequence, out byte[] data)
    {
        sequence = Word(1);
        data = Data.Length > PacketHeadLength ? Data[PacketHeadLength..] : [];
        if (data.Length == 0 || Word(0) != data.Length)
        {
            return LoaderError.Format;
        }

        return RomProtocol.Checksum(data) == _checksum ? LoaderError.None : LoaderError.Checksum;
    }
}
