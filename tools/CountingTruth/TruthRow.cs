namespace JamBox.CountingTruth;

/// <summary>Five minutes of a place: what a box there would have counted, and how many people were there.</summary>
/// <param name="Position">Which spot of the file.</param>
/// <param name="StartMs">Begin, milliseconds since 1970, the place's clock taken for UTC; a multiple of 5 minutes.</param>
/// <param name="Impressions">Probe requests.</param>
/// <param name="DeviceMinutes">Device-minutes.</param>
/// <param name="Immediate">Of these, in the immediate zone.</param>
/// <param name="Near">In the near zone.</param>
/// <param name="Far">In the far zone.</param>
/// <param name="Remote">In the remote zone.</param>
/// <param name="People">People there, the mean over the five minutes.</param>
internal readonly record struct TruthRow(
    string Position, long StartMs, int Impressions, int DeviceMinutes, int Immediate, int Near, int Far, int Remote, double People)
{
    /// <summary>Length, seconds.</summary>
    public const int Seconds = 300;

    /// <summary>Number of the day.</summary>
    public long Day => Math.DivRem(StartMs, 86_400_000).Quotient;

    /// <summary>End, milliseconds since 1970, exclusive.</summary>
    public long EndMs => StartMs + (Seconds * 1000L);
}
