using System.Globalization;
using System.Text.Json.Serialization;

using JamBox.Backend.Updates;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Rollouts;

/// <summary>
/// The boxes of a roll-out, counted, and what follows from the counts. A stage is complete when no box in it is awaited (but for those
/// that are left behind), those that run the release have proved it, and they are enough; and when failures and unhealthy boxes are within
/// the shares that are borne, whatever the sample: a canary of three with one failure does not go on by itself, it waits for an operator.
/// </summary>
internal sealed class RolloutTally
{
    private const long MinuteMs = 60_000;

    private readonly Rollout _rollout;
    private readonly List<(string DeviceId, string Reason)> _blocked = [];
    private readonly SortedSet<string> _worse = new(StringComparer.Ordinal);
    private long _lastAt;
    private readonly long _now;

    /// <summary>Counts.</summary>
    /// <param name="rollout">The roll-out.</param>
    /// <param name="boxes">All its boxes.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public RolloutTally(Rollout rollout, IEnumerable<RolloutBox> boxes, long now)
    {
        _rollout = rollout;
        _now = now;
        _lastAt = Math.Max(rollout.StageAt ?? now, rollout.ResumedAt ?? 0);
        foreach (RolloutBox box in boxes)
        {
            Eligible += box.IsEligible ? 1 : 0;
            if (box.Stage is null || box.State == BoxState.Excluded)
            {
                continue;
            }

            Add(box);
        }
    }

    /// <summary>Boxes of which a stage takes its share.</summary>
    public int Eligible { get; }

    /// <summary>Boxes that may have the release now.</summary>
    public int InStage { get; private set; }

    /// <summary>Those of them that this roll-out brought to it, and that proved it.</summary>
    public int Succeeded { get; private set; }

    /// <summary>Those of them that run it and proved it, however they came to it, and those that run something newer.</summary>
    public int Well { get; private set; }

    /// <summary>Those of them that run it and have yet to prove it.</summary>
    public int Unproved { get; private set; }

    /// <summary>Those of them that run it and do worse than before.</summary>
    public int Unhealthy { get; private set; }

    /// <summary>Those of them on which it did not stay, or that were never heard of again.</summary>
    public int Failures { get; private set; }

    /// <summary>Those of them that are not waited for.</summary>
    public int LeftBehind { get; private set; }

    /// <summary>Those of them that are pending and waited for.</summary>
    public int Pending { get; private set; }

    /// <summary>When the soak time is over; milliseconds since 1970.</summary>
    public long SoakedAt => _lastAt + (_rollout.SoakMinutes * MinuteMs);

    /// <summary>Whether the stage has done all that it can, and did it well.</summary>
    public bool IsComplete => Pending == 0 && Unproved == 0 && Well > 0 && IsWithinShare && IsHealthy && AreEnough;

    private int Judged => Succeeded + Unhealthy + Failures;

    private bool IsWithinShare => Failures * 100L <= (long)_rollout.MaxFailurePercent * (Well + Unhealthy + Failures);

    private bool IsHealthy => Unhealthy * 100L <= (long)_rollout.Gate.MaxUnhealthyPercent * (Well + Unhealthy + Failures);

    private bool AreEnough => Well * 100L >= (long)_rollout.MinProvedPercent * InStage;

    /// <summary>How many boxes a share is: a part of a box counts as one.</summary>
    public static int Share(int boxes, int percent) => (int)((((long)boxes * percent) + 99) / 100);

    /// <summary>Why the roll-out has to be stopped, as <see cref="StopCause"/> and in words; null = it has not.</summary>
    public (string Cause, string Reason)? FindStop()
    {
        bool isSample = Judged >= _rollout.MinSample;
        return Well + Unproved + Pending == 0 && Failures + Unhealthy > 0
            ? (
                StopCause.Canaries,
                Text(
                    $"none of the {Failures + Unhealthy} {_rollout.Noun} that got it came through: {Failures} failed, rolled back or fell silent, {Unhealthy} do worse than before{Worse}"))
            : Failures > _rollout.MaxFailures
            ? (
                StopCause.Failures,
                Text(
                    $"{Failures} of {Judged} {_rollout.Noun} failed, rolled back or fell silent: more than max_failures {_rollout.MaxFailures}"))
            : isSample && Failures * 100L > (long)_rollout.MaxFailurePercent * Judged
            ? (
                StopCause.Failures,
                Text(
                    $"{Failures} of {Judged} {_rollout.Noun} failed, rolled back or fell silent: more than max_failure_percent {_rollout.MaxFailurePercent}"))
            : isSample && Unhealthy * 100L > (long)_rollout.Gate.MaxUnhealthyPercent * Judged
            ? (
                StopCause.Health,
                Text(
                    $"{Unhealthy} of {Judged} {_rollout.Noun} do worse than before{Worse}: more than max_unhealthy_percent {_rollout.Gate.MaxUnhealthyPercent}"))
            : null;
    }

