using System;
using JamBox.App;
using JamBox.Atoms3.Adapters;

namespace JamBox.Atoms3;

/// <summary>Start of the production firmware.</summary>
public static class Program
{
    /// <summary>Wires the ports and runs the loop. It never returns, and nothing that is thrown leaves it: see <see cref="Fault"/>.</summary>
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
            radio,
            store,
            new Ws2812Indicator(system),
            new MainButtonPin(clock, system),
            new RtcWatchdog(),
            system,
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
