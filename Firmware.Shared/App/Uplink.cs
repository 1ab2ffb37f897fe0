using JamBox.Counting;
using JamBox.Http;
using JamBox.Modem;
using JamBox.Ports;
using JamBox.Reporting;
using JamBox.Text;

namespace JamBox.App;

/// <summary>
/// Brings closed readings and heartbeats to the backend, oldest reading first, one request at a time, and takes the time from its
/// answers. Whatever fails is tried again after a pause that grows; a reading leaves the ring only when the backend said yes.
/// </summary>
public sealed class Uplink
{
    /// <summary>How long the LED says "sent", ms (SYSTEM.md §3).</summary>
    public const int SentShownMs = 3000;

    private const int Created = 201;
    private const int Ok = 200;
    private const int BadRequest = 400;
    private const int Unauthorized = 401;
    private const int Forbidden = 403;
    private const int TooLarge = 413;
    private const int TooManyRequests = 429;
    private const int MaxRetryAfterSeconds = 3600;

    private static readonly byte[] s_readingPath = Ascii.Bytes("/api/reading");
    private static readonly byte[] s_heartbeatPath = Ascii.Bytes("/api/heartbeat");
    private static readonly byte[] s_serverTime = Ascii.Bytes("server_time");

    private readonly Sim7028 _modem;
    private readonly HttpExchange _http;
    private readonly IClock _clock;
    private readonly ISystem _system;
    private readonly ReadingRing _ring;
    private readonly Recorder _recorder;
    private readonly WallClock _wallClock;
    private readonly BoxConfig _config;
    private readonly BoxIdentity _identity;
    private readonly Led _led;
    private readonly BackOff _backOff;
    private readonly ReadingWriter _readingWriter;
    private readonly HeartbeatWriter _heartbeatWriter;
    private readonly SendState _state = new SendState();
    private readonly JsonScanner _answer = new JsonScanner();
    private long _retryAtMs;
    private long _nextHeartbeatMs;
    private int _setAside;

    /// <summary>Initializes a new instance of the <see cref="Uplink"/> class.</summary>
    /// <param name="modem">The modem.</param>
    /// <param name="http">Requests over it.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Heap and log.</param>
    /// <param name="ring">Readings that wait.</param>
    /// <param name="recorder">Is told the server's time.</param>
    /// <param name="wallClock">UTC.</param>
    /// <param name="config">What an operator can set.</param>
    /// <param name="identity">Who the box is.</param>
    /// <param name="led">Shows how it goes.</param>
    /// <param name="bootId">Random 32 bits that tell this boot from others.</param>
    public Uplink(
        Sim7028 modem,
        HttpExchange http,
        IClock clock,
        ISystem system,
        ReadingRing ring,
        Recorder recorder,
        WallClock wallClock,
        BoxConfig config,
        BoxIdentity identity,
        Led led,
        int bootId)
    {
        _modem = modem;
        _http = http;
        _clock = clock;
        _system = system;
        _ring = ring;
        _recorder = recorder;
        _wallClock = wallClock;
        _config = config;
        _identity = identity;
        _led = led;
        _backOff = new BackOff(bootId);
        byte[] version = Ascii.Bytes(FirmwareVersion.Text);
        _readingWriter = new ReadingWriter(identity.DeviceId, version);
        _heartbeatWriter = new HeartbeatWriter(identity.DeviceId, version, Ascii.Bytes(system.ResetReason), bootId);
        _http.SetServer(identity.Host, identity.Port);
        _http.SetToken(identity.Token);
    }

    /// <summary>Gets the readings that the backend took in this boot.</summary>
    public int SentReadings { get; private set; }

    /// <summary>Gets the sends that failed in a row.</summary>
    public int Failures { get; private set; }

    /// <summary>Gets the uptime before which nothing is tried, ms; 0 when nothing failed.</summary>
    public long RetryAtMs => _retryAtMs;

    /// <summary>Sends what is due. Returns when nothing is, or after a failure; counting goes on meanwhile.</summary>
    public void Step()
    {
        _modem.Poll();
        long now = _clock.UptimeMs;
        if (now < _retryAtMs || (now < _nextHeartbeatMs && _ring.Count == 0))
        {
            return;
        }

        if (!_modem.IsConnected && !Connect())
        {
            return;
        }

        if (now >= _nextHeartbeatMs && !SendHeartbeat())
        {
            return;
        }

        while (_ring.Count > 0 && SendOldest())
        {
            // The next one, until none waits or one fails.
        }
    }

    /// <summary>Lets the next <see cref="Step"/> try at once, whatever the pause: somebody pressed the button.</summary>
    public void TryNow()
    {
        _retryAtMs = 0;
    }

