using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using JamBox.Twin.Chip;
using JamBox.Twin.Ota;

namespace JamBox.Bench.Boxes.Flashing;

/// <summary>
/// Firmware for a simulated box: images that look from outside as those of a build do, so that servers and other flashers take them, with
/// the firmware of the device twin behind them.
/// </summary>
internal static class TwinFirmwareFiles
{
    private const int ImageBytes = 64 * 1024;
    private const int BootloaderBytes = 20 * 1024;
    private const int AssemblyBytes = 16 * 1024;
    private const byte Esp32S3 = 9;
    private const int Block = 16;
    private const uint DescriptionMagic = 0xABCD_5432;

    /// <summary>Makes it.</summary>
    /// <param name="kind">Which one.</param>
    /// <returns>It.</returns>
    public static FirmwareFiles Make(FirmwareKind kind) => new FirmwareFiles(
        Image(0x3FCD_5820, Code(BootloaderBytes, 1)), PartitionCsv.OfBoard(), Image(0x3C00_0020, Application()),
        kind == FirmwareKind.Production ? TwinImage.OfThisFirmware() : TwinAssembly.Build(
            ChipFirmware.ProvisioningAssembly, 0, 0, AssemblyBytes, 1, string.Empty, 0, null),
        "the twin's own").Checked(kind);

    /// <summary>A program that says what it is, as Espressif's description of an application does.</summary>
    private static byte[] Application()
    {
        byte[] code = Code(ImageBytes, 2);
        code.AsSpan(0, 256).Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(code, DescriptionMagic);
        foreach ((int at, string text) in ((int At, string Text)[])
            [(16, "1.0.0"), (48, "nanoCLR"), (80, "12:00:00"), (96, "Jan 18 2026"), (112, "v5.5.4")])
        {
            Encoding.ASCII.GetBytes(text, code.AsSpan(at));
        }

        return code;
    }

    /// <summary>Header, one segment, zeros, the checksum as the last of 16 bytes, and the SHA-256 of all that.</summary>
    private static byte[] Image(uint address, byte[] segment)
    {
        byte[] head =
        [
            0xE9, 1, 2, 0x20, 0x10, 0xF0, 0x10, 0x40, 0xEE, 0, 0, 0, Esp32S3, 0, 0, 0, 0, 0x63, 0, 0, 0, 0, 0, 1, .. Word(address),
            .. Word((uint)segment.Length),
        ];
        int length = (head.Length + segment.Length + Block) / Block * Block;
        byte sum = segment.Aggregate((byte)0xEF, static (all, b) => (byte)(all ^ b));
        byte[] image = [.. head, .. segment, .. new byte[length - head.Length - segment.Length - 1], sum];
        return [.. image, .. SHA256.HashData(image)];
    }

    private static byte[] Word(uint value)
    {
        var bytes = new byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return bytes;
    }

    /// <summary>Bytes that compress about as well as code does.</summary>
    private static byte[] Code(int length, int seed)
    {
        var bytes = new byte[length];
        var random = new Random(seed);
        for (int i = 0; i < length; i++)
        {
            bytes[i] = (byte)random.Next(1 << random.Next(1, 9));
        }

        return bytes;
    }
}
