using JamBox.Board;
using nanoFramework.Device.Bluetooth.Advertisement;

namespace nanoFramework.Device.Bluetooth;

/// <summary>Stand-in of nanoFramework's BluetoothLEAdvertisementWatcher.</summary>
public class BluetoothLEAdvertisementWatcher
{
    public delegate void BluetoothLEAdvertisementReceivedHandler(BluetoothLEAdvertisementWatcher sender, BluetoothLEAdvertisementReceivedEventArgs args);

    public event BluetoothLEAdvertisementReceivedHandler? Received;

    public BluetoothLEScanningMode ScanningMode { get; set; }

    public void Start()
    {
        if (ScanningMode != BluetoothLEScanningMode.Passive)
        {
            throw new NotSupportedException("BluetoothLEAdvertisementWatcher: the stand-in scans passively");
        }

        BoardHost board = BoardHost.Current;
        board.Ble.Start(this);
        board.CheckRadio();
    }

    public void Stop() => BoardHost.Current.Ble.Stop();

    internal void OnReceived(BluetoothLEAdvertisementReceivedEventArgs args) => Received?.Invoke(this, args);
}
