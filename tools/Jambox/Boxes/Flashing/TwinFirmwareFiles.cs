using JamBox.Twin.Chip;
using JamBox.Twin.Ota;

namespace JamBox.Bench.Boxes.Flashing;

/// <summary>
/// Firmware for a simulated box: images that look from outside as those of a build do, with the firmware of the device twin behind them.
/// </summary>
internal static class TwinFirmwareFiles
{
    private const int ImageBytes = 64 * 1024;
    private const int BootloaderBytes = 20 * 1024;
    private const int AssemblyBytes = 16 * 1024;
    private const byte ImageMagic = 0xE9;

    /// <summary>Makes it.</summary>
    /// <param name="kind">Which one.</param>
    /// <returns>It.</returns>
    public static FirmwareFiles Make(FirmwareKind kind) => new FirmwareFiles(
        Image(BootloaderBytes, 1), PartitionCsv.OfBoard(), Image(ImageBytes, 2),
        kind == FirmwareKind.Production ? TwinImage.OfThisFirmware() : TwinAssembly.Build(
            ChipFirmware.ProvisioningAssembly, 0, 0, AssemblyBytes, 1, string.Empty, 0, null),
        "the twin's own").Checked(kind);

    /// <summary>Bytes that compress about as well as code does.</summary>
    private static byte[] Image(int length, int seed)
    {
        var bytes = new byte[length];
        var random = new Random(seed);
        for (int i = 0; i < length; i++)
        {
            bytes[i] = (byte)random.Next(1 << random.Next(1, 9));
        }

        bytes[0] = ImageMagic;
        return bytes;
    }
}
