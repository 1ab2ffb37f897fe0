using JamBox.Backend.Wire;

namespace JamBox.Backend.Insights;

/// <summary>The days whose figures are wanted, by the clock of the place; both count.</summary>
/// <param name="First">The first.</param>
/// <param name="Last">The last.</param>
internal readonly record struct DayRange(DateOnly First, DateOnly Last)
{
    /// <summary>What routes declare of it.</summary>
    public static readonly ApiParameter[] Parameters =
    [
        new DayParameter("from", "The first day of a range, instead of day."),
        new DayParameter("until", "The last day of that range; today at the place unless said."),
    ];

    /// <summary>Reads it.</summary>
    /// <param name="request">Whose figures: says what today is there.</param>
    /// <param name="query">The words of the query.</param>
    /// <param name="now">Now.</param>
    /// <param name="mostDays">Days at most.</param>
    /// <returns>The range, one day unless said; or what is wrong.</returns>
    public static (DayRange Range, string? Fault) Of(
        InsightRequest request, (string? Day, string? From, string? Until) query, DateTimeOffset now, int mostDays) =>
        Of(PlaceDay.Today(request.Zone, now), query, mostDays);

    /// <summary>Reads it.</summary>
    /// <param name="today">Today at the place.</param>
    /// <param name="query">The words of the query.</param>
    /// <param name="mostDays">Days at most.</param>
    /// <returns>The range, one day unless said; or what is wrong.</returns>
    public static (DayRange Range, string? Fault) Of(DateOnly today, (string? Day, string? From, string? Until) query, int mostDays)
    {
        bool isRange = !string.IsNullOrEmpty(query.From) || !string.IsNullOrEmpty(query.Until);
        if (isRange && !string.IsNullOrEmpty(query.Day))
        {
            return (default, "day: not together with from and until");
        }

        if (!isRange)
        {
            return TryDay(query.Day, today, out DateOnly day)
                ? (new DayRange(day, day), null)
                : (default, "day: must be a day such as 2026-01-29");
        }

        if (string.IsNullOrEmpty(query.From))
        {
            return (default, "from: is needed with until");
        }

        return !TryDay(query.From, today, out DateOnly first) || !TryDay(query.Until, today, out DateOnly last)
            ? (default, "from, until: must be days such as 2026-01-29")
            : last < first ? (default, "until: must not be before from")
            : last.DayNumber - first.DayNumber >= mostDays ? (default, $"from, until: {mostDays} days at most")
            : (new DayRange(first, last), null);
    }

    private static bool TryDay(string? text, DateOnly today, out DateOnly day)
    {
        day = today;
        return string.IsNullOrEmpty(text) || DayParameter.TryParse(text, out day);
    }
}
