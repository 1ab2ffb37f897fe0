namespace JamBox.Twin.Ota.Demo;

/// <summary>How far a roll-out is.</summary>
/// <param name="UtcMs">When, virtual UTC.</param>
/// <param name="Stage">The stage it is in, from 0.</param>
/// <param name="Counts">Boxes by state, in words.</param>
/// <param name="Canary">Boxes of the canary that have come to an end, good or bad.</param>
/// <param name="Rest">Other boxes that have.</param>
internal sealed record DemoProgress(long UtcMs, int Stage, string Counts, int Canary, int Rest);
