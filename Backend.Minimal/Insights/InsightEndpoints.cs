using System.Globalization;

using JamBox.Backend.Insights.Calibration;
using JamBox.Backend.Insights.Figures;
using JamBox.Backend.Insights.Watch;
using JamBox.Backend.Operation;
using JamBox.Backend.Readings;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

using NodaTime;

namespace JamBox.Backend.Insights;

/// <summary>The portal's figures.</summary>
internal static class InsightEndpoints
{
    private const int MaxDays = 31;
    private const int MaxSummaryDays = 366;
    private const int DefaultDays = 7;

    /// <summary>Adds insights.</summary>
    public static void AddInsights(this IServiceCollection services)
    {
        services.AddJson(InsightJson.Default);
        services.AddJson(CalibrationJson.Default);
        services.AddJson(FigureJson.Default);
        services.AddSingleton<PlaceFigures>();
        services.AddRetryJob(static provider => ActivatorUtilities.CreateInstance<FitJob>(provider));
        services.AddSingleton<IJob, CountingWatchJob>();
    }

    /// <summary>The route table.</summary>
    public static void MapInsights(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Insights");
        viewers.MapGet("/summary", GetSummary).WithName("GetSummary")
            .TakesQuery(
                [ApiParameter.DeviceId, ApiParameter.Place, new DayParameter("day", "The day; today at the place unless said."),
                    .. DayRange.Parameters])
            .Refuses(StatusCodes.Status404NotFound);
        viewers.MapGet("/hourly", GetHourly).WithName("GetHourly")
            .TakesQuery(
                [ApiParameter.DeviceId, ApiParameter.Place,
                    new NumberParameter("days", 1, MaxDays, "Days back from today's midnight.") { Default = DefaultDays },
                    new DayParameter("day", "This day alone, instead."), .. DayRange.Parameters])
            .Refuses(StatusCodes.Status404NotFound);
        viewers.MapGet("/stats", GetStats).WithName("GetStats");
        routes.MapCalibration();
        routes.MapFigures();
    }

