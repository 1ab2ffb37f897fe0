using System.Buffers.Binary;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using JamBox.ChipTwin;
using JamBox.Flashing;

namespace JamBox.Tests.ChipTwin;

/// <summary>Tests of <see cref="SimulatedChip"/>: what its loader answers, to the byte.</summary>
public sealed class SimulatedChipTests
{
    private const int ReadFlash = 0xD2;

    private static readonly byte[] s_ok = [0, 0, 0, 0];

    [Fact]
    public void ItSaysThatItWaits()
    {
        Assert.Equal(
            "ESP-ROM:esp32s3-20210327\r\nBuild:Mar 27 2021\r\nrst:0x1 (POWERON),boot:0x0 (DOWNLOAD(USB/UART0))\r\nwaiting for download\r\n",
            new ChipHost().Log);
    }

    [Fact]
    public void ASyncIsAnsweredEightTimes()
    {
        ChipHost host = new();
        host.Send(RomProtocol.Request(RomCommand.Sync, RomProtocol.SyncData));
        Assert.Equal(8, host.Waiting);
        byte[] answer = host.Next();
        Assert.Equal([1, 8, 4, 0, 7, 7, 0x12, 0x20, 0, 0, 0, 0], answer);
    }

    [Fact]
    public void ItsRegistersSayWhatItIs()
    {
        ChipHost host = new(new ChipOptions { StartsInLoader = true, Mac = 0x0102_0304_0506 });
        Assert.Equal(9u, host.Register(0x4000_1000));
        Assert.Equal(0x0304_0506u, host.Register(0x6000_7044));
        Assert.Equal(0x0102u, host.Register(0x6000_7048));
        byte[] security = host.Ask(RomCommand.SecurityInfo);
        Assert.Equal(20 + 4, security.Length);
        Assert.Equal(9u, BinaryPrimitives.ReadUInt32LittleEndian(security.AsSpan(12)));
    }

    [Fact]
    public void TheFlashIsAttachedFirst()
    {
        ChipHost host = new();
        Assert.Equal([1, 6, 0, 0], host.Ask(RomCommand.FlashBegin, 4096, 4, 1024, 0, 0));
        Assert.Equal(s_ok, host.Ask(RomCommand.AttachFlash, 0, 0));
        Assert.Equal(s_ok, host.Ask(RomCommand.FlashBegin, 4096, 4, 1024, 0, 0));
    }

    [Fact]
    public void WhatIsWrittenPlainIsThereWithItsMd5()
    {
        ChipHost host = Attached();
        byte[] data = Noise(1500);
        host.Chip.Flash.Write(0x1000, new byte[4096]);
        Assert.Equal(s_ok, host.Ask(RomCommand.FlashBegin, 2048, 2, 1024, 0x1000, 0));
        Assert.Equal(s_ok, host.AskData(RomCommand.FlashData, 0, data[..1024]));
        Assert.Equal(s_ok, host.AskData(RomCommand.FlashData, 1, [.. data[1024..], .. Enumerable.Repeat((byte)0xFF, 548)]));
        Assert.Equal(data, host.Chip.Flash.Read(0x1000, 1500).ToArray());
        byte[] md5 = host.Ask(RomCommand.Md5, 0x1000, 1500, 0, 0);
        Assert.Equal(Convert.ToHexStringLower(Md5(data)), Encoding.ASCII.GetString(md5[..32]));
        Assert.Equal(s_ok, md5[32..]);
    }

    [Fact]
    public void WhatIsWrittenPackedIsUnpacked()
    {
        ChipHost host = Attached();
        byte[] data = Noise(3000);
        byte[] packed = Pack(data);
        Assert.Equal(s_ok, host.Ask(RomCommand.DeflateBegin, 3072, 3, 1024, 0x8000, 0));
        uint sequence = 0;
        foreach (byte[] block in packed.Chunk(1024))
        {
            Assert.Equal(s_ok, host.AskData(RomCommand.DeflateData, sequence++, block));
        }

        Assert.Equal(data, host.Chip.Flash.Read(0x8000, 3000).ToArray());
    }

