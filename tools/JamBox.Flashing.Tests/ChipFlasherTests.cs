using JamBox.ChipTwin;
using JamBox.Flashing;

namespace JamBox.Tests.Flashing;

/// <summary>Tests of <see cref="ChipFlasher"/> on a simulated chip.</summary>
public sealed class ChipFlasherTests
{
    private const int DeflateData = (int)RomCommand.DeflateData;

    [Theory]
    [InlineData(1)]
    [InlineData(0x400)]
    [InlineData(100_001)]
    public void WhatIsWrittenIsInTheFlash(int length)
    {
        Bench bench = new();
        byte[] image = Bench.Noise(length, 1);
        bench.Connect().Write([new FlashPart("nanoCLR", 0x10000, image)]);
        Assert.Equal(image, bench.Chip.Flash.Read(0x10000, length).ToArray());
        Assert.True(bench.Chip.LargestPacket <= 8 + 16 + RomProtocol.FlashBlock, "the ROM takes no larger blocks");
    }

    [Fact]
    public void APartitionIsFilledUpWithErasedFlash()
    {
        Bench bench = new();
        bench.Chip.Flash.Write(0x1B0000, new byte[0x140000]);
        byte[] image = Bench.Noise(5000, 2);
        bench.Connect().Write([new FlashPart("deploy", 0x1B0000, image, 0x140000)]);
        Assert.Equal(image, bench.Chip.Flash.Read(0x1B0000, image.Length).ToArray());
        Assert.False(bench.Chip.Flash.Read(0x1B0000 + image.Length, 0x140000 - image.Length).ContainsAnyExcept((byte)0xFF));
    }

    [Fact]
    public void ProgressIsTold()
    {
        Bench bench = new();
        bench.Connect().Write([new FlashPart("a", 0, Bench.Noise(10_000, 3)), new FlashPart("b", 0x8000, Bench.Noise(100, 4))]);
        Assert.Equal(
            ["a Comparing", "a Writing", "a Verifying", "a Written", "b Comparing", "b Writing", "b Verifying", "b Written"],
            bench.Progress.Select(p => $"{p.Part.Name} {p.State}").Distinct());
        List<FlashProgress> writing = [.. bench.Progress.Where(p => p.State == FlashState.Writing && p.Part.Name == "a")];
        Assert.Equal(0, writing[0].Sent);
        Assert.Equal(writing[^1].Total, writing[^1].Sent);
        Assert.Equal(writing.Select(p => p.Sent).Order(), writing.Select(p => p.Sent));
    }

    [Fact]
    public void WhatBrokeOffGoesOn()
    {
        Bench bench = new();
        FlashPart[] parts = [new("a", 0, Bench.Noise(10_000, 5)), new("b", 0x10000, Bench.Noise(10_000, 6))];
        bench.Chip.Faults = (command, count) =>
        {
            bench.Line.IsUnplugged |= command == DeflateData && count == 12;
            return ChipFault.None;
        };
        Assert.Equal(FlashFault.Port, Assert.Throws<FlashException>(() => bench.Connect().Write(parts)).Fault);

        bench.Chip.Faults = null;
        bench.Line.IsUnplugged = false;
        bench.Progress.Clear();
        bench.Connect().Write(parts);
        Assert.Contains(bench.Progress, p => p.Part.Name == "a" && p.State == FlashState.Unchanged);
        Assert.Equal(parts[1].Bytes.ToArray(), bench.Chip.Flash.Read(0x10000, 10_000).ToArray());
    }

    [Theory]
    [InlineData(ChipFault.Unheard)]
    [InlineData(ChipFault.AnswerLost)]
    [InlineData(ChipFault.Refused)]
    [InlineData(ChipFault.BitLost)]
    public void AFaultThatPassesIsOvercome(ChipFault fault)
    {
        byte[] image = Bench.Noise(10_000, 7);
        for (int at = 0; at < 10; at++)
        {
            Bench bench = new();
            bench.Chip.Faults = (command, count) => command == DeflateData && count == at ? fault : ChipFault.None;
            bench.Connect().Write([new FlashPart("a", 0x3000, image)]);
            Assert.Equal(image, bench.Chip.Flash.Read(0x3000, image.Length).ToArray());
        }
    }