    /// <summary>Sums up a day, or any days up to a year of them, by the clock of the place.</summary>
    /// <param name="http">The request.</param>
    /// <param name="store">The storage.</param>
    /// <param name="clock">Says what today is.</param>
    /// <param name="device_id">Only this device.</param>
    /// <param name="place">Only this place (its id): what its boxes counted while they stood there.</param>
    /// <param name="day">Such as 2026-01-29; today unless said.</param>
    /// <param name="from">The first day of a range, instead of <paramref name="day"/>.</param>
    /// <param name="until">The last day of that range; today at the place unless said.</param>
    internal static async Task<Results<Ok<Summary>, ProblemHttpResult>> GetSummary(
        HttpContext http, Store store, TimeProvider clock, string? device_id, string? place, string? day, string? from, string? until)
    {
        (InsightRequest? request, ProblemHttpResult? problem) = await InsightRequest.OfAsync(
            http, store, device_id, place).ConfigureAwait(false);
        if (request is null)
        {
            return problem!;
        }

        DateTimeOffset now = clock.GetUtcNow();
        (DayRange days, string? fault) = DayRange.Of(request, (day, from, until), now, MaxSummaryDays);
        if (fault is not null)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, fault);
        }

        long start = PlaceDay.Start(request.Zone, days.First);
        long end = PlaceDay.Start(request.Zone, days.Last.AddDays(1));
        List<long> starts = PlaceDay.Hours(request.Zone, start, end);
        long[][] hours = await store.ReadAsync((request, starts, end), SummarySql.Hours).ConfigureAwait(false);
        return TypedResults.Ok(new Summary(
            request.Device, request.Place?.Id, request.Place?.Name, request.Devices(start, end), request.ZoneId, Text(days.First),
            Text(days.Last), Time(start), Time(end), Busiest(request.Zone, starts, hours), Total(request, hours, start, end, now)));
    }

    /// <summary>
    /// Lists the hours of the last days, or of one day, by the clock of the place. Every hour is there, and its coverage says whether a
    /// zero is one.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="store">The storage.</param>
    /// <param name="clock">Says what today is.</param>
    /// <param name="device_id">Only this device.</param>
    /// <param name="place">Only this place (its id): what its boxes counted while they stood there.</param>
    /// <param name="days">Days back from today's midnight, 1 to 31; 7 unless said.</param>
    /// <param name="day">One day instead, such as 2026-01-29.</param>
    /// <param name="from">The first day of a range instead, of 31 days at most.</param>
    /// <param name="until">The last day of that range; today at the place unless said.</param>
    internal static async Task<Results<Ok<Hourly>, ProblemHttpResult>> GetHourly(
        HttpContext http, Store store, TimeProvider clock, string? device_id, string? place, int? days, string? day, string? from,
        string? until)
    {
        (InsightRequest? request, ProblemHttpResult? problem) = await InsightRequest.OfAsync(
            http, store, device_id, place).ConfigureAwait(false);
        if (request is null)
        {
            return problem!;
        }

        DateTimeOffset now = clock.GetUtcNow();
        (DayRange range, string? fault) = DayRange.Of(request, (day, from, until), now, MaxDays);
        if (fault is not null)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, fault);
        }

        bool isSaid = !string.IsNullOrEmpty(day) || !string.IsNullOrEmpty(from);
        DateOnly first = isSaid ? range.First : range.Last.AddDays(-(days ?? DefaultDays));
        long start = PlaceDay.Start(request.Zone, first);
        long end = PlaceDay.Start(request.Zone, range.Last.AddDays(1));
        List<long> starts = PlaceDay.Hours(request.Zone, start, end);
        long[][] hours = await store.ReadAsync((request, starts, end), SummarySql.Hours).ConfigureAwait(false);
        return TypedResults.Ok(new Hourly(
            request.ZoneId, new Period(Time(start), Time(end)), Total(request, hours, start, end, now),
            [.. hours.Select((sums, i) => Row(request, starts[i], i + 1 < starts.Count ? starts[i + 1] : end, sums, now))]));
    }

    /// <summary>Counts devices by state, sums up today (each place by its own clock), and gives the totals since registration.</summary>
    internal static async Task<Ok<Stats>> GetStats(HttpContext http, Store store, TimeProvider clock) =>
        TypedResults.Ok(await store.ReadAsync((Caller.Of(http).Scope, clock.GetUtcNow()), StatsSql.Read).ConfigureAwait(false));

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static DateTime Time(long ms) => DateTime.UnixEpoch.AddMilliseconds(ms);

    private static Totals Total(InsightRequest request, long[][] hours, long start, long end, DateTimeOffset now)
    {
        long[] total = new long[QuarterHourSums.Count];
        foreach (long[] hour in hours)
        {
            SummarySql.Add(total, hour);
        }

        return new Totals(total, request.BoxSeconds(start, end, now));
    }

    private static HourRow Row(InsightRequest request, long start, long end, long[] sums, DateTimeOffset now)
    {
        Totals f = new(sums, request.BoxSeconds(start, end, now));
        return new HourRow(
            PlaceDay.Hour(request.Zone, start), Time(start), f.Impressions, f.Unique, f.Apple, f.Android, f.BleUnique, f.BleApple,
            f.BleAppleInUse, f.Readings, f.AvgSignal, f.Coverage, f.Quality);
    }

    private static BusiestHour? Busiest(DateTimeZone zone, List<long> starts, long[][] hours)
    {
        int best = hours.Length == 0 ? -1 : Enumerable.Range(0, hours.Length).MaxBy(i => hours[i][1]);
        return best < 0 || hours[best][1] == 0 ? null : new BusiestHour(PlaceDay.Hour(zone, starts[best]), hours[best][1], hours[best][2]);
    }
}
