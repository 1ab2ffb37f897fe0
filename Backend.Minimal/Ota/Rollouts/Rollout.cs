namespace JamBox.Backend.Ota.Rollouts;

/// <summary>A roll-out with the release that it brings, as stored. Times are milliseconds since 1970.</summary>
internal sealed record Rollout
{
    /// <summary>Its row.</summary>
    public required long Id { get; init; }

    /// <summary>The build.</summary>
    public required long FirmwareId { get; init; }

    /// <summary>Hardware id of the build.</summary>
    public required string Hardware { get; init; }

    /// <summary>Version of the build.</summary>
    public required string Version { get; init; }

    /// <summary>Sequence of the build.</summary>
    public required int Sequence { get; init; }

    /// <summary>SHA-256 of its image, 64 hex digits.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Whether its signed manifest is here.</summary>
    public required bool IsSigned { get; init; }

    /// <summary>One of <see cref="RolloutState"/>.</summary>
    public required string State { get; init; }

    /// <summary>The stage that it is in, from 0; null before the start.</summary>
    public int? Stage { get; init; }

    /// <summary>When that stage began.</summary>
    public long? StageAt { get; init; }

    /// <summary>Not before.</summary>
    public long? StartAt { get; init; }

    /// <summary>The time of the day; null = always.</summary>
    public RolloutWindow? Window { get; init; }

    /// <summary>Failures that are borne; one more stops it.</summary>
    public required int MaxFailures { get; init; }

    /// <summary>Share of failures that is borne, per cent of the boxes that have ended.</summary>
    public required int MaxFailurePercent { get; init; }

    /// <summary>Boxes that must have ended before the share can stop it.</summary>
    public required int MinSample { get; init; }

    /// <summary>Whether it goes on by itself when a stage is complete.</summary>
    public required bool AutoAdvance { get; init; }

    /// <summary>Minutes between the last end in a stage and the next stage.</summary>
    public required int SoakMinutes { get; init; }

    /// <summary>Hours of silence after which a stage does not wait for a box.</summary>
    public required int SilentHours { get; init; }

    /// <summary>What the operator wrote.</summary>
    public string? Notes { get; init; }

    /// <summary>Why it is in its state, when somebody or something said so.</summary>
    public string? Reason { get; init; }

    /// <summary>Name of the key that made it.</summary>
    public required string CreatedBy { get; init; }

    /// <summary>When it was made.</summary>
    public required long CreatedAt { get; init; }

    /// <summary>When stage 0 began.</summary>
    public long? StartedAt { get; init; }

    /// <summary>When it was last let go on after a pause: time in a pause is nobody's fault.</summary>
    public long? ResumedAt { get; init; }

    /// <summary>When it was done, aborted or stopped.</summary>
    public long? EndedAt { get; init; }

    /// <summary>The first 16 digits of the hash, as boxes tell it.</summary>
    public string Base => Sha256[..16];

    /// <summary>Whether the release is news for a box that runs this.</summary>
    /// <param name="baseHash">First 16 hex digits of the image's hash.</param>
    /// <param name="sequence">Sequence of that image.</param>
    public bool IsNewFor(string baseHash, int sequence) => sequence < Sequence && baseHash != Base;
}
