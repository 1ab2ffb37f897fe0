using JamBox.Ports;

namespace JamBox.Uplink;

/// <summary>
/// The way to the backend, as far as a modem can tell: brought up when it is needed, and recovered step by step after failures.
/// </summary>
/// <remarks>
/// A modem that may be the cause of a failure is recovered by ever stronger means (<see cref="IModem.Recover"/>). Since a backend that is
/// down looks the same, a modem that answers is restarted for it once, and then at every twelfth failure in a row: once an hour. Any
/// answer of a server, refusals included, ends the pauses.
/// </remarks>
public sealed class Connection
{
    private const int RestartEvery = 12;
    private const int SeedBits = 0x1F123BB5;

    private readonly IModem _modem;
    private readonly IClock _clock;
    private readonly ISystem _system;
    private readonly UplinkState _state;
    private readonly Progress _progress;
    private readonly RetryTimer _retry;
    private readonly byte[] _apn;
    private int _failures;
    private bool _isSimMissing;

    /// <param name="modem">The modem.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Log.</param>
    /// <param name="state">Where failures are noted, and what is going on.</param>
    /// <param name="progress">Bounds the bring-up.</param>
    /// <param name="apn">Access point name, ASCII.</param>
    /// <param name="seed">Random number for the jitter.</param>
    public Connection(IModem modem, IClock clock, ISystem system, UplinkState state, Progress progress, byte[] apn, int seed)
    {
        _modem = modem;
        _clock = clock;
        _system = system;
        _state = state;
        _progress = progress;
        _apn = apn;
        _retry = new RetryTimer(seed ^ SeedBits);
    }

    /// <summary>Gets the uptime before which nothing is tried, ms; 0 when nothing failed.</summary>
    public long RetryAtMs => _retry.AtMs;

    /// <summary>Lets the next try be made at once: somebody pressed the button, or the modem was reset.</summary>
    public void TryNow()
    {
        _retry.TryNow();
    }

    /// <summary>Hears what the modem has to report. It never waits.</summary>
    public void Poll()
    {
        _modem.Poll();
    }

    /// <summary>Tells whether it may be tried.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>false</c> during a pause.</returns>
    public bool IsDue(long nowMs)
    {
        return _retry.IsDue(nowMs);
    }

    /// <summary>Brings it up, if it is not. Up to <see cref="Progress.BringUpMs"/>; counting goes on meanwhile.</summary>
    /// <returns><c>false</c> when there is none; the pause has begun.</returns>
    public bool TryEnsure()
    {
        _progress.Begin(Progress.BringUpMs);
        if (_modem.IsConnected)
        {
            bool isRestartedAlready = _modem.NextRecovery == RecoveryLevel.ResetModem && _failures % RestartEvery != 0;
            if (_failures == 0 || (isRestartedAlready && _modem.IsAlive()))
            {
                return true;
            }
        }

        return Connect();
    }

    /// <summary>Hears that a server answered, whatever it said: the connection works.</summary>
    public void TakeAnswer()
    {
        _failures = 0;
        _retry.Reset();
    }

    /// <summary>Hears that a request came to nothing on the way. Everything waits for a while.</summary>
    public void Lose()
    {
        _state.Failures++;
        _failures++;
        _retry.Pause(_clock.UptimeMs);
    }

    private bool Connect()
    {
        _state.Activity = _isSimMissing ? UplinkActivity.SimMissing : UplinkActivity.Searching;
        // Without a failure there is nothing to recover from: the plain sequence. After failures ever stronger means.
        bool isConnected = _failures == 0 ? _modem.BringUp(_apn) : _modem.Recover();
        _isSimMissing = !isConnected && _modem.LastError == ModemError.SimNotReady;
        if (isConnected)
        {
            _state.Activity = UplinkActivity.Idle;
            return true;
        }

        Lose();
        _system.Log("no network: " + ModemErrorText.Of(_modem.LastError) + "; the box tries again in "
            + ((_retry.AtMs - _clock.UptimeMs) / 1000).ToString() + " s");
        _state.Activity = _isSimMissing ? UplinkActivity.SimMissing : UplinkActivity.Searching;
        return false;
    }
}
