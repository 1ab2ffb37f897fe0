namespace JamBox.Bench.Server;

/// <summary>How well a roll-out goes.</summary>
/// <param name="Ended">Boxes that it brought to an end, good or bad.</param>
/// <param name="Succeeded">Those that confirmed.</param>
/// <param name="SuccessPercent">Their share; <c>null</c> = none has ended.</param>
/// <param name="SecondsP50">From offer to confirm, seconds: half of them took no longer.</param>
/// <param name="SecondsP90">Nine of ten took no longer.</param>
internal sealed record StatisticsRow(int Ended, int Succeeded, double? SuccessPercent, long? SecondsP50, long? SecondsP90);