    [Fact]
    public void WhatIsWrongIsRefusedByName()
    {
        ChipHost host = Attached();
        Assert.Equal([1, 5, 0, 0], host.Ask(0x77, []));
        Assert.Equal([1, 5, 0, 0], host.Ask(0xD0, []));
        Assert.Equal([1, 1, 0, 0], host.Ask(RomCommand.FlashBegin, 4096, 1, 0x4000, 0, 0));
        Assert.Equal([1, 1, 0, 0], host.Ask(RomCommand.FlashBegin, 4096, 4, 1024, 0x7FFF00, 0));
        Assert.Equal([1, 6, 0, 0], host.AskData(RomCommand.FlashData, 0, [1]));
        host.Ask(RomCommand.FlashBegin, 4096, 4, 1024, 0, 0);
        Assert.Equal([1, 6, 0, 0], host.AskData(RomCommand.FlashData, 1, [1]));
        Assert.Equal([1, 6, 0, 0], host.AskData(RomCommand.DeflateData, 0, [1]));
        Assert.Equal([1, 7, 0, 0], host.Ask((int)RomCommand.FlashData, [.. RomProtocol.Words(1, 0, 0, 0), 9], 0x55));
        Assert.Equal([1, 5, 0, 0], host.Ask((int)RomCommand.FlashData, [.. RomProtocol.Words(2, 0, 0, 0), 9], RomProtocol.Checksum([9])));
        host.Ask(RomCommand.DeflateBegin, 1024, 1, 1024, 0, 0);
        Assert.Equal([1, 0x0B, 0, 0], host.AskData(RomCommand.DeflateData, 0, Noise(500)));
        host.Ask(RomCommand.DeflateBegin, 1024, 1, 1024, 0, 0);
        Assert.Equal([1, 0x0D, 0, 0], host.AskData(RomCommand.DeflateData, 0, Pack(new byte[1025])));
        Assert.Equal([1, 0x0F, 0, 0], host.Ask(RomCommand.MemoryBegin, 100, 1, 0x1800, 0x4000_0000));
        Assert.Equal([1, 0x0F, 0, 0], host.Ask(RomCommand.MemoryEnd, 0, 0x4037_8004));
    }

    [Fact]
    public void ALockedChipTakesPlainWritesOnly()
    {
        ChipHost host = new(new ChipOptions { StartsInLoader = true, IsSecureDownload = true });
        Assert.Equal([1, 5, 0, 0], host.Ask(RomCommand.ReadRegister, 0x4000_1000));
        Assert.Equal([1, 5, 0, 0], host.Ask(RomCommand.MemoryBegin, 100, 1, 0x1800, 0x4037_8000));
        Assert.Equal(s_ok, host.Ask(RomCommand.AttachFlash, 0, 0));
        Assert.Equal(s_ok, host.Ask(RomCommand.FlashBegin, 4096, 4, 1024, 0, 0));
    }

    [Fact]
    public void AStubTakesThePlaceOfTheRom()
    {
        ChipHost host = new();
        host.StartStub();
        Assert.Equal(ChipState.Stub, host.Chip.State);
        host.Send(RomProtocol.Request(RomCommand.Sync, RomProtocol.SyncData));
        Assert.Equal([1, 8, 2, 0, 0, 0, 0, 0, 0, 0], host.Next());
        while (host.Waiting > 0)
        {
            host.Next();
        }

        byte[] data = Noise(20_000);
        byte[] packed = Pack(data);
        Assert.Equal([0, 0], host.Ask(RomCommand.DeflateBegin, 20_000, 2, 0x4000, 0));
        Assert.Equal([0, 0], host.AskData(RomCommand.DeflateData, 0, packed[..0x4000]));
        Assert.Equal([0, 0], host.AskData(RomCommand.DeflateData, 1, packed[0x4000..]));
        Assert.Equal([.. Md5(data), 0, 0], host.Ask(RomCommand.Md5, 0, 20_000, 0, 0));
        Assert.Equal([0, 0], host.Ask(0xD1, RomProtocol.Words(0x1000, 0x1000)));
        Assert.Equal(data[..0x1000], host.Chip.Flash.Read(0, 0x1000).ToArray());
        Assert.False(host.Chip.Flash.Read(0x1000, 0x1000).ContainsAnyExcept((byte)0xFF));
        Assert.Equal([1, 0xFF], host.Ask(0x77, []));
        Assert.Equal([0, 0], host.Ask(0xD0, []));
        Assert.False(host.Chip.Flash.Read(0, host.Chip.Flash.Length).ContainsAnyExcept((byte)0xFF));
    }

