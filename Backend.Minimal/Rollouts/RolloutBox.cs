using JamBox.Backend.Updates;

namespace JamBox.Backend.Rollouts;

/// <summary>
/// A box in a roll-out, as stored; its state is told from its attempts, from what it last said that it runs, and from its silence, which
/// <see cref="BoxJudge"/> judges. Times are milliseconds since 1970.
/// </summary>
internal sealed record RolloutBox
{
    /// <summary>A box that speaks but does not move is not waited for after this time, ms: a week.</summary>
    public const long StallMs = 7 * 24 * 60 * 60 * 1000L;

    private const long HourMs = 60 * 60 * 1000L;

    /// <summary>The box.</summary>
    public required string DeviceId { get; init; }

    /// <summary>The stage that names it; null = none does.</summary>
    public int? Listed { get; init; }

    /// <summary>Since which stage it may have the release; null = not yet.</summary>
    public int? Stage { get; init; }

    /// <summary>When that was.</summary>
    public long? StagedAt { get; init; }

    /// <summary>One of <see cref="BoxState"/>.</summary>
    public required string State { get; init; }

    /// <summary>Why.</summary>
    public string? Why { get; init; }

    /// <summary>The state of its last attempt, before anybody judged it; null = there was none, or it no longer counts.</summary>
    public string? AttemptWord { get; init; }

    /// <summary>Why, in the attempt.</summary>
    public string? AttemptWhy { get; init; }

    /// <summary>Whether it had confirmed the release and then asked from an older one.</summary>
    public bool WentBack { get; init; }

    /// <summary>The patch of its last attempt; null = there was none.</summary>
    public long? PatchId { get; init; }

    /// <summary>Whether it is switched on in the register.</summary>
    public required bool IsActive { get; init; }

    /// <summary>When it was retired; null = it is in use.</summary>
    public long? RetiredAt { get; init; }

    /// <summary>When a new token of it was first used: since then it may be another box. null = never.</summary>
    public long? RenewedAt { get; init; }

    /// <summary>When it last spoke.</summary>
    public long? LastSeenAt { get; init; }

    /// <summary>Its report interval, ms.</summary>
    public required long ReportIntervalMs { get; init; }

    /// <summary>Version that it last said it runs.</summary>
    public string? Version { get; init; }

    /// <summary>Hash of the image that it last said it runs, its first 16 digits; null = it never asked.</summary>
    public string? Base { get; init; }

    /// <summary>The patch profiles that it can apply.</summary>
    public string? Profiles { get; init; }

    /// <summary>The version that an operator pinned it to.</summary>
    public string? PinnedTo { get; init; }

    /// <summary>Whether its last update failed because it has no key to check signatures with, and nobody has allowed it since.</summary>
    public bool HasNoKey { get; init; }

    /// <summary>Why it got nothing when it last asked.</summary>
    public string? Reason { get; init; }

    /// <summary>Chunks that it has.</summary>
    public int Chunks { get; init; }

    /// <summary>Of how many.</summary>
    public int ChunkCount { get; init; }

    /// <summary>When its last attempt began.</summary>
    public long? OfferedAt { get; init; }

    /// <summary>When it last moved.</summary>
    public long? ChangedAt { get; init; }

    /// <summary>When its last attempt ended.</summary>
    public long? EndedAt { get; init; }

    /// <summary>When it was last compared with itself before.</summary>
    public long? MeasuredAt { get; init; }

    /// <summary>When a reading of the release last came, as far as <see cref="MeasuredAt"/> knows.</summary>
    public long? ReadingAt { get; init; }

    /// <summary>When it had shown that it does as well as before; null = not yet.</summary>
    public long? ProvedAt { get; init; }

    /// <summary>The measures in which it does worse than before; null = none.</summary>
    public string? Unhealthy { get; init; }

    /// <summary>The comparison, <see cref="BoxHealth"/> as JSON.</summary>
    public string? Health { get; init; }

    /// <summary>What listeners were last told of it.</summary>
    public string? Told { get; init; }

