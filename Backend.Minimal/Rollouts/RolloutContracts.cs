using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Rollouts;

/// <summary>A roll-out as people see it.</summary>
internal sealed class RolloutView
{
    /// <summary>Its id.</summary>
    [JsonPropertyName("id")]
    public required long Id { get; init; }

    /// <summary>The build; null = it is of things.</summary>
    [JsonPropertyName("firmware_id")]
    public required long? FirmwareId { get; init; }

    /// <summary>Hardware id of the build; of things product, platform and environment, such as clock/esp32c3/prod.</summary>
    [JsonPropertyName("hw")]
    public required string Hardware { get; init; }

    /// <summary>The product of a release for things; null = it is of boxes.</summary>
    [JsonPropertyName("product")]
    public required string? Product { get; init; }

    /// <summary>Its platform.</summary>
    [JsonPropertyName("platform")]
    public required string? Platform { get; init; }

    /// <summary>Its environment.</summary>
    [JsonPropertyName("env")]
    public required string? Environment { get; init; }

    /// <summary>Version of the build or release.</summary>
    [JsonPropertyName("version")]
    public required string Version { get; init; }

    /// <summary>Sequence of the build; null of things.</summary>
    [JsonPropertyName("seq")]
    public int? Seq => Sequence;

    /// <summary>The same.</summary>
    [JsonPropertyName("sequence"), OldName("seq")]
    public required int? Sequence { get; init; }

    /// <summary>draft, scheduled, canary, rolling, done, paused, aborted or stopped.</summary>
    [JsonPropertyName("state")]
    [Words(typeof(RolloutState))]
    public required string State { get; init; }

    /// <summary>Why, when somebody or something said so.</summary>
    [JsonPropertyName("reason")]
    public required string? Reason { get; init; }

    /// <summary>
    /// Why it stopped itself, in one word: failures, health, canaries (none of the boxes that got it came through), floor (the release is
    /// below the floor that was set) or key (it is signed by a key that was revoked).
    /// </summary>
    [JsonPropertyName("cause")]
    public required string? Cause { get; init; }

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

