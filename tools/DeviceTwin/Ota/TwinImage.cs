using JamBox.App;

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
    public static byte[] Build(TwinFirmware firmware, int bytes = UsualBytes, long seed = 1, uint nativeChecksum = NativeChecksum, double churn = 1)
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
