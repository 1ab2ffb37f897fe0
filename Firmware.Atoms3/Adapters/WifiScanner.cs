using System;
using System.Device.Wifi;
using JamBox.Ports;

namespace JamBox.Atoms3.Adapters;

/// <summary>
/// The scan of access points, by nanoFramework's <see cref="WifiAdapter"/>: passive, 0.5 s a channel, 7 s in all, during which the
/// radio is taken from <see cref="SnifferRadio"/>. The report is read once, by the loop, when the event has come: the library allocates
/// about 300 bytes an access point for it on the managed heap and 90 on the native one, and native code forgets what was read.
/// </summary>
internal sealed class WifiScanner : IWifiScanner
{
    private const string Part = "wifi_scan";

    // A scan whose end was not reported by then never will be.
    private const int LostAfterMs = 20000;

    private readonly IClock _clock;
    private readonly SnifferRadio _radio;
    private readonly BoardSystem _system;
    private readonly byte[] _records = new byte[AccessPointRecord.MaxCount * AccessPointRecord.Size];
    private WifiAdapter _adapter;
    private int _started;
    private int _completed;
    private long _startedMs;
    private bool _isScanning;

    /// <summary>Initializes a new instance of the <see cref="WifiScanner"/> class.</summary>
    /// <param name="clock">Uptime.</param>
    /// <param name="radio">Whose radio is borrowed.</param>
    /// <param name="system">Is told what Wi-Fi refuses.</param>
    public WifiScanner(IClock clock, SnifferRadio radio, BoardSystem system)
    {
        _clock = clock;
        _radio = radio;
        _system = system;
    }

    /// <inheritdoc/>
    public bool Start()
    {
        long now = _clock.UptimeMs;
        bool isUnderWay = _completed != _started && now - _startedMs < LostAfterMs;
        if (_isScanning || isUnderWay)
        {
            // The end of a scan that was given up must not be taken for the end of the next.
            return false;
        }

        _radio.Lend();
        try
        {
            if (_adapter == null)
            {
                // Once: each adapter that is made is told of every scan, for ever.
                _adapter = WifiAdapter.FindAllAdapters()[0];
                _adapter.AvailableNetworksChanged += OnAvailableNetworksChanged;
            }

            _started = _completed;
            _adapter.ScanAsync();
            _started++;
            _startedMs = now;
            _isScanning = true;
        }
        catch (Exception e)
        {
            // Busy, because a scan is still under way, is a plain Exception and passes. What else there is does not: not initialised
            // (InvalidOperationException), no adapter (IndexOutOfRangeException), no native part (NotSupportedException).
            if (e.GetType() == typeof(Exception))
            {
                _system.Log("scan refused: Wi-Fi is busy");
            }
            else
            {
                _system.Report(Part, e);
            }

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

        if (_completed != _started)
        {
            return -1;
        }

        _isScanning = false;
        int count = 0;
        try
        {
            WifiAvailableNetwork[] networks = _adapter.NetworkReport.AvailableNetworks;
            for (int i = 0; i < networks.Length; i++)
            {
                count = Insert(networks[i], count);
            }
        }
        catch (Exception e)
        {
            // Out of native memory, with very many access points.
            _system.Report(Part, e);
        }

        _radio.TakeBack();
        int room = records.Length / AccessPointRecord.Size;
        count = count < room ? count : room;
        Array.Copy(_records, 0, records, 0, count * AccessPointRecord.Size);
        return count;
    }

    /// <inheritdoc/>
    public void Cancel()
    {
        if (_isScanning)
        {
            _isScanning = false;
            _radio.TakeBack();
        }
    }

    /// <summary>Puts an access point in its place among the strongest.</summary>
    private int Insert(WifiAvailableNetwork network, int count)
    {
        double dbm = network.NetworkRssiInDecibelMilliwatts;
        int rssi = (int)dbm;
        int at = count;
        while (at > 0 && Rssi(at - 1) < rssi)
        {
            at--;
        }

        if (at == AccessPointRecord.MaxCount)
        {
            return count;
        }

        int moved = count < AccessPointRecord.MaxCount ? count - at : count - at - 1;
        for (int i = at + moved; i > at; i--)
        {
            Array.Copy(_records, (i - 1) * AccessPointRecord.Size, _records, i * AccessPointRecord.Size, AccessPointRecord.Size);
        }

        WriteAddress(network.Bsid, at * AccessPointRecord.Size);
        _records[(at * AccessPointRecord.Size) + AccessPointRecord.RssiDbm] = (byte)rssi;
        return count < AccessPointRecord.MaxCount ? count + 1 : count;
    }

    private int Rssi(int index)
    {
        int value = _records[(index * AccessPointRecord.Size) + AccessPointRecord.RssiDbm];
        return value < 128 ? value : value - 256;
    }

    /// <summary>Reads <c>AA-BB-CC-DD-EE-FF</c>; what stands between the digits does not matter.</summary>
    private void WriteAddress(string text, int offset)
    {
        char[] characters = text.ToCharArray();
        int digits = 0;
        for (int i = 0; i < characters.Length && digits < 12; i++)
        {
            int c = characters[i];
            int value = c >= '0' && c <= '9' ? c - '0' : (c >= 'A' && c <= 'F' ? c - 'A' + 10 : (c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1));
            if (value >= 0)
            {
                int at = offset + (digits / 2);
                _records[at] = (byte)(digits % 2 == 0 ? value << 4 : _records[at] | value);
                digits++;
            }
        }
    }

    // On the thread of the events. It is the only writer of the count, the loop the only reader.
    private void OnAvailableNetworksChanged(WifiAdapter sender, object e)
    {
        _completed++;
    }
}
