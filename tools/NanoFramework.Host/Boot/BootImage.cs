using System.Buffers.Binary;

namespace JamBox.Boot;

/// <summary>What lies at the beginning of a region, walked from assembly to assembly: the model of <c>jb_image.c</c>.</summary>
/// <param name="Length">Of all assemblies up to the first that is none, padding included.</param>
/// <param name="Assemblies">How many there are.</param>
/// <param name="IsWhole">At least one, every check sum right, and nothing but 0xFF from the end to the end of its sector.</param>
/// <param name="IsTwin">The bytes of all assemblies are in the other region too, at the same place.</param>
internal readonly record struct BootImage(int Length, int Assemblies, bool IsWhole, bool IsTwin)
{
    private const int HeaderBytes = 124;
    private const int CrcAt = 8;
    private const int RestCrcAt = 12;
    private const int StringTableVersionAt = 38;
    private const int SizeAt = 100;
    private const uint Polynomial = 0x04C11DB7;

    /// <summary>Whether an assembly begins there. What cannot be read is none, nor is what has no room.</summary>
    /// <param name="flash">The flash.</param>
    /// <param name="region">Where.</param>
    /// <param name="address">First byte.</param>
    /// <returns>Whether a header is there.</returns>
    public static bool Begins(IBootFlash flash, BootRegion region, int address)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        int limit = flash.RegionBytes(region);
        return address <= limit && limit - address >= HeaderBytes && Read(flash, region, address, header) && IsHeader(header);
    }

    /// <summary>Walks from assembly to assembly, reading every byte once, and as much of the other region.</summary>
    /// <param name="flash">The flash.</param>
    /// <param name="region">Where the image is.</param>
    /// <param name="other">What it is compared with.</param>
    /// <returns>What is there. What cannot be read is not whole.</returns>
    public static BootImage Walk(IBootFlash flash, BootRegion region, BootRegion other)
    {
        int limit = flash.RegionBytes(region);
        int otherLimit = flash.RegionBytes(other);
        int length = 0;
        int assemblies = 0;
        bool isSound = true;
        bool isTwin = true;
        Span<byte> header = stackalloc byte[HeaderBytes];
        while (isSound && limit - length >= HeaderBytes)
        {
            isSound = Read(flash, region, length, header);
            if (!isSound || !IsHeader(header))
            {
                break;
            }

            uint size = BinaryPrimitives.ReadUInt32LittleEndian(header[SizeAt..]);
            if (size < HeaderBytes || size > limit - length)
            {
                isSound = false;
                break;
            }

            isTwin = isTwin && length <= otherLimit && size <= otherLimit - length;
            uint crc = BinaryPrimitives.ReadUInt32LittleEndian(header[RestCrcAt..]);
            isSound = IsAssemblyWhole(flash, region, other, length, (int)size, crc, ref isTwin);
            length += ((int)size + 3) & ~3;
            assemblies++;
        }

        return new BootImage(length, assemblies, isSound && assemblies > 0 && IsBlankToSectorEnd(flash, region, length), isTwin);
    }

    private static bool IsAssemblyWhole(
        IBootFlash flash, BootRegion region, BootRegion otherRegion, int address, int size, uint expected, ref bool isTwin)
    {
        uint crc = 0;
        Span<byte> bytes = stackalloc byte[BootCopyJob.ChunkBytes];
        Span<byte> other = stackalloc byte[BootCopyJob.ChunkBytes];
        for (int at = 0; at < size; at += BootCopyJob.ChunkBytes)
        {
            int piece = Math.Min(size - at, BootCopyJob.ChunkBytes);
            if (!Read(flash, region, address + at, bytes[..piece]))
            {
                return false;
            }

            crc = Crc(crc, bytes[(at == 0 ? HeaderBytes : 0)..piece]);
            isTwin = isTwin && Read(flash, otherRegion, address + at, other[..piece]) && bytes[..piece].SequenceEqual(other[..piece]);
        }

        return crc == expected;
    }

    private static bool IsBlankToSectorEnd(IBootFlash flash, BootRegion region, int address)
    {
        int end = (address + flash.SectorBytes - 1) / flash.SectorBytes * flash.SectorBytes;
        Span<byte> bytes = stackalloc byte[BootCopyJob.ChunkBytes];
        while (address < end)
        {
            Span<byte> piece = bytes[..Math.Min(end - address, BootCopyJob.ChunkBytes)];
            if (!Read(flash, region, address, piece) || !BootCopyJob.IsBlank(piece))
            {
                return false;
            }

            address += piece.Length;
        }

        return true;
    }

    private static bool IsHeader(ReadOnlySpan<byte> header)
    {
        uint crc = Crc(0, header[..CrcAt]);
        crc = Crc(crc, [0, 0, 0, 0]);
        crc = Crc(crc, header[RestCrcAt..]);
        return header.StartsWith("NFMRK"u8) && header[5] is (byte)'1' or (byte)'2' && header[6] == 0 && header[7] == 0
            && BinaryPrimitives.ReadUInt16LittleEndian(header[StringTableVersionAt..]) == 1
            && BinaryPrimitives.ReadUInt32LittleEndian(header[CrcAt..]) == crc;
    }

    private static bool Read(IBootFlash flash, BootRegion region, int address, Span<byte> buffer)
    {
        flash.Feed();
        return flash.Read(region, address, buffer);
    }

    // nanoCLR's, bit by bit: this is a model.
    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            crc ^= (uint)value << 24;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 0x80000000) != 0 ? (crc << 1) ^ Polynomial : crc << 1;
            }
        }

        return crc;
    }
}
