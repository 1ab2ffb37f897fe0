using System.Globalization;

using JamBox.Backend.Insights;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Places;

/// <summary>Places: made, named, given hours, given up.</summary>
internal static class PlaceEndpoints
{
    private const int MaxOpenDays = 62;

    private static readonly ApiParameter s_day = new DayParameter("day", "The day.");

    /// <summary>Adds places.</summary>
    public static void AddPlaces(this IServiceCollection services)
    {
        services.AddJson(PlaceJson.Default);
        services.AddSingleton<PinCheck>();
    }

    /// <summary>The route table.</summary>
    public static void MapPlaces(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Places");
        viewers.MapGet("/places", ListPlaces).WithName("ListPlaces").TakesPage(
            new FlagParameter("retired", "Also those that were given up."));
        Describe(viewers.MapGet("/places/{id}", GetPlace).WithName("GetPlace"));
        Describe(viewers.MapGet("/places/{id}/exceptions", ListExceptions).WithName("ListPlaceExceptions"))
            .TakesQuery(new DayParameter("from", "The first day."), new DayParameter("until to", "The last day."));
        Describe(viewers.MapGet("/places/{id}/open", GetOpen).WithName("GetPlaceOpen"))
            .TakesQuery(
                new DayParameter("from", "The first day; today at the place unless said."),
                new DayParameter("until to", "The last day, at most 61 days later; the first unless said."));

        RouteGroupBuilder owners = routes.MapFor(Role.Owner);
        owners.WithTags("Places");
        Describe(owners.MapPut("/places/{id}", PutPlace).WithName("PutPlace"))
            .TakesBody(PlaceChange.Fields, """{"name":"Bakery Mill Street","timezone":"Europe/Berlin"}""").Refuses(
                StatusCodes.Status409Conflict);
        Describe(owners.MapPut("/places/{id}/hours", PutHours).WithName("PutPlaceHours"))
            .TakesBody(HoursChange.Fields, """{"monday":["09:00-13:00","15:00-18:30"],"tuesday":["09:00-18:30"]}""").Refuses(
                StatusCodes.Status409Conflict);
        Describe(owners.MapDelete("/places/{id}/hours", DeleteHours).WithName("DeletePlaceHours")).Refuses(StatusCodes.Status409Conflict);
        Describe(owners.MapPut("/places/{id}/exceptions/{day}", PutException).WithName("PutPlaceException")).TakesPath(s_day)
            .TakesBody(ExceptionChange.Fields, """{"open":["10:00-14:00"],"note":"Christmas Eve"}""").Refuses(
                StatusCodes.Status409Conflict);
        Describe(owners.MapDelete("/places/{id}/exceptions/{day}", DeleteException).WithName("DeletePlaceException")).TakesPath(s_day)
            .Refuses(StatusCodes.Status400BadRequest, StatusCodes.Status409Conflict);

        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("Places");
        operators.MapPost("/places", CreatePlace).WithName("CreatePlace")
            .TakesBody(PlaceChange.Fields, """{"name":"Bakery Mill Street","timezone":"Europe/Berlin","client":"Mill"}""");
        Describe(operators.MapDelete("/places/{id}", RetirePlace).WithName("RetirePlace")).Refuses(StatusCodes.Status409Conflict);
        routes.MapPlacement();
        routes.MapFleet();
        routes.MapActivation();
    }

