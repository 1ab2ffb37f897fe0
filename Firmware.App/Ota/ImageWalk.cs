using JamBox.Ports;
using JamBox.Storage;
using JamBox.Text;

namespace JamBox.Ota;

/// <summary>
/// Finds out how long a deployment image is, and which nanoCLR it needs: assemblies one after the other, each padded to four bytes. It ends
/// at the first header that is not valid, or at the limit. Step by step, an assembly each.
/// </summary>
/// <remarks>
/// The header is nanoCLR's <c>CLR_RECORD_ASSEMBLY</c>, 124 bytes: 0 marker <c>NFMRK1</c> · 8 CRC-32 of the header (polynomial 0x04C11DB7,
/// highest bit first, start 0; its own four bytes as zeros) · 20 native checksum · 36 where the name is in the strings · 38 version of the
/// string table, 1 ·
/// 40 sixteen starts of tables: the twelfth of the strings, the last is the size of the whole.
/// </remarks>
public sealed class ImageWalk
{
    /// <summary>Bytes of a header.</summary>
    public const int HeaderSize = 124;

    /// <summary>Bytes of its table, as on the board.</summary>
    public const int TableBytes = Nibbles * 4;

    private const int Nibbles = 16;
    private const int CrcAt = 8;
    private const int NativeChecksumAt = 20;
    private const int NameAt = 36;
    private const int StringTableVersionAt = 38;
    private const int StringsAt = 84;
    private const int SizeAt = 100;
    private const int MarkerNumberAt = 5;

    private const string Marker = "NFMRK";
    private const string InteropName = "JamBox.Interop";

    private const uint Polynomial = 0x04C11DB7;

    // What a nibble does to the check sum. An object that lives for one walk, and not the assembly, holds it.
    private readonly uint[] _table = new uint[Nibbles];

    private IFlashRegion _region;
    private int _limit;

    /// <summary>Makes the table of the check sum.</summary>
    public ImageWalk()
    {
        for (int i = 0; i < _table.Length; i++)
        {
            uint crc = (uint)i << 28;
            for (int bit = 0; bit < 4; bit++)
            {
                crc = (crc & 0x80000000) != 0 ? (crc << 1) ^ Polynomial : crc << 1;
            }

            _table[i] = crc;
        }
    }

    /// <summary>Gets the bytes of the image so far.</summary>
    public int Length { get; private set; }

    /// <summary>Gets the assemblies so far.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the native checksum of the assembly <c>JamBox.Interop</c>; 0 when there is none so far.</summary>
    public int NativeChecksum { get; private set; }

    /// <summary>Begins.</summary>
    /// <param name="region">Where the image is, from address 0.</param>
    /// <param name="limit">Where it ends at the latest.</param>
    public void Begin(IFlashRegion region, int limit)
    {
        _region = region;
        _limit = limit;
        Length = 0;
        Count = 0;
        NativeChecksum = 0;
    }

    /// <summary>Looks at the next assembly.</summary>
    /// <param name="scratch">Buffer of <see cref="HeaderSize"/> bytes or more.</param>
    /// <returns><c>false</c> when there is none: the walk is over.</returns>
    public bool Step(byte[] scratch)
    {
        int left = _limit - Length;
        if (left < HeaderSize || !_region.Read(Length, scratch, 0, HeaderSize) || !IsHeader(scratch))
        {
            return false;
        }

        int size = ByteOrder.ReadInt(scratch, SizeAt);
        if (size < HeaderSize || size > left)
        {
            return false;
        }

        int checksum = ByteOrder.ReadInt(scratch, NativeChecksumAt);
        int nameAt = scratch[NameAt] + (scratch[NameAt + 1] << 8);
        if (checksum != 0 && IsInterop(ByteOrder.ReadInt(scratch, StringsAt), nameAt, size, scratch))
        {
            NativeChecksum = checksum;
        }

        // The last one may end with the flash, padding or not.
        int padded = (size + 3) & ~3;
        Length += padded < left ? padded : left;
        Count++;
        return true;
    }

    private bool IsHeader(byte[] header)
    {
        int number = header[MarkerNumberAt];
        if (!Ascii.StartsWith(header, 0, CrcAt, Marker) || (number != (byte)'1' && number != (byte)'2') || header[6] != 0 || header[7] != 0
            || header[StringTableVersionAt] != 1 || header[StringTableVersionAt + 1] != 0)
        {
            return false;
        }

        int crc = ByteOrder.ReadInt(header, CrcAt);
        ByteOrder.WriteInt(header, CrcAt, 0);
        return crc == ComputeCrc(header);
    }

    private int ComputeCrc(byte[] header)
    {
        uint[] table = _table;
        uint crc = 0;
        for (int i = 0; i < HeaderSize; i++)
        {
            uint value = header[i];
            crc = (crc << 4) ^ table[(crc >> 28) ^ (value >> 4)];
            crc = (crc << 4) ^ table[(crc >> 28) ^ (value & 15)];
        }

        return (int)(long)crc;
    }

    /// <summary>Names that nanoCLR knows by heart lie beyond the strings; ours is none of them.</summary>
    private bool IsInterop(int strings, int nameAt, int size, byte[] scratch)
    {
        int count = InteropName.Length + 1;
        if (strings < HeaderSize || strings > size || strings + nameAt + count > size
            || !_region.Read(Length + strings + nameAt, scratch, 0, count))
        {
            return false;
        }

        return Ascii.StartsWith(scratch, 0, count, InteropName) && scratch[count - 1] == 0;
    }
}
