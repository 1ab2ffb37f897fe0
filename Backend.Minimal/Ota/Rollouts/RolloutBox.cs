namespace JamBox.Backend.Ota.Rollouts;

/// <summary>A box in a roll-out, as stored; its state is told from its attempts and from what it last said that it runs. Times are milliseconds since 1970.</summary>
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

    /// <summary>Whether it had confirmed the release and then asked from an older one.</summary>
    public bool WentBack { get; init; }

    /// <summary>The patch of its last attempt; null = there was none.</summary>
    public long? DeltaId { get; init; }

    /// <summary>Whether it is switched on in the register.</summary>
    public required bool IsActive { get; init; }

    /// <summary>When it last spoke.</summary>
    public long? LastSeenAt { get; init; }

    /// <summary>Version that it last said it runs.</summary>
    public string? Version { get; init; }

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

    /// <summary>Whether it counts when a share is taken. One that came to the release by itself before its turn does not.</summary>
    public bool IsEligible => State != BoxState.Excluded && !(Stage is null && State == BoxState.Current);

    /// <summary>Whether a stage waits for it no longer: switched off, silent for too long, or not moving for a week.</summary>
    /// <param name="rollout">The roll-out.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public bool IsLeftBehind(Rollout rollout, long now) =>
        BoxState.IsPending(State)
        && (!IsActive || LastSeenAt is null || now - LastSeenAt > rollout.SilentHours * HourMs || now - MovedAt(rollout, now) > StallMs);

    private long MovedAt(Rollout rollout, long now) => Math.Max(StagedAt ?? now, Math.Max(ChangedAt ?? 0, rollout.ResumedAt ?? 0));
}
