using JamBox.Twin.Faults;

namespace JamBox.Twin.Ota;

/// <summary>How a soak of updates is to be.</summary>
internal sealed record UpdateSoakOptions
{
    /// <summary>How many worlds.</summary>
    public int Worlds { get; init; } = 1;

    /// <summary>Seed of the first; the others follow.</summary>
    public long FirstSeed { get; init; } = 1;

    /// <summary>What may go wrong.</summary>
    public required FaultProfile Faults { get; init; }

    /// <summary>What the command line said of <see cref="Faults"/>, for the replay.</summary>
    public required string FaultsArgument { get; init; }

    /// <summary>Where databases and logs are kept; <c>null</c> = nowhere.</summary>
    public string? Keep { get; init; }
}
