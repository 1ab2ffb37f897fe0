using System.Globalization;
using JamBox.App;
using JamBox.Twin.Modem;

namespace JamBox.Twin.Run;

/// <summary>What boxes are told of the network, and where that really is.</summary>
internal static class TwinNetwork
{
    /// <summary>What the firmware dials; the simulated network knows nothing else.</summary>
    public const string HostName = "backend.jambox.test";

    /// <summary>The port that it dials.</summary>
    public const int HostPort = 5000;

    /// <summary>Lets the boxes reach the backend.</summary>
    /// <param name="backend">Where it really is.</param>
    /// <returns>The routes.</returns>
    public static BridgeRoutes Routes(Uri backend) => new BridgeRoutes().Add(HostName, HostPort, backend.Host, backend.Port);

    /// <summary>What provisioning writes into a box.</summary>
    /// <param name="deviceId">Its id.</param>
    /// <param name="token">Its token.</param>
    /// <returns>Keys and values.</returns>
    public static IEnumerable<(string Key, string Value)> Settings(string deviceId, string token) =>
    [
        (BoxIdentity.DeviceIdKey, deviceId),
        (BoxIdentity.TokenKey, token),
        (BoxIdentity.HostKey, HostName),
        (BoxIdentity.PortKey, HostPort.ToString(CultureInfo.InvariantCulture)),
        (ProvisioningSettings.CellularOkKey, "\u0001"),
    ];
}