    private static bool IsSuccess(int status)
    {
        return status == Ok || status == Created;
    }

    private bool Connect()
    {
        _led.Show(LedState.Searching);
        // The first time there is nothing to recover from: the plain sequence. After failures ever stronger means.
        bool connected = Failures == 0 ? _modem.BringUp(_identity.Apn) : _modem.Recover();
        if (connected)
        {
            _state.CellRssiDbm = _modem.ReadSignalDbm();
            _led.Show(LedState.Counting);
            return true;
        }

        _system.Log("no network: " + ((int)_modem.LastError).ToString());
        Fail(_backOff.Next());
        _led.Show(LedState.Searching);
        return false;
    }

    private bool SendHeartbeat()
    {
        _state.CellRssiDbm = _modem.ReadSignalDbm();
        _http.Body.Clear();
        _heartbeatWriter.Write(_http.Body, _clock.UptimeMs / 1000, _state.CellRssiDbm, _config.Version, _system.FreeHeapBytes);
        _led.Show(LedState.Sending);
        int status = _http.Post(s_heartbeatPath);
        if (!IsSuccess(status))
        {
            Refused("heartbeat", status);
            return false;
        }

        _nextHeartbeatMs = _clock.UptimeMs + _config.HeartbeatIntervalMs;
        Succeed();
        return true;
    }

    private bool SendOldest()
    {
        int row = _ring.Oldest;
        int number = _ring.Rows[row + ReadingField.Number];
        Prepare(row);
        _http.Body.Clear();
        _readingWriter.Write(_http.Body, _ring.Rows, row, _state);
        _led.Show(LedState.Sending);
        int status = _http.Post(s_readingPath);
        // While it was under way, counting went on: a full ring may have overwritten this very reading.
        bool isStillOldest = _ring.Count > 0 && _ring.Rows[_ring.Oldest + ReadingField.Number] == number;
        if (status == BadRequest || status == TooLarge)
        {
            // The backend will never take it; the ones behind it must not wait for that.
            _system.Log("reading " + number.ToString() + " refused with " + status.ToString() + ", set aside");
            _setAside += isStillOldest ? 1 : 0;
        }
        else if (!IsSuccess(status))
        {
            Refused("reading", status);
            return false;
        }
        else
        {
            SentReadings++;
            Succeed();
        }

        if (isStillOldest)
        {
            _ring.RemoveOldest();
        }

        return true;
    }

    private void Prepare(int row)
    {
        int uptime = (int)(_clock.UptimeMs / 1000);
        int age = uptime - _ring.Rows[row + ReadingField.ClosedUptimeSeconds];
        _state.AgeSeconds = age > 0 ? age : 0;
        _state.Depth = _ring.Count - 1;
        _state.Failures = Failures;
        _state.Dropped = _ring.Lost + _setAside;
        _state.BootUtcSeconds = _wallClock.IsSet ? _wallClock.OffsetMs / 1000 : 0;
    }

    private void Succeed()
    {
        Failures = 0;
        _retryAtMs = 0;
        _backOff.Reset();
        _led.Show(LedState.Counting);
        _led.Flash(LedState.Sent, _clock.UptimeMs, SentShownMs);
        TakeServerTime();
    }

    private void TakeServerTime()
    {
        _answer.Set(_http.ResponseBody, 0, _http.ResponseLength);
        if (_answer.TryGetText(s_serverTime, out int offset, out int length)
            && UtcTime.TryRead(_http.ResponseBody, offset, offset + length, out long utcMs))
        {
            // The server looked at its clock about half-way between request and answer.
            long middle = _http.SentAtMs + ((_http.ReceivedAtMs - _http.SentAtMs) / 2);
            _recorder.ObserveServerTime(utcMs, middle, _clock.UptimeMs);
        }
    }

    private void Refused(string what, int status)
    {
        _system.Log(what + " not taken: " + status.ToString());
        int pause;
        if (status == Unauthorized || status == Forbidden)
        {
            pause = _backOff.Longest();
        }
        else if (status == TooManyRequests && _http.RetryAfterSeconds > 0)
        {
            int seconds = _http.RetryAfterSeconds;
            pause = (seconds < MaxRetryAfterSeconds ? seconds : MaxRetryAfterSeconds) * 1000;
        }
        else
        {
            pause = _backOff.Next();
        }

        Fail(pause);
        _led.Show(LedState.SendFailed);
    }

    private void Fail(int pauseMs)
    {
        Failures++;
        _retryAtMs = _clock.UptimeMs + pauseMs;
    }
}
