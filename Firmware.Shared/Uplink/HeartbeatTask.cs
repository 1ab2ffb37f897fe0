using JamBox.Counting;
using JamBox.Ports;
using JamBox.Readings;

namespace JamBox.Uplink;

/// <summary>
/// The heartbeat: at boot, and then at every interval after the last that succeeded, or when something has happened that the backend
/// should hear of. One that failed is tried again with a back-off of its own, so that readings flow although the backend takes no
/// heartbeat.
/// </summary>
public sealed class HeartbeatTask : IUplinkTask
{
    private const int SeedBits = 0x3C6EF35F;

    private readonly HeartbeatWriter _writer;
    private readonly IPiggyback _piggyback;
    private readonly UplinkState _state;
    private readonly IClock _clock;
    private readonly ISystem _system;
    private readonly BoxConfig _config;
    private readonly RetryTimer _retry;
    private long _lastMs;

    /// <param name="writer">Writes it.</param>
    /// <param name="piggyback">What goes with it.</param>
    /// <param name="state">Says when one is wanted; success is noted there.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Heap, faults of the board, and log.</param>
    /// <param name="config">The interval, and the version that is reported.</param>
    /// <param name="seed">Random number for the jitter.</param>
    public HeartbeatTask(
        HeartbeatWriter writer,
        IPiggyback piggyback,
        UplinkState state,
        IClock clock,
        ISystem system,
        BoxConfig config,
        int seed)
    {
        _writer = writer;
        _piggyback = piggyback;
        _state = state;
        _clock = clock;
        _system = system;
        _config = config;
        _retry = new RetryTimer(seed ^ SeedBits);
    }

    /// <inheritdoc/>
    public int Rank => UplinkRank.Heartbeat;

    /// <inheritdoc/>
    public bool IsDue(long nowMs)
    {
        bool isTime = _state.AcceptedHeartbeats == 0 || nowMs - _lastMs >= _config.HeartbeatIntervalMs;
        return (isTime || _state.IsHeartbeatWanted) && _retry.IsDue(nowMs);
    }

    /// <inheritdoc/>
    public int Send(HttpExchange http)
    {
        _piggyback.Prepare(true);
        SendState state = _piggyback.State;
        // What is wanted while this one is under way deserves another one.
        bool wasWanted = _state.IsHeartbeatWanted;
        _state.IsHeartbeatWanted = false;
        // It brings the question for an update.
        http.KeepOpen |= state.Update != null;
        http.Body.Clear();
        _writer.Write(http.Body, _clock.UptimeMs / 1000, _config.Version, _system, state);
        int status = http.Post("/api/heartbeat");
        if (HttpStatus.IsSuccess(status))
        {
            _retry.Reset();
            _lastMs = _clock.UptimeMs;
            _state.AcceptedHeartbeats++;
            _state.RefusedHeartbeats = 0;
            // It brings no date then, and readings are not to wait for one any longer than where it is refused.
            _state.IsHeartbeatRefused = http.Trust == AnswerTrust.Bad;
            _piggyback.TakeAnswer(http, true);
            return status;
        }

        _system.Log("the backend did not take the heartbeat: " + HttpStatus.Text(status));
        _state.IsHeartbeatWanted |= wasWanted;
        _state.IsHeartbeatRefused |= !HttpStatus.IsConnectionFailure(status);
        _state.RefusedHeartbeats += HttpStatus.IsNothingSent(status) ? 0 : 1;
        _retry.Fail(_clock.UptimeMs, status, http.RetryAfterSeconds);
        return status;
    }
}
