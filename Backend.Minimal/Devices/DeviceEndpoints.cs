using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Devices;

/// <summary>Devices: registered and listed by admins.</summary>
internal static class DeviceEndpoints
{
    /// <summary>The route table.</summary>
    public static void MapDevices(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder admin = routes.MapAdmin();
        admin.WithTags("Devices");
        admin.MapPost("/device/register", Register)
            .Accepts<Registration>("application/json", "*/*")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status409Conflict)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge);
        admin.MapGet("/devices", ListDevices).ProducesProblem(StatusCodes.Status400BadRequest);
    }

    /// <summary>Registers a device and shows its token, once.</summary>
    internal static async Task<Results<Created<RegisteredDevice>, ProblemHttpResult>> Register(
        HttpRequest request, Store store, ISecretSource secrets, TimeProvider clock)
    {
        if (await RequestBody.ReadAsync(request).ConfigureAwait(false) is not { } body)
        {
            return AdminProblem.Of(DeviceAnswer.TooLarge.Status, DeviceAnswer.TooLarge.Error);
        }

        Registration registration = new();
        string? fault = Registration.Fields.Parse(body, registration)?.Error ?? registration.FindFault();
        if (fault is not null)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, fault);
        }

        string token = Token.New(secrets);
        NewDevice device = new(
            registration.DeviceId!, Token.Hash(token), registration.ProjectName, registration.LocationName, registration.Timezone,
            clock.GetUtcNow().ToUnixTimeMilliseconds());
        return await store.WriteAsync(device, DeviceSql.Add).ConfigureAwait(false)
            ? TypedResults.Created((string?)null, new RegisteredDevice(device.DeviceId, "Keep the token: it is shown only this once.", "ok", token))
            : AdminProblem.Of(StatusCodes.Status409Conflict, "Device already registered");
    }

    /// <summary>Lists the devices by id. The Link header (rel=next) leads to the next ones.</summary>
    /// <param name="http">The request.</param>
    /// <param name="store">The storage.</param>
    /// <param name="limit">Rows at most: 1 to 1,000, 100 unless said.</param>
    /// <param name="cursor">From the Link header.</param>
    internal static Results<Ok<List<DeviceRow>>, ProblemHttpResult> ListDevices(HttpContext http, Store store, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page))
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, "limit: must be a whole number above 0");
        }

        List<DeviceRow> rows = store.Read((page.Cursor ?? "", page.Limit + 1), DeviceSql.List);
        page.Finish(http, rows, static row => row.DeviceId);
        return TypedResults.Ok(rows);
    }
}
