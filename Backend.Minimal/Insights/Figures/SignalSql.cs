using JamBox.Backend.Devices;
using JamBox.Backend.Insights.Estimation;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Insights.Figures;

/// <summary>A box at a place from when until when, milliseconds since 1970.</summary>
/// <param name="DeviceId">The box.</param>
/// <param name="From">The first moment.</param>
/// <param name="Until">The first moment after it; <see cref="long.MaxValue"/> = it stands there.</param>
internal readonly record struct Stand(string DeviceId, long From, long Until);

/// <summary>What a box at a place counted in a quarter of an hour.</summary>
/// <param name="DeviceId">The box.</param>
/// <param name="StartAt">When it began, milliseconds since 1970.</param>
/// <param name="Impressions">Probe requests.</param>
/// <param name="Unique">Device-minutes.</param>
/// <param name="Immediate">Those in the immediate zone.</param>
/// <param name="Near">Those in the near zone.</param>
/// <param name="Far">Those in the far zone.</param>
/// <param name="Remote">Those in the remote zone.</param>
/// <param name="ListenedSeconds">How long was listened.</param>
/// <param name="Overflow">Device-minutes that found the table full.</param>
/// <param name="Lost">Probe requests that were lost in the box.</param>
internal readonly record struct HeardQuarter(
    string DeviceId, long StartAt, long Impressions, long Unique, long Immediate, long Near, long Far, long Remote, long ListenedSeconds,
    long Overflow, long Lost)
{
    /// <summary>Whether the box was too busy to tell all phones apart, or lost records.</summary>
    public bool IsBusy => Overflow > 0 || Lost > 0;
}

/// <summary>The SQL of what a place heard: the sums of quarters of an hour, each of the place where its box stood then.</summary>
internal static class SignalSql
{
    /// <summary>A quarter of an hour, s.</summary>
    public const int QuarterSeconds = 900;

    /// <summary>The same, ms.</summary>
    public const long QuarterMs = QuarterSeconds * 1000L;

    /// <summary>A slot of the estimation, s; the interval of a reading that does not say its own.</summary>
    public const int SlotSeconds = 300;

    /// <summary>Places whose quarters are read by one statement at most.</summary>
    public const int MostPlaces = 20;

    private static readonly string s_stands = $"""
        SELECT device_id, from_at, to_at FROM place_devices s WHERE place_id = $1 AND {DeviceKind.CountsSql("s.device_id")}
        ORDER BY from_at, id
        """;

    private static readonly string s_quartersOfOne = QuartersSql("= $3");

    private static readonly string s_quartersOfMany =
        QuartersSql($"IN ({string.Join(", ", Enumerable.Range(3, MostPlaces).Select(static i => $"${i}"))})");

    /// <summary>Which boxes stand and stood at a place, oldest first.</summary>
    public static List<Stand> Stands(SqlSession session, long placeId)
    {
        using SqlStatement row = session.Query(s_stands, placeId);
        List<Stand> stands = [];
        while (row.Read())
        {
            stands.Add(new Stand(row.Text(0), row.Int64(1), row.Int64OrNull(2) ?? long.MaxValue));
        }

        return stands;
    }

    /// <summary>The quarters of a place in a time, by box and time.</summary>
    public static List<HeardQuarter> Quarters(SqlSession session, (long PlaceId, long From, long Until) wanted) =>
        Quarters(session, [wanted.PlaceId], wanted.From, wanted.Until)[wanted.PlaceId];

