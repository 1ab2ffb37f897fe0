using System;
using JamBox.Counting;
using JamBox.Ports;
using JamBox.Text;
using JamBox.Uplink;

namespace JamBox.App;

/// <summary>
/// Tells the backend which access points are near: a scan, for which the schedule gives the radio away, and a POST of the strongest.
/// What the backend makes of it is its business. Access points belong to the place; no phone's address is ever here.
/// </summary>
/// <remarks>
/// A scan that fails or finds nothing is tried three times: each takes 7 s of listening. A POST is tried until it succeeds or is refused
/// for good (400, 404 …). A command hears <c>failed</c> after three tries in vain, so that those behind it need not wait; the POST goes
/// on being tried. The channel is not known to the scan; <c>ch</c> is left out (the predecessor's backend takes 0 then).
/// </remarks>
public sealed class Geolocator : IUplinkTask
{
    /// <summary>The longest that a scan may take, ms.</summary>
    public const int MaxScanMs = 20000;

    private const int MaxTries = 3;
    private const int SeedBits = 0x51ED270B;
    private const int AddressLength = 6;

    private readonly IWifiScanner _scanner;
    private readonly RadioSchedule _schedule;
    private readonly IClock _clock;
    private readonly ISystem _system;
    private readonly RetryTimer _retry;
    private readonly byte[] _deviceId;

    // There from the scan until the backend has taken them.
    private byte[] _records;
    private bool _isWanted;
    private bool _isScanning;
    private long _scanEndMs;
    private int _found;
    private int _tries;

    /// <param name="scanner">The scan; <c>null</c> for none: nothing is ever located then.</param>
    /// <param name="schedule">Gives the radio away and takes it back.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Log.</param>
    /// <param name="deviceId">Who the box is, ASCII.</param>
    /// <param name="seed">Random number for the jitter.</param>
    public Geolocator(IWifiScanner scanner, RadioSchedule schedule, IClock clock, ISystem system, byte[] deviceId, int seed)
    {
        _scanner = scanner;
        _schedule = schedule;
        _clock = clock;
        _system = system;
        _deviceId = deviceId;
        _retry = new RetryTimer(seed ^ SeedBits);
    }

    /// <summary>Gets how what was asked for last got on.</summary>
    public TaskOutcome Outcome { get; private set; }

    /// <summary>Gets a value indicating whether a scan has the radio.</summary>
    public bool IsScanning => _isScanning;

    /// <inheritdoc/>
    public int Rank => UplinkRank.Geolocation;

    /// <summary>Asks for a fresh scan and its POST.</summary>
    public void Want()
    {
        _tries = 0;
        _retry.Reset();
        _found = 0;
        _isWanted = _scanner != null;
        Outcome = _isWanted ? TaskOutcome.Pending : TaskOutcome.Failed;
    }

    /// <summary>Begins and ends the scan. For the loop, also while a request is under way.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    public void Step(long nowMs)
    {
        if (_isScanning)
        {
            Watch(nowMs);
        }
        else if (_isWanted && _found == 0 && _retry.IsDue(nowMs))
        {
            if (_scanner.Start())
            {
                _schedule.Stop(nowMs);
                _records ??= new byte[AccessPointRecord.MaxCount * AccessPointRecord.Size];
                _isScanning = true;
                _scanEndMs = nowMs + MaxScanMs;
            }
            else
            {
                FailScan(nowMs, "did not begin");
            }
        }
    }

    /// <inheritdoc/>
    public bool IsDue(long nowMs)
    {
        return _found > 0 && _retry.IsDue(nowMs);
    }

    /// <inheritdoc/>
    public int Send(HttpExchange http)
    {
        http.Body.Clear();
        Write(http.Body);
        int status = http.Post("/api/geolocation");
        if (HttpStatus.IsSuccess(status))
        {
            End(TaskOutcome.Done);
            return status;
        }

        _system.Log("the backend did not take the access points: " + HttpStatus.Text(status));
        if (HttpStatus.IsFinalRefusal(status) && _retry.Obeys(http.Trust))
        {
            End(TaskOutcome.Failed);
            return status;
        }

        _retry.Fail(_clock.UptimeMs, status, http.RetryAfterSeconds);
        if (!HttpStatus.IsNothingSent(status))
        {
            CountTry();
        }

        return status;
    }

    private void Watch(long nowMs)
    {
        int count = _scanner.TakeResult(_records);
        Check.That(count <= AccessPointRecord.MaxCount, "a scan gives no more access points than fit");
        if (count < 0 && nowMs < _scanEndMs)
        {
            return;
        }

        if (count < 0)
        {
            _scanner.Cancel();
        }

        _isScanning = false;
        _schedule.Resume(nowMs);
        if (count > 0)
        {
            _found = count < AccessPointRecord.MaxCount ? count : AccessPointRecord.MaxCount;
            _retry.Reset();
        }
        else
        {
            FailScan(nowMs, count < 0 ? "did not end" : "found none");
        }
    }

    private void FailScan(long nowMs, string what)
    {
        _system.Log("the scan of access points " + what);
        _retry.Pause(nowMs);
        if (CountTry())
        {
            End(TaskOutcome.Failed);
        }
    }

    private bool CountTry()
    {
        bool isTooMany = ++_tries >= MaxTries;
        if (isTooMany && Outcome == TaskOutcome.Pending)
        {
            Outcome = TaskOutcome.Failed;
        }

        return isTooMany;
    }

    private void End(TaskOutcome outcome)
    {
        _isWanted = false;
        _found = 0;
        Outcome = outcome;
        if (_records != null)
        {
            Array.Clear(_records, 0, _records.Length);
            _records = null;
        }
    }

    private void Write(ByteWriter body)
    {
        body.Text("{\"d\":\"");
        body.Bytes(_deviceId);
        body.Text("\",\"wifi\":[");
        for (int i = 0; i < _found; i++)
        {
            int offset = i * AccessPointRecord.Size;
            if (i > 0)
            {
                body.Byte((byte)',');
            }

            body.Text("{\"bssid\":\"");
            WriteAddress(body, offset + AccessPointRecord.Address);
            body.Text("\",\"rssi\":");
            int rssi = _records[offset + AccessPointRecord.RssiDbm];
            body.Number(rssi < 128 ? rssi : rssi - 256);
            body.Byte((byte)'}');
        }

        body.Byte((byte)']');
        body.Byte((byte)'}');
    }

    private void WriteAddress(ByteWriter body, int offset)
    {
        for (int i = 0; i < AddressLength; i++)
        {
            if (i > 0)
            {
                body.Byte((byte)':');
            }

            body.Hex(_records[offset + i], true);
        }
    }
}
