using JamBox.Twin.Time;

namespace JamBox.Twin.Modem;

/// <summary>How long something takes: between two times, both included.</summary>
/// <param name="Min">The least, ms.</param>
/// <param name="Max">The most, ms.</param>
internal readonly record struct MsRange(int Min, int Max)
{
    /// <summary>Draws a time.</summary>
    /// <param name="random">Where chance comes from.</param>
    /// <returns>Some ms of the range.</returns>
    public int Draw(SeededRandom random)
    {
        return random.Between(Min, Max);
    }
}