    /// <summary>What a running roll-out waits for; null = for nothing, the next look takes it on.</summary>
    /// <param name="isLast">Whether it is in its last stage, after which there is nothing to soak for.</param>
    public RolloutHold? FindHold(bool isLast) =>
        Pending > 0 ? Hold(RolloutHold.Pending, Pending, $"{Pending} {(Pending == 1 ? _rollout.OneNoun : _rollout.Noun)} of the stage")
        : Unproved > 0 ? Hold(
            RolloutHold.Proof, Unproved,
            $"proof from {Unproved} {(Unproved == 1 ? _rollout.OneNoun : _rollout.Noun)}: {(_rollout.IsOfThings ? "a word a while after" : "fresh readings")}, and as well as before")
        : Well == 0 && _blocked.Count > 0 ? Hold(
            RolloutHold.Blocked, _blocked.Count,
            $"an operator: {_blocked.Count} of {InStage} {_rollout.Noun} cannot take it ({Blocked}), and no other runs it")
        : Well == 0 ? Hold(RolloutHold.First, null, $"a first {_rollout.OneNoun} that runs the release")
        : !IsWithinShare ? Hold(
            RolloutHold.Failures, Failures,
            $"an operator: {Failures} of {Well + Unhealthy + Failures} {_rollout.Noun} failed, rolled back or fell silent, more than max_failure_percent {_rollout.MaxFailurePercent}")
        : !IsHealthy ? Hold(
            RolloutHold.Unhealthy, Unhealthy,
            $"an operator: {Unhealthy} of {Well + Unhealthy + Failures} {_rollout.Noun} do worse than before{Worse}, more than max_unhealthy_percent {_rollout.Gate.MaxUnhealthyPercent}")
        : !AreEnough ? Hold(
            RolloutHold.Few, Well,
            $"an operator: only {Well} of {InStage} {_rollout.Noun} have proved it, less than min_proved_percent {_rollout.MinProvedPercent} ({LeftBehind} left behind, {_blocked.Count} blocked{(_blocked.Count > 0 ? $": {Blocked}" : "")})")
        : !_rollout.AutoAdvance ? Hold(RolloutHold.Advance, null, $"an operator: auto_advance is off")
        : !isLast && _now < SoakedAt ? new RolloutHold(
            RolloutHold.Soak, null, DateTime.UnixEpoch.AddMilliseconds(SoakedAt),
            Text($"the soak time, until {DateTime.UnixEpoch.AddMilliseconds(SoakedAt):yyyy-MM-dd HH:mm} UTC"))
        : null;

    private static RolloutHold Hold(string word, int? boxes, FormattableString text) => new(word, boxes, null, Text(text));

    private void Add(RolloutBox box)
    {
        bool isWell = box.IsWell(_rollout);
        bool isLeftBehind = box.IsLeftBehind(_rollout, _now);
        InStage++;
        Succeeded += isWell && box.State == AttemptState.Confirmed ? 1 : 0;
        Well += isWell ? 1 : 0;
        Unproved += box.IsUnproved(_rollout, _now) ? 1 : 0;
        Failures += BoxState.IsFailure(box.State) ? 1 : 0;
        Pending += BoxState.IsPending(box.State) && !isLeftBehind ? 1 : 0;
        LeftBehind += isLeftBehind ? 1 : 0;
        _lastAt = Math.Max(_lastAt, BoxState.IsPending(box.State) ? 0 : box.EndedAt ?? 0);
        switch (box.State)
        {
            case BoxState.Unhealthy:
                Unhealthy++;
                _worse.UnionWith(box.Why!.Split(", "));
                break;
            case BoxState.Blocked:
                _blocked.Add((box.DeviceId, box.Why!));
                break;
        }
    }

    private string Worse => _worse.Count == 0 ? "" : $" ({string.Join(", ", _worse)})";

