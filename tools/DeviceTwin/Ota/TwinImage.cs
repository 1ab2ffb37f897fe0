using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using JamBox.App;
using JamBox.Ports;

namespace JamBox.Twin.Ota;

/// <summary>Deployment images for twins: a chain of four assemblies. Those of one seed differ as releases of one firmware do.</summary>
internal static class TwinImage
{
    /// <summary>The checksum of the native methods that the twin's nanoCLR would have.</summary>
    public const uint NativeChecksum = 0x4A42_0006;

    /// <summary>How long the image is that twins are flashed with when nobody says so, bytes.</summary>
    public const int UsualBytes = 96 * 1024;

    // Index of "mscorlib" in nanoCLR's own table of strings, counted from its end, as its real build has it.
    private const ushort MscorlibName = 0xFFFF - 813;

    /// <summary>Makes an image.</summary>
    /// <param name="firmware">What it says of itself.</param>
    /// <param name="bytes">About how long it is, 2,048 or more.</param>
    /// <param name="seed">What the code follows from: the same for all releases of a firmware.</param>
    /// <param name="nativeChecksum">The nanoCLR that it needs.</param>
    /// <param name="churn">How much of it is its own: 1 as from release to release, 10 a lot.</param>
    /// <returns>The image.</returns>
    public static byte[] Build(
        TwinFirmware firmware, int bytes = UsualBytes, long seed = 1, uint nativeChecksum = NativeChecksum, double churn = 1)
    {
        byte[][] assemblies =
        [
            TwinAssembly.Build("mscorlib", MscorlibName, 0x0F0F_0001, bytes / 4, seed, string.Empty, 0, null),
            TwinAssembly.Build("JamBox.Interop", 0, nativeChecksum, bytes / 16, seed, string.Empty, 0, null),
            TwinAssembly.Build(TwinFirmware.Assembly, 0, 0, bytes / 2, seed, firmware.Version, churn, firmware.ToText()),
            TwinAssembly.Build("Firmware.Atoms3", 0, 0, bytes / 8, seed, firmware.Version, churn, null),
        ];
        return [.. assemblies.SelectMany(assembly => assembly)];
    }

    /// <summary>The firmware's own version as an image, which twins are flashed with when nobody says otherwise.</summary>
    /// <returns>The image.</returns>
    public static byte[] OfThisFirmware() => Build(new TwinFirmware(FirmwareVersion.Text, FirmwareVersion.Sequence));

    /// <summary>Finds how long the image is that begins here.</summary>
    /// <param name="deploy">The partition.</param>
    /// <returns>Bytes up to the first head that is not valid; 0 when there is none at all.</returns>
    public static int Length(ReadOnlySpan<byte> deploy)
    {
        int length = 0;
        while (PeHeader.Length(deploy[length..]) is > 0 and int more)
        {
            length += more;
        }

        return length;
    }

    /// <summary>Reads what the image says of itself.</summary>
    /// <param name="deploy">The partition.</param>
    /// <returns>What it says; <c>null</c> when it is no twin image but the product of a real build, or none.</returns>
    public static TwinFirmware? Read(ReadOnlySpan<byte> deploy)
    {
        int length;
        for (int at = 0; (length = PeHeader.Length(deploy[at..])) > 0; at += length)
        {
            string[] strings = PeHeader.StringsOf(deploy.Slice(at, length));
            if (strings.Length > 1 && strings[1] == TwinFirmware.Assembly)
            {
                return strings.Select(TwinFirmware.Parse).FirstOrDefault(found => found is not null);
            }
        }

        return null;
    }
}

/// <summary>What is wrong with a twin image.</summary>
internal enum TwinBehaviour
{
    /// <summary>Nothing.</summary>
    Sound,

    /// <summary>It hangs soon after each boot, until the watchdog bites.</summary>
    Hangs,

    /// <summary>It counts, but not a byte of it gets to the modem.</summary>
    CannotSend,

    /// <summary>It reports as ever, and hears nobody: nothing that it could notice itself.</summary>
    CountsNothing,
}

/// <summary>
/// What a twin image says of itself. It is a text in the string table of the assembly <c>Firmware.Shared</c>, such as
/// <c>twin-image version=6.1.0 sequence=60100 behaviour=Sound</c>: there the constants of a real build stand too.
/// </summary>
/// <param name="Version">As in <see cref="FirmwareInfo.Version"/>.</param>
/// <param name="Sequence">As in <see cref="FirmwareInfo.Sequence"/>.</param>
/// <param name="Behaviour">What is wrong with it.</param>
internal sealed record TwinFirmware(string Version, int Sequence, TwinBehaviour Behaviour = TwinBehaviour.Sound)
{
    /// <summary>The assembly that has the text.</summary>
    public const string Assembly = "Firmware.Shared";

    private const string Lead = "twin-image ";

    /// <summary>Makes the text.</summary>
    /// <returns>The text.</returns>
    public string ToText() =>
        string.Create(CultureInfo.InvariantCulture, $"{Lead}version={Version} sequence={Sequence} behaviour={Behaviour}");

    /// <summary>Reads the text.</summary>
    /// <param name="text">A text of a string table.</param>
    /// <returns>What it says; <c>null</c> when it is another text.</returns>
    public static TwinFirmware? Parse(string text)
    {
        if (!text.StartsWith(Lead, StringComparison.Ordinal))
        {
            return null;
        }

        Dictionary<string, string> words = text[Lead.Length..].Split(' ').Select(word => word.Split('=', 2)).ToDictionary(
            pair => pair[0], pair => pair[1], StringComparer.Ordinal);
        return new TwinFirmware(
            words["version"], int.Parse(words["sequence"], CultureInfo.InvariantCulture), Enum.Parse<TwinBehaviour>(words["behaviour"]));
    }
}

