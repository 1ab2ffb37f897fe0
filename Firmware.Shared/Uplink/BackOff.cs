namespace JamBox.Uplink;

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

    /// <summary>Initializes a new instance of the <see cref="BackOff"/> class.</summary>
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
