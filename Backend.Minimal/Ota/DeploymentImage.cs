using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace JamBox.Backend.Ota;

/// <summary>
/// A deployment image: nanoFramework assemblies (.pe) one after the other, each padded to 4 bytes. Each begins with a header of 124
/// bytes (CLR_RECORD_ASSEMBLY of nf-interpreter; little-endian):
/// <code>
///   0   8  "NFMRK1", two zeros
///   8   4  CRC of the header, computed with zeros here
///  12   4  CRC of what follows the header
///  20   4  native methods' checksum
///  36   2  name: an offset into the strings, or 0xFFFF less its place in nanoCLR's own table
///  40  64  where each of 15 tables begins, from the start of the assembly; the 12th are the strings; then the size of it all
/// </code>
/// nanoCLR passes over an assembly whose sums are wrong, so that an image with one would start and fail in the field.
/// </summary>
public sealed class DeploymentImage
{
    /// <summary>The deploy partition, bytes: no image may be larger.</summary>
    public const int MaxBytes = 1280 * 1024;

    /// <summary>The assembly whose native checksum stands for the nanoCLR that an image needs.</summary>
    public const string InteropName = "JamBox.Interop";

    private const int HeaderBytes = 124;
    private const int HeaderCrcAt = 8;
    private const int AssemblyCrcAt = 12;
    private const int NativeChecksumAt = 20;
    private const int NameAt = 36;
    private const int TablesAt = 40;
    private const int StringsTable = 11;
    private const int SignaturesTable = 12;
    private const int EndTable = 15;

    /// <summary>Names from here on are places in nanoCLR's own table, which has fewer entries than this leaves.</summary>
    private const int FirstOwnName = 0x8000;
    private const int MaxNameChars = 128;

    private DeploymentImage(IReadOnlyList<ImageAssembly> assemblies)
    {
        Assemblies = assemblies;
    }

    /// <summary>The assemblies, in the order of the image.</summary>
    public IReadOnlyList<ImageAssembly> Assemblies { get; }

    /// <summary>The native checksum of <see cref="InteropName"/>, 0 when the image has no such assembly.</summary>
    public uint NativeChecksum => Assemblies.FirstOrDefault(static assembly => assembly.Name == InteropName).NativeChecksum;

    private static ReadOnlySpan<byte> Marker => "NFMRK1\0\0"u8;

    /// <summary>Walks an image to its end.</summary>
    /// <param name="bytes">All of it.</param>
    /// <param name="fault">What is wrong with it, in one sentence; null when all is well.</param>
    /// <returns>The image; null when something is wrong.</returns>
    public static DeploymentImage? Read(ReadOnlySpan<byte> bytes, out string? fault)
    {
        List<ImageAssembly> assemblies = [];
        fault = bytes.IsEmpty ? "The image is empty" : null;
        for (int at = 0; at < bytes.Length && fault is null;)
        {
            fault = ReadAssembly(bytes[at..], out ImageAssembly assembly, out int size);
            if (fault is not null)
            {
                fault = string.Create(CultureInfo.InvariantCulture, $"No well-formed chain of .pe assemblies: at byte {at}: {fault}");
            }
            else if (assemblies.Exists(known => known.Name == assembly.Name))
            {
                fault = $"The assembly {assembly.Name} is in the image twice";
            }

            assemblies.Add(assembly);
            at += size;
        }

        return fault is null ? new DeploymentImage(assemblies) : null;
    }

    private static string? ReadAssembly(ReadOnlySpan<byte> rest, out ImageAssembly assembly, out int size)
    {
        assembly = default;
        size = 0;
        if (rest.Length < HeaderBytes || !rest.StartsWith(Marker))
        {
            return "no assembly begins here";
        }

        if (Number(rest, HeaderCrcAt) != HeaderCrc(rest))
        {
            return "the header's checksum is wrong";
        }

        uint total = Number(rest, TablesAt + (4 * EndTable));
        if (total < HeaderBytes || total > MaxBytes || ((total + 3) & ~3u) > rest.Length)
        {
            return "the assembly is longer than the image";
        }

        if (Number(rest, AssemblyCrcAt) != ImageCrc.Of(rest[HeaderBytes..(int)total]))
        {
            return "the assembly's checksum is wrong";
        }

        size = (int)((total + 3) & ~3u);
        assembly = new ImageAssembly(Name(rest[..(int)total]), Number(rest, NativeChecksumAt));
        return assembly.Name.Length == 0 ? "the assembly has no name" : null;
    }

    private static uint HeaderCrc(ReadOnlySpan<byte> assembly)
    {
        Span<byte> header = stackalloc byte[HeaderBytes];
        assembly[..HeaderBytes].CopyTo(header);
        header.Slice(HeaderCrcAt, 4).Clear();
        return ImageCrc.Of(header);
    }

    /// <summary>The name; empty when it is none. It is kept in a list separated by blanks, so that it has none, nor an equals sign.</summary>
    private static string Name(ReadOnlySpan<byte> assembly)
    {
        int index = BinaryPrimitives.ReadUInt16LittleEndian(assembly[NameAt..]);
        if (index >= FirstOwnName)
        {
            return string.Create(CultureInfo.InvariantCulture, $"#{ushort.MaxValue - index}");
        }

        uint start = Number(assembly, TablesAt + (4 * StringsTable));
        uint end = Number(assembly, TablesAt + (4 * SignaturesTable));
        if (start > end || end > assembly.Length || index >= end - start)
        {
            return "";
        }

        ReadOnlySpan<byte> name = assembly[((int)start + index)..(int)end];
        int length = name.IndexOf((byte)0);
        return length is > 0 and <= MaxNameChars && !name[..length].ContainsAnyExceptInRange((byte)'!', (byte)'~') && !name[..length].Contains((byte)'=')
            ? Encoding.ASCII.GetString(name[..length])
            : "";
    }

    private static uint Number(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);
}
