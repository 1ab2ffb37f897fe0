namespace JamBox.Uplink;

/// <summary>When something that failed is tried again (docs/wire.md): the back-off, and what the status demands.</summary>
public class RetryTimer : BackOff
{
    /// <summary>The longest Retry-After that is obeyed, s: a server that asks for a week would silence the box.</summary>
    public const int MaxRetryAfterSeconds = 3600;

    /// <summary>
    /// How often what would end something for good is not obeyed because the answer does not prove who wrote it. After that it is: a backend
    /// that lost the key must not be asked the same for ever.
    /// </summary>
    public const int MaxUnproved = 12;

    private int _unproved;

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
        _unproved = 0;
        base.Reset();
    }

    /// <summary>Tells whether an answer that ends something for good is to be obeyed. Where not, <see cref="Fail"/> is to follow.</summary>
    /// <param name="trust">What the answer proved.</param>
    /// <returns><c>false</c> up to <see cref="MaxUnproved"/> times in a row for one that proved nothing.</returns>
    public bool Obeys(AnswerTrust trust)
    {
        if (trust == AnswerTrust.Bad && ++_unproved <= MaxUnproved)
        {
            return false;
        }

        _unproved = 0;
        return true;
    }

    /// <summary>Begins the back-off's next pause.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    public void Pause(long nowMs)
    {
        AtMs = nowMs + Next();
    }

    /// <summary>
    /// Begins a pause after a request: the longest after 401 and 403, none when nothing was sent, because then the connection is at fault
    /// and has a pause of its own; else the back-off's next, and after 429 no less than the server asked for. A server that asks for a
    /// second again and again is not asked every second.
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

/// <summary>
/// When to try again after a failure: 5 s, doubled up to 5 min, with jitter, so that a fleet that lost its backend does not come back
/// in step (docs/wire.md).
/// </summary>
public class BackOff
{
    /// <summary>The first pause, ms.</summary>
    public const int FirstMs = 5000;

    /// <summary>The longest pause, ms.</summary>
    public const int MaxMs = 300000;

    private const int MixRounds = 4;

    private uint _random;
    private int _nextMs = FirstMs;

    /// <param name="seed">Random number, so that no two boxes have the same jitter.</param>
    public BackOff(int seed)
    {
        // Seeds of neighbours differ in a few bits, and xorshift needs several rounds to spread them; zero it would keep for ever.
        uint mixed = ((uint)seed * 2654435761u) ^ 0x6A09E667u;
        _random = mixed == 0 ? 1u : mixed;
        for (int i = 0; i < MixRounds; i++)
        {
            Step();
        }
    }

    /// <summary>Starts with the first pause again, after a success.</summary>
    public virtual void Reset()
    {
        _nextMs = FirstMs;
    }

    /// <summary>Gives the pause after a failure; the next one is twice as long.</summary>
    /// <returns>ms: the pause less up to a quarter of it.</returns>
    public int Next()
    {
        int pause = _nextMs;
        _nextMs = pause > MaxMs / 2 ? MaxMs : pause * 2;
        return Jittered(pause);
    }

    /// <summary>Gives the longest pause, for a refusal that no repetition will change (401, 403).</summary>
    /// <returns>ms: the longest pause less up to a quarter of it.</returns>
    public int Longest()
    {
        _nextMs = MaxMs;
        return Jittered(MaxMs);
    }

    private int Jittered(int pause)
    {
        Step();
        // The product needs more than 32 bits for the longest pauses.
        long part = ((long)(_random >> 16) * ((pause / 4) + 1)) >> 16;
        return pause - (int)part;
    }

    private void Step()
    {
        _random ^= _random << 13;
        _random ^= _random >> 17;
        _random ^= _random << 5;
    }
}
