using JamBox.Interop;

namespace JamBox.Board;

/// <summary>The scan of access points, from the air's side.</summary>
public sealed class BoardWifi
{
    private const int RssiAt = 6;

    private readonly object _lock = new();
    private bool _isUnderWay;
    private bool _isResultDue;

    // Tells the end of this scan from the end that a stopped one would have had.
    private int _scan;

    /// <summary>Gets or sets how long a scan takes, ms.</summary>
    public int ScanMs { get; set; } = 7000;

    /// <summary>Gets or sets how long after a scan was stopped the driver reports its end, ms. Until then there is no other.</summary>
    public int StopMs { get; set; }

    /// <summary>Gets or sets a value indicating whether Wi-Fi refuses to scan.</summary>
    public bool Refuses { get; set; }

    /// <summary>Gets the access points that a scan finds: BSSID as <c>AA-BB-CC-DD-EE-FF</c>, dBm.</summary>
    public List<(string Bssid, sbyte RssiDbm)> AccessPoints { get; } = [];

    /// <summary>Gets a value indicating whether a scan has the radio.</summary>
    public bool IsScanning { get; private set; }

    /// <summary>Gets the scans so far.</summary>
    public int Scans { get; private set; }

    internal bool Start()
    {
        lock (_lock)
        {
            if (_isUnderWay || Refuses)
            {
                return false;
            }

            _isUnderWay = true;
            _isResultDue = true;
            IsScanning = true;
            Scans++;
            EndAfter(ScanMs);
            return true;
        }
    }

    internal int Read(byte[] records)
    {
        lock (_lock)
        {
            if (!_isResultDue)
            {
                return 0;
            }

            if (_isUnderWay)
            {
                return -1;
            }

            _isResultDue = false;
            int room = Math.Min(records.Length / AccessPointScan.RecordSize, AccessPointScan.MaxRecords);
            (string Bssid, sbyte RssiDbm)[] strongest = [.. AccessPoints.OrderByDescending(a => a.RssiDbm).Take(room)];
            for (int i = 0; i < strongest.Length; i++)
            {
                Span<byte> record = records.AsSpan(i * AccessPointScan.RecordSize, AccessPointScan.RecordSize);
                record.Clear();
                Convert.FromHexString(strongest[i].Bssid.Replace("-", "", StringComparison.Ordinal)).CopyTo(record);
                record[RssiAt] = unchecked((byte)strongest[i].RssiDbm);
            }

            return strongest.Length;
        }
    }

    internal void Stop()
    {
        lock (_lock)
        {
            if (!_isResultDue)
            {
                return;
            }

            _isResultDue = false;
            IsScanning = false;
            if (_isUnderWay)
            {
                EndAfter(StopMs);
            }
        }
    }

    private void EndAfter(int ms)
    {
        int scan = ++_scan;
        if (ms == 0)
        {
            End(scan);
            return;
        }

        _ = Task.Delay(ms).ContinueWith(_ => End(scan), TaskScheduler.Default);
    }

    private void End(int scan)
    {
        lock (_lock)
        {
            if (scan == _scan)
            {
                _isUnderWay = false;
                IsScanning = false;
            }
        }
    }
}
