using System.Diagnostics;
using System.Globalization;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Devices;

/// <summary>Changes to a device: token, status, place, PIN, flag.</summary>
internal static class DeviceAdminEndpoints
{
    /// <summary>The route table.</summary>
    public static void MapDeviceAdmin(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder admin = routes.MapFor(Role.Admin);
        admin.WithTags("Devices");
        admin.MapPost("/device/{device_id}/regenerate-token", RegenerateToken).WithName("RegenerateToken").Refuses(
            StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        admin.MapPost("/device/{device_id}/regenerate", RegenerateToken).WithName("RegenerateTokenOldPath").IsOldPathOf("RegenerateToken")
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        admin.MapPut("/device/{device_id}/status", PutStatus).WithName("PutDeviceStatus")
            .TakesBody(DeviceChange.StatusFields, """{"status":"active"}""").Refuses(
                StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);

        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("Devices");
        operators.MapPut("/device/{device_id}/location", PutLocation).WithName("PutDeviceLocation")
            .TakesBody(
                DeviceChange.LocationFields,
                """{"latitude":52.52,"longitude":13.405,"location_name":"Main hall","timezone":"Europe/Berlin"}""").Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        operators.MapPut("/device/{device_id}/pin", PutPin).WithName("PutDevicePin")
            .TakesBody(DeviceChange.PinFields, """{"pin":"4711"}""").Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        operators.MapPost("/device/{device_id}/clear-anomaly", ClearAnomaly).WithName("ClearAnomaly").Refuses(
            StatusCodes.Status404NotFound);
    }

    /// <summary>Makes a new token and shows it, once. The old one is good until the new one is first used.</summary>
    internal static async Task<Results<Ok<DeviceResult>, ProblemHttpResult>> RegenerateToken(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, ISecretSource secrets, DeviceGate gate,
        TimeProvider clock)
    {
        if (await DeviceAccess.CheckAsync(http, store, id).ConfigureAwait(false) is { } refused)
        {
            return refused;
        }

        string token = Token.NewFor(await store.ReadAsync(id, DeviceSql.KindOf).ConfigureAwait(false) ?? DeviceKind.Box, secrets);
        bool known = await store.WriteAsync(
            (id, Token.Hash(token), Caller.Of(http).Name, Now(clock)), TokenSql.Offer).ConfigureAwait(false);
        gate.Invalidate();
        return known
            ? TypedResults.Ok(new DeviceResult
            {
                DeviceId = id,
                Token = token,
                Message = "Keep the token: it is shown only this once. The old one is good until this one is first used.",
            })
            : AdminProblem.Of(StatusCodes.Status404NotFound, "Device not found");
    }

    /// <summary>Switches a device on or off: active, inactive or maintenance. active takes a retired one back.</summary>
    internal static async Task<Results<Ok<DeviceResult>, ProblemHttpResult>> PutStatus(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, DeviceGate gate, TimeProvider clock)
    {
        (DeviceChange change, ProblemHttpResult? problem) = await ReadAsync(
            http, id, store, DeviceChange.StatusFields, mayBeRetired: true).ConfigureAwait(false);
        problem ??= change.Status is null
            ? AdminProblem.Of(StatusCodes.Status400BadRequest, "status: must be active or inactive or maintenance")
            : null;
        if (problem is not null)
        {
            return problem;
        }

        Refusal? refusal = await store.WriteAsync(
            (id, change.Status!, Caller.Of(http).Name, Now(clock)), DeviceAdminSql.SetStatus).ConfigureAwait(false);
        gate.Invalidate();
        return refusal is not null ? refusal.ToProblem() : TypedResults.Ok(new DeviceResult { DeviceId = id, NewStatus = change.Status });
    }

    /// <summary>
    /// Says where a device stands: position, name and zone of its place, each alone if need be. One that has no place yet gets one by the
    /// name; another place's name makes it no part of that. Geolocation does not overwrite what was said here.
    /// </summary>
    internal static async Task<Results<Ok<DeviceResult>, ProblemHttpResult>> PutLocation(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, TimeProvider clock)
    {
        (DeviceChange change, ProblemHttpResult? problem) = await ReadAsync(
            http, id, store, DeviceChange.LocationFields).ConfigureAwait(false);
        problem ??= FindLocationFault(change);
        if (problem is not null)
        {
            return problem;
        }

        (string zone, long? place, Refusal? refusal) = await store.WriteAsync(
            (id, change, Caller.Of(http).Name, Now(clock)), DeviceAdminSql.SetLocation).ConfigureAwait(false);
        return refusal is not null ? refusal.ToProblem() : TypedResults.Ok(new DeviceResult
        {
            DeviceId = id, Latitude = change.Latitude, Longitude = change.Longitude, LocationName = change.LocationName, PlaceId = place,
            Timezone = zone,
        });
    }

    /// <summary>Sets the PIN of a device's label; only a hash is kept.</summary>
    internal static async Task<Results<Ok<DeviceResult>, ProblemHttpResult>> PutPin(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, ISecretSource secrets, TimeProvider clock)
    {
        (DeviceChange change, ProblemHttpResult? problem) = await ReadAsync(http, id, store, DeviceChange.PinFields).ConfigureAwait(false);
        problem ??= Pin.IsPin(change.Pin) ? null : AdminProblem.Of(StatusCodes.Status400BadRequest, "PIN must be exactly 4 digits");
        if (problem is not null)
        {
            return problem;
        }

        await store.WriteAsync(
            (id, Pin.Hash(change.Pin!, secrets), Caller.Of(http).Name, Now(clock)), DeviceAdminSql.SetPin).ConfigureAwait(false);
        return TypedResults.Ok(new DeviceResult { DeviceId = id, Message = "PIN set" });
    }

    /// <summary>Takes the anomaly flag off.</summary>
    internal static async Task<Results<Ok<DeviceResult>, ProblemHttpResult>> ClearAnomaly(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, TimeProvider clock)
    {
        if (await DeviceAccess.CheckAsync(http, store, id, mayBeRetired: true).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        await store.WriteAsync((id, Caller.Of(http).Name, Now(clock)), DeviceAdminSql.ClearAnomaly).ConfigureAwait(false);
        return TypedResults.Ok(new DeviceResult { DeviceId = id, Message = "Anomaly flag cleared" });
    }

    private static long Now(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private static ProblemHttpResult? FindLocationFault(DeviceChange change) =>
        change.Latitude is null != change.Longitude is null ? AdminProblem.Of(
            StatusCodes.Status400BadRequest, "latitude and longitude are required, both or neither")
        : change is { Latitude: null, LocationName: null, ProjectName: null, Timezone: null }
            ? AdminProblem.Of(StatusCodes.Status400BadRequest, "latitude and longitude are required, or a name, or a timezone")
        : change.FindZoneFault() is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault)
        : change.LocationName is { } name && string.IsNullOrWhiteSpace(name) ? AdminProblem.Of(
            StatusCodes.Status400BadRequest, "location_name: must not be blank")
        : null;

    private static async ValueTask<(DeviceChange Change, ProblemHttpResult? Problem)> ReadAsync(
        HttpContext http, string id, Store store, FieldTable<DeviceChange> fields, bool mayBeRetired = false) =>
        await DeviceAccess.CheckAsync(http, store, id, mayBeRetired).ConfigureAwait(false) is { } unknown
            ? (new DeviceChange(), unknown)
            : await AdminBody.ReadAsync(http.Request, fields).ConfigureAwait(false);
}
