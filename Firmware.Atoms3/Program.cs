using System;
using JamBox.App;
using JamBox.Atoms3.Adapters;
using JamBox.Ports;

namespace JamBox.Atoms3;

/// <summary>Start of the production firmware.</summary>
public static class Program
{
    /// <summary>The board, as heartbeats and releases name it: images of other hardware are never offered to it.</summary>
    public const string HardwareId = "atoms3-nb1";

    /// <summary>
    /// Wires the ports and runs the loop. It never returns, and nothing that is thrown leaves it: see <see cref="Fault"/>.
    /// </summary>
    public static void Main()
    {
        try
        {
            Run();
        }
        catch (Exception e)
        {
            Fault.Reboot("main", e);
        }
    }

    private static void Run()
    {
        var clock = new BoardClock();
        var store = new NvsStore();
        var system = new BoardSystem(store);
        var radio = new SnifferRadio(clock, system);
        var box = new Box(
            clock,
            new SerialModemLink(clock, new ModemPower(system)),
            BoardModem.NewFactory(),
            radio,
            store,
            new Ws2812Indicator(system),
            new MainButtonPin(clock, system),
            new RtcWatchdog(),
            system,
            new FirmwareInfo(FirmwareVersion.Text, FirmwareVersion.Sequence, HardwareId),
            new FlashPartition("log"),
            new WifiScanner(radio, system),
            new FirmwareSlots(),
            new Cryptography());
        box.Start();
        while (true)
        {
            box.RunOnce();
        }
    }
}
