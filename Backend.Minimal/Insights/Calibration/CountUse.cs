using JamBox.Backend.Insights.Estimation;
using JamBox.Backend.Insights.Figures;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Insights.Calibration;

/// <summary>
/// Which counts of a place are used. One truth for the list of counts, for what is said of certainty, and for what a model is fitted to: a
/// count that nothing was heard at says nothing, however many there are of its kind.
/// </summary>
internal static class CountUse
{
    /// <summary>From before the calibration last became stale.</summary>
    public const string Stale = "stale";

    /// <summary>There are as many newer ones as a model is fitted to.</summary>
    public const string Older = "older";

    /// <summary>No box that stands there now listened then, for half of the time at least.</summary>
    public const string Unheard = "unheard";

    /// <summary>
    /// What was heard around a count is here after so long: a box sends a quarter of an hour late at most while it is connected, ms.
    /// </summary>
    public const long SettledMs = 40 * MinuteMs;

    /// <summary>A box that was heard so long before a count will be heard at it, ms.</summary>
    private const long JustHeardMs = 60 * MinuteMs;

    private const long MinuteMs = 60_000;

    private const long MostMs = JustHeardMs + SignalSql.QuarterMs;

    /// <summary>
    /// The quarters in, or just before, each of the newest counts, of the boxes that stand there: a model knows those. The plus keeps
    /// SQLite from beginning, for each count, with the day on which the box came: of two lower bounds it takes the first.
    /// </summary>
    private static readonly string s_quartersSql = $"""
        SELECT c.id, q.device_id, q.start_at, q.listened_s
        FROM (SELECT id, at, minutes FROM place_counts WHERE place_id = $1 AND at >= $2 ORDER BY at DESC, id DESC LIMIT $3) c
            CROSS JOIN place_devices s CROSS JOIN quarters q
        WHERE s.place_id = $1 AND s.to_at IS NULL AND q.device_id = s.device_id AND +q.start_at >= s.from_at
            AND q.start_at > c.at - {MostMs} AND q.start_at < c.at + (coalesce(c.minutes, 0) * {MinuteMs}) + {BoxSignal.SlotMs}
        ORDER BY c.id, q.device_id, q.start_at
        """;

    /// <summary>The newest counts since the calibration last became stale, and which of them are used.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">The place; now, milliseconds since 1970.</param>
    public static CountUses Of(SqlSession session, (long PlaceId, long Now) wanted)
    {
        long since = CalibrationMarks.Since(session, wanted.PlaceId, long.MaxValue);
        List<(long Id, long At, long Until)> counts = [];
        using (SqlStatement row = session.Query(
            "SELECT id, at, coalesce(minutes, 0) FROM place_counts WHERE place_id = $1 AND at >= $2 ORDER BY at DESC, id DESC LIMIT $3",
            wanted.PlaceId, since, CountSql.MostFitted))
        {
            while (row.Read())
            {
                counts.Add((row.Int64(0), row.Int64(1), row.Int64(1) + (row.Int64(2) * MinuteMs)));
            }
        }

        Dictionary<long, long> used = [];
        HashSet<long> unheard = [];
        if (counts.Count > 0)
        {
            List<Stand> stands = [.. SignalSql.Stands(session, wanted.PlaceId).Where(static stand => stand.Until == long.MaxValue)];
            Dictionary<long, List<HeardQuarter>> quarters = Quarters(session, (wanted.PlaceId, since));
            foreach ((long id, long at, long until) in counts)
            {
                if (quarters.TryGetValue(id, out List<HeardQuarter>? heard) && IsUsed(stands, heard, (at, until, wanted.Now)))
                {
                    used.Add(id, at);
                }
                else
                {
                    unheard.Add(id);
                }
            }
        }

        return new CountUses(since, used, unheard);
    }

    private static bool IsUsed(List<Stand> stands, List<HeardQuarter> heard, (long At, long Until, long Now) count)
    {
        // The slots of a count are those of the fit.
        long first = BoxSignal.Floor(count.At), end = BoxSignal.Floor(Math.Max(count.At, count.Until - 1)) + BoxSignal.SlotMs;
        long from = first - (first % SignalSql.QuarterMs);
        PlaceSignal place = new(SignalSql.Signals(stands, heard, from, end, count.Now), []);
        return place.Coverage(first, end) >= PlaceSignal.LeastCoverage
            || (count.Until + SettledMs > count.Now && heard.Exists(static quarter => quarter.ListenedSeconds > 0));
    }

    private static Dictionary<long, List<HeardQuarter>> Quarters(SqlSession session, (long PlaceId, long Since) wanted)
    {
        Dictionary<long, List<HeardQuarter>> quarters = [];
        using SqlStatement row = session.Query(s_quartersSql, wanted.PlaceId, wanted.Since, CountSql.MostFitted);
        while (row.Read())
        {
            if (!quarters.TryGetValue(row.Int64(0), out List<HeardQuarter>? of))
            {
                quarters.Add(row.Int64(0), of = []);
            }

            of.Add(new HeardQuarter(row.Text(1), row.Int64(2), 0, 0, 0, 0, 0, 0, row.Int64(3), 0, 0));
        }

        return quarters;
    }
}

/// <summary>Which counts of a place are used.</summary>
/// <param name="Since">Since when the calibration is not stale, milliseconds since 1970.</param>
/// <param name="Used">Those that are used: when they were, milliseconds since 1970, by id.</param>
/// <param name="Unheard">Those at which no box listened, by id.</param>
internal sealed record CountUses(long Since, IReadOnlyDictionary<long, long> Used, IReadOnlySet<long> Unheard)
{
    /// <summary>Why a count is not used; null = it is.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="at">When it was, milliseconds since 1970.</param>
    public string? WhyNot(long id, long at) =>
        Used.ContainsKey(id) ? null
        : at < Since ? CountUse.Stale
        : Unheard.Contains(id) ? CountUse.Unheard
        : CountUse.Older;
}
