namespace JamBox.Twin.Time;

/// <summary>
/// The only source of chance in the twin (SplitMix64): the same seed gives the same numbers on every machine and runtime, which
/// <see cref="Random"/> does not promise.
/// </summary>
internal sealed class SeededRandom
{
    private ulong _state;

    /// <param name="seed">Any number.</param>
    public SeededRandom(long seed)
    {
        _state = unchecked((ulong)seed);
    }

    /// <summary>Makes an independent stream, so that one part of the world drawing more does not change another.</summary>
    /// <param name="seed">The seed of the world.</param>
    /// <param name="stream">The name of the part.</param>
    /// <returns>The stream of that part.</returns>
    public static SeededRandom For(long seed, string stream)
    {
        ulong hash = 14695981039346656037UL;
        foreach (char c in stream)
        {
            hash = (hash ^ c) * 1099511628211UL;
        }

        SeededRandom mixer = new(seed);
        return new SeededRandom(unchecked((long)(mixer.NextUInt64() ^ hash)));
    }

    /// <summary>Draws 64 bits.</summary>
    /// <returns>Any number.</returns>
    public ulong NextUInt64()
    {
        _state += 0x9E3779B97F4A7C15UL;
        ulong z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9UL;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBUL;
        return z ^ (z >> 31);
    }

    /// <summary>Draws a whole number; both ends are possible.</summary>
    /// <param name="min">The least.</param>
    /// <param name="max">The greatest, at least <paramref name="min"/>.</param>
    /// <returns>A number in the range.</returns>
    public int Between(int min, int max)
    {
        if (max <= min)
        {
            return min;
        }

        ulong range = (ulong)((long)max - min + 1);
        return (int)(min + (long)(((NextUInt64() >> 32) * range) >> 32));
    }

    /// <summary>Draws from 0 (possible) to 1 (not possible).</summary>
    /// <returns>A fraction.</returns>
    public double Fraction()
    {
        return (NextUInt64() >> 11) * (1.0 / (1UL << 53));
    }

    /// <summary>Throws a die.</summary>
    /// <param name="probability">0 never … 1 always. Never and always draw nothing.</param>
    /// <returns>Whether it happens.</returns>
    public bool Chance(double probability)
    {
        return probability > 0 && (probability >= 1 || Fraction() < probability);
    }

    /// <summary>Draws a waiting time.</summary>
    /// <param name="mean">Its mean.</param>
    /// <returns>An exponentially distributed number.</returns>
    public double Exponential(double mean)
    {
        return -Math.Log(1.0 - Fraction()) * mean;
    }

    /// <summary>
    /// Draws a nearly normal deviate of standard deviation 1: the sum of four uniforms, good enough for a radio channel and one draw.
    /// </summary>
    /// <returns>A number between about −3.5 and 3.5.</returns>
    public double Gaussian()
    {
        ulong bits = NextUInt64();
        int sum = (int)(bits & 0xFFFF) + (int)((bits >> 16) & 0xFFFF) + (int)((bits >> 32) & 0xFFFF) + (int)(bits >> 48);
        return (sum - 131070) * (1.0 / 37837.2);
    }

    /// <summary>Fills a buffer.</summary>
    /// <param name="buffer">Filled completely.</param>
    public void Fill(Span<byte> buffer)
    {
        for (int i = 0; i < buffer.Length; i++)
        {
            buffer[i] = (byte)(NextUInt64() >> 56);
        }
    }
}
