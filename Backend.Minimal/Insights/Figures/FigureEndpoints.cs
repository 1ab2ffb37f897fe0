using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Insights.Figures;

/// <summary>Figures of people.</summary>
internal static class FigureEndpoints
{
    private const int MostWeeks = 53;
    private const int DefaultWeeks = 8;

    private static readonly string[] s_steps = Names<FigureStep>();

    private static readonly string[] s_versus = Names<Versus>();

    /// <summary>The route table.</summary>
    public static void MapFigures(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Figures");
        PlaceEndpoints.Describe(viewers.MapGet("/places/{id}/figures", GetFigures).WithName("GetFigures"))
            .TakesQuery(
                [new DayParameter("day", "The day; today at the place unless said."), .. DayRange.Parameters,
                    new TextParameter("by", s_steps, "Length of the rows: quarters for 31 days at most, hours for 93, days for 1,830.")
                    {
                        Default = "hour",
                    },
                    new TextParameter(
                        "vs", s_versus, "What it is compared with: the same weekdays of the 4 weeks before, as many days just before, the "
                        + "same weekdays a week or 52 weeks before, nothing. More than 93 days are compared with nothing.")
                    {
                        Default = "usual",
                    }]);
        PlaceEndpoints.Describe(viewers.MapGet("/places/{id}/now", GetNow).WithName("GetPlaceNow"));
        PlaceEndpoints.Describe(viewers.MapGet("/places/{id}/heat", GetHeat).WithName("GetHeat"))
            .TakesQuery(
                new DayParameter("until", "The last day; yesterday at the place unless said."),
                new NumberParameter("weeks", 1, MostWeeks, "Weeks back from there.") { Default = DefaultWeeks });
        PlaceEndpoints.Describe(viewers.MapGet("/places/{id}/weekdays", GetWeekdays).WithName("GetWeekdays"))
            .TakesQuery(new DayParameter("day", "The day; today at the place unless said."));
        viewers.MapGet("/comparison", GetComparison).WithName("GetComparison").TakesQuery(
            new DayParameter("from", "The first day; the last one unless said."),
            new DayParameter("until", "The last day, at most 92 days later; yesterday (UTC) unless said."));
    }

