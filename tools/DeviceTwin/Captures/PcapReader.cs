using System.Buffers.Binary;
using System.IO.Compression;

namespace JamBox.Twin.Captures;

/// <summary>One packet of a capture file, still with the headers of its link type.</summary>
/// <param name="UtcUs">When it was heard, µs since 1970; any year of the calendar.</param>
/// <param name="LinkType">What it begins with: tcpdump.org's number.</param>
/// <param name="Data">The bytes that the file holds of it.</param>
/// <param name="OriginalLength">Its length on air with the same headers: more than the file holds when a snap length cut it.</param>
internal readonly record struct CapturedPacket(long UtcUs, int LinkType, byte[] Data, long OriginalLength);

/// <summary>A capture file cannot be used; the message is one line for the person who gave the file.</summary>
/// <param name="message">One line: the file and what is wrong with it.</param>
/// <param name="inner">What was behind it, if anything.</param>
internal sealed class CaptureFormatException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// Reads capture files packet by packet: pcap (µs and ns) and pcapng, of either byte order, packed with gzip or not. A file that is cut
/// short or damaged is read up to that point, as other tools do; one in which that comes before the first packet ends in a
/// <see cref="CaptureFormatException"/>.
/// </summary>
internal static class PcapReader
{
    /// <summary>
    /// The longest packet taken for real (libpcap's own limit); also what bounds the memory that a broken length can ask for.
    /// </summary>
    public const int MaxPacketBytes = 262_144;

    private const int RecordHeaderBytes = 16;

    // Kuznetzov's variant adds interface, protocol and packet type to each record.
    private const int LongRecordHeaderBytes = 24;

    private const uint Micro = 0xA1B2C3D4;
    private const uint Nano = 0xA1B23C4D;
    private const uint LongRecords = 0xA1B2CD34;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="damaged">Told in one line when the file is cut short or damaged behind its first packet; or <c>null</c>.</param>
    /// <returns>Its packets, in its order, read as they are asked for.</returns>
    public static IEnumerable<CapturedPacket> ReadFile(string path, Action<string>? damaged = null)
    {
        using FileStream stream = Open(path);
        foreach (CapturedPacket packet in Read(stream, Path.GetFileName(path), damaged))
        {
            yield return packet;
        }
    }

    /// <summary>Reads a stream.</summary>
    /// <param name="stream">At its beginning; it can be sought in.</param>
    /// <param name="name">The name for messages.</param>
    /// <param name="damaged">Told in one line when it is cut short or damaged behind its first packet; or <c>null</c>.</param>
    /// <returns>Its packets, in its order, read as they are asked for.</returns>
    public static IEnumerable<CapturedPacket> Read(Stream stream, string name, Action<string>? damaged = null)
    {
        using GZipStream? unpacked = IsGzip(stream) ? new GZipStream(stream, CompressionMode.Decompress, leaveOpen: true) : null;
        using IEnumerator<CapturedPacket> packets = ReadAll(new ByteSource(unpacked ?? stream, name)).GetEnumerator();
        for (long count = 0; ; count++)
        {
            try
            {
                if (!packets.MoveNext())
                {
                    yield break;
                }
            }
            catch (CaptureFormatException e) when (count > 0)
            {
                damaged?.Invoke($"{e.Message}; the {count} packets before that are read");
                yield break;
            }

            yield return packets.Current;
        }
    }

    private static IEnumerable<CapturedPacket> ReadAll(ByteSource source)
    {
        byte[] magic = source.Bytes(4);
        uint big = BinaryPrimitives.ReadUInt32BigEndian(magic);
        uint little = BinaryPrimitives.ReadUInt32LittleEndian(magic);
        source.IsBigEndian = big is Micro or Nano or LongRecords;
        return (source.IsBigEndian ? big : little) switch
        {
            Micro => ReadPcap(source, unitsPerUs: 1, RecordHeaderBytes),
            Nano => ReadPcap(source, unitsPerUs: 1000, RecordHeaderBytes),
            LongRecords => ReadPcap(source, unitsPerUs: 1, LongRecordHeaderBytes),
            PcapNgSection.SectionHeaderBlock => new PcapNgSection(source).Read(),
            _ => throw source.Broken("is neither a pcap nor a pcapng file"),
        };
    }

    private static FileStream Open(string path)
    {
        if (Directory.Exists(path))
        {
            throw new CaptureFormatException($"{path} is a folder: name the capture in it");
        }

        try
        {
            FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 65_536);
            if (stream.CanSeek)
            {
                return stream;
            }

            stream.Dispose();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new CaptureFormatException($"{path} cannot be opened: {e.Message.ReplaceLineEndings(" ")}", e);
        }

        throw new CaptureFormatException($"{path} is a pipe or a device; a replay reads its file twice");
    }

    private static bool IsGzip(Stream stream)
    {
        byte[] magic = new byte[2];
        long start = stream.Position;
        bool isGzip = stream.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false) == magic.Length && magic[0] == 0x1F
            && magic[1] == 0x8B;
        stream.Position = start;
        return isGzip;
    }

    private static IEnumerable<CapturedPacket> ReadPcap(ByteSource source, int unitsPerUs, int recordHeaderBytes)
    {
        byte[] header = source.Bytes(20);

        // The upper bits of the field speak of the FCS; the link type is in the lower ones.
        int linkType = (int)(source.UInt32(header.AsSpan(16)) & 0x03FF_FFFF);
        byte[] record = new byte[recordHeaderBytes];
        while (source.TryFill(record, isEndFine: true))
        {
            uint length = source.UInt32(record.AsSpan(8));
            if (length > MaxPacketBytes)
            {
                throw source.Broken($"is damaged: it has a packet of {length} bytes");
            }

            long us = (source.UInt32(record) * 1_000_000L) + (source.UInt32(record.AsSpan(4)) / unitsPerUs);
            uint original = source.UInt32(record.AsSpan(12));
            yield return new CapturedPacket(us, linkType, source.Bytes((int)length), Math.Max(original, length));
        }
    }
}
