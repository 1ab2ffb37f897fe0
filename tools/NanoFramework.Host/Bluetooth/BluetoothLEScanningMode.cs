namespace nanoFramework.Device.Bluetooth.Advertisement;

/// <summary>Stand-in.</summary>
public enum BluetoothLEScanningMode
{
    Passive = 0,
    Active = 1,
}
