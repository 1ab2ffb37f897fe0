namespace nanoFramework.Device.Bluetooth.Advertisement;

/// <summary>Stand-in.</summary>
public enum BluetoothLEAdvertisementType
{
    ConnectableUndirected = 0,
    ConnectableDirected = 1,
    ScannableUndirected = 2,
    NonConnectableUndirected = 3,
    ScanResponse = 4,
}
