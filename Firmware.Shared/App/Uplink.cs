using JamBox.Counting;
using JamBox.Http;
using JamBox.Modem;
using JamBox.Ota;
using JamBox.Ports;
using JamBox.Readings;
using JamBox.Reporting;
using JamBox.Text;

namespace JamBox.App;

/// <summary>
/// Brings heartbeats, closed readings (oldest first) and access points to the backend, and time, commands, configuration and updates back.
/// Whatever fails is tried again after a pause that grows; a reading leaves the ring only when the backend took it, or refused it for good.
/// </summary>
/// <remarks>
/// What an answer to a reading does: 2xx: it is done · 400, 409, 413, 422: this one is set aside and counted in <c>dr</c> (409 too: a repeat
/// is answered 201, so a conflict is a refusal of this reading) · 401, 403: the longest pause, and the LED shows it · 429: Retry-After, up to an
/// hour · anything else, time-outs and lost connections: back-off. Heartbeat, configuration and geolocation have pauses of their own:
/// when the backend refuses one of them, readings still flow; a lost connection holds all of them.
/// <para>
/// A session is one TCP connection for all that is due, as long as the backend keeps it open; its last request says
/// <c>Connection: close</c>. A modem that may be the cause of a failure is recovered step by step (<see cref="Sim7028.Recover"/>). Since a
/// backend that is down looks the same, a modem that answers is restarted for it once, and then at every twelfth failure in a row: once an hour.
/// </para>
/// </remarks>
public sealed class Uplink
{
    /// <summary>How long the LED says "sent", ms (SYSTEM.md §3).</summary>
    public const int SentShownMs = 3000;

    /// <summary>
    /// How long a reading of this boot waits for the first sync, seconds. Only a backend that refuses heartbeats and takes readings
    /// makes it wait at all; after that time an undated reading is worth more than a full ring.
    /// </summary>
    public const int DatePatienceSeconds = 900;

    /// <summary>The greatest <c>age</c> that the wire allows, s.</summary>
    public const int MaxAgeSeconds = 31622400;

    private const int RestartEvery = 12;
    private const int SignalFreshMs = 30000;

    private static readonly string s_readingPath = "/api/reading";
    private static readonly string s_serverTime = "server_time";
    private static readonly string s_configVersion = "config_version";

    private readonly Sim7028 _modem;
    private readonly HttpExchange _http;
    private readonly IClock _clock;
    private readonly ISystem _system;
    private readonly ReadingRing _ring;
    private readonly Recorder _recorder;
    private readonly WallClock _wallClock;
    private readonly BoxIdentity _identity;
    private readonly Led _led;
    private readonly HeartbeatTask _heartbeat;
    private readonly RemoteConfig _remoteConfig;
    private readonly Geolocator _geolocator;
    private readonly Commands _commands;
    private readonly Updater _updater;
    private readonly Restart _restart;
    private readonly ReadingWriter _readingWriter;
    private readonly RetryTimer _retry;
    private readonly int _bootId;
    private readonly SendState _state = new SendState();
    private readonly JsonScanner _answer;
    private long _signalAtMs = -SignalFreshMs;
    private int _connectionFailures;
    private bool _isSimMissing;

