namespace JamBox.Twin.Radio;

/// <summary>Reads the blocks of a pcapng file, section after section.</summary>
internal sealed class PcapNgSection
{
    /// <summary>Type of the block that begins a section; the same in either byte order.</summary>
    public const uint SectionHeaderBlock = 0x0A0D0D0A;

    private const uint InterfaceBlock = 1;
    private const uint ObsoletePacketBlock = 2;
    private const uint SimplePacketBlock = 3;
    private const uint EnhancedPacketBlock = 6;
    private const int MaxBlockBytes = PcapReader.MaxPacketBytes + 65_536;
    private const int MaxInterfaces = 1_024;

    private readonly ByteSource _source;
    private readonly List<PcapNgInterface> _interfaces = [];
    private long _lastUtcUs;

    /// <summary>Initializes a new instance of the <see cref="PcapNgSection"/> class.</summary>
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

            byte[] body = ReadBody();
            if (type == InterfaceBlock)
            {
                AddInterface(body);
            }
            else if (ReadPacket(type, body) is { } packet)
            {
                yield return packet;
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
            throw _source.Broken("has a section without a byte order; it is broken");
        }

        _source.IsBigEndian = order == 0x4D3C2B1A;
        uint length = _source.UInt32(lengthAsWritten);
        if (length < 28 || length > MaxBlockBytes || length % 4 != 0)
        {
            throw _source.Broken($"has a block of {length} bytes; it is broken");
        }

        _source.Bytes((int)length - 16);
        CheckTrailer(length);
        _interfaces.Clear();
    }

    private byte[] ReadBody()
    {
        uint length = _source.UInt32();
        if (length < 12 || length > MaxBlockBytes || length % 4 != 0)
        {
            throw _source.Broken($"has a block of {length} bytes; it is broken");
        }

        byte[] body = _source.Bytes((int)length - 12);
        CheckTrailer(length);
        return body;
    }

    private void CheckTrailer(uint length)
    {
        if (_source.UInt32() != length)
        {
            throw _source.Broken("has a block whose two lengths differ; it is broken");
        }
    }

    private void AddInterface(byte[] body)
    {
        if (body.Length < 8 || _interfaces.Count == MaxInterfaces)
        {
            throw _source.Broken("has a broken interface description");
        }

        int linkType = _source.UInt16(body);
        if (!LinkTypes.IsKnown(linkType))
        {
            throw _source.Broken($"has link type {linkType}, which is not a radio capture that the twin knows (105, 127, 251, 256)");
        }

        _interfaces.Add(PcapNgInterface.Parse(_source, linkType, body));
    }

    private CapturedPacket? ReadPacket(uint type, byte[] body)
    {
        return type switch
        {
            EnhancedPacketBlock => TimedPacket(body, _source.UInt32(Part(body, 0, 4))),
            ObsoletePacketBlock => TimedPacket(body, _source.UInt16(Part(body, 0, 2))),
            SimplePacketBlock => SimplePacket(body),
            _ => null,
        };
    }

    private CapturedPacket TimedPacket(byte[] body, uint interfaceId)
    {
        PcapNgInterface from = Interface(interfaceId);
        ulong ticks = ((ulong)_source.UInt32(Part(body, 4, 4)) << 32) | _source.UInt32(Part(body, 8, 4));
        uint length = _source.UInt32(Part(body, 12, 4));
        if (length > PcapReader.MaxPacketBytes)
        {
            throw _source.Broken($"has a packet of {length} bytes; it is broken");
        }

        _lastUtcUs = from.ToUtcUs(ticks);
        return new CapturedPacket(_lastUtcUs, from.LinkType, Part(body, 20, (int)length).ToArray());
    }

    // A simple packet has no time of its own: it gets that of the packet before it.
    private CapturedPacket SimplePacket(byte[] body)
    {
        PcapNgInterface from = Interface(0);
        long length = Math.Min(_source.UInt32(Part(body, 0, 4)), (uint)(body.Length - 4));
        if (from.SnapLength > 0)
        {
            length = Math.Min(length, from.SnapLength);
        }

        return new CapturedPacket(_lastUtcUs, from.LinkType, Part(body, 4, (int)length).ToArray());
    }

    private PcapNgInterface Interface(uint id)
    {
        return id < _interfaces.Count ? _interfaces[(int)id] : throw _source.Broken($"has a packet of interface {id}, which it does not describe");
    }

    private ReadOnlySpan<byte> Part(byte[] body, int offset, int count)
    {
        return offset + (long)count <= body.Length ? body.AsSpan(offset, count) : throw _source.Broken("has a packet longer than its block; it is broken");
    }
}
