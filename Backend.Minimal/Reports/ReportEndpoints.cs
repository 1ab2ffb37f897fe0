using System.Globalization;
using System.Text;

using JamBox.Backend.Insights;
using JamBox.Backend.Insights.Figures;
using JamBox.Backend.Notifications;
using JamBox.Backend.Operation;
using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Reports;

/// <summary>Reports of weeks and months: to look at, and by mail.</summary>
internal static class ReportEndpoints
{
    private static readonly ApiParameter[] s_period =
    [
        new TextParameter("period", ReportPeriod.Kinds, "Monday to Sunday, or the 1st to the last.") { Default = ReportPeriod.Week },
        new DayParameter("of", "A day in it; the last one that is over unless said."),
    ];

    private static readonly ApiParameter s_place = new NumberParameter("place", 1, long.MaxValue, "Id of the place.");

    /// <summary>Adds reports.</summary>
    public static void AddReports(this IServiceCollection services)
    {
        services.AddJson(ReportJson.Default);
        services.AddSingleton<ReportMaker>();
        services.AddSingleton<ReportSender>();
        services.AddSingleton<IJob, ReportJob>();
        services.AddRetryJob(static provider => new DeliveryJob(
            provider.GetRequiredService<ReportSender>(), provider.GetRequiredService<Store>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<DeliveryJob>>()));
    }

    /// <summary>The route table.</summary>
    public static void MapReports(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Reports");
        viewers.MapGet("/reports/{place}.pdf", GetPdf).WithName("GetReportPdf").TakesPath(s_place)
            .TakesQuery([.. s_period, new TextParameter("language", ReportTexts.Languages, "Its language.") { Default = "en" }])
            .GivesBytes("application/pdf").Refuses(StatusCodes.Status404NotFound);
        viewers.MapGet("/reports/{place}.csv", GetCsv).WithName("GetReportCsv").TakesPath(s_place)
            .TakesQuery([.. s_period, new TextParameter("by", ["day", "hour"], "Length of the rows.") { Default = "day" }])
            .GivesBytes("text/csv").Refuses(StatusCodes.Status404NotFound);

        RouteGroupBuilder users = routes.MapForUsers();
        users.WithTags("Reports");
        users.MapGet("/report-choice", GetChoice).WithName("GetReportChoice");
        users.MapPut("/report-choice", PutChoice).WithName("PutReportChoice")
            .TakesBody(ReportChoice.Fields, """{"week":true,"month":true,"format":"pdf","language":"en"}""")
            .Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>The report of a place as PDF: one page A4.</summary>
    /// <param name="http">The request.</param>
    /// <param name="place">Id of the place.</param>
    /// <param name="store">The storage.</param>
    /// <param name="maker">Makes it.</param>
    /// <param name="clock">Says what is over.</param>
    /// <param name="period">week or month; week unless said.</param>
    /// <param name="of">A day in it; the last one that is over unless said.</param>
    /// <param name="language">en or es; en unless said.</param>
    internal static async Task<Results<FileContentHttpResult, ProblemHttpResult>> GetPdf(
        HttpContext http, string place, Store store, ReportMaker maker, TimeProvider clock, string? period, string? of, string? language)
    {
        if (await PlaceAccess.FindAsync(http, store, place).ConfigureAwait(false) is not { } row
            || await maker.MakeAsync(row.Id, PeriodOf(row, period, of, clock)).ConfigureAwait(false) is not { } report)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        ReportTexts texts = ReportTexts.Of(string.IsNullOrEmpty(language) ? null : language);
        byte[] pdf = await LowPriority.RunAsync(() => ReportPdf.Make([report], texts, clock.GetUtcNow())).ConfigureAwait(false);
        return TypedResults.Bytes(pdf, "application/pdf", ReportSender.FileName(report.Period, "pdf"));
    }

    /// <summary>The numbers of a report of a place as CSV.</summary>
    /// <param name="http">The request.</param>
    /// <param name="place">Id of the place.</param>
    /// <param name="store">The storage.</param>
    /// <param name="maker">Makes it.</param>
    /// <param name="clock">Says what is over.</param>
    /// <param name="period">week or month; week unless said.</param>
    /// <param name="of">A day in it; the last one that is over unless said.</param>
    /// <param name="by">day or hour; day unless said.</param>
    internal static async Task<Results<FileContentHttpResult, ProblemHttpResult>> GetCsv(
        HttpContext http, string place, Store store, ReportMaker maker, TimeProvider clock, string? period, string? of, string? by)
    {
        FigureStep step = by == "hour" ? FigureStep.Hour : FigureStep.Day;
        if (await PlaceAccess.FindAsync(http, store, place).ConfigureAwait(false) is not { } row)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        ReportPeriod wanted = PeriodOf(row, period, of, clock);
        return await maker.RangeAsync(row.Id, wanted, step, Versus.Usual).ConfigureAwait(false) is { } range
            ? TypedResults.Bytes(
                Encoding.UTF8.GetBytes(ReportCsv.Make([range])), "text/csv; charset=utf-8", ReportSender.FileName(wanted, "csv"))
            : PlaceAccess.Unknown.ToProblem();
    }

    /// <summary>Shows which reports one is mailed.</summary>
    internal static async Task<Ok<ReportChoice>> GetChoice(HttpContext http, Store store) =>
        TypedResults.Ok(await store.ReadAsync(Caller.Of(http).UserId!.Value, ReportSql.Choice).ConfigureAwait(false));

    /// <summary>
    /// Says which reports one wants to be mailed: on Monday or the 1st at 7 in the morning, by the clock of each place. What is not said is
    /// as at first: none.
    /// </summary>
    internal static async Task<Results<Ok<ReportChoice>, ProblemHttpResult>> PutChoice(HttpContext http, Store store, TimeProvider clock)
    {
        (ReportChoice choice, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, ReportChoice.Fields).ConfigureAwait(false);
        if (problem is not null)
        {
            return problem;
        }

        if (choice.Places?.Count > ReportChoice.MaxPlaces)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, string.Create(
                CultureInfo.InvariantCulture, $"places: {ReportChoice.MaxPlaces} at most"));
        }

        Caller caller = Caller.Of(http);
        int known = choice.Places is null ? 0
            : (await store.ReadAsync((caller.UserId!.Value, choice), static (session, wanted) =>
                ReportSql.PlacesOf(session, wanted.Value, wanted.choice)).ConfigureAwait(false)).Count;
        if (choice.Places is not null && known < choice.Places.Count)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        await store.WriteAsync((caller.UserId!.Value, choice, clock.GetUtcNow().ToUnixTimeMilliseconds()), ReportSql.SetChoice)
            .ConfigureAwait(false);
        return TypedResults.Ok(choice);
    }

    private static ReportPeriod PeriodOf(PlaceRow place, string? period, string? of, TimeProvider clock)
    {
        string kind = string.IsNullOrEmpty(period) ? ReportPeriod.Week : period;
        return string.IsNullOrEmpty(of)
            ? ReportPeriod.LastOver(kind, PlaceDay.Today(PlaceDay.Zone(place.Timezone), clock.GetUtcNow()))
            : ReportPeriod.Of(kind, DateOnly.ParseExact(of, "yyyy-MM-dd", CultureInfo.InvariantCulture));
    }
}