    /// <summary>The quarters of some places in a time, each place's by box and time.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="places">The places, <see cref="MostPlaces"/> at most.</param>
    /// <param name="from">Begin, milliseconds since 1970.</param>
    /// <param name="until">End, exclusive.</param>
    public static Dictionary<long, List<HeardQuarter>> Quarters(SqlSession session, IReadOnlyList<long> places, long from, long until)
    {
        Dictionary<long, List<HeardQuarter>> quarters = places.Distinct()
            .ToDictionary(static place => place, static _ => new List<HeardQuarter>());

        // The statement is always the same, so that it is prepared once: what is left over is a place that there is not.
        SqlValue[] values = new SqlValue[2 + (places.Count == 1 ? 1 : MostPlaces)];
        Array.Fill<SqlValue>(values, 0L);
        (values[0], values[1]) = (from, until);
        for (int i = 0; i < places.Count; i++)
        {
            values[i + 2] = places[i];
        }

        using SqlStatement row = session.Query(places.Count == 1 ? s_quartersOfOne : s_quartersOfMany, values);
        string device = "";
        while (row.Read())
        {
            // One text a box, and not one a row.
            string id = row.Text(0);
            device = id == device ? device : id;
            quarters[row.Int64(11)].Add(new HeardQuarter(
                device, row.Int64(1), row.Int64(2), row.Int64(3), row.Int64(4), row.Int64(5), row.Int64(6), row.Int64(7), row.Int64(8),
                row.Int64(9), row.Int64(10)));
        }

        return quarters;
    }

    /// <summary>
    /// What the boxes of a place heard, as the estimation wants it: a signal for each box and stand that falls into the time.
    /// </summary>
    /// <param name="stands">Which boxes stood there.</param>
    /// <param name="quarters">What they counted, by box and time.</param>
    /// <param name="from">Begin, milliseconds since 1970.</param>
    /// <param name="until">End, exclusive.</param>
    /// <param name="now">Now: the quarter that goes on is taken as far as it was listened to.</param>
    public static List<BoxSignal> Signals(
        IReadOnlyList<Stand> stands, IReadOnlyList<HeardQuarter> quarters, long from, long until, long now)
    {
        List<BoxSignal> signals = [];
        foreach (Stand stand in stands)
        {
            long first = Math.Max(from, stand.From), end = Math.Min(until, stand.Until);
            if (first < end)
            {
                signals.Add(BoxSignal.Of(
                    stand.DeviceId,
                    quarters.Where(quarter => quarter.StartAt >= first && quarter.StartAt < end && quarter.DeviceId == stand.DeviceId)
                        .Select(quarter => Period(quarter, now)),
                    first, end));
            }
        }

        return signals;
    }

    /// <summary>Until when the boxes of a place were heard, milliseconds since 1970; 0 = not at all.</summary>
    public static long HeardUntil(IReadOnlyList<HeardQuarter> quarters, long now)
    {
        long until = 0;
        foreach (HeardQuarter quarter in quarters)
        {
            until = Math.Max(until, quarter.StartAt + (Length(quarter, now) * 1000L));
        }

        return Math.Min(until, now);
    }

    private static string QuartersSql(string places) => $"""
        SELECT q.device_id, q.start_at, q.impressions, q.unique_count, q.rssi_immediate, q.rssi_near, q.rssi_far, q.rssi_remote,
            q.listened_s, q.overflow_count, q.lost_count, s.place_id
        FROM place_devices s CROSS JOIN quarters q
        WHERE s.place_id {places} AND q.device_id = s.device_id AND q.start_at >= $1 AND q.start_at < $2
            AND q.start_at >= s.from_at AND (s.to_at IS NULL OR q.start_at < s.to_at)
        ORDER BY q.device_id, q.start_at
        """;

    private static BoxPeriod Period(in HeardQuarter q, long now) => new(
        q.StartAt, Length(q, now), Count(q.ListenedSeconds), Count(q.Impressions), Count(q.Unique), Count(q.Immediate), Count(q.Near),
        Count(q.Far), Count(q.Overflow), Count(q.Lost));

    /// <summary>
    /// The quarter that goes on, or has just ended, is as long as what has come of it: whole slots of 5 minutes. The rest is on its way,
    /// and is not deafness.
    /// </summary>
    private static int Length(in HeardQuarter q, long now)
    {
        const long RecentMs = 2 * QuarterMs;
        int listened = Count(q.ListenedSeconds);
        return q.StartAt + RecentMs <= now
            ? QuarterSeconds
            : Math.Clamp((listened + SlotSeconds - 1) / SlotSeconds * SlotSeconds, SlotSeconds, QuarterSeconds);
    }

    private static int Count(long value) => (int)Math.Clamp(value, 0, int.MaxValue);
}
