namespace nanoFramework.Device.Bluetooth.Advertisement;

/// <summary>Stand-in.</summary>
public class BluetoothLEManufacturerData
{
    internal BluetoothLEManufacturerData(ushort companyId)
    {
        CompanyId = companyId;
    }

    public ushort CompanyId { get; }
}