    private string Blocked => string.Join(", ", ObstacleView.Of(_blocked).Select(static view => Text($"{view.Count} {view.Reason}")));

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>What a roll-out waits for.</summary>
/// <param name="Word">
/// In one word: start (an operator is to start it), time (its start), resume (it is paused), boxes (of the stage), proof (of boxes that run
/// it), first (a box that runs it), blocked (none runs it, these cannot take it), failures or unhealthy (more than are borne: an operator
/// decides), few (too few have proved it), advance (an operator: it does not go on by itself), soak (its time).
/// </param>
/// <param name="Boxes">How many boxes that is about; null where it is about none.</param>
/// <param name="Until">Until when; null where nobody knows.</param>
/// <param name="Text">In English, as <c>waits_for</c> says it.</param>
internal sealed record RolloutHold(
    [property: JsonPropertyName("word"),
        Words("start", "time", "resume", "boxes", "proof", "first", "blocked", "failures", "unhealthy", "few", "advance",
            "soak")] string Word,
    [property: JsonPropertyName("boxes")] int? Boxes,
    [property: JsonPropertyName("until")] DateTime? Until,
    [property: JsonIgnore] string Text)
{
    /// <summary>A draft: an operator is to start it.</summary>
    public const string Start = "start";

    /// <summary>Its start has not come.</summary>
    public const string Time = "time";

    /// <summary>It is paused.</summary>
    public const string Resume = "resume";

    /// <summary>Boxes of the stage are not done.</summary>
    public const string Pending = "boxes";

    /// <summary>Boxes run it and have yet to prove it.</summary>
    public const string Proof = "proof";

    /// <summary>No box runs it yet, and none is waited for.</summary>
    public const string First = "first";

    /// <summary>No box runs it, and some cannot take it.</summary>
    public const string Blocked = "blocked";

    /// <summary>More failures than are borne.</summary>
    public const string Failures = "failures";

    /// <summary>More boxes do worse than are borne.</summary>
    public const string Unhealthy = "unhealthy";

    /// <summary>Too few have proved it.</summary>
    public const string Few = "few";

    /// <summary>It does not go on by itself.</summary>
    public const string Advance = "advance";

    /// <summary>The soak time is not over.</summary>
    public const string Soak = "soak";
}

/// <summary>How well it goes. A box counts as it stands now, with its last attempt.</summary>
/// <param name="Ended">Boxes that this roll-out brought to an end: proved, unhealthy, failed, rolled back or silent. One that confirmed and
/// has yet to prove it is none.</param>
/// <param name="Succeeded">Those that proved the release.</param>
/// <param name="SuccessPercent">Their share, per cent with one decimal; null = none has ended.</param>
/// <param name="SecondsP50">Time from offer to confirm, seconds: half of them took no longer; null = none has confirmed.</param>
/// <param name="SecondsP90">Nine of ten took no longer.</param>
internal sealed record RolloutFigures(
    [property: JsonPropertyName("ended")] int Ended,
    [property: JsonPropertyName("succeeded")] int Succeeded,
    [property: JsonPropertyName("success_percent")] double? SuccessPercent,
    [property: JsonPropertyName("seconds_p50")] long? SecondsP50,
    [property: JsonPropertyName("seconds_p90")] long? SecondsP90)
{
    /// <summary>Works them out.</summary>
    public static RolloutFigures Of(IReadOnlyList<RolloutBox> boxes)
    {
        long[] seconds =
        [
            .. boxes.Where(
                static box => box.State == AttemptState.Confirmed && box.ProvedAt is not null && box.EndedAt is not null
                    && box.OfferedAt is not null)
                .Select(static box => (box.EndedAt!.Value - box.OfferedAt!.Value) / 1000).Order(),
        ];
        int ended = seconds.Length + boxes.Count(static box => BoxState.IsFailure(box.State) || box.State == BoxState.Unhealthy);
        return new RolloutFigures(
            ended, seconds.Length, ended == 0
                ? null
                : Math.Round(100.0 * seconds.Length / ended, 1), Percentile(seconds, 50), Percentile(seconds, 90));
    }

    /// <summary>The least value that so many per cent do not exceed.</summary>
    private static long? Percentile(long[] sorted, int percent) =>
        sorted.Length == 0 ? null : sorted[RolloutTally.Share(sorted.Length, percent) - 1];
}
