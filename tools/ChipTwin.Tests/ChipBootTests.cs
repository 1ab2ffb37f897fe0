using System.Buffers.Binary;
using System.Text;
using JamBox.ChipTwin;
using JamBox.Ota.Nvs;

namespace JamBox.Tests.ChipTwin;

/// <summary>Tests of <see cref="ChipBoot"/>.</summary>
public sealed class ChipBootTests
{
    private const int IdentityOffset = 0x694000;

    [Fact]
    public void TheFirmwareIsGivenItsPartitions()
    {
        ChipFlash flash = Flashed();
        flash.Write(IdentityOffset, new IdentityImage { DeviceId = "JBNB0007", Token = "t", Host = "h" }.ToImage());
        ChipHost host = new(new ChipOptions(), flash);
        Assert.Equal(ChipState.Firmware, host.Chip.State);
        Assert.Contains("Loaded app from partition at offset 0x10000", host.Log, StringComparison.Ordinal);

        string? id = null;
        host.Chip.Firmware = boot =>
        {
            id = boot.ReadNvs("ident")?.Find(IdentityImage.Namespace, "device_id")?.Text;
            Assert.Null(boot.ReadNvs("nowhere"));
            boot.Say("hello");
        };
        host.Chip.Reset(isIntoLoader: false, "POWERON", 1);
        Assert.Equal("JBNB0007", id);
        Assert.EndsWith("hello\r\n", host.Log, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatKeepsItFromStartingIsSaid()
    {
        ChipFlash flash = Flashed();
        flash.Erase(0x10000, 1);
        Assert.Contains("No bootable app partitions", new ChipHost(new ChipOptions(), flash).Log, StringComparison.Ordinal);
        flash.Erase(0x8000, 1);
        Assert.Contains("load partition table error", new ChipHost(new ChipOptions(), flash).Log, StringComparison.Ordinal);
        flash.Erase(0, 1);
        Assert.Contains("invalid header: 0xffffffff", new ChipHost(new ChipOptions(), flash).Log, StringComparison.Ordinal);
    }

    private static ChipFlash Flashed()
    {
        ChipFlash flash = new(8 * 1024 * 1024);
        flash.Write(0, [0xE9]);
        flash.Write(0x10000, [0xE9]);
        flash.Write(
            0x8000,
            [
                .. Partition("nvs", 1, 2, 0x9000, 0x6000),
                .. Partition("factory", 0, 0, 0x10000, 0x1A0000),
                .. Partition("ident", 1, 2, IdentityOffset, 0x6000),
            ]);
        return flash;
    }

    private static byte[] Partition(string name, byte type, byte subType, uint offset, uint length)
    {
        var entry = new byte[32];
        BinaryPrimitives.WriteUInt16LittleEndian(entry, 0x50AA);
        (entry[2], entry[3]) = (type, subType);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(4), offset);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(8), length);
        Encoding.ASCII.GetBytes(name, entry.AsSpan(12));
        return entry;
    }
}
