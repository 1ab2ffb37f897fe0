namespace JamBox.Ota.Patching;

/// <summary>
/// What the compressor will need for each byte, roughly, in 1/64 bit: first a guess, then variations of it, or what it did need for a
/// stream.
/// </summary>
internal sealed class PieceCosts
{
    public const int Scale = 64;

    /// <summary>Differences after an unchanged byte come first, those after a changed one second.</summary>
    public const int AfterChange = 256;

    /// <summary>Gets what a difference costs, by value.</summary>
    public int[] Difference { get; } = new int[2 * AfterChange];

    /// <summary>Gets what an extra byte costs, by value.</summary>
    public int[] Extra { get; } = new int[256];

    /// <summary>Gets what each byte of a record's three numbers costs.</summary>
    public int Number { get; init; }

    /// <summary>Guesses: what made the smallest patches of real firmware.</summary>
    /// <param name="profile">Of the patch.</param>
    public static PieceCosts Guess(PatchProfile profile)
    {
        return profile switch
        {
            PatchProfile.E => Guess(number: 17, extra: 8.5, change: 9, nextChange: 9.5, run: 0.02, runStart: 6),
            PatchProfile.H => Guess(number: 16, extra: 8, change: 10, nextChange: 9.5, run: 0.02, runStart: 3),
            _ => Guess(number: 10, extra: 7, change: 7, nextChange: 8, run: 0.09, runStart: 4.5),
        };
    }

    /// <summary>Believes something else of numbers and extra bytes.</summary>
    /// <param name="numberFactor">Numbers cost so many times as much.</param>
    /// <param name="extraBits">Extra bytes cost so much more.</param>
    public PieceCosts With(double numberFactor, double extraBits)
    {
        var costs = new PieceCosts { Number = (int)(Number * numberFactor) };
        Difference.CopyTo(costs.Difference, 0);
        for (int i = 0; i < Extra.Length; i++)
        {
            costs.Extra[i] = Math.Max(0, Extra[i] + (int)(extraBits * Scale));
        }

        return costs;
    }

    /// <summary>Moves half of the way to other costs: all of it would be too far, because what was used was what is cheap.</summary>
    /// <param name="other">The other costs.</param>
    public PieceCosts Halfway(PieceCosts other)
    {
        var costs = new PieceCosts { Number = (Number + other.Number) / 2 };
        for (int i = 0; i < Difference.Length; i++)
        {
            costs.Difference[i] = (Difference[i] + other.Difference[i]) / 2;
        }

        for (int i = 0; i < Extra.Length; i++)
        {
            costs.Extra[i] = (Extra[i] + other.Extra[i]) / 2;
        }

        return costs;
    }

    private static PieceCosts Guess(double number, double extra, double change, double nextChange, double run, double runStart)
    {
        var costs = new PieceCosts { Number = (int)(number * Scale) };
        Array.Fill(costs.Extra, (int)(extra * Scale));
        Array.Fill(costs.Difference, (int)(change * Scale), 0, AfterChange);
        Array.Fill(costs.Difference, (int)(nextChange * Scale), AfterChange, AfterChange);
        costs.Difference[0] = (int)(run * Scale);
        costs.Difference[AfterChange] = (int)(runStart * Scale);
        return costs;
    }
}
