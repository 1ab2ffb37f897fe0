using JamBox.ChipTwin;
using JamBox.Flashing;

namespace JamBox.Tests.Flashing;

/// <summary>Tests of <see cref="SerialPortLine"/>, on a chip behind a pseudo-terminal.</summary>
public sealed class SerialPortLineTests
{
    [Fact]
    public void AChipBehindAPortIsFlashed()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using ChipPort port = new(new SimulatedChip(new ChipOptions { StartsInLoader = true }));
        port.Start();
        using SerialPortLine line = SerialPortLine.Open(port.Path);
        Assert.Null(line.ResetLines);
        RomLoader loader = DownloadMode.Enter(line, new FlashClock());
        ChipFlasher flasher = new(loader, ChipInfo.Identify(loader));
        byte[] image = Bench.Noise(60_000, 11);
        flasher.Write([new FlashPart("ident", 0x694000, image)]);
        Assert.Equal(image, port.Look(chip => chip.Flash.Read(0x694000, image.Length).ToArray()));
        flasher.Leave();
        Assert.Equal(ChipState.Nothing, port.Look(chip => chip.State));
    }

    [Fact]
    public void APortThatIsNotThereIsSaid()
    {
        string name = OperatingSystem.IsWindows() ? "COM250" : "/dev/ttyNONE";
        FlashException e = Assert.Throws<FlashException>(() => SerialPortLine.Open(name));
        Assert.Equal(FlashFault.Port, e.Fault);
        Assert.Contains("is not there", e.Message, StringComparison.Ordinal);
    }
}