/// <summary>
/// The head of a nanoFramework assembly: <c>CLR_RECORD_ASSEMBLY</c> of nf-interpreter's <c>nanoCLR_Types.h</c>, 124 bytes, little-endian.
/// </summary>
internal static class PeHeader
{
    /// <summary>Bytes of it.</summary>
    public const int Size = 124;

    /// <summary>Tables of an assembly; table 16 would begin where it ends.</summary>
    public const int Tables = 15;

    /// <summary>Index of the table of strings.</summary>
    public const int Strings = 11;

    private const int HeaderCrcAt = 8;
    private const int AssemblyCrcAt = 12;
    private const int NativeChecksumAt = 20;
    private const int VersionAt = 28;
    private const int NameAt = 36;
    private const int StringTableVersionAt = 38;
    private const int TablesAt = 40;
    private const int EndAt = TablesAt + (Tables * 4);
    private const int PaddingAt = 108;

    private static ReadOnlySpan<byte> Marker => "NFMRK1\0\0"u8;

    /// <summary>Writes the head of an assembly whose tables stand behind it already.</summary>
    /// <param name="assembly">All of it.</param>
    /// <param name="name">Offset of its name in its strings, or an index into nanoCLR's own.</param>
    /// <param name="nativeChecksum">Of its native methods; 0 = none.</param>
    /// <param name="version">Major, minor, build, revision.</param>
    /// <param name="starts">Where each table begins, and where the last ends.</param>
    /// <param name="paddings">Bytes at the end of each table that only fill it up.</param>
    public static void Write(
        Span<byte> assembly, ushort name, uint nativeChecksum, ReadOnlySpan<ushort> version, ReadOnlySpan<int> starts,
        ReadOnlySpan<byte> paddings)
    {
        Marker.CopyTo(assembly);
        BinaryPrimitives.WriteUInt32LittleEndian(assembly[NativeChecksumAt..], nativeChecksum);
        for (int i = 0; i < version.Length; i++)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(assembly[(VersionAt + (2 * i))..], version[i]);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(assembly[NameAt..], name);
        BinaryPrimitives.WriteUInt16LittleEndian(assembly[StringTableVersionAt..], 1);
        for (int i = 0; i < starts.Length; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(assembly[(TablesAt + (4 * i))..], starts[i]);
        }

        paddings.CopyTo(assembly[PaddingAt..]);
        Seal(assembly);
    }

    /// <summary>Writes both check sums of an assembly that is complete but for them.</summary>
    /// <param name="assembly">All of it.</param>
    public static void Seal(Span<byte> assembly)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(assembly[AssemblyCrcAt..], Crc(assembly[Size..]));
        assembly.Slice(HeaderCrcAt, 4).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(assembly[HeaderCrcAt..], Crc(assembly[..Size]));
    }

    /// <summary>Finds the length of the assembly that begins here.</summary>
    /// <param name="image">From its first byte.</param>
    /// <returns>Bytes, padding to 4 included; 0 when no whole assembly begins here.</returns>
    public static int Length(ReadOnlySpan<byte> image)
    {
        if (image.Length < Size || !image.StartsWith(Marker[..6]))
        {
            return 0;
        }

        Span<byte> header = stackalloc byte[Size];
        image[..Size].CopyTo(header);
        header.Slice(HeaderCrcAt, 4).Clear();
        int end = BinaryPrimitives.ReadInt32LittleEndian(image[EndAt..]);
        bool isGood = Crc(header) == BinaryPrimitives.ReadUInt32LittleEndian(image[HeaderCrcAt..]) && end >= Size && end <= image.Length
            && Crc(image[Size..end]) == BinaryPrimitives.ReadUInt32LittleEndian(image[AssemblyCrcAt..]);
        return isGood ? Math.Min((end + 3) & ~3, image.Length) : 0;
    }

    /// <summary>Takes the strings of an assembly.</summary>
    /// <param name="assembly">All of it.</param>
    /// <returns>The strings in the order of the table.</returns>
    public static string[] StringsOf(ReadOnlySpan<byte> assembly)
    {
        int start = BinaryPrimitives.ReadInt32LittleEndian(assembly[(TablesAt + (4 * Strings))..]);
        int end = BinaryPrimitives.ReadInt32LittleEndian(assembly[(TablesAt + (4 * (Strings + 1)))..]);
        return start < 0 || end < start || end > assembly.Length ? [] : Encoding.UTF8.GetString(assembly[start..end]).Split('\0');
    }

    // nf-interpreter's SUPPORT_ComputeCRC: most significant bit first, begins with 0, nothing at the end.
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0;
        foreach (byte octet in bytes)
        {
            crc = (crc << 8) ^ s_table[(crc >> 24) ^ octet];
        }

        return crc;
    }

    private static readonly uint[] s_table = [.. Enumerable.Range(0, 256).Select(index =>
    {
        uint crc = (uint)index << 24;
        for (int bit = 0; bit < 8; bit++)
        {
            crc = (crc << 1) ^ ((crc & 0x80000000) != 0 ? 0x04C11DB7u : 0);
        }

        return crc;
    })];
}
