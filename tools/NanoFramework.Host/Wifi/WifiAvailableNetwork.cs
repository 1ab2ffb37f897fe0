namespace System.Device.Wifi;

/// <summary>Stand-in.</summary>
public class WifiAvailableNetwork
{
    private readonly sbyte _rssiDbm;

    internal WifiAvailableNetwork(string bsid, string ssid, sbyte rssiDbm)
    {
        Bsid = bsid;
        Ssid = ssid;
        _rssiDbm = rssiDbm;
    }

    public string Bsid { get; }

    public string Ssid { get; }

    public double NetworkRssiInDecibelMilliwatts => _rssiDbm;
}
