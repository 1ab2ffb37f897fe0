using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Places;

/// <summary>Which box stands where: moved, replaced, merged, retired; and codes with which a box joins a place.</summary>
internal static class PlacementEndpoints
{
    /// <summary>The route table.</summary>
    public static void MapPlacement(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("Places");
        Describe(operators.MapPost("/places/{id}/devices", MoveHere).WithName("MoveDeviceToPlace"))
            .TakesBody(MoveRequest.Fields, """{"device_id":"JBNB0001"}""");
        Describe(operators.MapDelete("/places/{id}/devices/{device_id}", TakeAway).WithName("TakeDeviceFromPlace"));
        Describe(operators.MapPost("/places/{id}/replace", Replace).WithName("ReplaceDevice"))
            .TakesBody(ReplaceRequest.Fields, """{"device_id":"JBNB0001","by":"JBNB0002"}""");
        Describe(operators.MapPost("/places/{id}/merge", Merge).WithName("MergePlace")).TakesBody(MergeRequest.Fields, """{"into":7}""");

        RouteGroupBuilder owners = routes.MapFor(Role.Owner);
        owners.WithTags("Places");
        Describe(owners.MapPost("/places/{id}/codes", MakeCode).WithName("MakeJoinCode"));

        RouteGroupBuilder admin = routes.MapFor(Role.Admin);
        admin.WithTags("Devices");
        admin.MapPost("/device/{device_id}/retire", Retire).WithName("RetireDevice").Refuses(
            StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        admin.MapDelete("/device/{device_id}", Delete).WithName("DeleteDevice").Refuses(
            StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
    }

    /// <summary>Brings a box to a place, from where it stands. Its readings stay with the places where they were taken.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> MoveHere(HttpContext http, string id, Store store, TimeProvider clock)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        (MoveRequest move, ProblemHttpResult? problem) = await AdminBody.ReadAsync(http.Request, MoveRequest.Fields).ConfigureAwait(false);
        long now = Now(clock);
        long? from = null;
        problem ??= move.DeviceId is null ? AdminProblem.Of(StatusCodes.Status400BadRequest, "device_id: is required")
            : !TryMoment(move.From, now, out from) ? AdminProblem.Of(
                StatusCodes.Status400BadRequest, "from: must be a moment such as 2026-01-29T10:00:00Z, not in the future")
            : await DeviceAccess.CheckAsync(http, store, move.DeviceId).ConfigureAwait(false)
                ?? (await store.WriteAsync((move.DeviceId, (long?)place.Id, from, Caller.Of(http).Scope, Caller.Of(http).Name, now), PlacementSql.Move).ConfigureAwait(false))?.ToProblem();
        return problem is not null ? problem : TypedResults.NoContent();
    }

    /// <summary>Takes a box away: from now on it stands nowhere.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> TakeAway(
        HttpContext http, string id, [FromRoute(Name = "device_id")] string device, Store store, TimeProvider clock)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place
            || await store.ReadAsync(device, PlacementSql.PlaceOf).ConfigureAwait(false) != place.Id)
        {
            return Refusal.NotFound("No such place, or that box does not stand there").ToProblem();
        }

        Refusal? refusal =
            await store.WriteAsync(
                (device, (long?)null, (long?)null, Caller.Of(http).Scope, Caller.Of(http).Name, Now(clock)),
                PlacementSql.Move).ConfigureAwait(false);
        return refusal is null ? TypedResults.NoContent() : refusal.ToProblem();
    }

    /// <summary>Puts another box into the place of one: the place's series goes on with it.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> Replace(HttpContext http, string id, Store store, TimeProvider clock)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        (ReplaceRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, ReplaceRequest.Fields).ConfigureAwait(false);
        problem ??= request.DeviceId is null || request.By is null ? AdminProblem.Of(
            StatusCodes.Status400BadRequest, "device_id and by are required")
            : await DeviceAccess.CheckAsync(http, store, request.DeviceId, mayBeRetired: true).ConfigureAwait(false)
                ?? await DeviceAccess.CheckAsync(http, store, request.By).ConfigureAwait(false)
                ?? (await store.WriteAsync((place.Id, request.DeviceId, request.By, Caller.Of(http).Scope, Caller.Of(http).Name, Now(clock)), PlacementSql.Replace).ConfigureAwait(false))?.ToProblem();
        return problem is not null ? problem : TypedResults.NoContent();
    }

    /// <summary>Makes one place of two: boxes and history go over, rights at the first end.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> Merge(
        HttpContext http, string id, Store store, TimeProvider clock, AccessWatch access)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        (MergeRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, MergeRequest.Fields).ConfigureAwait(false);
        problem ??= request.Into is null ? AdminProblem.Of(StatusCodes.Status400BadRequest, "into: is required") : null;
        if (problem is not null)
        {
            return problem;
        }

        if (await store.ReadAsync((request.Into!.Value, Caller.Of(http).Scope), PlaceSql.One).ConfigureAwait(false) is null)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        Refusal? refusal = await store.WriteAsync(
            (place.Id, request.Into.Value, Caller.Of(http).Name, Now(clock)), PlacementSql.Merge).ConfigureAwait(false);
        access.Invalidate();
        return refusal is null ? TypedResults.NoContent() : refusal.ToProblem();
    }

    /// <summary>Makes a code with which a box joins this place at its activation: good once, for three days.</summary>
    internal static async Task<Results<Created<JoinCode>, ProblemHttpResult>> MakeCode(
        HttpContext http, string id, Store store, ISecretSource secrets, TimeProvider clock)
    {
        if (await PlaceAccess.FindAsync(http, store, id).ConfigureAwait(false) is not { } place)
        {
            return PlaceAccess.Unknown.ToProblem();
        }

        string code = JoinCodes.New(secrets);
        long now = Now(clock);
        Refusal? refusal = await store.WriteAsync(
            (place.Id, Token.Hash(code), Caller.Of(http).Name, now), JoinCodes.Add).ConfigureAwait(false);
        return refusal is null
            ? TypedResults.Created((string?)null, new JoinCode(code, DateTime.UnixEpoch.AddMilliseconds(now + JoinCodes.LifeMs)))
            : refusal.ToProblem();
    }

    /// <summary>Retires a box: it is refused, leaves its place, and keeps its history.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> Retire(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, DeviceGate gate, TimeProvider clock)
    {
        if (await DeviceAccess.CheckAsync(http, store, id, mayBeRetired: true).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        Refusal? refusal = await store.WriteAsync((id, Caller.Of(http).Name, Now(clock)), RetirementSql.Retire).ConfigureAwait(false);
        gate.Invalidate();
        return refusal is null ? TypedResults.NoContent() : refusal.ToProblem();
    }

    /// <summary>Deletes a box that never said a word: one that was registered by mistake. Others are retired.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, DeviceGate gate, TimeProvider clock)
    {
        if (await DeviceAccess.CheckAsync(http, store, id, mayBeRetired: true).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        Refusal? refusal = await store.WriteAsync((id, Caller.Of(http).Name, Now(clock)), RetirementSql.Delete).ConfigureAwait(false);
        gate.Invalidate();
        return refusal is null ? TypedResults.NoContent() : refusal.ToProblem();
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint) =>
        PlaceEndpoints.Describe(endpoint).Refuses(StatusCodes.Status409Conflict);

    private static bool TryMoment(string? text, long now, out long? moment)
    {
        moment = null;
        if (string.IsNullOrEmpty(text))
        {
            return true;
        }

        bool fine = Moment.TryParse(text, out DateTimeOffset time)
            && time.Year > 1970;
        moment = time.ToUnixTimeMilliseconds();
        return fine && moment <= now;
    }

    private static long Now(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
