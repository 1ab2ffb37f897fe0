using JamBox.Twin.Run;

namespace JamBox.Twin.Ota;

/// <summary>How one box got through its update.</summary>
internal sealed record UpdateTrialResult
{
    /// <summary>The losses of power that were planned.</summary>
    public required IReadOnlyList<PowerCut> Cuts { get; init; }

    /// <summary>What the box was at when power went, one for each loss that came.</summary>
    public required IReadOnlyList<string> Phases { get; init; }

    /// <summary>What is wrong; empty = nothing.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Operations on flash and store, over all boots, until the backend knew of the success.</summary>
    public required int Operations { get; init; }

    /// <summary>The number of the first operation on the patch's partition.</summary>
    public required int FirstOperation { get; init; }

    /// <summary>How often the box booted.</summary>
    public required int Boots { get; init; }

    /// <summary>Virtual ms from power-on until the backend knew of the success.</summary>
    public required long VirtualMs { get; init; }

    /// <summary>Readings that are stored.</summary>
    public required int Readings { get; init; }

    /// <summary>Chunks that were fetched, repeats included.</summary>
    public required int Chunks { get; init; }

    /// <summary>Virtual ms that the boot copies took, in all boots.</summary>
    public required long BootCopyMs { get; init; }
}
