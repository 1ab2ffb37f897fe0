using JamBox.Boot;
using JamBox.Twin.Run;

namespace JamBox.Twin.Ota;

/// <summary>Which losses of power are tried in the course of an update.</summary>
internal sealed record PowerLossOptions
{
    /// <summary>What everything else follows from.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Every so-many-th operation; 1 = all.</summary>
    public int Every { get; init; } = 1;

    /// <summary>How many pairs, drawn by seed: a second loss while the box recovers from the first.</summary>
    public int Pairs { get; init; }

    /// <summary>These losses only, in one life; <c>null</c> = the enumeration.</summary>
    public IReadOnlyList<PowerCut>? Only { get; init; }

    /// <summary>Where database and log of a single life are kept; <c>null</c> = nowhere.</summary>
    public string? Keep { get; init; }

    /// <summary>What is wrong with the new image: then the way back is tried.</summary>
    public TwinBehaviour Release { get; init; }

    /// <summary>The boot copies of the boxes; <c>null</c> = the best that there are.</summary>
    public IBootCopies? BootCopies { get; init; }

    /// <summary>How many lives run side by side; 0 = as many as there are cores.</summary>
    public int Parallel { get; init; }
}
