using System.Globalization;
using System.Text;
using JamBox.App;
using JamBox.Ota;
using JamBox.Provisioning;
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
    /// <param name="otaKey">The public key of releases, 64 bytes; <c>null</c> = none: the box takes no update.</param>
    /// <returns>Keys and values.</returns>
    public static IEnumerable<(string Key, byte[] Value)> Settings(string deviceId, string token, byte[]? otaKey = null)
    {
        yield return (BoxIdentity.DeviceIdKey, Encoding.ASCII.GetBytes(deviceId));
        yield return (BoxIdentity.TokenKey, Encoding.ASCII.GetBytes(token));
        yield return (BoxIdentity.HostKey, Encoding.ASCII.GetBytes(HostName));
        yield return (BoxIdentity.PortKey, Encoding.ASCII.GetBytes(HostPort.ToString(CultureInfo.InvariantCulture)));
        yield return (BoxIdentity.CellularOkKey, [1]);
        if (otaKey != null)
        {
            yield return (ManifestCheck.StoreKey, otaKey);
        }
    }
}
