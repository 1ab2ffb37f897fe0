using JamBox.Counting;
using JamBox.Ota;
using JamBox.Ports;
using JamBox.Readings;
using JamBox.Text;
using JamBox.Uplink;

namespace JamBox.App;

/// <summary>
/// What rides along with every reading and every heartbeat. Up: the cell's signal and the result of a command. Down: the time, the
/// version of the configuration, and the next command.
/// </summary>
public sealed class Piggyback : IPiggyback
{
    private const int SignalFreshMs = 30000;

    private static readonly string s_serverTime = "server_time";
    private static readonly string s_configVersion = "config_version";

    private readonly IModem _modem;
    private readonly IClock _clock;
    private readonly Recorder _recorder;
    private readonly WallClock _wallClock;
    private readonly RemoteConfig _config;
    private readonly Commands _commands;
    private readonly Updater _updater;
    private readonly JsonScanner _answer;
    private long _signalAtMs = -SignalFreshMs;

    /// <param name="modem">Knows the signal.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="recorder">Is told the server's time.</param>
    /// <param name="wallClock">UTC.</param>
    /// <param name="config">Is told which version the backend has.</param>
    /// <param name="commands">Commands.</param>
    /// <param name="updater">Says how the update stands; <c>null</c> in a box without OTA.</param>
    /// <param name="scanner">Reads an answer.</param>
    public Piggyback(
        IModem modem,
        IClock clock,
        Recorder recorder,
        WallClock wallClock,
        RemoteConfig config,
        Commands commands,
        Updater updater,
        JsonScanner scanner)
    {
        _modem = modem;
        _clock = clock;
        _recorder = recorder;
        _wallClock = wallClock;
        _config = config;
        _commands = commands;
        _updater = updater;
        _answer = scanner;
    }

    /// <inheritdoc/>
    public SendState State { get; } = new SendState();

    /// <inheritdoc/>
    public void Prepare(bool isHeartbeat)
    {
        long now = _clock.UptimeMs;
        if (now - _signalAtMs >= SignalFreshMs)
        {
            State.CellRssiDbm = _modem.ReadSignalDbm();
            _signalAtMs = now;
        }

        _commands.Step();
        State.AckId = _commands.AckId;
        State.AckResult = _commands.AckResult;
        if (isHeartbeat && _updater != null)
        {
            State.Update = _updater.StateText();
            State.Fleet = _updater.Fleet;
            _updater.Fleet.NoteTime(_wallClock.IsSet ? (now + _wallClock.OffsetMs) / 1000 : 0);
        }
    }

    /// <inheritdoc/>
    public void TakeAnswer(HttpExchange http, CompactAnswer compact, bool isHeartbeat)
    {
        if (http.Trust == AnswerTrust.Bad)
        {
            return;
        }

        if (isHeartbeat)
        {
            // Once in its interval what was of no use before may be tried again.
            _config.AllowAgain();
        }

        _commands.Acknowledge(State.AckId);
        if (compact != null)
        {
            TakeCompact(http, compact);
            return;
        }

        _answer.Set(http.ResponseBody, 0, http.ResponseLength);
        TakeServerTime(http);
        if (_answer.TryGetInt(s_configVersion, out int version))
        {
            _config.Announce(version);
        }

        _commands.Take(_answer);
    }

    private void TakeCompact(HttpExchange http, CompactAnswer compact)
    {
        if (UtcTime.TryFromSeconds(compact.TimeSeconds, out long utcMs))
        {
            TakeServerTime(http, utcMs);
        }

        if (compact.TryGetConfigVersion(out int version))
        {
            _config.Announce(version);
        }

        _commands.Take(compact);
    }

    private void TakeServerTime(HttpExchange http)
    {
        if (_answer.TryGetText(s_serverTime, out int offset, out int length)
            && UtcTime.TryRead(http.ResponseBody, offset, offset + length, out long utcMs))
        {
            TakeServerTime(http, utcMs);
        }
    }

    private void TakeServerTime(HttpExchange http, long utcMs)
    {
        // The server looked at its clock about half-way between request and answer; over a slow network that says little.
        long halfTripMs = (http.ReceivedAtMs - http.SentAtMs) / 2;
        long middleMs = http.SentAtMs + halfTripMs;
        if (!_wallClock.Agrees(utcMs, middleMs, halfTripMs))
        {
            _recorder.ObserveServerTime(utcMs, middleMs, _clock.UptimeMs);
        }
    }
}
