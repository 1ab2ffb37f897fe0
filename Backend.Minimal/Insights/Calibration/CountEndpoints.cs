using System.Globalization;

using JamBox.Backend.Insights.Figures;
using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Insights.Calibration;

/// <summary>Counts by hand: entered in seconds, on a phone, by whoever stands in the shop.</summary>
internal static class CountEndpoints
{
    /// <summary>A count may be so old: what was heard then is still known in quarters of an hour.</summary>
    private const long OldestMs = 31L * 24 * 60 * 60 * 1000;

    /// <summary>Phones' clocks are not ours.</summary>
    private const long AheadMs = 2 * 60 * 1000;

    private const long MinuteMs = 60_000;

    /// <summary>The route table.</summary>
    public static void MapCounts(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Calibration");
        PlaceEndpoints.Describe(viewers.MapGet("/places/{id}/counts", ListCounts).WithName("ListCounts")).TakesPage();

        RouteGroupBuilder owners = routes.MapFor(Role.Owner);
        owners.WithTags("Calibration");
        PlaceEndpoints.Describe(owners.MapPost("/places/{id}/counts", AddCount).WithName("AddCount"))
            .TakesBody(CountRequest.Fields, """{"kind":"present","people":7}""").Refuses(StatusCodes.Status409Conflict);
        PlaceEndpoints.Describe(owners.MapDelete("/places/{id}/counts/{count}", DeleteCount).WithName("DeleteCount"))
            .TakesPath(new NumberParameter("count", 1, long.MaxValue, "Id of the count."));
    }

    /// <summary>Lists the counts of a place, newest first. The Link header (rel=next) leads to older ones.</summary>
    /// <param name="http">The request.</param>
    /// <param name="id">The place.</param>
    /// <param name="store">The storage.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="limit">Rows at most: 1 to 1,000, 100 unless said.</param>
    /// <param name="cursor">From the Link header.</param>
    internal static async Task<Results<Ok<List<CountRow>>, ProblemHttpResult>> ListCounts(
        HttpContext http, string id, Store store, TimeProvider clock, string? limit, string? cursor)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        if (!CalibrationEndpoints.TryPage(limit, cursor, out PageRequest page, out long before))
        {
            return PageRequest.Problem;
        }

        List<CountRow> rows = await store.ReadAsync(
            (place.Id, before, page.Limit + 1, clock.GetUtcNow().ToUnixTimeMilliseconds()), CountSql.List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>
    /// Takes a count by hand: how many people are here now, or how many came in during some minutes. The same one sent again is there once.
    /// The place's model is fitted anew within a minute, and again when all that was heard around the count has come.
    /// </summary>
    internal static async Task<Results<Created<CountResult>, Ok<CountResult>, ProblemHttpResult>> AddCount(
        HttpContext http, string id, Store store, TimeProvider clock)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        (CountRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, CountRequest.Fields).ConfigureAwait(false);
        long now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        problem ??= FindFault(request, now) is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        if (problem is not null)
        {
            return problem;
        }

        CountTaken taken = await store.WriteAsync(
            new NewCount(
                place.Id, request.Kind!, At(request, now), request.Minutes, request.People!.Value, request.Note, Caller.Of(http).Name, now),
            CountSql.Add).ConfigureAwait(false);
        if (taken.Refusal is not null)
        {
            return taken.Refusal.ToProblem();
        }

        CountRow? count = await store.ReadAsync((place.Id, taken.Id, now), CountSql.One).ConfigureAwait(false);
        Certainty certainty = await store.ReadAsync(
            (place.Id, PlaceDay.Zone(place.Timezone), now), CountSql.Certainty).ConfigureAwait(false);
        return count is null ? Refusal.NotFound("Somebody has deleted this count just now").ToProblem()
            : taken.IsNew ? TypedResults.Created(
                string.Create(CultureInfo.InvariantCulture, $"/api/places/{place.Id}/counts/{taken.Id}"),
                new CountResult(count, certainty))
            : TypedResults.Ok(new CountResult(count, certainty));
    }

    /// <summary>Deletes a count: somebody miscounted, or it was only a try.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> DeleteCount(
        HttpContext http, string id, string count, Store store, TimeProvider clock)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        Refusal? refusal = long.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? await store.WriteAsync(
                (place.Id, number, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), CountSql.Delete).ConfigureAwait(false)
            : Refusal.NotFound("There is no such count");
        return refusal is null ? TypedResults.NoContent() : refusal.ToProblem();
    }

    private static string? FindFault(CountRequest request, long now) =>
        request.Kind is null ? "kind: is required: present or door"
        : request.People is null ? "people: is required"
        : request.Kind == CountKinds.Door && request.Minutes is null ? "minutes: is required with door"
        : request.Kind == CountKinds.Present && request.Minutes is not null ? "minutes: only with door"
        : At(request, now) + Length(request) > now ? "at: must not be in the future; a count at the door is entered when it is over"
        : At(request, now) < now - OldestMs ? "at: must be within the last 31 days"
        : null;

    /// <summary>When it was, or began. A phone whose clock is a little ahead means now.</summary>
    private static long At(CountRequest request, long now)
    {
        long newest = now - (now % 1000) - Length(request);
        return request.At is not { } seconds ? newest
            : seconds * 1000 > newest && seconds * 1000 <= newest + AheadMs ? newest
            : seconds * 1000;
    }

    private static long Length(CountRequest request) => (request.Minutes ?? 0) * MinuteMs;
}
