using JamBox.Board;

namespace System.Device.Wifi;

/// <summary>Stand-in of nanoFramework's WifiAdapter.</summary>
public sealed class WifiAdapter
{
    private WifiAdapter()
    {
    }

    public event AvailableNetworksChangedEventHandler? AvailableNetworksChanged;

    public WifiNetworkReport NetworkReport => new(BoardHost.Current.Wifi.TakeReport());

    /// <summary>Makes new adapters at each call, all of which are told of every scan.</summary>
    public static WifiAdapter[] FindAllAdapters()
    {
        BoardHost.Current.Need("System.Device.Wifi");
        BoardWifi wifi = BoardHost.Current.Wifi;
        if (!wifi.HasInterface)
        {
            return [];
        }

        WifiAdapter adapter = new();
        wifi.Add(adapter);
        return [adapter];
    }

    public void ScanAsync() => BoardHost.Current.Wifi.Scan();

    internal void OnAvailableNetworksChanged() => AvailableNetworksChanged?.Invoke(this, EventArgs.Empty);
}
