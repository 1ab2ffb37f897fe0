using JamBox.ChipTwin;
using JamBox.Flashing;

namespace JamBox.Tests.Flashing;

/// <summary>Tests of <see cref="DownloadMode"/> and <see cref="ChipInfo"/>.</summary>
public sealed class DownloadModeTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void TheResetLinesBringAChipIntoItsLoader(bool isNativeUsb)
    {
        Bench bench = new(new ChipOptions { IsNativeUsb = isNativeUsb });
        Assert.Equal(ChipState.Nothing, bench.Chip.State);
        bench.Enter();
        Assert.Equal(ChipState.Rom, bench.Chip.State);
    }

    [Fact]
    public void WithoutResetLinesItMustBeThereAlready()
    {
        new Bench(new ChipOptions { StartsInLoader = true }, hasLines: false).Enter();
        FlashException e = Assert.Throws<FlashException>(() => new Bench(hasLines: false).Enter());
        Assert.Equal(FlashFault.NoAnswer, e.Fault);
        Assert.Contains("hold its reset button for two seconds", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AChipThatDoesNotHearUsIsNotSaidToBeTheWrongPort()
    {
        Bench bench = new();
        bench.Chip.Faults = (_, _) => ChipFault.Unheard;
        FlashException e = Assert.Throws<FlashException>(() => bench.Enter());
        Assert.Equal(FlashFault.NoAnswer, e.Fault);
        Assert.Contains("is in its loader and does not hear us: try another cable", e.Message, StringComparison.Ordinal);
        Assert.Equal(DownloadMode.Attempts, bench.Chip.Resets);
    }

    [Fact]
    public void ABoardWhoseBootPinIsNotConnectedIsSaidToStartItsFirmware()
    {
        Bench bench = new();
        using OneLine line = new(bench.Line);
        FlashException e = Assert.Throws<FlashException>(() => DownloadMode.Enter(line, bench.Line));
        Assert.Equal(FlashFault.NotInLoader, e.Fault);
        Assert.Contains("starts its firmware instead of its loader (boot:0x8)", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void APortThatHasGoneIsSaid()
    {
        Bench bench = new();
        bench.Line.IsUnplugged = true;
        FlashException e = Assert.Throws<FlashException>(() => bench.Enter());
        Assert.Equal(FlashFault.Port, e.Fault);
        Assert.True(bench.Line.Now < TimeSpan.FromSeconds(30), "and soon");
    }

    [Fact]
    public void ItSaysWhatItIs()
    {
        Bench bench = new(new ChipOptions { Mac = 0xF412FA_C0DBFF });
        ChipInfo chip = ChipInfo.Identify(bench.Enter());
        Assert.Equal("f4:12:fa:c0:db:ff", chip.Mac);
        Assert.Equal(8 * 1024 * 1024, chip.FlashBytes);
        Assert.True(chip.IsNativeUsb);
    }

    [Theory]
    [InlineData(5, "ESP32-C3")]
    [InlineData(99, "chip number 99")]
    public void AnotherChipIsRefused(uint id, string name)
    {
        FlashException e = Refuse(new ChipOptions { ChipId = id });
        Assert.Equal(FlashFault.WrongChip, e.Fault);
        Assert.Equal($"twin is {name}, not the ESP32-S3 of an AtomS3 Lite. Check that this is the box's port.", e.Message);
    }

    [Fact]
    public void ALockedChipIsRefused()
    {
        Assert.Contains("secure download mode", Refuse(new ChipOptions { IsSecureDownload = true }).Message, StringComparison.Ordinal);
        FlashException e = Refuse(new ChipOptions { FlashCryptCount = 0b111 });
        Assert.Equal(FlashFault.Locked, e.Fault);
        Assert.Contains("encrypts its flash", e.Message, StringComparison.Ordinal);
        new Bench(new ChipOptions { FlashCryptCount = 0b11 }).Connect();
    }

    private static FlashException Refuse(ChipOptions options)
    {
        return Assert.Throws<FlashException>(() => ChipInfo.Identify(new Bench(options).Enter()));
    }

    /// <summary>A line on which only RTS is connected.</summary>
    private sealed class OneLine(ChipLine line) : ISerialLine, IResetLines
    {
        public string Name => line.Name;

        public int BaudRate { get => line.BaudRate; set => line.BaudRate = value; }

        public IResetLines ResetLines => this;

        public int Read(Span<byte> buffer, TimeSpan timeout) => line.Read(buffer, timeout);

        public void Write(ReadOnlySpan<byte> bytes) => line.Write(bytes);

        public void DiscardInput() => line.DiscardInput();

        public void Release() => line.Release();

        public void Reopen() => line.Reopen();

        public void Set(bool dtr, bool rts) => line.Set(dtr: false, rts);

        public void Dispose() => line.Dispose();
    }
}
