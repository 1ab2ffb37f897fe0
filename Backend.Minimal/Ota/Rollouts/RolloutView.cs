using System.Text.Json.Serialization;

namespace JamBox.Backend.Ota.Rollouts;

/// <summary>A roll-out as people see it.</summary>
internal sealed class RolloutView
{
    /// <summary>Its id.</summary>
    [JsonPropertyName("id")]
    public required long Id { get; init; }

    /// <summary>The build.</summary>
    [JsonPropertyName("firmware_id")]
    public required long FirmwareId { get; init; }

    /// <summary>Hardware id of the build.</summary>
    [JsonPropertyName("hw")]
    public required string Hardware { get; init; }

    /// <summary>Version of the build.</summary>
    [JsonPropertyName("version")]
    public required string Version { get; init; }

    /// <summary>Sequence of the build.</summary>
    [JsonPropertyName("sequence")]
    public required int Sequence { get; init; }

    /// <summary>draft, scheduled, canary, rolling, done, paused, aborted or stopped.</summary>
    [JsonPropertyName("state")]
    public required string State { get; init; }

    /// <summary>Why, when somebody or something said so.</summary>
    [JsonPropertyName("reason")]
    public required string? Reason { get; init; }

    /// <summary>The stage that it is in, from 0; null before the start.</summary>
    [JsonPropertyName("stage")]
    public required int? Stage { get; init; }

    /// <summary>When that stage began.</summary>
    [JsonPropertyName("stage_at")]
    public required DateTime? StageAt { get; init; }

    /// <summary>What it waits for, while it runs; null = for nothing. Only where one roll-out is shown.</summary>
    [JsonPropertyName("waits_for")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? WaitsFor { get; set; }

    /// <summary>The stages. Of boxes by name, those that the caller may see.</summary>
    [JsonPropertyName("stages")]
    public required IReadOnlyList<StageView> Stages { get; init; }

    /// <summary>Not before.</summary>
    [JsonPropertyName("start_at")]
    public required DateTime? StartAt { get; init; }

    /// <summary>The time of the day; null = always.</summary>
    [JsonPropertyName("window")]
    public required WindowView? Window { get; init; }

    /// <summary>Failures that are borne; one more stops it.</summary>
    [JsonPropertyName("max_failures")]
    public required int MaxFailures { get; init; }

    /// <summary>Share of failures that is borne, per cent of the boxes that have ended.</summary>
    [JsonPropertyName("max_failure_percent")]
    public required int MaxFailurePercent { get; init; }

    /// <summary>Boxes that must have ended before the share can stop it.</summary>
    [JsonPropertyName("min_sample")]
    public required int MinSample { get; init; }

    /// <summary>Whether it goes on by itself.</summary>
    [JsonPropertyName("auto_advance")]
    public required bool AutoAdvance { get; init; }

    /// <summary>Minutes between the last end in a stage and the next stage.</summary>
    [JsonPropertyName("soak_minutes")]
    public required int SoakMinutes { get; init; }

    /// <summary>Hours of silence after which a stage does not wait for a box.</summary>
    [JsonPropertyName("silent_hours")]
    public required int SilentHours { get; init; }

    /// <summary>What the operator wrote.</summary>
    [JsonPropertyName("notes")]
    public required string? Notes { get; init; }

    /// <summary>Name of the key that made it.</summary>
    [JsonPropertyName("created_by")]
    public required string CreatedBy { get; init; }

    /// <summary>When it was made.</summary>
    [JsonPropertyName("created_at")]
    public required DateTime CreatedAt { get; init; }

    /// <summary>When stage 0 began.</summary>
    [JsonPropertyName("started_at")]
    public required DateTime? StartedAt { get; init; }

    /// <summary>When it was done, aborted or stopped.</summary>
    [JsonPropertyName("ended_at")]
    public required DateTime? EndedAt { get; init; }

    /// <summary>Boxes by how far they are, those that the caller may see. Only where one roll-out is shown.</summary>
    [JsonPropertyName("boxes")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BoxCounts? Boxes { get; set; }

    /// <summary>How well it goes. Only where one roll-out is shown.</summary>
    [JsonPropertyName("statistics")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RolloutFigures? Statistics { get; set; }
}
