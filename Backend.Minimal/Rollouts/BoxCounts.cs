using System.Text.Json.Serialization;

using JamBox.Backend.Updates;

namespace JamBox.Backend.Rollouts;

/// <summary>Boxes by how far they are.</summary>
internal sealed class BoxCounts
{
    /// <summary>Those of which a stage takes its share.</summary>
    [JsonPropertyName("eligible")]
    public int Eligible { get; set; }

    /// <summary>Those that may have the release.</summary>
    [JsonPropertyName("in_stage")]
    public int InStage { get; set; }

    /// <summary>Those in the stage that are not waited for: switched off, silent with the old image, or not moving for a week.</summary>
    [JsonPropertyName("left_behind")]
    public int LeftBehind { get; set; }

    /// <summary>Not offered yet, or again; with those whose stage has not come.</summary>
    [JsonPropertyName("waiting")]
    public int Waiting { get; set; }

    /// <summary>Told of it.</summary>
    [JsonPropertyName("offered")]
    public int Offered { get; set; }

    /// <summary>Fetching chunks.</summary>
    [JsonPropertyName("downloading")]
    public int Downloading { get; set; }

    /// <summary>Checking what they fetched.</summary>
    [JsonPropertyName("verifying")]
    public int Verifying { get; set; }

    /// <summary>Making the new image.</summary>
    [JsonPropertyName("applying")]
    public int Applying { get; set; }

    /// <summary>Ready to boot it.</summary>
    [JsonPropertyName("staged")]
    public int Staged { get; set; }

    /// <summary>Running it on trial.</summary>
    [JsonPropertyName("trial")]
    public int Trial { get; set; }

    /// <summary>Running it for good.</summary>
    [JsonPropertyName("confirmed")]
    public int Confirmed { get; set; }

    /// <summary>Those of them that proved it: fresh readings of the new version, and as well as before.</summary>
    [JsonPropertyName("proved")]
    public int Proved { get; set; }

    /// <summary>Running it, and worse than before.</summary>
    [JsonPropertyName("unhealthy")]
    public int Unhealthy { get; set; }

    /// <summary>Not heard of since they have the new image.</summary>
    [JsonPropertyName("silent")]
    public int Silent { get; set; }

    /// <summary>Unable or unwilling to take it.</summary>
    [JsonPropertyName("blocked")]
    public int Blocked { get; set; }

    /// <summary>Running it, or something newer, without this roll-out's help.</summary>
    [JsonPropertyName("current")]
    public int Current { get; set; }

    /// <summary>Gave up before they ran it.</summary>
    [JsonPropertyName("failed")]
    public int Failed { get; set; }

    /// <summary>Went back to the image before.</summary>
    [JsonPropertyName("rolled_back")]
    public int RolledBack { get; set; }

    /// <summary>Not to have it.</summary>
    [JsonPropertyName("excluded")]
    public int Excluded { get; set; }

    /// <summary>Counts.</summary>
    /// <param name="rollout">The roll-out.</param>
    /// <param name="boxes">Its boxes, or those of a stage.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static BoxCounts Of(Rollout rollout, IReadOnlyList<RolloutBox> boxes, long now)
    {
        Dictionary<string, int> states = boxes.CountBy(static box => box.State).ToDictionary();
        return new BoxCounts
        {
            Eligible = boxes.Count(static box => box.IsEligible),
            InStage = boxes.Count(static box => box.Stage is not null && box.State != BoxState.Excluded),
            LeftBehind = boxes.Count(box => box.Stage is not null && box.IsLeftBehind(rollout, now)),
            Waiting = In(BoxState.Waiting),
            Offered = In(AttemptState.Offered),
            Downloading = In(AttemptState.Downloading),
            Verifying = In(AttemptState.Verifying),
            Applying = In(AttemptState.Applying),
            Staged = In(AttemptState.Staged),
            Trial = In(AttemptState.Trial),
            Confirmed = In(AttemptState.Confirmed),
            Proved = boxes.Count(static box => box.State == AttemptState.Confirmed && box.ProvedAt is not null),
            Unhealthy = In(BoxState.Unhealthy),
            Silent = In(BoxState.Silent),
            Blocked = In(BoxState.Blocked),
            Current = In(BoxState.Current),
            Failed = In(AttemptState.Failed),
            RolledBack = In(AttemptState.RolledBack),
            Excluded = In(BoxState.Excluded),
        };

        int In(string state) => states.GetValueOrDefault(state);
    }
}
