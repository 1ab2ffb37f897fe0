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
    private readonly CompactReport _report;
    private readonly IReportPart _readings;
    private readonly RetryTimer _retry;
    private long _lastMs;

    /// <param name="writer">Writes it.</param>
    /// <param name="piggyback">What goes with it.</param>
    /// <param name="state">Says when one is wanted; success is noted there.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Heap, faults of the board, and log.</param>
    /// <param name="config">The interval, and the version that is reported.</param>
    /// <param name="report">The compact wire.</param>
    /// <param name="readings">What goes with it on the compact wire.</param>
    /// <param name="seed">Random number for the jitter.</param>
    public HeartbeatTask(
        HeartbeatWriter writer,
        IPiggyback piggyback,
        UplinkState state,
        IClock clock,
        ISystem system,
        BoxConfig config,
        CompactReport report,
        IReportPart readings,
        int seed)
    {
        _writer = writer;
        _piggyback = piggyback;
        _state = state;
        _clock = clock;
        _system = system;
        _config = config;
        _report = report;
        _readings = readings;
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
        bool isCompact = _report.IsOn;
        int status = isCompact ? SendCompact(http, state) : SendJson(http, state);
        int result = isCompact && HttpStatus.IsSuccess(status) ? _report.Answer.Result(0) : CompactAnswer.Stored;
        if (HttpStatus.IsSuccess(status) && result == CompactAnswer.Stored)
        {
            _retry.Reset();
            _lastMs = _clock.UptimeMs;
            _state.AcceptedHeartbeats++;
            _state.RefusedHeartbeats = 0;
            // It brings no date then, and readings are not to wait for one any longer than where it is refused.
            _state.IsHeartbeatRefused = http.Trust == AnswerTrust.Bad;
            _piggyback.TakeAnswer(http, isCompact ? _report.Answer : null, true);
            return status;
        }

        if (isCompact && !_report.IsOn)
        {
            // It goes as JSON at once, and that is what counts.
            _state.IsHeartbeatWanted |= wasWanted;
            return status;
        }

        int refusal = status;
        if (HttpStatus.IsSuccess(status))
        {
            // The request was answered, and may have brought readings; the heartbeat was not taken.
            _piggyback.TakeAnswer(http, _report.Answer, false);
            refusal = result == CompactAnswer.Later ? HttpStatus.TooManyRequests : HttpStatus.BadRequest;
        }

        _system.Log("the backend did not take the heartbeat: " + HttpStatus.Text(refusal));
        _state.IsHeartbeatWanted |= wasWanted;
        _state.IsHeartbeatRefused |= !HttpStatus.IsConnectionFailure(refusal);
        _state.RefusedHeartbeats += HttpStatus.IsNothingSent(refusal) ? 0 : 1;
        _retry.Fail(_clock.UptimeMs, refusal, http.RetryAfterSeconds);
        return isCompact && _report.Writer.Records > 1 ? status : refusal;
    }

    private int SendJson(HttpExchange http, SendState state)
    {
        http.Body.Clear();
        _writer.Write(http.Body, _clock.UptimeMs / 1000, _config.Version, _system, state);
        int status = http.Post("/api/heartbeat");
        _report.HearOfJson(status);
        return status;
    }

    private int SendCompact(HttpExchange http, SendState state)
    {
        _report.Begin(http);
        _report.Writer.AddHeartbeat(_clock.UptimeMs / 1000, _config.Version, _system, state);
        http.KeepOpen |= _readings.AddTo(_report);
        int status = _report.Post(http);
        _readings.TakeResults(_report, http, status);
        return status;
    }
}
