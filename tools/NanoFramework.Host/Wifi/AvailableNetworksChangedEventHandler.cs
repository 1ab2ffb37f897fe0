namespace System.Device.Wifi;

/// <summary>Stand-in.</summary>
public delegate void AvailableNetworksChangedEventHandler(WifiAdapter sender, object e);
