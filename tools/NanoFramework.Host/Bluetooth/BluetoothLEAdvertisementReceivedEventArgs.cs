namespace nanoFramework.Device.Bluetooth.Advertisement;

/// <summary>Stand-in of nanoFramework's BluetoothLEAdvertisementReceivedEventArgs.</summary>
public class BluetoothLEAdvertisementReceivedEventArgs
{
    internal BluetoothLEAdvertisementReceivedEventArgs(ulong address, bool isRandom, BluetoothLEAdvertisementType type, short rssiDbm, byte[] payload)
    {
        BluetoothAddress = address;
        BluetoothAddressType = isRandom ? BluetoothAddressType.Random : BluetoothAddressType.Public;
        AdvertisementType = type;
        RawSignalStrengthInDBm = rssiDbm;
        Advertisement.Parse(payload);
    }

    public BluetoothLEAdvertisement Advertisement { get; } = new();

    public BluetoothLEAdvertisementType AdvertisementType { get; }

    public ulong BluetoothAddress { get; }

    public BluetoothAddressType BluetoothAddressType { get; }

    public short RawSignalStrengthInDBm { get; }
}
