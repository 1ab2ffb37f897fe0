using JamBox.Interop;
using JamBox.Ports;

namespace JamBox.Atoms3.Adapters;

/// <summary>
/// The radio: probe requests through <see cref="ProbeSniffer"/>, which filters and keeps them in native code, advertisements through
/// <see cref="BleScanner"/>, one of them at a time. The loop is the only caller.
/// </summary>
internal sealed class SnifferRadio : IRadio
{
    private readonly BoardSystem _system;
    private readonly BleScanner _ble;
    private bool _isSniffing;
    private bool _isLent;
    private bool _isWifiRefused;
    private bool _wasSniffing;

    // What is listened to when the radio comes back: a channel, or 0 for Bluetooth, or −1 for nothing yet.
    private int _wanted = -1;

    /// <summary>Nothing is listened to yet.</summary>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Is told what the radio refuses.</param>
    public SnifferRadio(IClock clock, BoardSystem system)
    {
        _system = system;
        _ble = new BleScanner(clock, system, system);
    }

    /// <inheritdoc/>
    public int DroppedRecords => (ProbeSniffer.DroppedCount + _ble.Dropped) & 0x7FFFFFFF;

    /// <inheritdoc/>
    public bool HasWifi => true;

    /// <inheritdoc/>
    public int DrainProbes(byte[] records)
    {
        return ProbeSniffer.Drain(records);
    }

    /// <inheritdoc/>
    public int DrainAdverts(byte[] records)
    {
        return _ble.Drain(records);
    }

    /// <inheritdoc/>
    /// <remarks>If Wi-Fi refuses, the next call, at most 3 s later, starts it again.</remarks>
    public bool ListenWifi(int channel)
    {
        _wanted = channel;
        if (_isLent)
        {
            return false;
        }

        _ble.Stop();
        bool isDone = _isSniffing ? ProbeSniffer.SetChannel(channel) : ProbeSniffer.Start(channel);
        if (!isDone && !_isWifiRefused)
        {
            // Once: it is asked again every 3 s.
            _system.Report("wifi", null);
        }

        if (isDone && !_wasSniffing)
        {
            _wasSniffing = true;
            NativeRoom.Log(_system, "Wi-Fi is up");
        }

        _isWifiRefused = !isDone;
        _isSniffing = isDone;
        return isDone;
    }

    /// <inheritdoc/>
    public bool ListenBle()
    {
        _wanted = 0;
        if (_isLent || _ble.IsScanning)
        {
            return _ble.IsScanning;
        }

        if (!_ble.HasRoom())
        {
            return false;
        }

        StopWifi();
        return _ble.Start();
    }

    /// <inheritdoc/>
    public void RestartBle()
    {
        _ble.Restart();
    }

    /// <inheritdoc/>
    public void RestartWifi()
    {
        _isSniffing = false;
        ProbeSniffer.TearDown();
    }

    /// <summary>
    /// Gives the radio away, for a scan of access points. What is asked for meanwhile waits until <see cref="TakeBack"/>.
    /// </summary>
    public void Lend()
    {
        _isLent = true;
        _ble.Stop();
        StopWifi();
    }

    /// <summary>The radio is back: it listens to what was asked for last.</summary>
    public void TakeBack()
    {
        if (!_isLent)
        {
            return;
        }

        _isLent = false;
        if (_wanted > 0)
        {
            ListenWifi(_wanted);
        }
        else if (_wanted == 0)
        {
            ListenBle();
        }
    }

    private void StopWifi()
    {
        if (_isSniffing)
        {
            _isSniffing = false;
            ProbeSniffer.Stop();
        }
    }
}
