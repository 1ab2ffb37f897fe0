using System.Collections;

namespace nanoFramework.Device.Bluetooth.Advertisement;

/// <summary>Stand-in of nanoFramework's BluetoothLEAdvertisement.</summary>
public class BluetoothLEAdvertisement
{
    private const byte ManufacturerSpecificData = 0xFF;

    public ArrayList ManufacturerData { get; } = [];

    /// <summary>
    /// Parses the payload like the original, its fault included: a section length of 1 in the last byte makes it read one byte beyond
    /// the end, and the exception ends the thread of the watcher.
    /// </summary>
    internal void Parse(byte[] bytes)
    {
        int at = 0;
        while (at < bytes.Length)
        {
            int length = bytes[at++] - 1;
            if (length < 0 || bytes.Length - at < length)
            {
                break;
            }

            byte type = bytes[at++];
            byte[] data = new byte[length];
            Array.Copy(bytes, at, data, 0, length);
            at += length;
            if (type == ManufacturerSpecificData && length >= 2)
            {
                ManufacturerData.Add(new BluetoothLEManufacturerData((ushort)(data[0] | (data[1] << 8)), new Buffer(data[2..])));
            }
        }
    }
}

/// <summary>Stand-in.</summary>
public class BluetoothLEManufacturerData
{
    internal BluetoothLEManufacturerData(ushort companyId, Buffer data)
    {
        CompanyId = companyId;
        Data = data;
    }

    public ushort CompanyId { get; }

    public Buffer Data { get; }
}

/// <summary>Stand-in of nanoFramework's BluetoothLEAdvertisementReceivedEventArgs.</summary>
public class BluetoothLEAdvertisementReceivedEventArgs
{
    internal BluetoothLEAdvertisementReceivedEventArgs(
        ulong address, bool isRandom, BluetoothLEAdvertisementType type, short rssiDbm, byte[] payload)
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

/// <summary>Stand-in.</summary>
public enum BluetoothLEAdvertisementType
{
    ConnectableUndirected = 0,
    ConnectableDirected = 1,
    ScannableUndirected = 2,
    NonConnectableUndirected = 3,
    ScanResponse = 4,
}

/// <summary>Stand-in.</summary>
public enum BluetoothLEScanningMode
{
    Passive = 0,
    Active = 1,
}
