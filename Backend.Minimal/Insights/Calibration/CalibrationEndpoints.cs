using System.Globalization;

using JamBox.Backend.Insights.Figures;
using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

using NodaTime;

namespace JamBox.Backend.Insights.Calibration;

/// <summary>
/// What turns what is heard at a place into people: usual staff, mean stay, models, baselines; and when counts no longer fit.
/// </summary>
internal static class CalibrationEndpoints
{
    /// <summary>The route table.</summary>
    public static void MapCalibration(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Calibration");
        PlaceEndpoints.Describe(viewers.MapGet("/places/{id}/calibration", GetCalibration).WithName("GetCalibration"));
        PlaceEndpoints.Describe(viewers.MapGet("/places/{id}/models", ListModels).WithName("ListModels")).TakesPage();
        PlaceEndpoints.Describe(viewers.MapGet("/places/{id}/baselines", ListBaselines).WithName("ListBaselines"))
            .TakesPage(ApiParameter.DeviceId);
        PlaceEndpoints.Describe(viewers.MapGet("/places/{id}/staff", GetStaff).WithName("GetStaff"));

        RouteGroupBuilder owners = routes.MapFor(Role.Owner);
        owners.WithTags("Calibration");
        PlaceEndpoints.Describe(owners.MapPut("/places/{id}/staff", PutStaff).WithName("PutStaff"))
            .TakesBody(StaffChange.Fields, """{"monday":2,"tuesday":2,"wednesday":2,"thursday":2,"friday":3,"saturday":3}""");
        PlaceEndpoints.Describe(owners.MapDelete("/places/{id}/staff", DeleteStaff).WithName("DeleteStaff"));
        PlaceEndpoints.Describe(owners.MapPut("/places/{id}/stay", PutStay).WithName("PutStay"))
            .TakesBody(StayChange.Fields, """{"minutes":12}""");
        PlaceEndpoints.Describe(owners.MapDelete("/places/{id}/stay", DeleteStay).WithName("DeleteStay"));
        PlaceEndpoints.Describe(owners.MapPut("/places/{id}/stale", PutStale).WithName("PutStale"))
            .TakesBody(StaleRequest.Fields, """{"since":"2026-01-28T10:00:00Z","detail":"The box was turned round."}""")
            .Refuses(StatusCodes.Status409Conflict);
        PlaceEndpoints.Describe(owners.MapDelete("/places/{id}/stale", DeleteStale).WithName("DeleteStale"));
        PlaceEndpoints.Describe(owners.MapPost("/places/{id}/recalculation", Recalculate).WithName("Recalculate"))
            .TakesBody(RecalculationRequest.Fields, """{"from":"2026-01-01"}""").Refuses(StatusCodes.Status409Conflict);
        routes.MapCounts();
    }

    /// <summary>Reads what a list was asked for whose cursor is an id, newest first.</summary>
    internal static bool TryPage(string? limit, string? cursor, out PageRequest page, out long before)
    {
        before = long.MaxValue;
        return PageRequest.TryRead(limit, cursor, out page)
            && (page.Cursor is null || long.TryParse(page.Cursor, NumberStyles.None, CultureInfo.InvariantCulture, out before));
    }

    /// <summary>Shows how sure the numbers of a place are, and what they rest on.</summary>
    internal static async Task<Results<Ok<CalibrationDetail>, ProblemHttpResult>> GetCalibration(
        HttpContext http, string id, Store store, TimeProvider clock) =>
        await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is { } place
            ? TypedResults.Ok(await store.ReadAsync(
                (place.Id, PlaceDay.Zone(place.Timezone), Now(clock)), Detail).ConfigureAwait(false))
            : PlaceAccess.Unknown.ToProblem();

    /// <summary>
    /// Lists the versions of a place's model, newest first: which was in force when, and which a recalculation has replaced. The Link
    /// header (rel=next) leads to older ones.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="id">The place.</param>
    /// <param name="store">The storage.</param>
    /// <param name="limit">Rows at most: 1 to 1,000, 100 unless said.</param>
    /// <param name="cursor">From the Link header.</param>
    internal static async Task<Results<Ok<List<ModelRow>>, ProblemHttpResult>> ListModels(
        HttpContext http, string id, Store store, string? limit, string? cursor)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        if (!TryPage(limit, cursor, out PageRequest page, out long before))
        {
            return PageRequest.Problem;
        }

