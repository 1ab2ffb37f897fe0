using System.Globalization;
using System.Text.Json.Serialization;

using JamBox.Backend.Firmware;
using JamBox.Backend.Insights;
using JamBox.Backend.Storage;

using NodaTime;

namespace JamBox.Backend.Rollouts;

/// <summary>A roll-out with the release that it brings, as stored. Times are milliseconds since 1970.</summary>
internal sealed record Rollout
{
    /// <summary>Its row.</summary>
    public required long Id { get; init; }

    /// <summary>The build; null = it is of things.</summary>
    public required long? BuildId { get; init; }

    /// <summary>For which things it is; null = it is of boxes.</summary>
    public ThingLine? Line { get; init; }

    /// <summary>What things of its platform call their board, in small letters, as it was known when the roll-out was made.</summary>
    public IReadOnlyList<string> Boards { get; init; } = [];

    /// <summary>
    /// On what roll-outs exclude each other: the hardware id of the build, or the <see cref="ThingLine.Key"/> of a release for things.
    /// </summary>
    public required string Hardware { get; init; }

    /// <summary>Version of the build or release.</summary>
    public required string Version { get; init; }

    /// <summary>Sequence of the build; 0 of things.</summary>
    public required int Sequence { get; init; }

    /// <summary>By what releases of one hardware or line are compared, as text in the order of code points.</summary>
    public required string OrderKey { get; init; }

    /// <summary>SHA-256 of the build's image, 64 hex digits; empty of things.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Whether it may be offered: the signed manifest of a build is here. Images for things carry their own checksums.</summary>
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

    /// <summary>Hours of silence after which a stage does not wait for a box that still runs the old image.</summary>
    public required int SilentHours { get; init; }

    /// <summary>Report intervals of silence after which a box that has the new image has failed.</summary>
    public required int SilentIntervals { get; init; }

    /// <summary>Share of the boxes in the stages that must have proved the release before it goes on, per cent.</summary>
    public required int MinProvedPercent { get; init; }

    /// <summary>How a box is compared with itself before.</summary>
    public required HealthGate Gate { get; init; }

    /// <summary>What the operator wrote.</summary>
    public string? Notes { get; init; }

    /// <summary>Why it is in its state, when somebody or something said so.</summary>
    public string? Reason { get; init; }

    /// <summary>One of <see cref="StopCause"/>, when it stopped itself.</summary>
    public string? Cause { get; init; }

    /// <summary>Since when the server has been listening without a break: silence before that is nobody's fault.</summary>
    public long? AwakeAt { get; init; }

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

    /// <summary>Whether it is of things, not of boxes.</summary>
    public bool IsOfThings => Line is not null;

    /// <summary>What its devices are called, for people.</summary>
    public string Noun => IsOfThings ? "things" : "boxes";

    /// <summary>One of them.</summary>
    public string OneNoun => IsOfThings ? "thing" : "box";

    /// <summary>
    /// By what a device is known to run the release: the first 16 digits of the hash, as boxes tell it; the order of a thing's version.
    /// </summary>
    public string Base => IsOfThings ? OrderKey : Sha256[..16];

    /// <summary>Whether the release is news for a device that runs this.</summary>
    /// <param name="runs">First 16 hex digits of the image's hash of a box; the order of a thing's version.</param>
    /// <param name="sequence">Sequence of a box's image.</param>
    public bool IsNewFor(string runs, int sequence) =>
        IsOfThings ? string.CompareOrdinal(runs, OrderKey) < 0 : sequence < Sequence && runs != Base;

    /// <summary>Whether it brings something newer than another roll-out.</summary>
    public bool IsAfter(Rollout other) => string.CompareOrdinal(OrderKey, other.OrderKey) > 0;

    /// <summary>The <see cref="OrderKey"/> of a sequence.</summary>
    public static string OrderOf(int sequence) => sequence.ToString("D10", CultureInfo.InvariantCulture);
}

/// <summary>For which things a release is: those of one product on one platform, in one environment.</summary>
/// <param name="Product">The product.</param>
/// <param name="Platform">The canonical name of the platform.</param>
/// <param name="Environment">prod, or another one.</param>
internal sealed record ThingLine(string Product, string Platform, string Environment)
{
    /// <summary>As it stands where a hardware id of boxes stands. No hardware id, product or platform has a slash in it.</summary>
    public string Key => $"{Product}/{Platform}/{Environment}";

    /// <summary>That of a release.</summary>
    public static ThingLine Of(Release release) => new(release.Product, release.Platform, release.Environment);
}

/// <summary>The names of a roll-out's states, as they are stored and shown.</summary>
internal static class RolloutState
{
    /// <summary>Made, not started.</summary>
    public const string Draft = "draft";

    /// <summary>Starts by itself when its time comes.</summary>
    public const string Scheduled = "scheduled";

    /// <summary>In stage 0.</summary>
    public const string Canary = "canary";

    /// <summary>In a later stage.</summary>
    public const string Rolling = "rolling";

    /// <summary>Through all stages. Boxes that come late still get the release.</summary>
    public const string Done = "done";

    /// <summary>Held by an operator: nothing is offered, what is under way waits.</summary>
    public const string Paused = "paused";

    /// <summary>Ended by an operator, or by a newer roll-out. Final.</summary>
    public const string Aborted = "aborted";

    /// <summary>Ended by too many failures. Final.</summary>
    public const string Stopped = "stopped";

    /// <summary>All of them.</summary>
    public static readonly string[] All = [Draft, Scheduled, Canary, Rolling, Done, Paused, Aborted, Stopped];

    /// <summary>Whether it goes from stage to stage.</summary>
    public static bool IsRunning(string state) => state is Canary or Rolling;

