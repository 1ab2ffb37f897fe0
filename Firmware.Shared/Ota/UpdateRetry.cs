using JamBox.Http;
using JamBox.Uplink;

namespace JamBox.Ota;

/// <summary>
/// When a request about an update is tried again: as anything else at first, and once an hour after <see cref="MaxFailures"/> in a row. A
/// backend may be of no use for weeks, and the SIM's volume is small.
/// </summary>
public sealed class UpdateRetry : RetryTimer
{
    /// <summary>Failures in a row that are followed by the usual pauses: about 40 minutes.</summary>
    public const int MaxFailures = 12;

    private const int Unavailable = 503;

    private int _failures;

    /// <summary>Initializes a new instance of the <see cref="UpdateRetry"/> class.</summary>
    /// <param name="seed">Random number, so that no two boxes and no two timers have the same jitter.</param>
    public UpdateRetry(int seed)
        : base(seed)
    {
    }

    /// <summary>Gives the status that a pause is chosen by: 503 with Retry-After is a backend that asks for patience, as 429 is.</summary>
    /// <param name="status">A status or one of <see cref="HttpError"/>.</param>
    /// <returns>The status for <see cref="RetryTimer.Fail"/>.</returns>
    public static int PauseStatus(int status)
    {
        return status == Unavailable ? HttpStatus.TooManyRequests : status;
    }

    /// <inheritdoc/>
    public override void Reset()
    {
        _failures = 0;
        base.Reset();
    }

    /// <summary>Begins a pause.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <param name="status">A status or one of <see cref="HttpError"/>.</param>
    /// <param name="retryAfterSeconds">Retry-After of the answer, s; −1 for none.</param>
    public void FailPatiently(long nowMs, int status, int retryAfterSeconds)
    {
        if (HttpStatus.IsNothingSent(status))
        {
            return;
        }

        if (_failures < MaxFailures)
        {
            _failures++;
            Fail(nowMs, PauseStatus(status), retryAfterSeconds);
            return;
        }

        Fail(nowMs, HttpStatus.TooManyRequests, MaxRetryAfterSeconds);
    }
}
