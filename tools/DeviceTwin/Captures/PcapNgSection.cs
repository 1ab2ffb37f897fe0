namespace JamBox.Twin.Captures;

/// <summary>
/// Reads the blocks of a pcapng file, section after section. Blocks that hold no packet are passed over, whatever their size.
/// </summary>
internal sealed class PcapNgSection
{
    /// <summary>Type of the block that begins a section; the same in either byte order.</summary>
    public const uint SectionHeaderBlock = 0x0A0D0D0A;

    private const uint InterfaceBlock = 1;
    private const uint ObsoletePacketBlock = 2;
    private const uint SimplePacketBlock = 3;
    private const uint EnhancedPacketBlock = 6;

    // Type, length and the length again at the end.
    private const int FrameBytes = 12;

    // What of a block is looked at: the longest packet with its fields, or the options of an interface; options behind it do not matter.
    private const int MaxBodyBytes = PcapReader.MaxPacketBytes + 65_536;

    private readonly ByteSource _source;
    private readonly List<PcapNgInterface> _interfaces = [];
    private long _lastUtcUs;

    /// <param name="source">Behind the first four bytes of the file, which said that it is pcapng.</param>
    public PcapNgSection(ByteSource source)
    {
        _source = source;
    }

    /// <summary>Reads all packets.</summary>
    /// <returns>In the order of the file.</returns>
    public IEnumerable<CapturedPacket> Read()
    {
        ReadSectionHeader();
        byte[] head = new byte[4];
        while (_source.TryFill(head, isEndFine: true))
        {
            uint type = _source.UInt32(head);
            if (type == SectionHeaderBlock)
            {
                ReadSectionHeader();
                continue;
            }

            bool isOfUse = type is InterfaceBlock or ObsoletePacketBlock or SimplePacketBlock or EnhancedPacketBlock;
            byte[] body = ReadBody(isOfUse ? MaxBodyBytes : 0);
            if (type == InterfaceBlock)
            {
                AddInterface(body);
            }
            else if (isOfUse)
            {
                yield return ReadPacket(type, body);
            }
        }
    }

    private void ReadSectionHeader()
    {
        byte[] lengthAsWritten = _source.Bytes(4);
        byte[] magic = _source.Bytes(4);
        _source.IsBigEndian = false;
        uint order = _source.UInt32(magic);
        if (order is not (0x1A2B3C4D or 0x4D3C2B1A))
        {
            throw _source.Broken("is damaged: it has a section without a byte order");
        }

        _source.IsBigEndian = order == 0x4D3C2B1A;
        long length = Padded(_source.UInt32(lengthAsWritten), atLeast: 28);
        _source.Skip(length - FrameBytes - magic.Length);
        CheckTrailer(length);
        _interfaces.Clear();
    }

    private byte[] ReadBody(int atMost)
    {
        long length = Padded(_source.UInt32(), FrameBytes);
        long bytes = length - FrameBytes;
        byte[] body = _source.Bytes((int)Math.Min(bytes, atMost));
        _source.Skip(bytes - body.Length);
        CheckTrailer(length);
        return body;
    }

    // Some writers leave the padding out of the length, although it is in the file.
    private long Padded(uint length, uint atLeast)
    {
        return length >= atLeast ? (length + 3L) & ~3L : throw _source.Broken($"is damaged: it has a block of {length} bytes");
    }

    private void CheckTrailer(long length)
    {
        if (Padded(_source.UInt32(), FrameBytes) != length)
        {
            throw _source.Broken("is damaged: it has a block whose two lengths differ");
        }
    }

    private void AddInterface(byte[] body)
    {
        if (body.Length < 8)
        {
            throw _source.Broken("is damaged: it has an interface description that is too short");
        }

        _interfaces.Add(PcapNgInterface.Parse(_source, body));
    }

    private CapturedPacket ReadPacket(uint type, byte[] body)
    {
        return type switch
        {
            EnhancedPacketBlock => TimedPacket(body, _source.UInt32(Part(body, 0, 4))),
            ObsoletePacketBlock => TimedPacket(body, _source.UInt16(Part(body, 0, 2))),
            _ => SimplePacket(body),
        };
    }

