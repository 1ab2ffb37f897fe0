using JamBox.Http;
using JamBox.Ports;
using JamBox.Reporting;
using JamBox.Text;

namespace JamBox.App;

/// <summary>
/// The heartbeat: at boot, and then at every interval after the last that succeeded. One that failed is tried again with a back-off of its
/// own, so that readings flow although the backend takes no heartbeat.
/// </summary>
public sealed class HeartbeatTask
{
    private const int SeedBits = 0x3C6EF35F;

    private readonly HeartbeatWriter _writer;
    private readonly IClock _clock;
    private readonly ISystem _system;
    private readonly BoxConfig _config;
    private readonly RetryTimer _retry;
    private bool _hasSucceeded;
    private long _lastMs;

    /// <summary>Initializes a new instance of the <see cref="HeartbeatTask"/> class.</summary>
    /// <param name="writer">Writes it.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Heap and log.</param>
    /// <param name="config">The interval, and the version that is reported.</param>
    /// <param name="seed">Random number for the jitter.</param>
    public HeartbeatTask(HeartbeatWriter writer, IClock clock, ISystem system, BoxConfig config, int seed)
    {
        _writer = writer;
        _clock = clock;
        _system = system;
        _config = config;
        _retry = new RetryTimer(seed ^ SeedBits);
    }

    /// <summary>Tells whether one is to be sent now.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>true</c> when <see cref="Send"/> is to be called.</returns>
    public bool IsDue(long nowMs)
    {
        return (!_hasSucceeded || nowMs - _lastMs >= _config.HeartbeatIntervalMs) && _retry.IsDue(nowMs);
    }

    /// <summary>Makes one due at once: something has happened that the backend should hear of.</summary>
    public void MakeDue()
    {
        _hasSucceeded = false;
        _retry.TryNow();
    }

    /// <summary>Sends one.</summary>
    /// <param name="http">Requests.</param>
    /// <param name="state">How things stand.</param>
    /// <returns>The status, or one of <see cref="HttpError"/>.</returns>
    public int Send(HttpExchange http, SendState state)
    {
        http.Body.Clear();
        _writer.Write(http.Body, _clock.UptimeMs / 1000, _config.Version, _system.FreeHeapBytes, state);
        int status = http.Post("/api/heartbeat");
        if (HttpStatus.IsSuccess(status))
        {
            _retry.Reset();
            _hasSucceeded = true;
            _lastMs = _clock.UptimeMs;
            return status;
        }

        // Nothing was sent when there was no connection: then it is still the first to be tried, so that readings are dated.
        if (status != HttpError.NotConnected && status != HttpError.OpenFailed && status != HttpError.SendFailed)
        {
            _retry.Fail(_clock.UptimeMs, status, http.RetryAfterSeconds);
        }

        return status;
    }
}
