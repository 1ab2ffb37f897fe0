namespace nanoFramework.Device.Bluetooth;

/// <summary>Stand-in of nanoFramework's BluetoothLEServer: only what it hides, which the firmware reaches by reflection.</summary>
public class BluetoothLEServer
{
    internal static readonly BluetoothEventListener _bluetoothEventManager = new();

    private BluetoothLEServer()
    {
    }
}