    [Fact]
    public void AStubReadsFlashWithAcknowledgements()
    {
        ChipHost host = new();
        host.StartStub();
        byte[] data = Noise(10_000);
        host.Chip.Flash.Write(0x2000, data);
        host.Send(RomProtocol.Request((RomCommand)ReadFlash, RomProtocol.Words(0x2000, 10_000, 0x1000, 2)));
        Assert.Equal([0, 0], host.Next()[8..]);
        List<byte> read = [];
        while (read.Count < data.Length)
        {
            Assert.InRange(host.Waiting, 1, 2);
            read.AddRange(host.Next());
            host.Send(RomProtocol.Words((uint)read.Count));
        }

        Assert.Equal(data, read);
        Assert.Equal(Md5(data), host.Next());
        Assert.Equal(9u, host.Register(0x4000_1000));
    }

    [Theory]
    [InlineData(RomCommand.FlashEnd)]
    [InlineData(RomCommand.DeflateEnd)]
    public void ItRebootsWhenItIsTold(RomCommand end)
    {
        ChipHost host = Attached();
        host.Ask(end == RomCommand.FlashEnd ? RomCommand.FlashBegin : RomCommand.DeflateBegin, 0, 0, 1024, 0, 0);
        Assert.Equal(s_ok, host.Ask(end, 0));
        Assert.Contains("boot:0x8 (SPI_FAST_FLASH_BOOT)\r\ninvalid header: 0xffffffff\r\n", host.Log, StringComparison.Ordinal);
        Assert.Equal(ChipState.Nothing, host.Chip.State);
    }

    [Fact]
    public void ItsWatchdogBites()
    {
        ChipHost host = new();
        host.Ask(RomCommand.WriteRegister, 0x6000_8098, 1u << 31, uint.MaxValue, 0);
        Assert.Equal(ChipState.Rom, host.Chip.State);
        host.Ask(RomCommand.WriteRegister, 0x6000_80B0, 0x50D8_3AA1, uint.MaxValue, 0);
        host.Ask(RomCommand.WriteRegister, 0x6000_8098, 1u << 31, uint.MaxValue, 0);
        Assert.Equal(ChipState.Nothing, host.Chip.State);
    }

    [Fact]
    public void FlashOnlyLosesBitsWhenWritten()
    {
        ChipFlash flash = new(8192);
        flash.Write(10, [0x0F, 0xAA]);
        flash.Write(10, [0xF8, 0xFF]);
        Assert.Equal([0x08, 0xAA], flash.Read(10, 2).ToArray());
        flash.Erase(100, 1);
        Assert.Equal([0xFF, 0xFF], flash.Read(10, 2).ToArray());
        Assert.Equal(1, flash.Erases);
    }

    private static ChipHost Attached()
    {
        ChipHost host = new();
        host.Ask(RomCommand.AttachFlash, 0, 0);
        return host;
    }

    private static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private static byte[] Pack(byte[] data)
    {
        using MemoryStream packed = new();
        using (ZLibStream zlib = new(packed, CompressionLevel.SmallestSize))
        {
            zlib.Write(data);
        }

        return packed.ToArray();
    }

#pragma warning disable CA5351 // What the protocol says.
    private static byte[] Md5(byte[] data) => MD5.HashData(data);
#pragma warning restore CA5351
}