    private CapturedPacket TimedPacket(byte[] body, uint interfaceId)
    {
        PcapNgInterface from = Interface(interfaceId);
        ulong ticks = ((ulong)_source.UInt32(Part(body, 4, 4)) << 32) | _source.UInt32(Part(body, 8, 4));
        uint length = _source.UInt32(Part(body, 12, 4));
        if (length > PcapReader.MaxPacketBytes)
        {
            throw _source.Broken($"is damaged: it has a packet of {length} bytes");
        }

        uint original = _source.UInt32(Part(body, 16, 4));
        _lastUtcUs = from.ToUtcUs(ticks);
        return new CapturedPacket(_lastUtcUs, from.LinkType, Part(body, 20, (int)length).ToArray(), Math.Max(original, length));
    }

    // A simple packet has no time of its own: it gets that of the packet before it.
    private CapturedPacket SimplePacket(byte[] body)
    {
        PcapNgInterface from = Interface(0);
        uint original = _source.UInt32(Part(body, 0, 4));
        long length = Math.Min(original, (uint)(body.Length - 4));
        if (from.SnapLength > 0)
        {
            length = Math.Min(length, from.SnapLength);
        }

        return new CapturedPacket(_lastUtcUs, from.LinkType, Part(body, 4, (int)length).ToArray(), original);
    }

    private PcapNgInterface Interface(uint id)
    {
        return id < _interfaces.Count
            ? _interfaces[(int)id]
            : throw _source.Broken($"is damaged: it has a packet of interface {id}, which it does not describe");
    }

    private ReadOnlySpan<byte> Part(byte[] body, int offset, int count)
    {
        return offset + (long)count <= body.Length
            ? body.AsSpan(offset, count)
            : throw _source.Broken("is damaged: it has a packet longer than its block");
    }
}

/// <summary>One interface of a pcapng section.</summary>
/// <param name="LinkType">tcpdump.org's number.</param>
/// <param name="SnapLength">Longest packet it stored, 0 = any.</param>
/// <param name="TicksPerSecond">Unit of its time stamps.</param>
/// <param name="OffsetSeconds">Added to its time stamps.</param>
internal sealed record PcapNgInterface(int LinkType, uint SnapLength, double TicksPerSecond, long OffsetSeconds)
{
    private const int OptionEnd = 0;
    private const int OptionTimeResolution = 9;
    private const int OptionTimeOffset = 14;

    private const int UsPerSecond = 1_000_000;

    // The years 1 to 9999, which is what the calendar of .NET knows; beyond them stamps come from broken files only.
    private const long MinUtcUs = -62_135_596_800_000_000;
    private const long MaxUtcUs = 253_402_300_799_000_000;

    /// <summary>Reads the description.</summary>
    /// <param name="source">For the byte order.</param>
    /// <param name="body">The block's body, at least 8 bytes.</param>
    /// <returns>The interface.</returns>
    public static PcapNgInterface Parse(ByteSource source, byte[] body)
    {
        double ticksPerSecond = UsPerSecond;
        long offsetSeconds = 0;
        int at = 8;
        while (at + 4 <= body.Length)
        {
            int code = source.UInt16(body.AsSpan(at));
            int length = source.UInt16(body.AsSpan(at + 2));
            at += 4;
            if (code == OptionEnd || at + length > body.Length)
            {
                break;
            }

            if (code == OptionTimeResolution && length >= 1)
            {
                ticksPerSecond = (body[at] & 0x80) != 0 ? Math.Pow(2, body[at] & 0x7F) : Math.Pow(10, body[at]);
            }
            else if (code == OptionTimeOffset && length >= 8)
            {
                offsetSeconds = source.Int64(body.AsSpan(at));
            }

            at += (length + 3) & ~3;
        }

        return new PcapNgInterface(source.UInt16(body), source.UInt32(body.AsSpan(4)), ticksPerSecond, offsetSeconds);
    }

    /// <summary>Turns a time stamp into UTC.</summary>
    /// <param name="ticks">As in the packet block.</param>
    /// <returns>µs since 1970.</returns>
    public long ToUtcUs(ulong ticks)
    {
        // 128 bits: nanoseconds since 1970 are more than a double holds exactly, and their product with 10^6 more than a long does.
        Int128 us = TicksPerSecond < ulong.MaxValue
            ? (Int128)ticks * UsPerSecond / (ulong)TicksPerSecond
            : (Int128)(ticks / TicksPerSecond * UsPerSecond);
        return (long)Int128.Clamp(us + ((Int128)OffsetSeconds * UsPerSecond), MinUtcUs, MaxUtcUs);
    }
}
