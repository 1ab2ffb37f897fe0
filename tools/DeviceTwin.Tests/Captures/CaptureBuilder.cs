using System.Buffers.Binary;
using System.IO.Compression;
using JamBox.Twin.Captures;

namespace JamBox.Twin.Tests.Captures;

/// <summary>Writes small capture files of every kind that the reader takes.</summary>
internal sealed class CaptureBuilder(bool isBigEndian)
{
    private readonly MemoryStream _file = new();

    public byte[] ToArray()
    {
        return _file.ToArray();
    }

    public MemoryStream ToStream()
    {
        return new MemoryStream(_file.ToArray());
    }

    public byte[] ToGzip()
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest))
        {
            gzip.Write(_file.ToArray());
        }

        return packed.ToArray();
    }

    public static byte[] Probe(ulong address, int sequence = 0, params byte[] tags)
    {
        byte[] frame = new byte[24 + tags.Length];
        frame[0] = 0x40;
        frame.AsSpan(4, 6).Fill(0xFF);
        for (int i = 0; i < 6; i++)
        {
            frame[10 + i] = (byte)(address >> (40 - (8 * i)));
        }

        frame.AsSpan(16, 6).Fill(0xFF);
        BinaryPrimitives.WriteUInt16LittleEndian(frame.AsSpan(22), (ushort)(sequence << 4));
        tags.CopyTo(frame, 24);
        return frame;
    }

    public static byte[] Radiotap(int mhz, int rssiDbm, byte flags, byte[] frame)
    {
        byte[] header = [0, 0, 14, 0, 0x2A, 0, 0, 0, flags, 0, (byte)mhz, (byte)(mhz >> 8), 0x80, 0];
        return [.. header[..2], 15, 0, .. header[4..], unchecked((byte)rssiDbm), .. frame];
    }

    /// <summary>Per-Packet Information of one 802.11-Common field, behind a field that nobody needs.</summary>
    public static byte[] Ppi(int mhz, int rssiDbm, ushort flags, byte[] frame, bool isAligned = false, int linkType = 105)
    {
        byte[] other = isAligned ? [0x50, 0xC3, 3, 0, 1, 2, 3, 0] : [0x50, 0xC3, 3, 0, 1, 2, 3];
        byte[] common = new byte[24];
        BinaryPrimitives.WriteUInt16LittleEndian(common, 2);
        BinaryPrimitives.WriteUInt16LittleEndian(common.AsSpan(2), 20);
        BinaryPrimitives.WriteUInt16LittleEndian(common.AsSpan(12), flags);
        BinaryPrimitives.WriteUInt16LittleEndian(common.AsSpan(16), (ushort)mhz);
        common[22] = unchecked((byte)rssiDbm);
        byte[] head = [0, (byte)(isAligned ? 1 : 0), (byte)(8 + other.Length + common.Length), 0, (byte)linkType, 0, 0, 0];
        return [.. head, .. other, .. common, .. frame];
    }

    /// <summary>A Prism header of ten items, of which channel and one signal are supplied.</summary>
    /// <param name="signalItem">4 = RSSI, 6 = signal.</param>
    public static byte[] Prism(int channel, int signalItem, int rssiDbm, byte[] frame, bool isBigEndian = false, bool hasOldIds = false)
    {
        CaptureBuilder header = new(isBigEndian);
        header.UInt32(hasOldIds ? 0x41u : 0x44u);
        header.UInt32(144);
        header._file.Write("wlan0\0\0\0\0\0\0\0\0\0\0\0"u8);
        for (int item = 1; item <= 10; item++)
        {
            bool isSupplied = item == 3 || item == signalItem;
            header.UInt32(hasOldIds ? (uint)((item << 12) | 0x41) : (uint)((item << 16) | 0x44));
            header.UInt16(isSupplied ? (ushort)0 : (ushort)1);
            header.UInt16(4);
            header.UInt32(item == 3 ? (uint)channel : unchecked((uint)rssiDbm));
        }

        return [.. header.ToArray(), .. frame];
    }

    /// <summary>An AVS header.</summary>
    /// <param name="signalUnit">1 = of the maker, 2 = dBm, 3 = raw.</param>
    public static byte[] Avs(int channel, int signalUnit, int signal, byte[] frame, uint revision = 1)
    {
        CaptureBuilder header = new(isBigEndian: true);
        uint[] words =
            [0x80211000 | revision, 64, 0, 0, 0, 0, 4, (uint)channel, 20, 0, 0, (uint)signalUnit, unchecked((uint)signal), 0, 0, 0];
        Array.ForEach(words, header.UInt32);
        return [.. header.ToArray(), .. frame];
    }

    /// <summary>The header of Nordic's sniffer, protocol version 3.</summary>
    public static byte[] Nordic(int channel, int rssiDbm, byte[] packet)
    {
        byte[] head = [0, (byte)(10 + packet.Length), 0, 3, 0, 0, 2, 10, 1, (byte)channel, (byte)-rssiDbm, 0, 0, 0, 0, 0, 0];
        return [.. head, .. packet];
    }

    public static byte[] BlePacket(byte pduHeader, ulong address, byte[] data, bool hasGoodCrc = true)
    {
        List<byte> pdu = [pduHeader, (byte)(6 + data.Length)];
        for (int i = 0; i < 6; i++)
        {
            pdu.Add((byte)(address >> (8 * i)));
        }

        pdu.AddRange(data);
        uint crc = BleLinkLayer.Crc24([.. pdu]) ^ (hasGoodCrc ? 0u : 1u);
        return [0xD6, 0xBE, 0x89, 0x8E, .. pdu, (byte)crc, (byte)(crc >> 8), (byte)(crc >> 16)];
    }

    public static byte[] WithRfHeader(byte rfChannel, int rssiDbm, ushort flags, byte[] packet)
    {
        return [rfChannel, unchecked((byte)rssiDbm), 0, 0, 0, 0, 0, 0, (byte)flags, (byte)(flags >> 8), .. packet];
    }

    public CaptureBuilder PcapHeader(int linkType, bool isNano = false, uint snapLength = 65_535)
    {
        UInt32(isNano ? 0xA1B23C4D : 0xA1B2C3D4);
        UInt16(2);
        UInt16(4);
        UInt32(0);
        UInt32(0);
        UInt32(snapLength);
        UInt32((uint)linkType);
        return this;
    }

    /// <param name="cutOff">Bytes that a snap length cut off.</param>
    public CaptureBuilder PcapPacket(uint seconds, uint fraction, byte[] data, int cutOff = 0)
    {
        UInt32(seconds);
        UInt32(fraction);
        UInt32((uint)data.Length);
        UInt32((uint)(data.Length + cutOff));
        _file.Write(data);
        return this;
    }

    public CaptureBuilder Section()
    {
        return Block(0x0A0D0D0A, body =>
        {
            body.UInt32(0x1A2B3C4D);
            body.UInt16(1);
            body.UInt16(0);
            body.UInt32(uint.MaxValue);
            body.UInt32(uint.MaxValue);
        });
    }

    public CaptureBuilder Interface(int linkType, byte? resolution = null, long offsetSeconds = 0, uint snapLength = 0)
    {
        return Block(1, body =>
        {
            body.UInt16((ushort)linkType);
            body.UInt16(0);
            body.UInt32(snapLength);
            if (resolution is { } value)
            {
                body.UInt16(9);
                body.UInt16(1);
                body._file.Write([value, 0, 0, 0]);
            }

            if (offsetSeconds != 0)
            {
                body.UInt16(14);
                body.UInt16(8);
                body.UInt32(isBigEndian ? (uint)(offsetSeconds >> 32) : (uint)offsetSeconds);
                body.UInt32(isBigEndian ? (uint)offsetSeconds : (uint)(offsetSeconds >> 32));
            }

            body.UInt16(0);
            body.UInt16(0);
        });
    }

    public CaptureBuilder Enhanced(uint interfaceId, ulong ticks, byte[] data)
    {
        return Block(6, body =>
        {
            body.UInt32(interfaceId);
            body.UInt32((uint)(ticks >> 32));
            body.UInt32((uint)ticks);
            body.UInt32((uint)data.Length);
            body.UInt32((uint)data.Length);
            body.Padded(data);
        });
    }

    /// <summary>The packet block of the first pcapng writers.</summary>
    public CaptureBuilder Obsolete(ushort interfaceId, ulong ticks, byte[] data)
    {
        return Block(2, body =>
        {
            body.UInt16(interfaceId);
            body.UInt16(0);
            body.UInt32((uint)(ticks >> 32));
            body.UInt32((uint)ticks);
            body.UInt32((uint)data.Length);
            body.UInt32((uint)data.Length);
            body.Padded(data);
        });
    }

    public CaptureBuilder Simple(byte[] data)
    {
        return Block(3, body =>
        {
            body.UInt32((uint)data.Length);
            body.Padded(data);
        });
    }

    public CaptureBuilder Block(uint type, Action<CaptureBuilder> write)
    {
        CaptureBuilder body = new(isBigEndian);
        write(body);
        uint length = (uint)body._file.Length + 12;
        UInt32(type);
        UInt32(length);
        _file.Write(body._file.ToArray());
        UInt32(length);
        return this;
    }

    public CaptureBuilder Raw(params byte[] bytes)
    {
        _file.Write(bytes);
        return this;
    }

    public void UInt32(uint value)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, isBigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
        _file.Write(bytes);
    }

    public void UInt16(ushort value)
    {
        Span<byte> bytes = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, isBigEndian ? BinaryPrimitives.ReverseEndianness(value) : value);
        _file.Write(bytes);
    }

    private void Padded(byte[] data)
    {
        _file.Write(data);
        _file.Write(new byte[-data.Length & 3]);
    }
}