    /// <summary>Initializes a new instance of the <see cref="Uplink"/> class.</summary>
    /// <param name="modem">The modem.</param>
    /// <param name="http">Requests over it.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Log.</param>
    /// <param name="ring">Readings that wait.</param>
    /// <param name="recorder">Is told the server's time.</param>
    /// <param name="wallClock">UTC.</param>
    /// <param name="identity">Who the box is.</param>
    /// <param name="version">Version of the running image, ASCII.</param>
    /// <param name="led">Shows how it goes.</param>
    /// <param name="heartbeat">Heartbeats.</param>
    /// <param name="remoteConfig">Configuration.</param>
    /// <param name="geolocator">Access points.</param>
    /// <param name="commands">Commands.</param>
    /// <param name="updater">Updates, which go behind everything else; <c>null</c> in a box without OTA.</param>
    /// <param name="restart">Reboots by order.</param>
    /// <param name="scanner">Reads an answer.</param>
    /// <param name="bootId">Random 32 bits that tell this boot from others.</param>
    public Uplink(
        Sim7028 modem,
        HttpExchange http,
        IClock clock,
        ISystem system,
        ReadingRing ring,
        Recorder recorder,
        WallClock wallClock,
        BoxIdentity identity,
        byte[] version,
        Led led,
        HeartbeatTask heartbeat,
        RemoteConfig remoteConfig,
        Geolocator geolocator,
        Commands commands,
        Updater updater,
        Restart restart,
        JsonScanner scanner,
        int bootId)
    {
        _modem = modem;
        _http = http;
        _clock = clock;
        _system = system;
        _ring = ring;
        _recorder = recorder;
        _wallClock = wallClock;
        _identity = identity;
        _led = led;
        _heartbeat = heartbeat;
        _remoteConfig = remoteConfig;
        _geolocator = geolocator;
        _commands = commands;
        _updater = updater;
        _restart = restart;
        _answer = scanner;
        _bootId = bootId;
        _retry = new RetryTimer(bootId);
        _readingWriter = new ReadingWriter(identity.DeviceId, version);
        _http.SetServer(identity.Host, identity.Port);
        _http.SetToken(identity.Token);
    }

    /// <summary>Gets the readings that the backend took in this boot.</summary>
    public int SentReadings { get; private set; }

    /// <summary>Gets the readings that the backend refused for good in this boot.</summary>
    public int SetAside { get; private set; }

    /// <summary>Gets the failures since a reading was taken last, those to get a connection included (<c>sf</c>).</summary>
    public int Failures { get; private set; }

    /// <summary>Gets the uptime before which nothing is tried, ms; 0 when nothing failed.</summary>
    public long RetryAtMs => _retry.AtMs;

    /// <summary>Sends what is due. Returns when nothing is, or after a failure; counting goes on meanwhile.</summary>
    public void Step()
    {
        _modem.Poll();
        _commands.Step();
        long now = _clock.UptimeMs;
        if (!_retry.IsDue(now) || CountDue(now) == 0 || !HasConnection())
        {
            return;
        }

        _commands.BeginSession();
        while (!_restart.IsWanted && SendNext())
        {
            // The next one, until nothing is due or something fails.
        }

        _http.Close();
        if (_led.Base == LedState.Ota)
        {
            ShowIdle();
        }

        if (_restart.IsWanted)
        {
            _restart.Now();
        }
    }

    /// <summary>Lets the next <see cref="Step"/> try at once, whatever the pause: somebody pressed the button.</summary>
    public void TryNow()
    {
        _retry.TryNow();
    }

    private int CountDue(long nowMs)
    {
        return (_heartbeat.IsDue(nowMs) ? 1 : 0) + (_remoteConfig.IsDue(nowMs) ? 1 : 0) + (_geolocator.IsDue(nowMs) ? 1 : 0) + CountReadingsDue(nowMs)
            + (_updater == null ? 0 : _updater.CountDue(nowMs));
    }

    /// <summary>A reading of this boot waits a while for its date: sent before the first sync it would be stored undated, in no chart.</summary>
    private int CountReadingsDue(long nowMs)
    {
        if (_ring.Count == 0)
        {
            return 0;
        }

        bool waitsForDate = !_wallClock.IsSet
            && _ring.Word(0, ReadingField.ClosedUtcSeconds) == 0
            && _ring.Word(0, ReadingField.BootId) == _bootId
            && (nowMs / 1000) - _ring.Word(0, ReadingField.ClosedUptimeSeconds) < DatePatienceSeconds;
        return waitsForDate ? 0 : _ring.Count;
    }

    private bool HasConnection()
    {
        if (_modem.IsConnected)
        {
            bool isRestartedAlready = _modem.NextRecovery == RecoveryLevel.ResetModem && _connectionFailures % RestartEvery != 0;
            if (_connectionFailures == 0 || (isRestartedAlready && _modem.IsAlive()))
            {
                return true;
            }
        }

        return Connect();
    }

