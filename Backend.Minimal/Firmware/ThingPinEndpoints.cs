using JamBox.Backend.Builds;
using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Firmware;

/// <summary>Pins as the old server had them: the same as those of boxes, under another path.</summary>
internal static class ThingPinEndpoints
{
    /// <summary>The route table.</summary>
    public static void MapThingPins(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("Firmware");
        operators.MapPost("/devices/{device_id}/pin-version", PinThing).WithName("PinFirmware").TakesOldKeyHeader()
            .TakesBody(PinChange.Fields, """{"version":"v1.2.3"}""")
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        operators.MapDelete("/devices/{device_id}/pin-version", UnpinThing).WithName("UnpinFirmware").TakesOldKeyHeader()
            .Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>Pins a device to a version: it is offered no other, until that ends.</summary>
    internal static async Task<Results<Ok<PinAnswer>, ProblemHttpResult>> PinThing(
        HttpContext http, [FromRoute(Name = "device_id")] string thing, Store store, TimeProvider clock)
    {
        (PinChange change, ProblemHttpResult? problem) = await AdminBody.ReadAsync(http.Request, PinChange.Fields).ConfigureAwait(false);
        problem ??= await DeviceAccess.CheckAsync(http, store, thing).ConfigureAwait(false)
            ?? (change.Version is { } text && (ReleaseVersion.Parse(text) is not null || ReleaseText.IsReleaseVersion(text))
                ? null
                : AdminProblem.Of(StatusCodes.Status400BadRequest, $"version: {ReleaseVersion.Rule}"));
        if (problem is not null)
        {
            return problem;
        }

        await store.WriteAsync(
            (thing, change.Version, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()),
            PinEndpoints.Set).ConfigureAwait(false);
        return TypedResults.Ok(new PinAnswer(true, thing, change.Version));
    }

    /// <summary>Ends the pin of a device.</summary>
    internal static async Task<Results<Ok<PinAnswer>, ProblemHttpResult>> UnpinThing(
        HttpContext http, [FromRoute(Name = "device_id")] string pinned, Store store, TimeProvider clock)
    {
        if (await DeviceAccess.CheckAsync(http, store, pinned, mayBeRetired: true).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        return await store.WriteAsync(
            (pinned, (string?)null, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()),
            PinEndpoints.Set).ConfigureAwait(false)
            ? TypedResults.Ok(new PinAnswer(true, pinned, null))
            : AdminProblem.Of(StatusCodes.Status404NotFound, "That device is not pinned");
    }
}
