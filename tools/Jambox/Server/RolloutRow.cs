namespace JamBox.Bench.Server;

/// <summary>A roll-out as the server shows it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="FirmwareId">The build; null of things.</param>
/// <param name="Hw">Its board; of things product, platform and environment.</param>
/// <param name="Version">Its version.</param>
/// <param name="Sequence">Its sequence; null of things.</param>
/// <param name="State">draft, scheduled, canary, rolling, done, paused, aborted or stopped.</param>
/// <param name="Reason">Why, when somebody or something said so.</param>
/// <param name="Cause">Why it stopped itself: failures, health or canaries.</param>
/// <param name="Stage">The stage that it is in, from 0.</param>
/// <param name="WaitsFor">What it waits for, while it runs.</param>
/// <param name="Stages">The stages.</param>
/// <param name="StartAt">Not before.</param>
/// <param name="Window">The time of the day in which boxes are served.</param>
/// <param name="MaxFailures">Failures that are borne.</param>
/// <param name="MaxFailurePercent">Share of failures that is borne.</param>
/// <param name="AutoAdvance">Whether it goes on by itself.</param>
/// <param name="SoakMinutes">Minutes between the last end in a stage and the next stage.</param>
/// <param name="SilentHours">Hours of silence after which a box with the old image is not waited for.</param>
/// <param name="SilentIntervals">Report intervals of silence after which a box with the new image has failed.</param>
/// <param name="MinProvedPercent">Share of boxes that must have proved it.</param>
/// <param name="HealthGate">The limits of the health gate, by name.</param>
/// <param name="Notes">What the operator wrote.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="StartedAt">When stage 0 began.</param>
/// <param name="EndedAt">When it was done, aborted or stopped.</param>
/// <param name="Boxes">Boxes by how far they are; only when one roll-out is asked for.</param>
/// <param name="Statistics">How well it goes; only when one roll-out is asked for.</param>
/// <param name="Obstacles">What keeps boxes from it; only when one roll-out is asked for.</param>
/// <param name="Target">Whose boxes it is for; null = the whole fleet.</param>
/// <param name="Product">The product of a release for things; null = it is of boxes.</param>
/// <param name="Platform">Its platform.</param>
/// <param name="Env">Its environment.</param>
internal sealed record RolloutRow(
    long Id, long? FirmwareId, string Hw, string Version, int? Sequence, string State, string? Reason, string? Cause, int? Stage,
    string? WaitsFor, StageRow[] Stages,
    DateTimeOffset? StartAt, WindowRow? Window, int MaxFailures, int MaxFailurePercent, bool AutoAdvance, int SoakMinutes, int SilentHours,
    int SilentIntervals, int MinProvedPercent, Dictionary<string, int> HealthGate, string? Notes,
    DateTimeOffset CreatedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt, BoxCountsRow? Boxes, StatisticsRow? Statistics,
    ObstacleRow[]? Obstacles = null, TargetRow? Target = null, string? Product = null, string? Platform = null, string? Env = null)
{
    /// <summary>Whether it is of things, not of boxes.</summary>
    public bool IsOfThings => Product is not null;

    /// <summary>What its devices are called.</summary>
    public string Noun => IsOfThings ? "things" : "boxes";

    /// <summary>Whether nothing more happens by itself.</summary>
    public bool IsEnded => State is "done" or "aborted" or "stopped";

    /// <summary>The state with its stage, for people.</summary>
    public string StateText =>
        Stage is { } stage && State is "canary" or "rolling" or "paused" ? $"{State} (stage {Stage + 1} of {Stages.Length})" : State;
}

/// <summary>Whose boxes a roll-out is for.</summary>
/// <param name="Places">Ids of places; empty = everywhere.</param>
/// <param name="Tags">Tags; empty = with any or none.</param>
internal sealed record TargetRow(long[] Places, string[] Tags)
{
    /// <summary>For people.</summary>
    public string Text => string.Join(
        " and ",
        new[]
        {
            Places.Length == 0 ? null : $"at place {string.Join(" or ", Places)}",
            Tags.Length == 0 ? null : $"with tag {string.Join(" or ", Tags)}",
        }.OfType<string>());
}
