namespace JamBox.Bench.Server;

/// <summary>A patch that the server makes in the background.</summary>
/// <param name="Id">Its id, the one that boxes name.</param>
/// <param name="BaseVersion">From which version; empty or <c>null</c> for the full image.</param>
/// <param name="BaseSha256">From which image; empty, zeros or <c>null</c> for the full image.</param>
/// <param name="Profile">L, H or E.</param>
/// <param name="State">waiting, making, ready, useless (the full image is not larger) or failed.</param>
/// <param name="Percent">How far it is.</param>
/// <param name="Size">Its length, bytes.</param>
/// <param name="Chunks">In chunks of 512 bytes.</param>
/// <param name="Seconds">How long making it took.</param>
/// <param name="Error">Why it failed.</param>
internal sealed record PatchRow(
    long Id, string? BaseVersion, string? BaseSha256, string Profile, string State, double? Percent, int? Size, int? Chunks,
    double? Seconds, string? Error)
{
    /// <summary>As many as boxes tell of their image.</summary>
    private const int HashDigits = 16;

    /// <summary>Whether nothing changes any more.</summary>
    public bool IsEnded => State is "ready" or "useless" or "failed";

    /// <summary>From what, for people.</summary>
    public string Base =>
        IsFull ? "full image" : BaseVersion is { Length: > 0 } ? BaseVersion : BaseSha256![..Math.Min(BaseSha256!.Length, HashDigits)];

    /// <summary>What it is, for people.</summary>
    public string Text => $"{(IsFull ? "full image" : $"patch from {Base}")}, profile {Profile}";

    private bool IsFull => string.IsNullOrEmpty(BaseSha256?.Trim('0'));
}
