using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

using JamBox.Backend.Firmware;

namespace JamBox.Backend.Tests.Firmware;

/// <summary>
/// Makes images as esptool, Arduino's elf2bin and MicroPython's tools lay them out, with real checksums and hashes. Written from the public
/// descriptions of the formats, and not with the code that reads them.
/// </summary>
internal static class EspImages
{
    public const int Esp32 = 0;
    public const int Esp32C3 = 5;
    public const int Esp32S3 = 9;

    /// <summary>An application for an ESP32 or younger, with its description and appended SHA-256.</summary>
    public static byte[] App(int chip = Esp32C3, int bytes = 3000, string project = "clock", string version = "1.2.3", int seed = 1)
    {
        byte[] first = Filling(seed, Math.Max(256, bytes / 2 / 4 * 4));
        Description(project, version, "v5.3.1").CopyTo(first, 0);
        byte[] second = Filling(seed + 1, bytes / 2 / 4 * 4);
        return Esp32Image(chip, (0x3C000020, first), (0x42000020, second));
    }

    /// <summary>A bootloader: an image without a description.</summary>
    public static byte[] Bootloader(int chip = Esp32C3) =>
        Esp32Image(chip, (0x3FCD5820, Filling(7, 2000)), (0x403CC710, Filling(8, 3000)));

    public static byte[] Esp32Image(int chip, params (uint Address, byte[] Data)[] segments)
    {
        List<byte> image = Header(0xE9, segments.Length);

        // No write protection pin, drive settings, chip, revisions, reserved, hash appended.
        image.AddRange([0xEE, 0, 0, 0, (byte)chip, (byte)(chip >> 8), 0, 0, 0, 0x63, 0, 0, 0, 0, 0, 1]);
        AddSegments(image, segments);
        image.AddRange(SHA256.HashData(image.ToArray()));
        return [.. image];
    }

    /// <summary>An image of the ESP8266's first form.</summary>
    public static byte[] Esp8266(int seed = 1, int bytes = 2000)
    {
        List<byte> image = Header(0xE9, 2);
        AddSegments(image, (0x40100000, Filling(seed, bytes / 4 * 4)), (0x3FFE8000, Filling(seed + 1, 400)));
        return [.. image];
    }

    /// <summary>As Arduino makes it: eboot, filled up to 4,096 bytes, then the application.</summary>
    public static byte[] ArduinoEsp8266(int seed = 1, int bytes = 8000)
    {
        List<byte> eboot = Header(0xE9, 1);
        AddSegments(eboot, (0x4010F000, Filling(3, 1200)));
        return [.. eboot, .. Enumerable.Repeat((byte)0xAA, 4096 - eboot.Count), .. Esp8266(seed, bytes)];
    }

    /// <summary>As MicroPython makes it: an image, then what is read from flash, without a header of its own.</summary>
    public static byte[] MicroPythonEsp8266()
    {
        byte[] image = Esp8266(5, 20_000);
        return [.. image, .. Enumerable.Repeat((byte)0xFF, 0x9000 - image.Length), .. Filling(6, 30_001)];
    }

    /// <summary>An image of the ESP8266's second form.</summary>
    public static byte[] Esp8266V2(int seed = 1)
    {
        List<byte> image = [0xEA, 4, 2, 0x40, 0x10, 0xF0, 0x10, 0x40];
        byte[] flash = Filling(seed, 4096);
        Add(image, 0);
        Add(image, (uint)flash.Length);
        image.AddRange(flash);
        image.AddRange(Header(0xE9, 1));
        AddSegments(image, (0x40100000, Filling(seed + 1, 1000)));
        uint crc = Crc(image);
        Add(image, (crc & 0x80000000) != 0 ? crc ^ 0xFFFFFFFF : crc + 1);
        return [.. image];
    }

    /// <summary>A partition table with a data partition and one application.</summary>
    public static byte[] Table(uint appOffset = 0x10000, byte subtype = 0) =>
        Table((1, 2, 0x9000, 0x6000, "nvs"), (0, subtype, appOffset, 0x100000, "app0"));

    /// <summary>A partition table with those entries.</summary>
    public static byte[] Table(params (byte Type, byte Subtype, uint Address, uint Size, string Label)[] entries)
    {
        byte[] table = [.. Enumerable.Repeat((byte)0xFF, 0xC00)];
        for (int i = 0; i < entries.Length; i++)
        {
            Span<byte> entry = table.AsSpan(i * 32, 32);
            entry.Clear();
            (entry[0], entry[1], entry[2], entry[3]) = (0xAA, 0x50, entries[i].Type, entries[i].Subtype);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], entries[i].Address);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], entries[i].Size);
            Encoding.ASCII.GetBytes(entries[i].Label).CopyTo(entry[12..]);
        }

        return table;
    }

    /// <summary>Parts as they lie in flash, from an address on; what is between them is empty.</summary>
    public static byte[] Merge(int from, params (int Address, byte[] Data)[] parts)
    {
        byte[] flash = [.. Enumerable.Repeat((byte)0xFF, parts.Max(static part => part.Address + part.Data.Length) - from)];
        foreach ((int address, byte[] data) in parts)
        {
            data.CopyTo(flash, address - from);
        }

        return flash;
    }

    /// <summary>Looks into an image in pieces of a size.</summary>
    public static (ImageFinding? Finding, string? Fault) Inspect(byte[] file, int piece = 1000)
    {
        using ImageInspector inspector = new();
        for (int at = 0; at < file.Length; at += piece)
        {
            inspector.Append(file.AsSpan(at, Math.Min(piece, file.Length - at)));
        }

        (ImageFinding? finding, string? fault) = inspector.Finish(out string sha256);
        Assert.Equal(Hash(file), sha256);
        Assert.Equal(file.Length, inspector.Length);
        return (finding, fault);
    }

    public static string Hash(byte[] bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static byte[] Filling(int seed, int bytes)
    {
        byte[] filling = new byte[bytes];
        new Random(seed).NextBytes(filling);
        return filling;
    }

    private static byte[] Description(string project, string version, string idf)
    {
        byte[] description = new byte[256];
        BinaryPrimitives.WriteUInt32LittleEndian(description, 0xABCD5432);
        Encoding.ASCII.GetBytes(version).CopyTo(description, 16);
        Encoding.ASCII.GetBytes(project).CopyTo(description, 48);
        "10:00:00"u8.CopyTo(description.AsSpan(80));
        "Jan 29 2026"u8.CopyTo(description.AsSpan(96));
        Encoding.ASCII.GetBytes(idf).CopyTo(description, 112);
        return description;
    }

    private static List<byte> Header(byte magic, int segments) => [magic, (byte)segments, 2, 0x20, 0x10, 0xF0, 0x10, 0x40];

    /// <summary>Segments, zeros, and the checksum as the last of 16 bytes.</summary>
    private static void AddSegments(List<byte> image, params (uint Address, byte[] Data)[] segments)
    {
        byte sum = 0xEF;
        foreach ((uint address, byte[] data) in segments)
        {
            Add(image, address);
            Add(image, (uint)data.Length);
            image.AddRange(data);
            sum = data.Aggregate(sum, static (all, b) => (byte)(all ^ b));
        }

        while (image.Count % 16 != 15)
        {
            image.Add(0);
        }

        image.Add(sum);
    }

    private static void Add(List<byte> image, uint value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        image.AddRange(bytes);
    }

    /// <summary>CRC-32 bit by bit.</summary>
    private static uint Crc(List<byte> bytes)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320 : crc >> 1;
            }
        }

        return ~crc;
    }
}
