using System.IO.Compression;

using JamBox.Backend.Firmware;

using Xunit.Abstractions;

namespace JamBox.Backend.Tests.Firmware;

/// <summary>What is said of a file with an image.</summary>
public sealed class ImageInspectorTests(ITestOutputHelper output)
{
    private static readonly PlatformTable s_platforms = new(new Dictionary<string, PlatformSettings>());

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(256)]
    [InlineData(100_000)]
    public void AnApplicationSaysWhatItIsWhateverThePieces(int piece)
    {
        byte[] app = EspImages.App(EspImages.Esp32S3, project: "bell", version: "4.5.6");
        (ImageFinding? found, string? fault) = EspImages.Inspect(app, piece);
        Assert.Null(fault);
        Assert.Equal(ImageKind.App, found!.Kind);
        Assert.Equal(EspImages.Esp32S3, found.ChipId);
        Assert.Equal(new AppDescription("bell", "4.5.6", "v5.3.1"), found.Description);
        Assert.Equal(new ImagePart(0, app.Length, EspImages.Hash(app)), found.App);
    }

    [Fact]
    public void EveryLengthOfItsSegmentsIsPaddedRightly()
    {
        for (int bytes = 600; bytes < 640; bytes++)
        {
            Assert.Null(EspImages.Inspect(EspImages.App(bytes: bytes)).Fault);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4096)]
    public void ImagesOfTheEsp8266AreKnownByTheirOwnHeader(int piece)
    {
        foreach (byte[] image in new[]
            { EspImages.Esp8266(), EspImages.ArduinoEsp8266(), EspImages.MicroPythonEsp8266(), EspImages.Esp8266V2() })
        {
            (ImageFinding? found, string? fault) = EspImages.Inspect(image, piece);
            Assert.Null(fault);
            Assert.Equal((ImageKind.Esp8266, null), (found!.Kind, found.ChipId));
            Assert.Equal(image.Length, found.App.Size);
            Assert.Null(ImageRules.FindAppFault(found, s_platforms.Find("esp12f")!));
            Assert.Equal(
                "it is for ESP8266, but esp32 is ESP32", ImageRules.FindAppFault(found, s_platforms.Find("esp32")!));
        }
    }

    [Theory]
    [InlineData(0, EspImages.Esp32C3, 0, (byte)0)]
    [InlineData(0, EspImages.Esp32, 0x1000, (byte)0x10)]
    [InlineData(0x1000, EspImages.Esp32, 0x1000, (byte)0)]
    public void AMergedImageIsTakenApart(int from, int chip, int bootloaderAt, byte subtype)
    {
        byte[] bootloader = EspImages.Bootloader(chip);
        byte[] app = EspImages.App(chip, 20_000);
        byte[] table = EspImages.Table(subtype: subtype);
        byte[] file = EspImages.Merge(from, (bootloaderAt, bootloader), (0x8000, table), (0x10000, app), (0x20000, [1, 2, 3]));
        foreach (int piece in new[] { 1, 999, 4096, file.Length })
        {
            (ImageFinding? found, string? fault) = EspImages.Inspect(file, piece);
            Assert.Null(fault);
            Assert.Equal((ImageKind.Merged, chip), (found!.Kind, found.ChipId));
            Assert.Equal("clock", found.Description!.Project);
            Assert.Equal(new ImagePart(0x10000 - from, app.Length, EspImages.Hash(app)), found.App);
            Assert.Equal(new ImagePart(bootloaderAt - from, bootloader.Length, EspImages.Hash(bootloader)), found.Bootloader);
            Assert.Equal(new ImagePart(0x8000 - from, 0xC00, EspImages.Hash(table)), found.Table);
        }
    }

    [Fact]
    public void AMergedImageThatLacksSomethingSaysWhat()
    {
        byte[] bootloader = EspImages.Bootloader();
        Expect("no partition table follows", EspImages.Merge(0, (0, bootloader), (0x10000, EspImages.App())));
        Expect("ends before its application", EspImages.Merge(0, (0, bootloader), (0x8000, EspImages.Table()), (0x9000, new byte[16])));
        Expect("of the image at byte 0x10000, it begins with 0x01", EspImages.Merge(
            0, (0, bootloader), (0x8000, EspImages.Table()), (0x10000, [1, 2, 3, 4, 5, 6, 7, 8])));
        Expect("its bootloader is for ESP32-C3, its application for ESP32-S3", EspImages.Merge(
            0, (0, bootloader), (0x8000, EspImages.Table()), (0x10000, EspImages.App(EspImages.Esp32S3))));
        Expect("names no application", EspImages.Merge(
            0, (0, bootloader), (0x8000, EspImages.Table(0x4000)), (0x10000, EspImages.App())));
    }

    [Fact]
    public void WhatFollowsAnApplicationIsNoneOfIt()
    {
        byte[] app = EspImages.App();
        Expect($"the application ends at byte {app.Length}; what follows at byte {app.Length} is none of it", [.. app, 1, 2]);
        Assert.Null(EspImages.Inspect([.. app, .. Enumerable.Repeat((byte)0xFF, 77)]).Fault);

        // A sector of signatures, as secure boot appends it.
        byte[] signed =
            [.. app, .. Enumerable.Repeat((byte)0xFF, 4096 - (app.Length % 4096)), 0xE7, 2, 0, 0, .. EspImages.Filling(9, 4092)];
        Assert.Null(EspImages.Inspect(signed, 17).Fault);
    }

    [Fact]
    public void OtherFilesAreCalledByTheirNames()
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(EspImages.ArduinoEsp8266());
        }

        Expect("packed with gzip", packed.ToArray());
        Expect("zip archive", "PK\u0003\u0004abcdefgh"u8.ToArray());
        Expect("ELF file", "\u007fELF............"u8.ToArray());
        Expect("UF2", "UF2\nabcd"u8.ToArray());
        Expect("jambox release publish", "NFMRK1\0\0"u8.ToArray());
        Expect("page or XML", "<!DOCTYPE html>"u8.ToArray());
        Expect("empty flash", [.. Enumerable.Repeat((byte)0xFF, 5000)]);
        Expect("the file is empty", []);
        Expect("begins with 0x00 instead of 0xE9", new byte[100]);
    }

    [Fact]
    public void PartsAreKnownAsParts()
    {
        Platform c3 = s_platforms.Find("esp32c3")!;
        ImageFinding bootloader = EspImages.Inspect(EspImages.Bootloader()).Finding!;
        ImageFinding table = EspImages.Inspect(EspImages.Table()).Finding!;
        ImageFinding app = EspImages.Inspect(EspImages.App()).Finding!;
        Assert.StartsWith("it is a bootloader", ImageRules.FindAppFault(bootloader, c3), StringComparison.Ordinal);
        Assert.StartsWith("it is a partition table", ImageRules.FindAppFault(table, c3), StringComparison.Ordinal);
        Assert.Null(ImageRules.FindBootloaderFault(bootloader, c3));
        Assert.Null(ImageRules.FindTableFault(table, c3));
        Assert.StartsWith("it is an application, not a bootloader", ImageRules.FindBootloaderFault(app, c3), StringComparison.Ordinal);
        Assert.Equal(
            "it is for ESP32-C3, but esp32s3 is ESP32-S3", ImageRules.FindBootloaderFault(bootloader, s_platforms.Find("esp32s3")!));
    }

    /// <summary>A bit anywhere in what header, checksum, hash and CRC are of is noticed, and so is every missing byte.</summary>
    [Fact]
    public void AnyDamageIsNoticed()
    {
        byte[] app = EspImages.App(bytes: 900);
        for (int at = 0; at < app.Length; at++)
        {
            Assert.NotNull(EspImages.Inspect(Flip(app, at), app.Length).Fault);
            Assert.NotNull(EspImages.Inspect(app[..at], app.Length).Fault);
        }

        byte[] second = EspImages.Esp8266V2();
        for (int at = 16; at < second.Length; at += 5)
        {
            Assert.NotNull(EspImages.Inspect(Flip(second, at), second.Length).Fault);
        }

        static byte[] Flip(byte[] image, int at)
        {
            byte[] damaged = [.. image];
            damaged[at] ^= 0x10;
            return damaged;
        }
    }

    /// <summary>Whatever comes, there is an answer, the same for all pieces, within the file. Replay: the seed is printed.</summary>
    [Fact]
    public void WhateverComesIsAnswered()
    {
        const int Seed = 20260129;
        output.WriteLine($"seed {Seed}");
        Random random = new(Seed);
        byte[][] originals =
        [
            EspImages.App(), EspImages.Bootloader(), EspImages.Table(), EspImages.Esp8266(), EspImages.ArduinoEsp8266(),
            EspImages.Esp8266V2(),
            EspImages.Merge(0, (0, EspImages.Bootloader()), (0x8000, EspImages.Table()), (0x10000, EspImages.App())),
            EspImages.Merge(0x1000, (0x1000, EspImages.Bootloader(0)), (0x8000, EspImages.Table()), (0x10000, EspImages.App(0))),
        ];
        int faults = 0;
        for (int round = 0; round < 3000; round++)
        {
            byte[] file = [.. originals[random.Next(originals.Length)]];
            for (int change = random.Next(6); change > 0; change--)
            {
                // Mostly where headers are.
                int at = random.Next(random.Next(3) == 0 ? file.Length : Math.Min(file.Length, 64));
                file[at] = random.Next(3) switch { 0 => 0xFF, 1 => 0, _ => (byte)random.Next(256) };
            }

            file = random.Next(4) == 0 ? file[..random.Next(file.Length)] : file;
            (ImageFinding? found, string? fault) = EspImages.Inspect(file, 1 + random.Next(5000));
            Assert.Equal(found is null, fault is not null);
            Assert.Equal((found, fault), EspImages.Inspect(file, Math.Max(1, file.Length)));
            faults += fault is null ? 0 : 1;
            foreach (ImagePart part in new[] { found?.App, found?.Bootloader, found?.Table }.OfType<ImagePart>())
            {
                Assert.True(part.Offset >= 0 && part.Size > 0 && part.Offset + part.Size <= file.Length, $"round {round}: {part}");
                Assert.Equal(EspImages.Hash(file[(int)part.Offset..(int)(part.Offset + part.Size)]), part.Sha256);
            }
        }

        Assert.InRange(faults, 500, 2900);
    }

    private static void Expect(string fault, byte[] file)
    {
        (ImageFinding? found, string? said) = EspImages.Inspect(file, 64);
        Assert.Null(found);
        Assert.Contains(fault, said, StringComparison.Ordinal);
    }
}
