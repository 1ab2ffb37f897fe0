using JamBox.Backend.Insights;
using JamBox.Backend.Places;
using JamBox.Backend.Readings;
using JamBox.Backend.Storage;

using NodaTime;

using Period = JamBox.Backend.Insights.Period;

namespace JamBox.Backend.Rollouts;

/// <summary>
/// Where a box stands, as far as comparing it with itself before needs it: since when, and in which quarters of an hour the place is open.
/// What it counted elsewhere, or what was counted under its id by another box, says nothing; nor does an empty shop that is closed.
/// </summary>
internal sealed class BoxStanding
{
    /// <summary>Whole days on both sides, so that a span that ends after midnight and any time zone are in.</summary>
    private const long MarginMs = 2 * 24 * 60 * 60 * 1000L;

    /// <summary>When the place is open, in order; null = nobody said.</summary>
    private readonly List<Period>? _open;

    private BoxStanding(long since, List<Period>? open)
    {
        Since = since;
        _open = open;
    }

    /// <summary>Since when it stands where it stands, or stands nowhere, milliseconds since 1970; 0 = since ever.</summary>
    public long Since { get; }

    /// <summary>Looks it up.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="deviceId">The box.</param>
    /// <param name="from">Opening hours are looked up from here on, milliseconds since 1970.</param>
    /// <param name="until">And until here.</param>
    public static BoxStanding Of(SqlSession session, string deviceId, long from, long until)
    {
        long since;
        long? placeId;
        using (SqlStatement row = session.Query(
            """
            SELECT coalesce(to_at, from_at), CASE WHEN to_at IS NULL THEN place_id ELSE NULL END
            FROM place_devices WHERE device_id = $1 ORDER BY from_at DESC, id DESC LIMIT 1
            """, deviceId))
        {
            bool isKnown = row.Read();
            since = isKnown ? row.Int64(0) : 0;
            placeId = isKnown ? row.Int64OrNull(1) : null;
        }

        return new BoxStanding(since, placeId is { } place ? Open(session, place, from - MarginMs, until + MarginMs) : null);
    }

    /// <summary>The quarters of an hour of a time in which the place is open from their beginning to their end.</summary>
    /// <param name="from">Beginning of a quarter, milliseconds since 1970.</param>
    /// <param name="until">End of one.</param>
    public HashSet<long> OpenQuarters(long from, long until)
    {
        HashSet<long> quarters = [];
        for (long at = from; at < until; at += QuarterHourSums.QuarterMs)
        {
            if (IsOpen(at))
            {
                quarters.Add(at);
            }
        }

        return quarters;
    }

    /// <summary>Whether the place is open in the whole of a quarter of an hour.</summary>
    /// <param name="quarter">Its beginning, milliseconds since 1970.</param>
    public bool IsOpen(long quarter)
    {
        DateTime from = DateTime.UnixEpoch.AddMilliseconds(quarter);
        DateTime until = from.AddMilliseconds(QuarterHourSums.QuarterMs);
        return _open is null || _open.Exists(span => span.From <= from && span.Until >= until);
    }

    private static List<Period>? Open(SqlSession session, long placeId, long from, long until)
    {
        DateTimeZone zone;
        using (SqlStatement row = session.Query("SELECT timezone FROM places WHERE id = $1", placeId))
        {
            zone = PlaceDay.Zone(row.Read() ? row.Text(0) : "UTC");
        }

        if (HoursSql.Open(session, (placeId, zone, Day(from), Day(until))) is not { } days)
        {
            return null;
        }

        // Exceptions alone say nothing of the other days: those are whole.
        bool areHoursKnown = HoursSql.Of(session, placeId) is not null;
        return [.. days.SelectMany(day => areHoursKnown || day.Note is not null ? day.Open : WholeDay(zone, day.Day))];
    }

    private static IReadOnlyList<Period> WholeDay(DateTimeZone zone, string day)
    {
        DateOnly date = DateOnly.ParseExact(day, "yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        return [new Period(Moment(PlaceDay.Start(zone, date)), Moment(PlaceDay.Start(zone, date.AddDays(1))))];
    }

    private static DateOnly Day(long at) => DateOnly.FromDateTime(Moment(at));

    private static DateTime Moment(long at) => DateTime.UnixEpoch.AddMilliseconds(at);
}
