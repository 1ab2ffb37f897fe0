using System.Diagnostics;

using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Manufacturing;

/// <summary>Claims: whoever is signed in and has the label makes a sold device theirs.</summary>
internal static class ClaimEndpoints
{
    /// <summary>The route table.</summary>
    public static void MapClaim(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder users = routes.MapForUsers();
        users.WithTags("Manufacturing");
        users.MapPost("/claim", Claim).WithName("ClaimDevice")
            .TakesBody(
                ClaimRequest.Fields,
                """{"serial":"JB-26A18-NB02R-X7KQA","pin":"4711","location_name":"Main hall","timezone":"Europe/Berlin"}""")
            .Refuses(
                StatusCodes.Status403Forbidden, StatusCodes.Status409Conflict, StatusCodes.Status429TooManyRequests,
                StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>
    /// Makes a sold device one's own with serial number and PIN: its place is named, and one is its owner, who lets others in there.
    /// 5 tries in 15 minutes; an unknown device and a wrong PIN look the same.
    /// </summary>
    internal static async Task<Results<Ok<Claimed>, ProblemHttpResult>> Claim(
        HttpContext http, Store store, PinCheck pins, AccessWatch access, TimeProvider clock)
    {
        long askedAt = Stopwatch.GetTimestamp();
        (ClaimRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, ClaimRequest.Fields).ConfigureAwait(false);
        problem ??= FindFault(request) is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        if (problem is not null)
        {
            return problem;
        }

        string serial = request.Serial!.Trim().ToUpperInvariant();
        string? deviceId = await store.ReadAsync(serial, MadeSql.DeviceOf).ConfigureAwait(false);
        (string? hash, problem) = await pins.CheckAsync(http, deviceId ?? serial, request.Pin!, askedAt).ConfigureAwait(false);
        if (problem is not null || deviceId is null)
        {
            // A box that no batch has made has a PIN too: it is activated, not claimed.
            return problem ?? AdminProblem.Of(StatusCodes.Status403Forbidden, "That is not this box's PIN");
        }

        ActivationRequest change = new()
        {
            Pin = request.Pin, LocationName = request.LocationName ?? serial, Timezone = request.Timezone,
        };
        Activation activation = new(deviceId, hash!, change, Caller.Of(http), ManufacturingEndpoints.Now(clock));
        Activated done = await store.WriteAsync(activation, static (session, wanted) =>
            MadeSql.FindClaimFault(session, wanted.DeviceId, wanted.Caller!) is { } refusal
                ? new Activated(refusal, null, null, null)
                : ActivationSql.Apply(session, wanted)).ConfigureAwait(false);
        access.Invalidate();
        return done.Refusal is not null
            ? done.Refusal.ToProblem()
            : TypedResults.Ok(new Claimed(serial, deviceId, done.PlaceId!.Value, done.Name!, done.Zone!));
    }

    private static string? FindFault(ClaimRequest request) =>
        string.IsNullOrWhiteSpace(request.Serial) || !Devices.Pin.IsPin(request.Pin) ? "serial and pin (4 digits) are required"
        : request.LocationName is { } name && string.IsNullOrWhiteSpace(name) ? "location_name: must not be blank"
        : request.Timezone is { } zone && !Insights.Zones.IsKnown(zone) ? $"timezone: {Insights.Zones.Rule}"
        : null;
}
