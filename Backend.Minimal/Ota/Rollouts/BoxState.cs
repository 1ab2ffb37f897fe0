namespace JamBox.Backend.Ota.Rollouts;

/// <summary>How far a box is in a roll-out: the states of an attempt, and these.</summary>
internal static class BoxState
{
    /// <summary>It has not been offered the release yet, or may have it again.</summary>
    public const string Waiting = "waiting";

    /// <summary>It runs the release, or a newer one, without this roll-out's help.</summary>
    public const string Current = "current";

    /// <summary>It does not get the release: an operator said so, it failed at it before, or it is other hardware.</summary>
    public const string Excluded = "excluded";

    /// <summary>All of them, in the order in which a box goes through them.</summary>
    public static readonly string[] All =
    [
        Waiting, AttemptState.Offered, AttemptState.Downloading, AttemptState.Verifying, AttemptState.Applying, AttemptState.Staged,
        AttemptState.Trial, AttemptState.Confirmed, Current, AttemptState.Failed, AttemptState.RolledBack, Excluded,
    ];

    /// <summary>Whether something is still to come.</summary>
    public static bool IsPending(string state) => !IsWell(state) && !IsFailure(state) && state != Excluded;

    /// <summary>Whether it runs the release for good.</summary>
    public static bool IsWell(string state) => state is AttemptState.Confirmed or Current;

    /// <summary>Whether the release did not stay on it.</summary>
    public static bool IsFailure(string state) => state is AttemptState.Failed or AttemptState.RolledBack;
}