    /// <summary>
    /// Gives the figures of a place over a day or a range of days: visitors with their range, people at a time, against the usual, busiest
    /// hour, zones, stays, and how far all of it can be trusted. Hours without a figure say why; a zero is nobody.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="id">The place.</param>
    /// <param name="store">The storage.</param>
    /// <param name="figures">Works them out.</param>
    /// <param name="clock">Says what today is.</param>
    /// <param name="day">Such as 2026-01-29; today unless said.</param>
    /// <param name="from">The first day of a range, instead of <paramref name="day"/>.</param>
    /// <param name="until">The last day of that range; today at the place unless said.</param>
    /// <param name="by">quarter, hour or day; hour unless said.</param>
    /// <param name="vs">usual, before, week, year or off; usual unless said.</param>
    internal static async Task<Results<Ok<PlaceRange>, ProblemHttpResult>> GetFigures(
        HttpContext http, string id, Store store, PlaceFigures figures, TimeProvider clock, string? day, string? from, string? until,
        string? by, string? vs)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        FigureStep step = Word(by, FigureStep.Hour);
        DateOnly today = PlaceDay.Today(PlaceDay.Zone(place.Timezone), clock.GetUtcNow());
        (DayRange days, string? fault) = DayRange.Of(today, (day, from, until), PlaceFigures.MostDays(step));
        if (fault is not null)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, fault);
        }

        return await figures.RangeAsync(place.Id, days, step, Word(vs, Versus.Usual)).ConfigureAwait(false) is { } range
            ? TypedResults.Ok(range)
            : PlaceAccess.Unknown.ToProblem();
    }

    /// <summary>
    /// Says how many people are there now, from what was heard up to now, and against the usual of this weekday and hour. Without a figure
    /// it says why.
    /// </summary>
    internal static async Task<Results<Ok<PlaceNow>, ProblemHttpResult>> GetNow(
        HttpContext http, string id, Store store, PlaceFigures figures) =>
        await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is { } place
        && await figures.NowAsync(place.Id).ConfigureAwait(false) is { } now
            ? TypedResults.Ok(now)
            : PlaceAccess.Unknown.ToProblem();

    /// <summary>
    /// Shows when it is busy at a place: people at a time for each hour of the week, the mean of some weeks without exceptions.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="id">The place.</param>
    /// <param name="store">The storage.</param>
    /// <param name="figures">Works them out.</param>
    /// <param name="until">The last day; yesterday unless said.</param>
    /// <param name="weeks">1 to 53; 8 unless said.</param>
    internal static async Task<Results<Ok<HeatMap>, ProblemHttpResult>> GetHeat(
        HttpContext http, string id, Store store, PlaceFigures figures, string? until, int? weeks)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        DateOnly? last = DayParameter.TryParse(until, out DateOnly day) ? day : null;
        return await figures.HeatAsync(place.Id, last, weeks ?? DefaultWeeks).ConfigureAwait(false) is { } heat
            ? TypedResults.Ok(heat)
            : PlaceAccess.Unknown.ToProblem();
    }

    /// <summary>Puts a day beside the same weekday of the 4 weeks before: all up to the same time, all by one model.</summary>
    /// <param name="http">The request.</param>
    /// <param name="id">The place.</param>
    /// <param name="store">The storage.</param>
    /// <param name="figures">Works them out.</param>
    /// <param name="day">Such as 2026-01-29; today unless said.</param>
    internal static async Task<Results<Ok<Weekdays>, ProblemHttpResult>> GetWeekdays(
        HttpContext http, string id, Store store, PlaceFigures figures, string? day)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        DateOnly? asked = DayParameter.TryParse(day, out DateOnly parsed) ? parsed : null;
        return await figures.WeekdaysAsync(place.Id, asked).ConfigureAwait(false) is { } weekdays
            ? TypedResults.Ok(weekdays)
            : PlaceAccess.Unknown.ToProblem();
    }

    /// <summary>Puts the caller's places side by side, each by its own clock, per open hour; 200 at most, by their ids.</summary>
    /// <param name="http">The request.</param>
    /// <param name="store">The storage.</param>
    /// <param name="figures">Works them out.</param>
    /// <param name="clock">Says what yesterday was.</param>
    /// <param name="from">The first day; the last one unless said.</param>
    /// <param name="until">The last day; yesterday (UTC) unless said.</param>
    internal static async Task<Results<Ok<Comparison>, ProblemHttpResult>> GetComparison(
        HttpContext http, Store store, PlaceFigures figures, TimeProvider clock, string? from, string? until)
    {
        DateOnly yesterday = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime).AddDays(-1);
        DateOnly last = DayParameter.TryParse(until, out DateOnly parsed) ? parsed : yesterday;
        DateOnly first = DayParameter.TryParse(from, out parsed) ? parsed : last;
        if (last < first || last.DayNumber - first.DayNumber >= PlaceFigures.MostCompared)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, "from, until: in this order, at most 93 days");
        }

        List<PlaceRow> places = await store.ReadAsync(
            (0L, PlaceFigures.MostPlaces, Caller.Of(http).Scope, false), PlaceSql.List).ConfigureAwait(false);
        return TypedResults.Ok(await figures.CompareAsync(
            [.. places.Select(static place => place.Id)], new DayRange(first, last)).ConfigureAwait(false));
    }

    private static string[] Names<T>()
        where T : struct, Enum => [.. Enum.GetNames<T>().Select(static name => name.ToLowerInvariant())];

    /// <summary>A word that the query's declaration has let through.</summary>
    private static T Word<T>(string? text, T otherwise)
        where T : struct, Enum => Enum.TryParse(text, ignoreCase: true, out T word) ? word : otherwise;
}
