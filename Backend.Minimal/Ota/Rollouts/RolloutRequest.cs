using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Ota.Rollouts;

/// <summary>What an admin sends to make a roll-out.</summary>
internal sealed class RolloutRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<RolloutRequest> Fields = new(
        new NumberField<RolloutRequest>("firmware_id", 1, int.MaxValue, static (r, v) => r.FirmwareId = v),
        new StagesField("stages", static (r, v) => r.Stages = v),
        new TimeField<RolloutRequest>("start_at", static (r, v) => r.StartAtSeconds = v),
        new WindowField("window", static (r, v) => r.Window = v),
        new NumberField<RolloutRequest>("max_failures", 0, 1_000_000, static (r, v) => r.MaxFailures = (int)v),
        new NumberField<RolloutRequest>("max_failure_percent", 0, 100, static (r, v) => r.MaxFailurePercent = (int)v),
        new NumberField<RolloutRequest>("min_sample", 1, 1_000_000, static (r, v) => r.MinSample = (int)v),
        new BoolField<RolloutRequest>("auto_advance", static (r, v) => r.AutoAdvance = v),
        new NumberField<RolloutRequest>("soak_minutes", 0, 44_640, static (r, v) => r.SoakMinutes = (int)v),
        new NumberField<RolloutRequest>("silent_hours", 1, 8_784, static (r, v) => r.SilentHours = (int)v),
        new ListField<RolloutRequest>("exclude", 1000, static (r, v) => r.Exclude = v),
        new TextField<RolloutRequest>("notes", static (r, v) => r.Notes = v));

    /// <summary>The build.</summary>
    [JsonPropertyName("firmware_id")]
    public long? FirmwareId { get; set; }

    /// <summary>1 to 20 stages; each takes the ones before it in. The first is the canary.</summary>
    [JsonPropertyName("stages")]
    public IReadOnlyList<RolloutStage>? Stages { get; set; }

    /// <summary>Not before this time: ISO 8601 UTC, or seconds since 1970. It still has to be started.</summary>
    [JsonPropertyName("start_at")]
    public long? StartAtSeconds { get; set; }

    /// <summary>The time of the day in which boxes are served; always unless said.</summary>
    [JsonPropertyName("window")]
    public WindowView? Window { get; set; }

    /// <summary>Failures that are borne, 0 to 1,000,000; one more stops the roll-out. 2 unless said.</summary>
    [JsonPropertyName("max_failures")]
    public int MaxFailures { get; set; } = 2;

    /// <summary>Share of failures that is borne, 0 to 100 per cent of the boxes that have ended. 10 unless said.</summary>
    [JsonPropertyName("max_failure_percent")]
    public int MaxFailurePercent { get; set; } = 10;

    /// <summary>Boxes that must have ended before the share can stop the roll-out, 1 to 1,000,000. 10 unless said.</summary>
    [JsonPropertyName("min_sample")]
    public int MinSample { get; set; } = 10;

    /// <summary>Whether it goes on by itself when a stage is complete. true unless said.</summary>
    [JsonPropertyName("auto_advance")]
    public bool AutoAdvance { get; set; } = true;

    /// <summary>Minutes between the last end in a stage and the next stage, 0 to 44,640 (31 days). 60 unless said.</summary>
    [JsonPropertyName("soak_minutes")]
    public int SoakMinutes { get; set; } = 60;

    /// <summary>Hours of silence after which a stage does not wait for a box, 1 to 8,784. 24 unless said, as long as a box needs to be called offline.</summary>
    [JsonPropertyName("silent_hours")]
    public int SilentHours { get; set; } = 24;

    /// <summary>Boxes that are not to have the release.</summary>
    [JsonPropertyName("exclude")]
    public IReadOnlyList<string> Exclude { get; set; } = [];

    /// <summary>At most 64 characters, for people.</summary>
    [JsonPropertyName("notes")]
    public string? Notes { get; set; }

    /// <summary>Checks what the fields alone cannot.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? FindFault()
    {
        if (FirmwareId is null || Stages is null)
        {
            return FirmwareId is null ? "firmware_id: is required, the id of a build" : "stages: is required, such as [{\"percent\":10},{\"percent\":100}]";
        }

        int last = 0;
        HashSet<string> named = [];
        foreach (RolloutStage stage in Stages)
        {
            if (stage.Percent <= last)
            {
                return "stages: every percent must be greater than the one before, they include each other";
            }

            last = stage.Percent ?? last;
            foreach (string device in stage.Devices)
            {
                if (!named.Add(device))
                {
                    return $"stages: {device} is named twice";
                }
            }
        }

        return Exclude.FirstOrDefault(named.Contains) is { } both ? $"exclude: {both} is named in stages too" : null;
    }
}
