using System.Buffers.Binary;
using JamBox.Twin.Radio;

namespace JamBox.Twin.Tests.Radio;

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

    public CaptureBuilder PcapHeader(int linkType, bool isNano = false)
    {
        UInt32(isNano ? 0xA1B23C4D : 0xA1B2C3D4);
        UInt16(2);
        UInt16(4);
        UInt32(0);
        UInt32(0);
        UInt32(65_535);
        UInt32((uint)linkType);
        return this;
    }

    public CaptureBuilder PcapPacket(uint seconds, uint fraction, byte[] data)
    {
        UInt32(seconds);
        UInt32(fraction);
        UInt32((uint)data.Length);
        UInt32((uint)data.Length);
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

    public CaptureBuilder Interface(int linkType, byte? resolution = null, long offsetSeconds = 0)
    {
        return Block(1, body =>
        {
            body.UInt16((ushort)linkType);
            body.UInt16(0);
            body.UInt32(0);
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
