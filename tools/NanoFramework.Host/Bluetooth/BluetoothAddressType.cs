namespace nanoFramework.Device.Bluetooth;

/// <summary>Stand-in.</summary>
public enum BluetoothAddressType
{
    Public = 0,
    Random = 1,
    Unspecified = 2,
}
