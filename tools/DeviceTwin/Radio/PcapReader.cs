using System.Buffers.Binary;

namespace JamBox.Twin.Radio;

/// <summary>
/// Reads capture files packet by packet: pcap (µs and ns) and pcapng, of either byte order. Everything that is not as it should be
/// ends in one <see cref="CaptureFormatException"/>.
/// </summary>
internal static class PcapReader
{
    /// <summary>The longest packet taken for real; also what bounds the memory that a broken length can ask for.</summary>
    public const int MaxPacketBytes = 262_144;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <returns>Its packets, in its order, read as they are asked for.</returns>
    public static IEnumerable<CapturedPacket> ReadFile(string path)
    {
        using FileStream stream = Open(path);
        foreach (CapturedPacket packet in Read(stream, Path.GetFileName(path)))
        {
            yield return packet;
        }
    }

    /// <summary>Reads a stream.</summary>
    /// <param name="stream">At its beginning.</param>
    /// <param name="name">The name for messages.</param>
    /// <returns>Its packets, in its order, read as they are asked for.</returns>
    public static IEnumerable<CapturedPacket> Read(Stream stream, string name)
    {
        ByteSource source = new(stream, name);
        byte[] magic = source.Bytes(4);
        return BinaryPrimitives.ReadUInt32BigEndian(magic) switch
        {
            0xA1B2C3D4 => ReadPcap(source, isBigEndian: true, unitsPerUs: 1),
            0xD4C3B2A1 => ReadPcap(source, isBigEndian: false, unitsPerUs: 1),
            0xA1B23C4D => ReadPcap(source, isBigEndian: true, unitsPerUs: 1000),
            0x4D3CB2A1 => ReadPcap(source, isBigEndian: false, unitsPerUs: 1000),
            PcapNgSection.SectionHeaderBlock => new PcapNgSection(source).Read(),
            _ => throw source.Broken("is neither a pcap nor a pcapng file"),
        };
    }

    private static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 65_536);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CaptureFormatException($"{path} cannot be opened: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }

    private static IEnumerable<CapturedPacket> ReadPcap(ByteSource source, bool isBigEndian, int unitsPerUs)
    {
        source.IsBigEndian = isBigEndian;
        byte[] header = source.Bytes(20);

        // The upper bits of the field speak of the FCS; the link type is in the lower ones.
        int linkType = (int)(source.UInt32(header.AsSpan(16)) & 0x03FF_FFFF);
        if (!LinkTypes.IsKnown(linkType))
        {
            throw source.Broken($"has link type {linkType}, which is not a radio capture that the twin knows (105, 127, 251, 256)");
        }

        byte[] record = new byte[16];
        while (source.TryFill(record, isEndFine: true))
        {
            uint length = source.UInt32(record.AsSpan(8));
            if (length > MaxPacketBytes)
            {
                throw source.Broken($"has a packet of {length} bytes; it is broken");
            }

            long us = (source.UInt32(record) * 1_000_000L) + (source.UInt32(record.AsSpan(4)) / unitsPerUs);
            yield return new CapturedPacket(us, linkType, source.Bytes((int)length));
        }
    }
}
