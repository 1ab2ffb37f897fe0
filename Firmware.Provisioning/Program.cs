using System;
using JamBox.Atoms3.Adapters;

namespace JamBox.Provisioning;

/// <summary>Start of the provisioning firmware.</summary>
public static class Program
{
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
        var box = new ProvisioningBox(
            clock,
            new SerialModemLink(clock, new ModemPower(system)),
            BoardModem.NewFactory(),
            store,
            new Ws2812Indicator(system),
            new MainButtonPin(clock, system),
            new RtcWatchdog(),
            system);
        box.Start();
        while (true)
        {
            box.RunOnce();
        }
    }
}
