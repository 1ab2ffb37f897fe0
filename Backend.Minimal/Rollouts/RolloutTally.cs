using System.Globalization;
using System.Text.Json.Serialization;

using JamBox.Backend.Updates;

namespace JamBox.Backend.Rollouts;

/// <summary>
/// The boxes of a roll-out, counted, and what follows from the counts. A stage is complete when no box in it is pending (but for those
/// that are left behind), at least one runs the release, and the failures are within the share that is borne, whatever the sample: a
/// canary of three with one failure does not go on by itself, it waits for an operator.
/// </summary>
internal sealed class RolloutTally
{
    private const long MinuteMs = 60_000;

    private readonly Rollout _rollout;
    private readonly long _lastAt;
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

            InStage++;
            Succeeded += box.State == AttemptState.Confirmed ? 1 : 0;
            Well += BoxState.IsWell(box.State) ? 1 : 0;
            Failures += BoxState.IsFailure(box.State) ? 1 : 0;
            LeftBehind += box.IsLeftBehind(rollout, now) ? 1 : 0;
            _lastAt = Math.Max(_lastAt, BoxState.IsPending(box.State) ? 0 : box.EndedAt ?? 0);
        }
    }

    /// <summary>Boxes of which a stage takes its share.</summary>
    public int Eligible { get; }

    /// <summary>Boxes that may have the release now.</summary>
    public int InStage { get; }

    /// <summary>Those of them that this roll-out brought to it.</summary>
    public int Succeeded { get; }

    /// <summary>Those of them that run it, however they came to it.</summary>
    public int Well { get; }

    /// <summary>Those of them on which it did not stay.</summary>
    public int Failures { get; }

    /// <summary>Those of them that are pending and not waited for.</summary>
    public int LeftBehind { get; }

    /// <summary>Those of them that are pending and waited for.</summary>
    public int Pending => InStage - Well - Failures - LeftBehind;

    /// <summary>When the soak time is over; milliseconds since 1970.</summary>
    public long SoakedAt => _lastAt + (_rollout.SoakMinutes * MinuteMs);

    /// <summary>Whether the stage has done all that it can, and did it well.</summary>
    public bool IsComplete => Pending == 0 && Well > 0 && IsWithinShare;

    private bool IsWithinShare => Failures * 100L <= (long)_rollout.MaxFailurePercent * (Well + Failures);

    /// <summary>How many boxes a share is: a part of a box counts as one.</summary>
    public static int Share(int boxes, int percent) => (int)((((long)boxes * percent) + 99) / 100);

    /// <summary>Why the roll-out has to be stopped; null = it has not.</summary>
    public string? FindStop()
    {
        int ended = Succeeded + Failures;
        return Failures > _rollout.MaxFailures
            ? string.Create(CultureInfo.InvariantCulture, $"{Failures} of {ended} boxes failed or rolled back: more than max_failures {_rollout.MaxFailures}")
            : ended >= _rollout.MinSample && Failures * 100L > (long)_rollout.MaxFailurePercent * ended
            ? string.Create(CultureInfo.InvariantCulture, $"{Failures} of {ended} boxes failed or rolled back: more than max_failure_percent {_rollout.MaxFailurePercent}")
            : null;
    }

    /// <summary>What a running roll-out waits for, for people; null = for nothing, the next look takes it on.</summary>
    /// <param name="isLast">Whether it is in its last stage, after which there is nothing to soak for.</param>
    public string? FindHold(bool isLast) =>
        Pending > 0 ? string.Create(CultureInfo.InvariantCulture, $"{Pending} {(Pending == 1 ? "box" : "boxes")} of the stage")
        : Well == 0 ? "a first box that runs the release"
        : !IsWithinShare ? string.Create(CultureInfo.InvariantCulture, $"an operator: {Failures} of {Well + Failures} boxes failed or rolled back, more than max_failure_percent {_rollout.MaxFailurePercent}")
        : !_rollout.AutoAdvance ? "an operator: auto_advance is off"
        : !isLast && _now < SoakedAt ? $"the soak time, until {DateTime.UnixEpoch.AddMilliseconds(SoakedAt):yyyy-MM-dd HH:mm} UTC"
        : null;
}

/// <summary>How well it goes. A box counts as it stands now, with its last attempt.</summary>
/// <param name="Ended">Boxes that this roll-out brought to an end, good or bad.</param>
/// <param name="Succeeded">Those that confirmed.</param>
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
            .. boxes.Where(static box => box.State == AttemptState.Confirmed && box.EndedAt is not null && box.OfferedAt is not null)
                .Select(static box => (box.EndedAt!.Value - box.OfferedAt!.Value) / 1000).Order(),
        ];
        int ended = seconds.Length + boxes.Count(static box => BoxState.IsFailure(box.State));
        return new RolloutFigures(
            ended, seconds.Length, ended == 0 ? null : Math.Round(100.0 * seconds.Length / ended, 1), Percentile(seconds, 50), Percentile(seconds, 90));
    }

    /// <summary>The least value that so many per cent do not exceed.</summary>
    private static long? Percentile(long[] sorted, int percent) => sorted.Length == 0 ? null : sorted[RolloutTally.Share(sorted.Length, percent) - 1];
}
