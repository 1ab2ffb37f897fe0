using System.Globalization;

using JamBox.Backend.Places;
using JamBox.Backend.Readings;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Devices;

/// <summary>Devices: registered and listed by admins.</summary>
internal static class DeviceEndpoints
{
    private static readonly ApiParameter s_kind = new TextParameter(
        "kind", DeviceKind.Wanted, "Only devices of this kind: boxes unless said; all = of every kind.");

    private static readonly ApiParameter s_answers = new TextParameter(
        "answers", [Manufacturing.Answers.Authenticated, Manufacturing.Answers.NoKey, Manufacturing.Answers.OtherKey],
        "Only boxes that can make this of answers, as their last heartbeat had it.");

    /// <summary>Adds devices.</summary>
    public static void AddDevices(this IServiceCollection services) => services.AddJson(DeviceJson.Default);

    /// <summary>The route table.</summary>
    public static void MapDevices(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder makers = routes.MapFor(Role.Maker);
        makers.WithTags("Devices");
        makers.MapPost("/device/register", Register).WithName("RegisterDevice")
            .TakesBody(Registration.Fields, """{"device_id":"JBNB0001","location_name":"Main hall","timezone":"Europe/Berlin"}""")
            .Refuses(StatusCodes.Status409Conflict);

        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Devices");
        viewers.MapGet("/devices", ListDevices).WithName("ListDevices")
            .TakesPage(ApiParameter.Place, new TextParameter("tag", "Only those with this tag."), s_kind, s_answers)
            .Refuses(StatusCodes.Status404NotFound);
        viewers.MapGet("/device/{device_id}", GetDevice).WithName("GetDevice").Refuses(StatusCodes.Status404NotFound);
        viewers.MapGet("/heartbeats", ListHeartbeats).WithName("ListHeartbeats").TakesPage(ApiParameter.DeviceId).Refuses(
            StatusCodes.Status404NotFound);
        routes.MapDeviceAdmin();
        routes.MapHeartbeats();
    }

    /// <summary>Registers a device and shows its token, once.</summary>
    internal static async Task<Results<Created<RegisteredDevice>, ProblemHttpResult>> Register(
        HttpContext http, Store store, ISecretSource secrets, TimeProvider clock)
    {
        (Registration registration, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, Registration.Fields).ConfigureAwait(false);
        problem ??= registration.FindFault() is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        if (problem is not null)
        {
            return problem;
        }

        string token = Token.NewFor(registration.Kind, secrets);
        NewDevice device = new(
            registration.DeviceId!, registration.Kind, Token.Hash(token), registration.ProjectName, registration.LocationName,
            registration.PlaceId, registration.Product, registration.Platform, registration.Timezone,
            clock.GetUtcNow().ToUnixTimeMilliseconds(), Caller.Of(http).Name,
            registration.PlaceId is { } place && Caller.Of(http).MayAt(Role.Owner, place));
        Refusal? refusal = await store.WriteAsync(device, DeviceSql.Add).ConfigureAwait(false);
        return refusal is null
            ? TypedResults.Created(
                (string?)null, new RegisteredDevice(device.DeviceId, "Keep the token: it is shown only this once.", "ok", token))
            : refusal.ToProblem();
    }

    /// <summary>Lists the devices by id. The Link header (rel=next) leads to the next ones.</summary>
    /// <param name="http">The request.</param>
    /// <param name="store">The storage.</param>
    /// <param name="clock">Says how long a device has been silent.</param>
    /// <param name="place">Only those at this place (its id).</param>
    /// <param name="tag">Only those with this tag.</param>
    /// <param name="kind">Only those of this kind: boxes unless said; all = of every kind.</param>
    /// <param name="answers">Only those that can make this of answers: authenticated, no_key or other_key.</param>
    /// <param name="limit">Rows at most: 1 to 1,000, 100 unless said.</param>
    /// <param name="cursor">From the Link header.</param>
    internal static async Task<Results<Ok<List<DeviceRow>>, ProblemHttpResult>> ListDevices(
        HttpContext http, Store store, TimeProvider clock, string? place, string? tag, string? kind, string? answers, string? limit,
        string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page))
        {
            return PageRequest.Problem;
        }

        long? placeId = null;
        if (!string.IsNullOrEmpty(place))
        {
            if (await PlaceAccess.FindAsync(http, store, place).ConfigureAwait(false) is not { } known)
            {
                return PlaceAccess.Unknown.ToProblem();
            }

            placeId = known.Id;
        }

        List<DeviceRow> rows = await store.ReadAsync(
            (page.Cursor ?? "", page.Limit + 1, Caller.Of(http).Scope, placeId, string.IsNullOrEmpty(tag) ? null : tag,
                string.IsNullOrEmpty(kind) ? DeviceKind.Box : kind == DeviceKind.Any ? null : kind,
                string.IsNullOrEmpty(answers) ? null : answers, Now(clock)),
            DeviceSql.List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.DeviceId);
        return TypedResults.Ok(rows);
    }

    /// <summary>Shows one device with its newest heartbeat and its 20 newest readings.</summary>
    internal static async Task<Results<Ok<DeviceDetail>, ProblemHttpResult>> GetDevice(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, TimeProvider clock)
    {
        return await DeviceAccess.CheckAsync(http, store, id).ConfigureAwait(false) is { } unknown
            ? unknown
            : TypedResults.Ok(new DeviceDetail(
                (await store.ReadAsync((id, Now(clock)), DeviceSql.One).ConfigureAwait(false))!,
                (await store.ReadAsync(((string?)id, long.MaxValue, 1, Caller.Of(http).Scope), HeartbeatSql.List).ConfigureAwait(false))
                    .FirstOrDefault(),
                await store.ReadAsync(new ReadingFilter { DeviceId = id, Scope = Caller.Of(http).Scope, Limit = 20 }, ReadingSql.List)
                    .ConfigureAwait(false)));
    }

    /// <summary>Lists heartbeats, newest first. The Link header (rel=next) leads to older ones.</summary>
    internal static async Task<Results<Ok<List<HeartbeatRow>>, ProblemHttpResult>> ListHeartbeats(
        HttpContext http, Store store, string? device_id, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        string? deviceId = string.IsNullOrEmpty(device_id) ? null : device_id;
        if (deviceId is not null && await DeviceAccess.CheckHistoryAsync(http, store, deviceId).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        List<HeartbeatRow> rows = await store.ReadAsync(
            (deviceId, before, page.Limit + 1, Caller.Of(http).Scope), HeartbeatSql.List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    private static long Now(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
