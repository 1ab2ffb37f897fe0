namespace JamBox.Bench.Server;

/// <summary>A stage of a roll-out.</summary>
/// <param name="Number">From 0.</param>
/// <param name="Percent">Share of the boxes, those of the stages before included; <c>null</c> = by name.</param>
/// <param name="Devices">The boxes by name; <c>null</c> with a percentage.</param>
/// <param name="Boxes">The boxes that came in with it, counted; <c>null</c> in lists.</param>
internal sealed record StageRow(int Number, int? Percent, string[]? Devices, BoxCountsRow? Boxes)
{
    /// <summary>What was ordered, for people.</summary>
    public string Text => Percent is { } percent ? $"{percent} %" : string.Join(' ', Devices ?? []);
}
