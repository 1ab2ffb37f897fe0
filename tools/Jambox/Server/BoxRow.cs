namespace JamBox.Bench.Server;

/// <summary>A box in a roll-out.</summary>
/// <param name="DeviceId">The box.</param>
/// <param name="Stage">Since which stage it may have the release; <c>null</c> = not yet.</param>
/// <param name="State">waiting, blocked, offered, downloading, verifying, applying, staged, trial, confirmed, current, unhealthy, silent,
/// failed, rolled_back or excluded.</param>
/// <param name="Why">Why.</param>
/// <param name="LeftBehind">Whether its stage waits for it no longer.</param>
/// <param name="Version">What it last said it runs.</param>
/// <param name="LastSeenAt">When it last spoke.</param>
/// <param name="Chunks">Chunks that it has.</param>
/// <param name="ChunkCount">Of how many.</param>
/// <param name="Told">Why it got nothing when it last asked.</param>
/// <param name="ProvedAt">When it had proved the release.</param>
/// <param name="Health">How it does against itself before.</param>
internal sealed record BoxRow(
    string DeviceId, int? Stage, string State, string? Why, bool LeftBehind, string? Version, DateTimeOffset? LastSeenAt, int Chunks,
    int ChunkCount, string? Told = null, DateTimeOffset? ProvedAt = null, HealthRow? Health = null)
{
    private const double DownloadShare = 0.8;

    /// <summary>How far it is, 0 to 1. Fetching the patch is most of the time.</summary>
    public double Share => State switch
    {
        "downloading" => ChunkCount > 0 ? DownloadShare * Chunks / ChunkCount : 0,
        "verifying" => DownloadShare,
        "applying" => 0.85,
        "staged" => 0.9,
        "trial" => 0.95,
        "confirmed" or "current" => 1,
        _ => 0,
    };

    /// <summary>
    /// Why, for people: of a box that has yet to prove the release what is waited for, of one that waits what it was told.
    /// </summary>
    public string Because => (Why, Health?.Text, State, Told) switch
    {
        (_, { Length: > 0 } health, "unhealthy", _) => health,
        (_, { Length: > 0 } health, "confirmed", _) => health,
        (null, _, "waiting", { } told) => told,
        _ => Why ?? string.Empty,
    };

    /// <summary>Whether the release did not stay on it, or it does worse with it.</summary>
    public bool IsFailure => State is "failed" or "rolled_back" or "silent" or "unhealthy";
}