    /// <summary>Describes what every endpoint of one place answers.</summary>
    internal static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint) =>
        endpoint.TakesPath(new NumberParameter("id", 1, long.MaxValue, "Id of the place.")).Refuses(StatusCodes.Status404NotFound);

    /// <summary>Lists places by id. The Link header (rel=next) leads to the next ones.</summary>
    /// <param name="http">The request.</param>
    /// <param name="store">The storage.</param>
    /// <param name="retired">true = also those that were given up.</param>
    /// <param name="limit">Rows at most: 1 to 1,000, 100 unless said.</param>
    /// <param name="cursor">From the Link header.</param>
    internal static async Task<Results<Ok<List<PlaceRow>>, ProblemHttpResult>> ListPlaces(
        HttpContext http, Store store, string? retired, string? limit, string? cursor)
    {
        long after = 0;
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page)
            || (page.Cursor is not null && !long.TryParse(page.Cursor, NumberStyles.None, CultureInfo.InvariantCulture, out after)))
        {
            return PageRequest.Problem;
        }

        List<PlaceRow> rows = await store.ReadAsync(
            (after, page.Limit + 1, Caller.Of(http).Scope, retired == "true"), PlaceSql.List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>Shows a place with its opening hours, the boxes that stand or stood there, and the things and gateways beside them.</summary>
    internal static async Task<Results<Ok<PlaceDetail>, ProblemHttpResult>> GetPlace(HttpContext http, string id, Store store) =>
        await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is { } place
            ? TypedResults.Ok(
                new PlaceDetail(
                    place, await store.ReadAsync(place.Id, HoursSql.Of).ConfigureAwait(false),
                    await store.ReadAsync(place.Id, PlacementSql.Boxes).ConfigureAwait(false),
                    await store.ReadAsync(place.Id, PlacementSql.Things).ConfigureAwait(false)))
            : PlaceAccess.Unknown.ToProblem();

    /// <summary>Makes a place. Only those who look after all places do: to others it would not exist.</summary>
    internal static async Task<Results<Created<PlaceRow>, ProblemHttpResult>> CreatePlace(HttpContext http, Store store, TimeProvider clock)
    {
        (PlaceChange change, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, PlaceChange.Fields).ConfigureAwait(false);
        string? fault = change.Name is null ? "name: is required" : change.FindFault();
        problem ??= fault is not null ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        problem ??= Caller.Of(http).Scope is not null
            ? AdminProblem.Of(StatusCodes.Status403Forbidden, "Who looks after some places makes no others")
            : null;
        if (problem is not null)
        {
            return problem;
        }

        long id = await store.WriteAsync((change, Caller.Of(http).Name, Now(clock)), PlaceSql.Add).ConfigureAwait(false);
        return TypedResults.Created(
            string.Create(CultureInfo.InvariantCulture, $"/api/places/{id}"),
            (await store.ReadAsync((id, (string?)null), PlaceSql.One).ConfigureAwait(false))!);
    }

    /// <summary>Changes a place: what is absent keeps its value. Rights do not hang on the name.</summary>
    internal static async Task<Results<Ok<PlaceRow>, ProblemHttpResult>> PutPlace(
        HttpContext http, string id, Store store, TimeProvider clock)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        (PlaceChange change, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, PlaceChange.Fields).ConfigureAwait(false);
        problem ??= change.FindFault() is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        problem ??= (change.Client ?? change.Project) is not null && !Caller.Of(http).MayAt(Role.Operator, place.Id)
            ? AdminProblem.Of(StatusCodes.Status403Forbidden, "client and project are an operator's to say")
            : null;
        problem ??= (await store.WriteAsync((place.Id, change, Caller.Of(http).Name, Now(clock)), PlaceSql.Change).ConfigureAwait(false))?
            .ToProblem();
        return problem is not null
            ? problem
            : TypedResults.Ok((await store.ReadAsync((place.Id, (string?)null), PlaceSql.One).ConfigureAwait(false))!);
    }

    /// <summary>Gives a place up where no box stands. Its history can still be read.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> RetirePlace(
        HttpContext http, string id, Store store, TimeProvider clock)
    {
        Refusal? refusal = await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is { } place
            ? await store.WriteAsync((place.Id, Caller.Of(http).Name, Now(clock)), PlaceSql.Retire).ConfigureAwait(false)
            : PlaceAccess.Unknown;
        return refusal is null ? TypedResults.NoContent() : refusal.ToProblem();
    }

    /// <summary>Sets the opening hours of a week, by the place's clock; a day that is absent is closed.</summary>
    internal static async Task<Results<Ok<HoursChange>, ProblemHttpResult>> PutHours(
        HttpContext http, string id, Store store, TimeProvider clock)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        (HoursChange hours, ProblemHttpResult? problem) = await AdminBody.ReadAsync(http.Request, HoursChange.Fields).ConfigureAwait(false);
        problem ??= hours.FindFault() is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        if (problem is not null)
        {
            return problem;
        }

        Refusal? refusal = await store.WriteAsync(
            (place.Id, (HoursChange?)hours, Caller.Of(http).Name, Now(clock)), HoursSql.Set).ConfigureAwait(false);
        return refusal is not null ? refusal.ToProblem() : TypedResults.Ok(hours);
    }

    /// <summary>Forgets the opening hours: nobody knows them again. (Closed all week is something else.)</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> DeleteHours(
        HttpContext http, string id, Store store, TimeProvider clock)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        Refusal? refusal = await store.WriteAsync(
            (place.Id, (HoursChange?)null, Caller.Of(http).Name, Now(clock)), HoursSql.Set).ConfigureAwait(false);
        return refusal is not null ? refusal.ToProblem() : TypedResults.NoContent();
    }

    /// <summary>Lists the days that are not as the others of their names.</summary>
    /// <param name="http">The request.</param>
    /// <param name="id">The place.</param>
    /// <param name="store">The storage.</param>
    /// <param name="from">The first day, such as 2026-12-24; all unless said.</param>
    /// <param name="until">The last day; all unless said.</param>
    internal static async Task<Results<Ok<List<ExceptionRow>>, ProblemHttpResult>> ListExceptions(
        HttpContext http, string id, Store store, string? from, string? until)
    {
        bool fine = TryDay(from, DateOnly.MinValue, out DateOnly first) & TryDay(until, DateOnly.MaxValue, out DateOnly last);
        return await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place ? PlaceAccess.Unknown.ToProblem()
            : !fine ? AdminProblem.Of(StatusCodes.Status400BadRequest, "from, until: must be days such as 2026-12-24")
            : TypedResults.Ok(
                await store.ReadAsync((place.Id, HoursSql.Day(first), HoursSql.Day(last)), HoursSql.Exceptions).ConfigureAwait(false));
    }

    /// <summary>Sets the hours of one day; no spans = closed.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> PutException(
        HttpContext http, string id, string day, Store store, TimeProvider clock)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        (ExceptionChange change, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, ExceptionChange.Fields).ConfigureAwait(false);
        problem ??= !TryDay(day, default, out DateOnly date) ? AdminProblem.Of(
            StatusCodes.Status400BadRequest, "day: must be a day such as 2026-12-24")
            : change.Open is null ? AdminProblem.Of(StatusCodes.Status400BadRequest, "open: is required; [] is closed")
            : !OpeningHours.TryStore(change.Open, out _) ? AdminProblem.Of(StatusCodes.Status400BadRequest, $"open: {OpeningHours.Rule}")
            : (await store.WriteAsync((place.Id, HoursSql.Day(date), change, Caller.Of(http).Name, Now(clock)), HoursSql.SetException).ConfigureAwait(false))?.ToProblem();
        return problem is not null ? problem : TypedResults.NoContent();
    }

    /// <summary>Makes a day as the others of its name again.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> DeleteException(
        HttpContext http, string id, string day, Store store, TimeProvider clock)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        if (!TryDay(day, default, out DateOnly date))
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, "day: must be a day such as 2026-12-24");
        }

        Refusal? refusal = await store.WriteAsync(
            (place.Id, HoursSql.Day(date), Caller.Of(http).Name, Now(clock)), HoursSql.RemoveException).ConfigureAwait(false);
        return refusal is not null ? refusal.ToProblem() : TypedResults.NoContent();
    }

    /// <summary>Shows when a place is open, as moments: hours and exceptions by its own clock. null = nobody said.</summary>
    /// <param name="http">The request.</param>
    /// <param name="id">The place.</param>
    /// <param name="store">The storage.</param>
    /// <param name="clock">Says what today is.</param>
    /// <param name="from">The first day, such as 2026-12-24; today at the place unless said.</param>
    /// <param name="until">The last day, at most 61 days later; the first unless said.</param>
    internal static async Task<Results<Ok<List<OpenDay>>, NoContent, ProblemHttpResult>> GetOpen(
        HttpContext http, string id, Store store, TimeProvider clock, string? from, string? until)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        NodaTime.DateTimeZone zone = PlaceDay.Zone(place.Timezone);
        if (!TryDay(from, PlaceDay.Today(zone, clock.GetUtcNow()), out DateOnly first) || !TryDay(until, first, out DateOnly last)
            || last < first || last.DayNumber - first.DayNumber >= MaxOpenDays)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, "from, until: must be days such as 2026-12-24, at most 62 of them");
        }

        return await store.ReadAsync((place.Id, zone, first, last), HoursSql.Open).ConfigureAwait(false) is { } days
            ? TypedResults.Ok(days)
            : TypedResults.NoContent();
    }

    private static bool TryDay(string? text, DateOnly otherwise, out DateOnly day)
    {
        day = otherwise;
        return string.IsNullOrEmpty(text)
            || (
                DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day)
                    && day.Year is > 1970 and < 9999);
    }

    private static long Now(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds();
}

/// <summary>Whether a caller may act at a place, as the endpoint's role; to others it does not exist.</summary>
internal static class PlaceAccess
{
    /// <summary>What is said of a place that does not exist, or is not the caller's.</summary>
    public static readonly Refusal Unknown = Refusal.NotFound("Place not found");

    /// <summary>What is said of a place that was given up: its history is kept, and nothing is changed any more.</summary>
    public static readonly Refusal Retired = Refusal.Conflict("This place is no longer in use");

    /// <summary>The place; null when there is none, or none of the caller's.</summary>
    public static async Task<PlaceRow?> FindAsync(HttpContext http, Store store, string id) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? await store.ReadAsync((number, Caller.Of(http).Scope), PlaceSql.One).ConfigureAwait(false)
            : null;
}
