using JamBox.Twin.Faults;
using JamBox.Twin.Modem;
using JamBox.Twin.Run;

namespace JamBox.Twin.Soak;

/// <summary>How a world is to be.</summary>
internal sealed record WorldOptions
{
    /// <summary>What everything random follows from.</summary>
    public required long Seed { get; init; }

    /// <summary>What may go wrong.</summary>
    public required FaultProfile Faults { get; init; }

    /// <summary>Whether the seed draws a mix out of <see cref="Faults"/>.</summary>
    public bool IsMixed { get; init; } = true;

    /// <summary>Virtual hours for which people walk by.</summary>
    public double Hours { get; init; } = 24;

    /// <summary>People an hour; <c>null</c> = the seed says.</summary>
    public double? Crowd { get; init; }

    /// <summary>How fast the chip is, IL instructions a second; <c>null</c> = the seed says, 500,000 to 5,000,000.</summary>
    public int? IlASecond { get; init; }

    /// <summary>The operation on flash or store in which power goes; 0 = none.</summary>
    public int PowerLossAt { get; init; }

    /// <summary>Where its database goes.</summary>
    public required string Folder { get; init; }

    /// <summary>Where every AT byte is written; <c>null</c> = nowhere.</summary>
    public string? Transcript { get; init; }

    /// <summary>Whether the box's log is written into the folder.</summary>
    public bool KeepsLog { get; init; }

    /// <summary>Meddles with the world before it begins, so that the checks themselves can be tested.</summary>
    public Action<DeviceRun, Invariants, VirtualHttpBridge>? Prepared { get; init; }

    /// <summary>Meddles with the database before it is checked.</summary>
    public Action<string>? Ended { get; init; }
}
