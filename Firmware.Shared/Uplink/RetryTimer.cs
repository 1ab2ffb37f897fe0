using JamBox.Http;

namespace JamBox.Uplink;

/// <summary>When something that failed is tried again (docs/wire.md): the back-off, and what the status demands.</summary>
public class RetryTimer : BackOff
{
    /// <summary>The longest Retry-After that is obeyed, s: a server that asks for a week would silence the box.</summary>
    public const int MaxRetryAfterSeconds = 3600;

    /// <summary>Initializes a new instance of the <see cref="RetryTimer"/> class.</summary>
    /// <param name="seed">Random number, so that no two boxes and no two timers have the same jitter.</param>
    public RetryTimer(int seed)
        : base(seed)
    {
    }

    /// <summary>Gets the uptime before which nothing is to be tried, ms; 0 when nothing failed.</summary>
    public long AtMs { get; private set; }

    /// <summary>Tells whether it may be tried.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>false</c> during a pause.</returns>
    public bool IsDue(long nowMs)
    {
        return nowMs >= AtMs;
    }

    /// <summary>Ends the pause; the next one is as long as it would have been.</summary>
    public void TryNow()
    {
        AtMs = 0;
    }

    /// <summary>Ends the pause, and begins with the shortest after the next failure.</summary>
    public override void Reset()
    {
        AtMs = 0;
        base.Reset();
    }

    /// <summary>Begins the back-off's next pause.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    public void Pause(long nowMs)
    {
        AtMs = nowMs + Next();
    }

    /// <summary>
    /// Begins a pause after a request: the longest after 401 and 403, none when nothing was sent, because then the connection is at fault
    /// and has a pause of its own; else the back-off's next, and after 429 no less than the server asked for. A server that asks for a second
    /// again and again is not asked every second.
    /// </summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <param name="status">A status or one of <see cref="HttpError"/>.</param>
    /// <param name="retryAfterSeconds">Retry-After of the answer, s; −1 for none.</param>
    public void Fail(long nowMs, int status, int retryAfterSeconds)
    {
        if (HttpStatus.IsNothingSent(status))
        {
            return;
        }

        if (status == HttpStatus.Unauthorized || status == HttpStatus.Forbidden)
        {
            AtMs = nowMs + Longest();
        }
        else
        {
            Pause(nowMs);
            if (status == HttpStatus.TooManyRequests)
            {
                int seconds = retryAfterSeconds < MaxRetryAfterSeconds ? retryAfterSeconds : MaxRetryAfterSeconds;
                long askedMs = nowMs + (seconds * 1000);
                AtMs = askedMs > AtMs ? askedMs : AtMs;
            }
        }
    }
}
