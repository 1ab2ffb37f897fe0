using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace JamBox.Ota.Images;

/// <summary>
/// The header of a .pe assembly: nanoCLR's <c>CLR_RECORD_ASSEMBLY</c>, 124 bytes, little-endian.
/// <code>
///   0  8  marker "NFMRK1", zero-padded     36  2  index of the name
///   8  4  CRC-32 of the header             38  2  version of nanoCLR's string table, 1
///  12  4  CRC-32 of the rest               40 64  where the 16 tables start; the strings are number 11,
///  16  4  flags                                   number 15 is the end of the assembly
///  20  4  checksum of the native methods  104  4  number of patched methods
///  24  4  entry point                     108 16  padding of the tables
///  28  8  version, 4 × 2
/// </code>
/// </summary>
internal static class AssemblyHeader
{
    /// <summary>Its length, bytes.</summary>
    public const int Length = 124;

    private const int HeaderCrcAt = 8;
    private const int AssemblyCrcAt = 12;
    private const int NativeChecksumAt = 20;
    private const int VersionAt = 28;
    private const int NameAt = 36;
    private const int StringTableVersionAt = 38;
    private const int StringsAt = 40 + (11 * 4);
    private const int EndAt = 40 + (15 * 4);
    private const int StringTableVersion = 1;
    private const int MaxNameLength = 128;

    /// <summary>Indices from here on mean nanoCLR's own table of 860 frequent strings, counted down from 0xFFFF.</summary>
    private const int FirstOwnString = 0xFFFF - 860;

    /// <summary>The assemblies of nanoFramework whose name is in nanoCLR's table.</summary>
    private static readonly Dictionary<int, string> s_ownStrings = new()
    {
        [0x01C0] = "System.Collections",
        [0x01CC] = "System.Diagnostics",
        [0x01CD] = "System.Globalization",
        [0x01D0] = "System.Reflection",
        [0x01D1] = "System.Resources",
        [0x01D6] = "System.Text",
        [0x01D7] = "System.Threading",
        [0x032D] = "mscorlib",
    };

    /// <summary>Whether an assembly begins here; nothing more is known of it then.</summary>
    /// <param name="rest">The image from here on.</param>
    /// <returns>There is room for a header, and it has the marker.</returns>
    public static bool IsAt(ReadOnlySpan<byte> rest) => rest.Length >= Length && rest.StartsWith("NFMRK1\0"u8);

    /// <summary>Whether an assembly of a nanoFramework with generics begins here, which our nanoCLR cannot load.</summary>
    /// <param name="rest">The image from here on.</param>
    /// <returns>It has that marker.</returns>
    public static bool IsSecondFormatAt(ReadOnlySpan<byte> rest) => rest.StartsWith("NFMRK2"u8);

    /// <summary>Reads the assembly that begins here, and checks it as nanoCLR does at start-up.</summary>
    /// <param name="image">The image.</param>
    /// <param name="offset">Where it begins: <see cref="IsAt"/>.</param>
    /// <returns>The assembly.</returns>
    /// <exception cref="ImageException">nanoCLR would not take it.</exception>
    public static ImageAssembly Read(ReadOnlySpan<byte> image, int offset)
    {
        ReadOnlySpan<byte> rest = image[offset..];
        if (BinaryPrimitives.ReadUInt32LittleEndian(rest[HeaderCrcAt..]) != HeaderCrc(rest))
        {
            throw new ImageException($"the header at byte {offset} is damaged: its CRC is wrong");
        }

        if (BinaryPrimitives.ReadUInt16LittleEndian(rest[StringTableVersionAt..]) != StringTableVersion)
        {
            throw new ImageException(
                $"the assembly at byte {offset} was made for another nanoCLR: its table of frequent strings is not version 1");
        }

        uint size = BinaryPrimitives.ReadUInt32LittleEndian(rest[EndAt..]);
        if (size < Length || size > rest.Length)
        {
            throw new ImageException(
                $"the assembly at byte {offset} says that it is {size} bytes long, but {rest.Length} are left: the file is cut off or damaged");
        }

        if (BinaryPrimitives.ReadUInt32LittleEndian(rest[AssemblyCrcAt..]) != ClrCrc32.Of(rest[Length..(int)size]))
        {
            throw new ImageException($"the assembly at byte {offset} is damaged: its CRC is wrong");
        }

        var version = new Version(
            BinaryPrimitives.ReadUInt16LittleEndian(rest[VersionAt..]),
            BinaryPrimitives.ReadUInt16LittleEndian(rest[(VersionAt + 2)..]),
            BinaryPrimitives.ReadUInt16LittleEndian(rest[(VersionAt + 4)..]),
            BinaryPrimitives.ReadUInt16LittleEndian(rest[(VersionAt + 6)..]));
        uint native = BinaryPrimitives.ReadUInt32LittleEndian(rest[NativeChecksumAt..]);
        return new ImageAssembly(Name(rest[..(int)size], offset), version, native, offset, (int)size);
    }

    /// <summary>The checksum of a header, made while the field that holds it is zero.</summary>
    private static uint HeaderCrc(ReadOnlySpan<byte> header)
    {
        uint crc = ClrCrc32.Of(header[..HeaderCrcAt]);
        crc = ClrCrc32.Of([0, 0, 0, 0], crc);
        return ClrCrc32.Of(header[(HeaderCrcAt + 4)..Length], crc);
    }

    /// <summary>Gives the name that stands in nanoCLR's own table of frequent strings.</summary>
    /// <param name="place">Its place there.</param>
    /// <returns>The name; <c>#</c> and the place where it is not an assembly of nanoFramework that we know.</returns>
    public static string NameInClr(int place) =>
        s_ownStrings.GetValueOrDefault(place, string.Create(CultureInfo.InvariantCulture, $"#{place}"));

    private static string Name(ReadOnlySpan<byte> assembly, int offset)
    {
        int index = BinaryPrimitives.ReadUInt16LittleEndian(assembly[NameAt..]);
        if (index >= FirstOwnString)
        {
            return NameInClr(0xFFFF - index);
        }

        long at = (long)BinaryPrimitives.ReadUInt32LittleEndian(assembly[StringsAt..]) + index;
        int length = at < assembly.Length ? assembly[(int)at..].IndexOf((byte)0) : -1;
        // Printable only: the name is shown on a terminal. No blank and no equals sign: the server keeps names in a list of name=checksum.
        if (at < Length || length is < 1 or > MaxNameLength
            || assembly.Slice((int)at, length).ContainsAnyExceptInRange((byte)'!', (byte)'~') || assembly.Slice((int)at, length)
                .Contains((byte)'='))
        {
            throw new ImageException($"the assembly at byte {offset} has no readable name");
        }

        return Encoding.ASCII.GetString(assembly.Slice((int)at, length));
    }
}
