namespace JamBox.Backend.Ota;

/// <summary>Which release a device may have, as the roll-outs say.</summary>
/// <param name="FirmwareId">The build; 0 = none.</param>
/// <param name="RolloutId">The roll-out that gives it; 0 = none.</param>
/// <param name="Reason">Why there is none, in one word that devices are told: <c>no_release</c>, <c>not_in_rollout</c>, <c>paused</c> …; null when there is one.</param>
internal readonly record struct ReleaseChoice(long FirmwareId, long RolloutId, string? Reason)
{
    /// <summary>No release.</summary>
    public static ReleaseChoice No(string reason) => new(0, 0, reason);

    /// <summary>A release.</summary>
    public static ReleaseChoice Of(long firmwareId, long rolloutId) => new(firmwareId, rolloutId, null);
}
