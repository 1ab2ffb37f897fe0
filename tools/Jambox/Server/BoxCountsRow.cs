namespace JamBox.Bench.Server;

/// <summary>Boxes of a roll-out, or of a stage, counted.</summary>
/// <param name="Eligible">Those of which a stage takes its share.</param>
/// <param name="InStage">Those that may have the release.</param>
/// <param name="LeftBehind">Those of them that are not waited for any longer.</param>
/// <param name="Confirmed">Those that run it for good.</param>
/// <param name="Current">Those that run it without this roll-out's help.</param>
/// <param name="Failed">Those that gave up before they ran it.</param>
/// <param name="RolledBack">Those that went back.</param>
/// <param name="Excluded">Those that are not to have it.</param>
/// <param name="Proved">Those of the confirmed that proved it.</param>
/// <param name="Unhealthy">Those that do worse than before.</param>
/// <param name="Silent">Those that were not heard of since.</param>
/// <param name="Blocked">Those that cannot take it.</param>
internal sealed record BoxCountsRow(
    int Eligible, int InStage, int LeftBehind, int Confirmed, int Current, int Failed, int RolledBack, int Excluded,
    int Proved, int Unhealthy, int Silent, int Blocked);