    /// <summary>Whether it has begun and is not over: there is one such roll-out per hardware id, or line of things.</summary>
    public static bool IsActive(string state) => state is Canary or Rolling or Paused;

    /// <summary>Whether nothing can ever follow.</summary>
    public static bool IsFinal(string state) => state is Aborted or Stopped;

    /// <summary>The state of a roll-out that is in a stage.</summary>
    public static string OfStage(int stage) => stage == 0 ? Canary : Rolling;
}

/// <summary>Why a roll-out stopped itself, as it is stored and shown.</summary>
internal static class StopCause
{
    /// <summary>More boxes failed, rolled back or fell silent than is borne.</summary>
    public const string Failures = "failures";

    /// <summary>More boxes do worse than before than is borne.</summary>
    public const string Health = "health";

    /// <summary>No box of the stage came through, and none is left to wait for.</summary>
    public const string Canaries = "canaries";
}

/// <summary>A stage as it was ordered: a share of the eligible boxes, or boxes by name. What was in the stages before stays in.</summary>
/// <param name="Percent">1 to 100; null = by name.</param>
/// <param name="Devices">The boxes by name; empty with a percentage.</param>
internal sealed record RolloutStage(
    [property: JsonPropertyName("percent")] int? Percent,
    [property: JsonPropertyName("devices")] IReadOnlyList<string> Devices);

/// <summary>Who may have the release: stages only grow, and a share is exact among the boxes that are known when it is taken.</summary>
internal static class RolloutStages
{
    /// <summary>
    /// Brings the boxes of the present stage in: those that it or a stage before names, and as many others as its share asks for.
    /// </summary>
    /// <param name="session">The connection, in a transaction that holds the roll-out.</param>
    /// <param name="rollout">The roll-out, in a stage.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <returns>How many came in.</returns>
    public static int Fill(SqlSession session, Rollout rollout, long now)
    {
        List<RolloutBox> chosen = Choose(rollout, RolloutSql.Stages(session, rollout.Id), RolloutBoxSql.All(session, rollout, now), now);
        RolloutBoxSql.Stage(session, rollout.Id, rollout.Stage!.Value, chosen, now);
        return chosen.Count;
    }

    /// <summary>Who is missing in the present stage.</summary>
    /// <param name="rollout">The roll-out, in a stage.</param>
    /// <param name="stages">Its stages.</param>
    /// <param name="boxes">Its boxes, in the order of the queue.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static List<RolloutBox> Choose(Rollout rollout, List<RolloutStage> stages, List<RolloutBox> boxes, long now)
    {
        int stage = rollout.Stage!.Value;
        RolloutTally tally = new(rollout, boxes, now);
        List<RolloutBox> chosen = [.. boxes.Where(box => box.Stage is null && box.Listed <= stage && box.State != BoxState.Excluded)];
        // One that was named and came to the release by itself is in the stage, and so in the share, from now on.
        int eligible = tally.Eligible + chosen.Count(static box => !box.IsEligible);
        int wanted = LastShare(stages, stage) is { } percent ? RolloutTally.Share(eligible, percent) : 0;
        int missing = wanted - tally.InStage - chosen.Count;
        if (missing > 0)
        {
            // Those that cannot take it come last: a canary that nobody can swallow tells nothing.
            chosen.AddRange(boxes.Where(box => box.Stage is null && !(box.Listed <= stage) && box.IsEligible)
                .OrderBy(static box => box.State == BoxState.Blocked).Take(missing));
        }

        return chosen;
    }

    /// <summary>The share that holds in a stage: its own, or that of the latest stage before it that has one; null = none yet.</summary>
    private static int? LastShare(List<RolloutStage> stages, int stage) =>
        stages.Take(stage + 1).LastOrDefault(static s => s.Percent is not null)?.Percent;
}

/// <summary>The time of the day in which boxes are served; it may go over midnight.</summary>
/// <param name="FromMinute">First minute of the day, 0 to 1,439.</param>
/// <param name="ToMinute">First minute that is outside again, 0 to 1,439; never the same.</param>
/// <param name="TimeZone">IANA id.</param>
internal sealed record RolloutWindow(int FromMinute, int ToMinute, string TimeZone)
{
    /// <summary>Whether a moment is inside, by the clocks of the zone.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    public bool IsOpen(long now)
    {
        // A zone that is no longer known must not keep the fleet waiting for ever: then it is UTC.
        LocalTime time = Instant.FromUnixTimeMilliseconds(now).InZone(Zones.Of(TimeZone)).TimeOfDay;
        int minute = (time.Hour * 60) + time.Minute;
        return FromMinute < ToMinute ? minute >= FromMinute && minute < ToMinute : minute >= FromMinute || minute < ToMinute;
    }

    /// <summary>A minute of the day as text, such as <c>22:00</c>.</summary>
    public static string Text(int minute) => string.Create(CultureInfo.InvariantCulture, $"{minute / 60:00}:{minute % 60:00}");

    /// <summary>Reads a time of the day, 00:00 to 23:59.</summary>
    /// <returns>The minute of the day; −1 when it is none.</returns>
    public static int Minute(string? text) =>
        text is { Length: 5 } && text[2] == ':' && char.IsAsciiDigit(text[0]) && char.IsAsciiDigit(text[1]) && char.IsAsciiDigit(text[3])
            && char.IsAsciiDigit(text[4])
        && (((text[0] - '0') * 10) + text[1] - '0') is var hour and < 24 && (((text[3] - '0') * 10) + text[4] - '0') is var minute and < 60
            ? (hour * 60) + minute
            : -1;
}
