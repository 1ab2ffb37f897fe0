using JamBox.Atoms3.Adapters;
using JamBox.Ports;

namespace JamBox.Stock.Adapters;

/// <summary>
/// A radio without Wi-Fi: the stock image cannot listen to probe requests. Bluetooth keeps its slices, so that counts compare.
/// </summary>
internal sealed class BleRadio : IRadio
{
    private readonly BleScanner _ble;

    /// <summary>Nothing is listened to yet.</summary>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Is told what Bluetooth refuses.</param>
    public BleRadio(IClock clock, StockSystem system)
    {
        _ble = new BleScanner(clock, system, system);
    }

    /// <inheritdoc/>
    public int DroppedRecords => _ble.Dropped;

    /// <inheritdoc/>
    public bool HasWifi => false;

    /// <inheritdoc/>
    public int DrainProbes(byte[] records)
    {
        return 0;
    }

    /// <inheritdoc/>
    public int DrainAdverts(byte[] records)
    {
        return _ble.Drain(records);
    }

    /// <inheritdoc/>
    /// <returns>Always <c>false</c>.</returns>
    public bool ListenWifi(int channel)
    {
        _ble.Stop();
        return false;
    }

    /// <inheritdoc/>
    public bool ListenBle()
    {
        return _ble.IsScanning || (_ble.HasRoom() && _ble.Start());
    }

    /// <inheritdoc/>
    public void RestartBle()
    {
        _ble.Restart();
    }

    /// <inheritdoc/>
    public void RestartWifi()
    {
        // There is none.
    }
}