    private bool Connect()
    {
        _led.Show(_isSimMissing ? LedState.Fatal : LedState.Searching);
        // Without a failure there is nothing to recover from: the plain sequence. After failures ever stronger means.
        bool isConnected = _connectionFailures == 0 ? _modem.BringUp(_identity.Apn) : _modem.Recover();
        _isSimMissing = !isConnected && _modem.LastError == ModemError.SimNotReady;
        if (isConnected)
        {
            _led.Show(LedState.Counting);
            return true;
        }

        _system.Log("no network: error " + ((int)_modem.LastError).ToString() + (_isSimMissing ? ", the SIM is missing or not ready" : string.Empty));
        Fail(HttpError.NotConnected);
        _led.Show(_isSimMissing ? LedState.Fatal : LedState.Searching);
        return false;
    }

    /// <summary>Sends one thing. The heartbeat goes first, because it brings the time.</summary>
    private bool SendNext()
    {
        _commands.Step();
        long now = _clock.UptimeMs;
        int due = CountDue(now);
        if (due == 0)
        {
            return false;
        }

        // A heartbeat brings the question for an update.
        _http.KeepOpen = due > 1 || (_updater != null && _heartbeat.IsDue(now));
        if (_heartbeat.IsDue(now))
        {
            PrepareRequest();
            return SettleSide(_heartbeat.Send(_http, _state), true);
        }

        if (_remoteConfig.IsDue(now))
        {
            ShowSending();
            return SettleSide(_remoteConfig.Fetch(_http), false);
        }

        if (CountReadingsDue(now) > 0)
        {
            return SendOldest();
        }

        if (_geolocator.IsDue(now))
        {
            ShowSending();
            return SettleSide(_geolocator.Post(_http), false);
        }

        _led.Show(LedState.Ota);
        return SettleUpdate(_updater.Exchange(_http));
    }

    /// <summary>What is no reading has taken note of the answer itself; here only the connection is judged.</summary>
    private bool SettleSide(int status, bool isHeartbeat)
    {
        if (HttpStatus.IsConnectionFailure(status))
        {
            return Lose("request", status);
        }

        _connectionFailures = 0;
        if (!HttpStatus.IsSuccess(status))
        {
            _led.Show(LedState.SendFailed);
            if (isHeartbeat)
            {
                _system.Log("heartbeat not taken: " + status.ToString());
            }

            return true;
        }

        ShowIdle();
        if (isHeartbeat)
        {
            if (_updater != null)
            {
                _updater.TakeHeartbeat();
            }

            _retry.Reset();
            _remoteConfig.ForgetUseless();
            TakeAnswer();
        }

        return true;
    }

    /// <summary>The updater has its own pauses, and a backend that asks it for patience has not failed.</summary>
    private bool SettleUpdate(int status)
    {
        if (HttpStatus.IsConnectionFailure(status))
        {
            return Lose("update", status);
        }

        _connectionFailures = 0;
        ShowIdle();
        return true;
    }

    private bool SendOldest()
    {
        PrepareRequest();
        // Not before: counting went on meanwhile, and a full ring may have another oldest.
        int[] row = _ring.ReadOldest();
        int number = row[ReadingField.Number];
        int bootId = row[ReadingField.BootId];
        PrepareReading(row);
        _http.Body.Clear();
        _readingWriter.Write(_http.Body, row, 0, _state);
        int status = _http.Post(s_readingPath);
        // While it was under way, counting went on: a full ring may have overwritten this very reading.
        bool isStillOldest = _ring.Count > 0 && _ring.Word(0, ReadingField.Number) == number && _ring.Word(0, ReadingField.BootId) == bootId;
        if (HttpStatus.IsConnectionFailure(status))
        {
            return Lose("reading", status);
        }

        _connectionFailures = 0;
        if (HttpStatus.IsBodyRefused(status))
        {
            // The backend will never take it; the ones behind it must not wait for that.
            _system.Log("reading " + number.ToString() + " refused with " + status.ToString() + ", set aside");
            SetAside += isStillOldest ? 1 : 0;
            _led.Show(LedState.SendFailed);
        }
        else if (!HttpStatus.IsSuccess(status))
        {
            return Lose("reading", status);
        }

        if (isStillOldest)
        {
            _ring.RemoveOldest();
        }

        if (HttpStatus.IsSuccess(status))
        {
            SucceedReading();
        }

        return true;
    }

