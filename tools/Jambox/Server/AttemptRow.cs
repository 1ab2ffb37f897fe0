namespace JamBox.Bench.Server;

/// <summary>An attempt of a box at a release.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="DeviceId">The box.</param>
/// <param name="RolloutId">The roll-out that gave it.</param>
/// <param name="BaseVersion">From which version; <c>null</c> = the full image.</param>
/// <param name="Profile">L, H or E.</param>
/// <param name="State">offered, downloading, verifying, applying, staged, trial, confirmed, rolled_back or failed.</param>
/// <param name="Why">Why it ended so.</param>
/// <param name="Chunks">Chunks that were given.</param>
/// <param name="ChunkCount">Of how many.</param>
/// <param name="ChangedAt">When the box was last heard about it.</param>
/// <param name="Seconds">From the offer to the end.</param>
internal sealed record AttemptRow(
    long Id, string DeviceId, long? RolloutId, string? BaseVersion, string Profile, string State, string? Why, int Chunks, int ChunkCount,
    DateTimeOffset ChangedAt, double? Seconds);
