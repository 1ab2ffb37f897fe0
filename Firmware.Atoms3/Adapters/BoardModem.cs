using JamBox.Modem;
using JamBox.Ports;

namespace JamBox.Atoms3.Adapters;

/// <summary>Which modem is in the base: the one place that says so, for all firmware of this board.</summary>
internal static class BoardModem
{
    /// <summary>Makes what makes it.</summary>
    /// <returns>For the box, or for provisioning.</returns>
    public static IModemFactory NewFactory()
    {
        return new Sim7028Factory();
    }
}
