using JamBox.Atoms3.Adapters;
using JamBox.Board;

namespace JamBox.Twin.Tests.Board;

/// <summary>A part that does not work gets a name, and the box goes on without it.</summary>
public sealed class BoardFaultTests
{
    [Theory]
    [InlineData("System.Device.I2c", "i2c")]
    [InlineData("System.Device.Gpio", "button")]
    [InlineData("nanoFramework.Hardware.Esp32.Rmt", "led")]
    public void AMissingNativePartIsNamed(string assembly, string part)
    {
        using BoardHost board = BoardFixture.Start();
        List<string> log = [];
        board.Log = log.Add;
        board.MissingNativeParts.Add(assembly);
        BoardSystem system = new(new NvsStore());
        ModemPower power = new(system);
        Ws2812Indicator led = new(system);
        MainButtonPin button = new(new BoardClock(), system);
        led.Show(1, 2, 3);
        Assert.False(button.IsMainPressed);
        Assert.False(power.TryReset());
        Assert.Equal(part, system.BoardFault);
        Assert.Equal([$"board: {part} does not work: NotSupportedException"], log);
    }

    [Fact]
    public void TheFirstFaultIsTheOneThatIsKept()
    {
        using BoardHost board = BoardFixture.Start();
        board.MissingNativeParts.UnionWith(["System.Device.I2c", "System.Device.Gpio"]);
        BoardSystem system = new(new NvsStore());
        Assert.Null(system.BoardFault);
        _ = new MainButtonPin(new BoardClock(), system);
        _ = new ModemPower(system);
        Assert.Equal("button", system.BoardFault);
    }

    /// <summary>Base v1.0 has no expander, and nothing is wrong with it.</summary>
    [Fact]
    public void NobodyOnTheBusIsNoFault()
    {
        using BoardHost board = BoardFixture.Start();
        BoardSystem system = new(new NvsStore());
        Assert.False(new ModemPower(system).IsPresent);
        Assert.Null(system.BoardFault);
    }

    [Fact]
    public void AScanThatWifiRefusesIsNamed()
    {
        using BoardHost board = BoardFixture.Start();
        BoardSystem system = new(new NvsStore());
        WifiScanner scanner = new(new SnifferRadio(new BoardClock(), system), system);
        Assert.True(scanner.Start());
        scanner.Cancel();
        Assert.Null(system.BoardFault);
        board.Wifi.Refuses = true;
        Assert.False(scanner.Start());
        Assert.Equal("wifi_scan", system.BoardFault);
    }

    [Theory]
    [InlineData("ident", "ident")]
    [InlineData("nvs", "nvs")]
    public void APartitionThatCannotBeOpenedIsNamed(string partition, string part)
    {
        BoardNvs nvs = new();
        nvs.Broken.Add(partition);
        using BoardHost board = BoardFixture.Start(nvs: nvs);
        Assert.Equal(part, new BoardSystem(new NvsStore()).BoardFault);
    }
}
