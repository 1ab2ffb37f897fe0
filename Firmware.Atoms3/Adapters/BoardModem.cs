using JamBox.Modem;
using JamBox.Ports;

namespace JamBox.Atoms3.Adapters;

/// <summary>The modem in the base, a SIM7028: the one place that says so, for all firmware of this board.</summary>
internal static class BoardModem
{
    /// <summary>Makes it for the production firmware.</summary>
    /// <param name="link">Its UART.</param>
    /// <param name="clock">Uptime.</param>
    /// <returns>What the box makes it with.</returns>
    public static ModemFactory On(IModemLink link, IClock clock)
    {
        return loop => new Sim7028(link, clock, loop);
    }

    /// <summary>Makes it for provisioning.</summary>
    /// <param name="clock">Uptime.</param>
    /// <returns>What provisioning makes it with, on a link of its own.</returns>
    public static ModemSetupFactory ForSetup(IClock clock)
    {
        return (link, loop) => new Sim7028(link, clock, loop);
    }
}
