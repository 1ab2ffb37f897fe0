using System.Device.Wifi;

namespace JamBox.Board;

/// <summary>The scan of access points, from the air's side.</summary>
public sealed class BoardWifi
{
    private readonly BoardHost _board;
    private readonly object _lock = new();
    private readonly List<WifiAdapter> _adapters = [];
    private WifiAvailableNetwork[] _report = [];

    internal BoardWifi(BoardHost board)
    {
        _board = board;
    }

    /// <summary>Gets or sets how long a scan takes, ms.</summary>
    public int ScanMs { get; set; } = 7000;

    /// <summary>Gets or sets a value indicating whether there is a wireless interface in the configuration.</summary>
    public bool HasInterface { get; set; } = true;

    /// <summary>Gets the access points that a scan finds: BSSID as <c>AA-BB-CC-DD-EE-FF</c>, dBm.</summary>
    public List<(string Bssid, string Ssid, sbyte RssiDbm)> AccessPoints { get; } = [];

    /// <summary>Gets a value indicating whether a scan is under way.</summary>
    public bool IsScanning { get; private set; }

    /// <summary>Gets the scans so far.</summary>
    public int Scans { get; private set; }

    internal void Add(WifiAdapter adapter)
    {
        lock (_lock)
        {
            _adapters.Add(adapter);
        }
    }

    internal void Scan()
    {
        lock (_lock)
        {
            if (IsScanning)
            {
                // CLR_E_BUSY has no exception type of its own.
                throw new Exception("CLR_E_BUSY");
            }

            IsScanning = true;
            Scans++;
        }

        _board.CheckRadio();
        _ = Task.Delay(ScanMs).ContinueWith(_ => Complete(), TaskScheduler.Default);
    }

    /// <summary>Gives the report and forgets it, as the driver does.</summary>
    internal WifiAvailableNetwork[] TakeReport()
    {
        lock (_lock)
        {
            WifiAvailableNetwork[] report = _report;
            _report = [];
            return report;
        }
    }

    private void Complete()
    {
        lock (_lock)
        {
            IsScanning = false;
            _report = [.. AccessPoints.Select(a => new WifiAvailableNetwork(a.Bssid, a.Ssid, a.RssiDbm))];
            foreach (WifiAdapter adapter in _adapters)
            {
                _board.Events.Post(adapter.OnAvailableNetworksChanged);
            }
        }
    }
}
