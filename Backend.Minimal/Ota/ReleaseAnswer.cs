namespace JamBox.Backend.Ota;

/// <summary>What a device of ours is told.</summary>
/// <param name="Build">The release; null = none.</param>
/// <param name="Delta">The patch to it.</param>
/// <param name="Reason">Why there is none, in one word.</param>
internal readonly record struct ReleaseAnswer(FirmwareBuild? Build, Delta? Delta, string? Reason)
{
    /// <summary>Nothing for it.</summary>
    public static ReleaseAnswer No(string reason) => new(null, null, reason);
}