    /// <summary>Whether it counts when a share is taken. One that came to the release by itself before its turn does not.</summary>
    public bool IsEligible => State != BoxState.Excluded && !(Stage is null && State == BoxState.Current);

    /// <summary>
    /// Whether it runs the release itself and has to prove it: that it confirmed it is not enough. One that runs something newer has
    /// nothing to prove.
    /// </summary>
    /// <param name="rollout">The roll-out.</param>
    public bool HasToProve(Rollout rollout) =>
        State is AttemptState.Confirmed or BoxState.Unhealthy || (State == BoxState.Current && Base == rollout.Base);

    /// <summary>Whether it runs the release, and proved it where it has to.</summary>
    /// <param name="rollout">The roll-out.</param>
    public bool IsWell(Rollout rollout) => BoxState.RunsIt(State) && (ProvedAt is not null || !HasToProve(rollout));

    /// <summary>Whether it still has to show that it does as well as before.</summary>
    /// <param name="rollout">The roll-out.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public bool IsUnproved(Rollout rollout, long now) => BoxState.RunsIt(State) && !IsWell(rollout) && !IsLeftBehind(rollout, now);

    /// <summary>Whether a stage waits for it no longer: switched off, silent for too long, or not moving for a week.</summary>
    /// <param name="rollout">The roll-out.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public bool IsLeftBehind(Rollout rollout, long now) =>
        BoxState.IsPending(State) ? !IsActive || IsSilentFor(rollout, now, LastSeenAt) || now - MovedAt(rollout, now) > StallMs
        // Somebody else brought it to the release: its silence says nothing about what this roll-out does.
        : State == BoxState.Current && !IsWell(rollout)
            && (!IsActive || IsSilentFor(rollout, now, Math.Max(ReadingAt ?? 0, StagedAt ?? now)));

    private static bool IsSilentFor(Rollout rollout, long now, long? lastAt) =>
        lastAt is null || now - Math.Max(lastAt.Value, rollout.AwakeAt ?? 0) > rollout.SilentHours * HourMs;

    private long MovedAt(Rollout rollout, long now) => Math.Max(StagedAt ?? now, Math.Max(ChangedAt ?? 0, rollout.ResumedAt ?? 0));
}

/// <summary>How far a box is in a roll-out: the states of an attempt, and these.</summary>
internal static class BoxState
{
    /// <summary>It has not been offered the release yet, or may have it again.</summary>
    public const string Waiting = "waiting";

    /// <summary>It runs the release, or a newer one, without this roll-out's help.</summary>
    public const string Current = "current";

    /// <summary>It does not get the release: an operator said so, it failed at it before, or it is other hardware.</summary>
    public const string Excluded = "excluded";

    /// <summary>It would not take the release, or could not: its why says what stands in the way. It is not waited for.</summary>
    public const string Blocked = "blocked";

    /// <summary>
    /// It has the new image, or all that makes it, and no word or no reading comes any more. A failure, until it is heard again.
    /// </summary>
    public const string Silent = "silent";

    /// <summary>It confirmed the release and does worse than before: its why names the measures.</summary>
    public const string Unhealthy = "unhealthy";

    /// <summary>All of them, in the order in which a box goes through them.</summary>
    public static readonly string[] All =
    [
        Waiting, Blocked, AttemptState.Offered, AttemptState.Downloading, AttemptState.Verifying, AttemptState.Applying,
        AttemptState.Staged,
        AttemptState.Trial, AttemptState.Confirmed, Current, Unhealthy, Silent, AttemptState.Failed, AttemptState.RolledBack, Excluded,
    ];

    /// <summary>Whether something is still to come.</summary>
    public static bool IsPending(string state) => !RunsIt(state) && !IsFailure(state) && state is not (Excluded or Blocked or Unhealthy);

    /// <summary>Whether it says that it runs the release for good, or something newer.</summary>
    public static bool RunsIt(string state) => state is AttemptState.Confirmed or Current;

    /// <summary>Whether the release did not stay on it, or it was never heard of again.</summary>
    public static bool IsFailure(string state) => state is AttemptState.Failed or AttemptState.RolledBack or Silent;
}