    /// <summary>The same in a word and its numbers, for programs and other languages.</summary>
    [JsonPropertyName("hold")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RolloutHold? Hold { get; set; }

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

    /// <summary>Hours of silence after which a stage does not wait for a box that still runs the old image.</summary>
    [JsonPropertyName("silent_hours")]
    public required int SilentHours { get; init; }

    /// <summary>Report intervals of silence after which a box that has the new image has failed.</summary>
    [JsonPropertyName("silent_intervals")]
    public required int SilentIntervals { get; init; }

    /// <summary>Share of the boxes in the stages that must have proved the release before it goes on by itself, per cent.</summary>
    [JsonPropertyName("min_proved_percent")]
    public required int MinProvedPercent { get; init; }

    /// <summary>How a box that runs the release is compared with itself before.</summary>
    [JsonPropertyName("health_gate")]
    public required HealthGate Gate { get; init; }

    /// <summary>Whose boxes it is for; null = the whole fleet. Of places, those that the caller may see.</summary>
    [JsonPropertyName("target")]
    public required RolloutTarget? Target { get; init; }

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

    /// <summary>
    /// What keeps boxes from the release, those that the caller may see: before the start those of the whole fleet. Only where one roll-out
    /// is shown.
    /// </summary>
    [JsonPropertyName("obstacles")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<ObstacleView>? Obstacles { get; set; }

    /// <summary>How well it goes. Only where one roll-out is shown.</summary>
    [JsonPropertyName("statistics")]
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public RolloutFigures? Statistics { get; set; }
}

/// <summary>A stage, as ordered.</summary>
/// <param name="Number">From 0.</param>
/// <param name="Percent">Share of the eligible boxes, those of the stages before included; null = by name.</param>
/// <param name="Devices">The boxes by name; null with a percentage.</param>
/// <param name="Boxes">The boxes that came in with it; null in lists.</param>
/// <param name="Statistics">How well it went for them; null in lists.</param>
internal sealed record StageView(
    [property: JsonPropertyName("number")] int Number,
    [property: JsonPropertyName("percent")] int? Percent,
    [property: JsonPropertyName("devices")] IReadOnlyList<string>? Devices,
    [property: JsonPropertyName("boxes"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] BoxCounts? Boxes,
    [property: JsonPropertyName("statistics"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] RolloutFigures? Statistics);

/// <summary>The time of the day in which boxes are served.</summary>
/// <param name="From">First minute, such as 22:00.</param>
/// <param name="To">First minute that is outside again.</param>
/// <param name="TimeZone">IANA id, or UTC.</param>
internal sealed record WindowView(
    [property: JsonPropertyName("from")] string From,
    [property: JsonPropertyName("to")] string To,
    [property: JsonPropertyName("timezone")] string TimeZone)
{
    /// <summary>The same.</summary>
    [JsonPropertyName("time_zone"), OldName("timezone")]
    public string OldTimeZone => TimeZone;
}

/// <summary>A box in a roll-out.</summary>
/// <param name="DeviceId">The box.</param>
/// <param name="Stage">Since which stage it may have the release; null = not yet.</param>
/// <param name="StagedAt">When that was.</param>
/// <param name="State">waiting, blocked, offered, downloading, verifying, applying, staged, trial, confirmed, current, unhealthy, silent,
/// failed, rolled_back or excluded.</param>
/// <param name="Why">Why: of a failure the box's word, of silence the state in which it fell silent, no_readings or not_installed, of an
/// unhealthy box the measures, of a blocked one
/// native, no_profile, no_patch, no_key or pinned, of one that waits never_asked, of an exclusion operator, failed_before,
/// hardware, target or retired.</param>
/// <param name="Told">Why it got nothing when it last asked, in the word that it was told; null = it was offered something, or never
/// asked.</param>
/// <param name="ProvedAt">When it had proved the release: fresh readings, and as well as before.</param>
/// <param name="Health">How it does against itself before; null = not compared yet.</param>
/// <param name="IsLeftBehind">Whether its stage waits for it no longer.</param>
/// <param name="Version">Version that it last said it runs.</param>
/// <param name="LastSeenAt">When it last spoke.</param>
/// <param name="Chunks">Chunks that it has; of a thing per cent.</param>
/// <param name="ChunkCount">Of how many; of a thing 100, 0 before it began.</param>
/// <param name="OfferedAt">When its last attempt began.</param>
/// <param name="ChangedAt">When it last moved.</param>
/// <param name="EndedAt">When its last attempt ended.</param>
internal sealed record RolloutBoxView(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("stage")] int? Stage,
    [property: JsonPropertyName("staged_at")] DateTime? StagedAt,
    [property: JsonPropertyName("state"), Words(typeof(BoxState))] string State,
    [property: JsonPropertyName("why")] string? Why,
    [property: JsonPropertyName("told")] string? Told,
    [property: JsonPropertyName("proved_at")] DateTime? ProvedAt,
    [property: JsonPropertyName("health")] BoxHealth? Health,
    [property: JsonPropertyName("left_behind")] bool IsLeftBehind,
    [property: JsonPropertyName("version")] string? Version,
    [property: JsonPropertyName("last_seen_at")] DateTime? LastSeenAt,
    [property: JsonPropertyName("chunks")] int Chunks,
    [property: JsonPropertyName("chunk_count")] int ChunkCount,
    [property: JsonPropertyName("offered_at")] DateTime? OfferedAt,
    [property: JsonPropertyName("changed_at")] DateTime? ChangedAt,
    [property: JsonPropertyName("ended_at")] DateTime? EndedAt);

/// <summary>Which boxes are taken out of a roll-out, or in again.</summary>
internal sealed class BoxesRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<BoxesRequest> Fields = new(
        new ListField<BoxesRequest>("devices", 1000, static (r, v) => r.Devices = v) { IsRequired = true });

    /// <summary>1 to 1,000 ids.</summary>
    [JsonPropertyName("devices")]
    public IReadOnlyList<string> Devices { get; set; } = [];

    /// <summary>Checks what the field alone cannot.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? FindFault() => Devices.Count == 0 ? "devices: is required, a list of ids" : null;
}

/// <summary>Serializers of roll-outs, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(RolloutRequest))]
[JsonSerializable(typeof(BoxesRequest))]
[JsonSerializable(typeof(List<RolloutView>))]
[JsonSerializable(typeof(List<RolloutBoxView>))]
[JsonSerializable(typeof(PreflightView))]
[JsonSerializable(typeof(BoxHealth))]
[JsonSerializable(typeof(BoxUpdate))]
internal sealed partial class RolloutJson : JsonSerializerContext;