        List<ModelRow> rows = await store.ReadAsync((place.Id, before, page.Limit + 1), ModelSql.List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>
    /// Lists what the boxes of a place hear when nobody is there, newest first: a row when it has changed. The Link header (rel=next) leads
    /// to older ones.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="id">The place.</param>
    /// <param name="store">The storage.</param>
    /// <param name="device_id">Only this box.</param>
    /// <param name="limit">Rows at most: 1 to 1,000, 100 unless said.</param>
    /// <param name="cursor">From the Link header.</param>
    internal static async Task<Results<Ok<List<BaselineRow>>, ProblemHttpResult>> ListBaselines(
        HttpContext http, string id, Store store, string? device_id, string? limit, string? cursor)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        if (!TryPage(limit, cursor, out PageRequest page, out long before))
        {
            return PageRequest.Problem;
        }

        string? device = string.IsNullOrEmpty(device_id) ? null : device_id;
        List<BaselineRow> rows = await store.ReadAsync((place.Id, device, before, page.Limit + 1), FitSql.Baselines).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>Shows the usual staff of a place; no content = nobody said.</summary>
    internal static async Task<Results<Ok<StaffChange>, NoContent, ProblemHttpResult>> GetStaff(HttpContext http, string id, Store store)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        return await store.ReadAsync(place.Id, StaffSql.Newest).ConfigureAwait(false) is { } staff
            ? TypedResults.Ok(staff)
            : TypedResults.NoContent();
    }

    /// <summary>
    /// Sets the usual staff while the place is open, from its today on: subtracted where visitors are meant, and from counts of people
    /// present.
    /// </summary>
    internal static async Task<Results<Ok<StaffChange>, ProblemHttpResult>> PutStaff(
        HttpContext http, string id, Store store, TimeProvider clock)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        (StaffChange staff, ProblemHttpResult? problem) = await AdminBody.ReadAsync(http.Request, StaffChange.Fields).ConfigureAwait(false);
        if (problem is not null)
        {
            return problem;
        }