    private void SucceedReading()
    {
        SentReadings++;
        Failures = 0;
        _retry.Reset();
        if (_updater != null)
        {
            _updater.TakeReading();
        }

        ShowIdle();
        _led.Flash(LedState.Sent, _clock.UptimeMs, SentShownMs);
        TakeAnswer();
    }

    private void PrepareRequest()
    {
        ShowSending();
        long now = _clock.UptimeMs;
        if (now - _signalAtMs >= SignalFreshMs)
        {
            _state.CellRssiDbm = _modem.ReadSignalDbm();
            _signalAtMs = now;
        }

        _state.AckId = _commands.AckId;
        _state.AckResult = _commands.AckResult;
        _state.Update = _updater == null ? null : _updater.StateText();
    }

    private void PrepareReading(int[] row)
    {
        _state.AgeSeconds = AgeSeconds(row);
        _state.Depth = _ring.Count - 1;
        _state.Failures = Limited(Failures);
        _state.Dropped = Limited(_ring.Lost + SetAside);
        _state.BootUtcSeconds = _wallClock.IsSet ? _wallClock.OffsetMs / 1000 : 0;
    }

    /// <summary>
    /// Seconds since a reading was closed. For one of an earlier boot by UTC, when both are known; else this boot's uptime: it is older than
    /// that, how much nobody knows.
    /// </summary>
    private int AgeSeconds(int[] row)
    {
        long uptime = _clock.UptimeMs / 1000;
        long age;
        if (row[ReadingField.BootId] == _bootId)
        {
            age = uptime - row[ReadingField.ClosedUptimeSeconds];
        }
        else
        {
            int closedUtc = row[ReadingField.ClosedUtcSeconds];
            bool isKnown = closedUtc != 0 && _wallClock.IsSet;
            age = isKnown ? ((_clock.UptimeMs + _wallClock.OffsetMs) / 1000) - UtcTime.SecondsTo2000 - closedUtc : uptime;
            age = age < 1 ? 1 : age;
        }

        return age < 0 ? 0 : (age > MaxAgeSeconds ? MaxAgeSeconds : (int)age);
    }

    private static int Limited(int count)
    {
        return count > ReadingField.CountLimit ? ReadingField.CountLimit : count;
    }

    private void TakeAnswer()
    {
        _commands.Acknowledge(_state.AckId);
        _answer.Set(_http.ResponseBody, 0, _http.ResponseLength);
        TakeServerTime();
        if (_answer.TryGetInt(s_configVersion, out int version))
        {
            _remoteConfig.Announce(version);
        }

        _commands.Take(_answer);
    }

    private void TakeServerTime()
    {
        if (!_answer.TryGetText(s_serverTime, out int offset, out int length)
            || !UtcTime.TryRead(_http.ResponseBody, offset, offset + length, out long utcMs))
        {
            return;
        }

        // The server looked at its clock about half-way between request and answer; over a slow network that says little.
        long halfTripMs = (_http.ReceivedAtMs - _http.SentAtMs) / 2;
        long middleMs = _http.SentAtMs + halfTripMs;
        if (!_wallClock.Agrees(utcMs, middleMs, halfTripMs))
        {
            _recorder.ObserveServerTime(utcMs, middleMs, _clock.UptimeMs);
        }
    }

    private bool Lose(string what, int status)
    {
        _system.Log(what + " not taken: " + status.ToString());
        Fail(status);
        _led.Show(LedState.SendFailed);
        return false;
    }

    private void Fail(int status)
    {
        Failures++;
        _connectionFailures += HttpStatus.IsConnectionFailure(status) ? 1 : 0;
        _retry.Fail(_clock.UptimeMs, status, _http.RetryAfterSeconds);
    }

    private void ShowSending()
    {
        _led.Show(LedState.Sending);
    }

    private void ShowIdle()
    {
        bool isUpdating = _updater != null && _updater.IsAtWork(_clock.UptimeMs);
        _led.Show(isUpdating ? LedState.Ota : LedState.Counting);
    }
}