    [Fact]
    public void AFaultThatStaysIsSaid()
    {
        AssertFails("the flash is worn out", RomCommand.DeflateData, ChipFault.BitLost, FlashFault.Damaged);
        AssertFails("refused DeflateData: the command failed (0x06)", RomCommand.DeflateData, ChipFault.Refused, FlashFault.Refused);
        AssertFails("does not answer to DeflateBegin", RomCommand.DeflateBegin, ChipFault.Unheard, FlashFault.NoAnswer);
        AssertFails("refused Md5", RomCommand.Md5, ChipFault.Refused, FlashFault.Refused);
    }

    [Fact]
    public void WhatCannotBeWrittenIsRefusedBeforeAnythingIs()
    {
        Bench bench = new();
        ChipFlasher flasher = bench.Connect();
        Assert.Equal(FlashFault.Input, Refuse(flasher, new FlashPart("a", 100, new byte[1])).Fault);
        Assert.Equal(FlashFault.Input, Refuse(flasher, new FlashPart("a", 0, Array.Empty<byte>())).Fault);
        Assert.Equal(FlashFault.Input, Refuse(flasher, new FlashPart("a", 0, new byte[5000], 4096)).Fault);
        FlashException e = Refuse(flasher, new FlashPart("a", 0, new byte[5000]), new FlashPart("b", 4096, new byte[1]));
        Assert.Contains("lies on the part before it", e.Message, StringComparison.Ordinal);
        e = Refuse(flasher, new FlashPart("config", 0x7FF000, new byte[8192]));
        Assert.Equal(FlashFault.WrongChip, e.Fault);
        Assert.Contains("the flash of this chip has 8 MB", e.Message, StringComparison.Ordinal);
        Assert.Equal(0, bench.Chip.Flash.Erases);
    }

    [Fact]
    public void BothSidesTalkFasterOverABoardsUsbChip()
    {
        Bench bench = new(new ChipOptions { IsNativeUsb = false });
        ChipFlasher flasher = bench.Connect();
        Assert.True(flasher.TrySpeedUp(921_600));
        Assert.Equal(921_600, bench.Chip.BaudRate);
        flasher.Write([new FlashPart("a", 0, Bench.Noise(5000, 8))]);
        Assert.False(new Bench().Connect().TrySpeedUp(921_600), "a port that is the chip's own has no rate");
    }

    [Fact]
    public void ARateThatDoesNotWorkIsGivenUp()
    {
        Bench bench = new(new ChipOptions { IsNativeUsb = false });
        ChipFlasher flasher = bench.Connect();
        bench.Chip.Faults = (_, _) => bench.Chip.BaudRate > RomProtocol.StartBaudRate ? ChipFault.Unheard : ChipFault.None;
        Assert.False(flasher.TrySpeedUp(2_000_000));
        byte[] image = Bench.Noise(5000, 9);
        flasher.Write([new FlashPart("a", 0, image)]);
        Assert.Equal(image, bench.Chip.Flash.Read(0, image.Length).ToArray());
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void AfterwardsTheFirmwareStarts(bool hasLines, bool writes)
    {
        Bench bench = new(new ChipOptions { StartsInLoader = true }, hasLines);
        ChipFlasher flasher = bench.Connect();
        flasher.Write([new FlashPart("a", 0, writes ? [0x00, 0x01, 0x02, 0x03] : new byte[] { 0xFF, 0xFF, 0xFF, 0xFF })]);
        string said = System.Text.Encoding.ASCII.GetString(flasher.Leave()) + bench.Listen();
        Assert.Equal(ChipState.Nothing, bench.Chip.State);
        Assert.Contains("boot:0x8 (SPI_FAST_FLASH_BOOT)\r\ninvalid header", said, StringComparison.Ordinal);
    }

    private static void AssertFails(string message, RomCommand command, ChipFault fault, FlashFault expected)
    {
        Bench bench = new();
        ChipFlasher flasher = bench.Connect();
        bench.Chip.Faults = (asked, _) => asked == (int)command ? fault : ChipFault.None;
        FlashException e = Assert.Throws<FlashException>(() => flasher.Write([new FlashPart("a", 0, Bench.Noise(10_000, 10))]));
        Assert.Equal(expected, e.Fault);
        Assert.Contains(message, e.Message, StringComparison.Ordinal);
    }

    private static FlashException Refuse(ChipFlasher flasher, params FlashPart[] parts)
    {
        return Assert.Throws<FlashException>(() => flasher.Write(parts));
    }
}
