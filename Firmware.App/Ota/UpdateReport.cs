using JamBox.Text;
using JamBox.Uplink;

namespace JamBox.Ota;

/// <summary>Tells the backend how an update ended, until it says yes, over reboots too. Repeats are harmless.</summary>
public sealed class UpdateReport
{
    private const int SeedBits = 0x1B873593;

    private readonly UpdateContext _context;
    private readonly UpdateRetry _retry;

    /// <param name="context">What the steps share.</param>
    /// <param name="seed">Random number for the jitter.</param>
    public UpdateReport(UpdateContext context, int seed)
    {
        _context = context;
        _retry = new UpdateRetry(seed ^ SeedBits);
    }

    /// <summary>Tells whether there is something to tell now.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>true</c> when <see cref="Post"/> is to be called.</returns>
    public bool IsDue(long nowMs)
    {
        return _context.State.Report != OtaResult.None && _retry.IsDue(nowMs);
    }

    /// <summary>Ends the pause: somebody waits for what comes after it.</summary>
    public void TryNow()
    {
        _retry.TryNow();
    }

    /// <summary>Tells it.</summary>
    /// <param name="http">Requests.</param>
    /// <returns>The status, or one of <see cref="HttpError"/>.</returns>
    public int Post(HttpExchange http)
    {
        http.Body.Clear();
        Write(http.Body);
        int status = http.Post("/api/ota/complete");
        if ((HttpStatus.IsSuccess(status) || HttpStatus.IsFinalRefusal(status)) && _retry.Obeys(http.Trust))
        {
            // A backend that refuses it for good has nothing to learn from it.
            _retry.Reset();
            _context.State.EndReport();
        }
        else
        {
            _retry.FailPatiently(_context.Clock.UptimeMs, status, http.RetryAfterSeconds);
        }

        if (!HttpStatus.IsSuccess(status))
        {
            _context.Log("the backend did not take its end: " + HttpStatus.Text(status));
        }

        return status;
    }

    private void Write(ByteWriter body)
    {
        body.Text("{\"d\":\"");
        body.Bytes(_context.DeviceId);
        body.Text("\",\"v\":\"");
        _context.State.WriteVersion(body);
        body.Text("\",\"id\":");
        body.Number(_context.State.Id);
        body.Text(",\"status\":\"");
        body.Text(OtaWords.Of(_context.State.Report));
        if (_context.State.Reason != OtaReason.None)
        {
            body.Text("\",\"why\":\"");
            body.Text(OtaWords.Of(_context.State.Reason));
        }

        body.Text("\"}");
    }
}

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
