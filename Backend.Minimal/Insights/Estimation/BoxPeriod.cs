namespace JamBox.Backend.Insights.Estimation;

/// <summary>
/// What one box counted in one report interval, as far as people are estimated from it. Counts are 0 to 1,000,000.
/// </summary>
/// <param name="StartMs">Begin of the interval, milliseconds since 1970.</param>
/// <param name="LengthSeconds">Its length (<c>iv</c>), seconds, 1 to 86,400.</param>
/// <param name="ListenedSeconds">
/// For how long Wi-Fi listened (<c>ls</c>), seconds, 0 to the length; null = not said (the old fleet): the whole interval.
/// </param>
/// <param name="Impressions">Probe requests (<c>i</c>).</param>
/// <param name="DeviceMinutes">Device-minutes (<c>u</c>).</param>
/// <param name="Immediate">Those in the immediate zone.</param>
/// <param name="Near">Those in the near zone.</param>
/// <param name="Far">Those in the far zone.</param>
/// <param name="Overflow">Device-minutes that found the table full (<c>of</c>): they are in no zone.</param>
/// <param name="Lost">Probe requests lost in the native ring (<c>rl</c>): they are in no other count.</param>
internal readonly record struct BoxPeriod(
    long StartMs,
    int LengthSeconds,
    int? ListenedSeconds,
    int Impressions,
    int DeviceMinutes,
    int Immediate,
    int Near,
    int Far,
    int Overflow = 0,
    int Lost = 0)
{
    /// <summary>End of the interval, milliseconds since 1970, exclusive.</summary>
    public long EndMs => StartMs + (LengthSeconds * 1000L);

    /// <summary>Seconds listened, never more than the interval has.</summary>
    public int Listened => Math.Clamp(ListenedSeconds ?? LengthSeconds, 0, LengthSeconds);

    /// <summary>
    /// By how much the zones' counts are too small because of a full table and of lost records, 1 to <see cref="MostCorrection"/>.
    /// A device that probes k times a minute is missed only where all k were lost: of a share q lost, q^k.
    /// </summary>
    public double Correction
    {
        get
        {
            if (DeviceMinutes <= 0)
            {
                return 1;
            }

            double overflow = 1 + (Math.Max(0, Overflow) / (double)DeviceMinutes);
            double heard = Math.Max(Impressions, DeviceMinutes);
            double lost = Math.Max(0, Lost) / (heard + Math.Max(0, Lost));
            double missed = Math.Pow(lost, heard / DeviceMinutes);
            return Math.Min(MostCorrection, overflow / Math.Max(1e-3, 1 - missed));
        }
    }

    /// <summary>More than this is no count any more, and the figure says so by its range.</summary>
    public const double MostCorrection = 20;
}
