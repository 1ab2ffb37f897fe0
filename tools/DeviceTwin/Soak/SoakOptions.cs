using JamBox.Twin.Faults;

namespace JamBox.Twin.Soak;

/// <summary>How a soak is to be.</summary>
internal sealed record SoakOptions
{
    /// <summary>How many worlds.</summary>
    public int Worlds { get; init; } = 1;

    /// <summary>Seed of the first; the others follow.</summary>
    public long FirstSeed { get; init; } = 1;

    /// <summary>What may go wrong.</summary>
    public required FaultProfile Faults { get; init; }

    /// <summary>What the command line said of <see cref="Faults"/>, for the replay.</summary>
    public required string FaultsArgument { get; init; }

    /// <summary>Virtual hours for which people walk by in each.</summary>
    public double Hours { get; init; } = 24;

    /// <summary>The operation on flash or store in which power goes, in each; 0 = none.</summary>
    public int PowerLossAt { get; init; }

    /// <summary>Where database and log of a single world are kept; <c>null</c> = nowhere.</summary>
    public string? Keep { get; init; }

    /// <summary>Where every AT byte of a single world is written; <c>null</c> = nowhere.</summary>
    public string? Transcript { get; init; }

    /// <summary>Where the totals are written as JSON; <c>null</c> = nowhere.</summary>
    public string? Summary { get; init; }
}
