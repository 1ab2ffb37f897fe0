using System.Text.Json.Serialization;

namespace JamBox.Backend.Ota.Rollouts;

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