        await store.WriteAsync(
            (place.Id, (StaffChange?)staff, Today(place, clock), Caller.Of(http).Name, Now(clock)), StaffSql.Set).ConfigureAwait(false);
        return TypedResults.Ok(staff);
    }

    /// <summary>Has no staff subtracted any more, from the place's today on.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> DeleteStaff(
        HttpContext http, string id, Store store, TimeProvider clock)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        await store.WriteAsync(
            (place.Id, (StaffChange?)null, Today(place, clock), Caller.Of(http).Name, Now(clock)), StaffSql.Set).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    /// <summary>
    /// Sets the mean stay of a visitor, from which visitors are reckoned: person-hours by stay. Without it the stay is found where people
    /// were counted both present and at the door, four times each at least.
    /// </summary>
    internal static async Task<Results<Ok<StayChange>, ProblemHttpResult>> PutStay(
        HttpContext http, string id, Store store, TimeProvider clock)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        (StayChange stay, ProblemHttpResult? problem) = await AdminBody.ReadAsync(http.Request, StayChange.Fields).ConfigureAwait(false);
        problem ??= stay.Minutes is null ? AdminProblem.Of(StatusCodes.Status400BadRequest, "minutes: is required") : null;
        if (problem is not null)
        {
            return problem;
        }

        await store.WriteAsync((place.Id, stay.Minutes, Caller.Of(http).Name, Now(clock)), FitSql.SetStay).ConfigureAwait(false);
        return TypedResults.Ok(stay);
    }

    /// <summary>Forgets the mean stay that was set: it is found from counts, where it can be.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> DeleteStay(
        HttpContext http, string id, Store store, TimeProvider clock)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        await store.WriteAsync((place.Id, (double?)null, Caller.Of(http).Name, Now(clock)), FitSql.SetStay).ConfigureAwait(false);
        return TypedResults.NoContent();
    }

    /// <summary>Says that the counts made so far no longer fit: shelves were moved, the box was turned round.</summary>
    internal static async Task<Results<Ok<Certainty>, ProblemHttpResult>> PutStale(
        HttpContext http, string id, Store store, TimeProvider clock)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        (StaleRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, StaleRequest.Fields).ConfigureAwait(false);
        long now = Now(clock);
        long since = request.Since * 1000 ?? now;
        problem ??= since > now ? AdminProblem.Of(StatusCodes.Status400BadRequest, "since: must not be in the future") : null;
        if (problem is not null)
        {
            return problem;
        }

        bool isMarked = await store.WriteAsync(
            (place.Id, since, request.Detail ?? "Somebody said so.", Caller.Of(http).Name, now),
            static (session, wanted) => CalibrationMarks.MarkStale(
                session, wanted.Id, wanted.since, StaleReason.Manual, wanted.Item3, wanted.Name, wanted.now)).ConfigureAwait(false);
        return isMarked
            ? TypedResults.Ok(await store.ReadAsync(
                (place.Id, PlaceDay.Zone(place.Timezone), now), CountSql.Certainty).ConfigureAwait(false))
            : Refusal.Conflict("There are no counts from before that are still used").ToProblem();
    }

    /// <summary>Says that the counts do fit after all: they are used again.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> DeleteStale(
        HttpContext http, string id, Store store, TimeProvider clock)
    {
        Refusal? refusal = await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is { } place
            ? await store.WriteAsync((place.Id, Caller.Of(http).Name, Now(clock)), CalibrationMarks.Withdraw).ConfigureAwait(false)
            : PlaceAccess.Unknown;
        return refusal is null ? TypedResults.NoContent() : refusal.ToProblem();
    }

    /// <summary>
    /// Has the past worked out anew by the newest model and today's staff, from a day on. Numbers that were shown change by it, so it is in
    /// the audit log, and the versions that were are kept.
    /// </summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> Recalculate(
        HttpContext http, string id, Store store, TimeProvider clock)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        (RecalculationRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, RecalculationRequest.Fields).ConfigureAwait(false);
        DateTimeZone zone = PlaceDay.Zone(place.Timezone);
        DateOnly day = default;
        problem ??= !DayParameter.TryParse(request.From, out day) || day > PlaceDay.Today(zone, clock.GetUtcNow())
            ? AdminProblem.Of(StatusCodes.Status400BadRequest, "from: must be a day such as 2026-01-29, not in the future")
            : (await store.WriteAsync(
                (place.Id, PlaceDay.Start(zone, day), HoursSql.Day(day), Caller.Of(http).Name, Now(clock)),
                ModelSql.Recalculate).ConfigureAwait(false))?.ToProblem();
        return problem is not null ? problem : TypedResults.NoContent();
    }

    private static CalibrationDetail Detail(SqlSession session, (long PlaceId, DateTimeZone Zone, long Now) wanted)
    {
        double? said = FitSql.Stay(session, wanted.PlaceId);
        StoredModel? model = ModelSql.At(session, (wanted.PlaceId, wanted.Now));
        return new CalibrationDetail(
            CountSql.Certainty(session, wanted), StaffSql.Newest(session, wanted.PlaceId), Stays.Of(model, said),
            FitSql.NewestBaselines(session, wanted.PlaceId), CalibrationMarks.Rows(session, wanted.PlaceId),
            FitSql.DueAt(session, wanted.PlaceId) is { } due ? DateTime.UnixEpoch.AddMilliseconds(due) : null);
    }

    private static long Today(PlaceRow place, TimeProvider clock)
    {
        DateTimeZone zone = PlaceDay.Zone(place.Timezone);
        return PlaceDay.Start(zone, PlaceDay.Today(zone, clock.GetUtcNow()));
    }

    private static long Now(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds();
}

/// <summary>The mean stay as it is shown.</summary>
internal static class Stays
{
    private const double MinutesPerHour = 60;

    /// <summary>The mean stay: as the owner has said, else as the model has found it.</summary>
    /// <param name="model">The model in force; null = none.</param>
    /// <param name="said">Minutes, as the owner has said; null = nobody did.</param>
    /// <returns>Null when it is not known.</returns>
    public static Stay? Of(StoredModel? model, double? said)
    {
        if (said is { } minutes)
        {
            return new Stay(minutes, minutes, minutes, "owner");
        }

        return Found(Read(model), "counts");
    }

    /// <summary>The mean stay of a day that is over: the one that its visitors were worked out with, with what counts made of it.</summary>
    /// <param name="model">The model in force then; null = none.</param>
    /// <returns>Null when it was not known.</returns>
    public static Stay? Past(StoredModel? model)
    {
        // What is found in counts alone is never known as well as what the owner says is taken for.
        const double Rounding = 1e-9;
        Estimation.PeopleModel? read = Read(model);
        return Found(read, read?.StayError <= Estimation.PeoplePrior.SetStayWidth + Rounding ? "owner" : "counts");
    }

    private static Estimation.PeopleModel? Read(StoredModel? model) =>
        model is null ? null : Estimation.PeopleModel.Read(model.Json, out _);

    private static Stay? Found(Estimation.PeopleModel? model, string source) =>
        model?.MeanStayHours is { } hours
            ? new Stay(hours.Value * MinutesPerHour, hours.Low * MinutesPerHour, hours.High * MinutesPerHour, source)
            : null;
}
