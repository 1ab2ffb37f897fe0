using System;
using JamBox.App;
using JamBox.Atoms3.Adapters;
using JamBox.Ports;
using JamBox.Stock.Adapters;

namespace JamBox.Stock;

/// <summary>
/// Start of the firmware for nanoFramework's stock image <c>ESP32_S3_QUAD</c>, which lacks our native part: it counts by Bluetooth alone,
/// its identity and settings are files, readings wait in RAM, and it cannot be updated over the air. It says so by its hardware id.
/// </summary>
public static class Program
{
    /// <summary>The board, as heartbeats name it: images of other hardware are never offered to it.</summary>
    public const string HardwareId = "atoms3-stock";

    /// <summary>Wires the ports and runs the loop. It never returns, and nothing that is thrown leaves it.</summary>
    public static void Main()
    {
        // Made first, and of nothing that can fail: it has to bring the box back from whatever does.
        var system = new StockSystem();
        try
        {
            Run(system);
        }
        catch (Exception e)
        {
            system.RebootFor("main", e);
        }
    }

    private static void Run(StockSystem system)
    {
        var clock = new TickClock();
        var store = new FileStore(system);
        system.TakeReason(store);
        var box = new Box(
            clock,
            new SerialModemLink(clock, new ModemPower(system)),
            BoardModem.NewFactory(),
            new BleRadio(clock, system),
            store,
            new Ws2812Indicator(system),
            new MainButtonPin(clock, system),
            new LoopWatchdog(clock),
            system,
            new FirmwareInfo(FirmwareVersion.Text, FirmwareVersion.Sequence, HardwareId));
        box.Start();
        while (true)
        {
            box.RunOnce();
        }
    }
}
