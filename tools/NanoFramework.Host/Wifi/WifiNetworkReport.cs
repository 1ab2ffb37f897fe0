namespace System.Device.Wifi;

/// <summary>Stand-in.</summary>
public class WifiNetworkReport
{
    internal WifiNetworkReport(WifiAvailableNetwork[] networks)
    {
        AvailableNetworks = networks;
    }

    public WifiAvailableNetwork[] AvailableNetworks { get; }
}
