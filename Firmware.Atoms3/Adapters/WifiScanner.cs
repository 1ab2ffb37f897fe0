using JamBox.Interop;
using JamBox.Ports;

namespace JamBox.Atoms3.Adapters;

/// <summary>The scan of access points, by <see cref="AccessPointScan"/>, for which <see cref="SnifferRadio"/> lends the radio.</summary>
internal sealed class WifiScanner : IWifiScanner
{
    private readonly SnifferRadio _radio;
    private readonly BoardSystem _system;
    private bool _isScanning;

    /// <param name="radio">Whose radio is borrowed.</param>
    /// <param name="system">Is told what Wi-Fi refuses.</param>
    public WifiScanner(SnifferRadio radio, BoardSystem system)
    {
        _radio = radio;
        _system = system;
    }

    /// <inheritdoc/>
    public bool Start()
    {
        if (_isScanning)
        {
            return false;
        }

        _radio.Lend();
        _isScanning = AccessPointScan.Start();
        if (!_isScanning)
        {
            _system.Report("wifi_scan", null);
            _radio.TakeBack();
        }

        return _isScanning;
    }

    /// <inheritdoc/>
    public int TakeResult(byte[] records)
    {
        if (!_isScanning)
        {
            return 0;
        }

        int count = AccessPointScan.Read(records);
        if (count >= 0)
        {
            _isScanning = false;
            _radio.TakeBack();
        }

        return count;
    }

    /// <inheritdoc/>
    public void Cancel()
    {
        if (_isScanning)
        {
            _isScanning = false;
            AccessPointScan.Stop();
            _radio.TakeBack();
        }
    }
}
