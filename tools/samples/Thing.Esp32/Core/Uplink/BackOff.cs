namespace JamBox.Things.Uplink;

/// <summary>
/// When to try again after a failure: 2 s, doubled up to 5 min, less up to a quarter by chance, so that many things that lost their
/// server do
/// not come back in step.
/// </summary>
public sealed class BackOff
{
    /// <summary>The first pause, ms.</summary>
    public const int FirstMs = 2000;

    /// <summary>The longest pause of ours, ms.</summary>
    public const int MaxMs = 300000;

    /// <summary>The longest pause that a server may ask for, ms: a week would silence the thing.</summary>
    public const int MaxAskedMs = 3600000;

    private uint _random;
    private int _pauseMs = FirstMs;

    /// <param name="seed">A random number, different for each thing.</param>
    public BackOff(int seed)
    {
        // Seeds of neighbours differ in a few bits; zero xorshift would keep for ever.
        uint mixed = ((uint)seed * 2654435761u) ^ 0x6A09E667u;
        _random = mixed == 0 ? 1u : mixed;
        for (int i = 0; i < 4; i++)
        {
            Step();
        }
    }

    /// <summary>Gets the uptime before which nothing is to be tried, ms.</summary>
    public long AtMs { get; private set; }

    /// <summary>Gets the failures since the last success.</summary>
    public int Failures { get; private set; }

    /// <summary>Tells whether it may be tried.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>false</c> during a pause.</returns>
    public bool IsDue(long nowMs)
    {
        return nowMs >= AtMs;
    }

    /// <summary>It worked: the next pause is the first again.</summary>
    public void Succeed()
    {
        AtMs = 0;
        Failures = 0;
        _pauseMs = FirstMs;
    }

    /// <summary>It failed: a pause begins.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    public void Fail(long nowMs)
    {
        Fail(nowMs, -1);
    }

    /// <summary>It was refused: a pause begins, as long as was asked for at least.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <param name="askedSeconds">Retry-After, s; −1 = not asked.</param>
    public void Fail(long nowMs, int askedSeconds)
    {
        Failures = Failures == int.MaxValue ? Failures : Failures + 1;
        Step();
        long part = ((long)(_random >> 16) * ((_pauseMs / 4) + 1)) >> 16;
        long pauseMs = _pauseMs - part;
        long askedMs = askedSeconds > MaxAskedMs / 1000 ? MaxAskedMs : askedSeconds * 1000L;
        AtMs = nowMs + (askedMs > pauseMs ? askedMs : pauseMs);
        _pauseMs = _pauseMs > MaxMs / 2 ? MaxMs : _pauseMs * 2;
    }

    private void Step()
    {
        _random ^= _random << 13;
        _random ^= _random >> 17;
        _random ^= _random << 5;
    }
}
