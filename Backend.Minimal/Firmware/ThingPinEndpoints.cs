using JamBox.Backend.Builds;
using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Firmware;

/// <summary>Pins as the old server had them: the same as those of boxes, under another path; and all of them in a list.</summary>
internal static class ThingPinEndpoints
{
    private static readonly string s_list = $"""
        SELECT p.device_id, d.kind, d.product, p.version, d.firmware_version, p.pinned_by, p.pinned_at
        FROM ota_pins p JOIN devices d ON d.device_id = p.device_id
        WHERE p.device_id > $1 AND ($2 IS NULL OR d.kind = $2) AND {Caller.ScopeSql("p.device_id", "$3")} ORDER BY p.device_id LIMIT $4
        """;

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

        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Firmware");
        viewers.MapGet("/ota-pins", ListPins).WithName("ListPins").TakesPage(
            new TextParameter("kind", DeviceKind.Wanted, "Only devices of this kind; all unless said.") { Default = DeviceKind.Any });
    }

    /// <summary>Lists the devices that are kept at a version, by id.</summary>
    internal static async Task<Results<Ok<List<PinRow>>, ProblemHttpResult>> ListPins(
        HttpContext http, Store store, string? kind, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page))
        {
            return PageRequest.Problem;
        }

        List<PinRow> rows = await store.ReadAsync(
            (page.Cursor ?? "", kind is null or "" or DeviceKind.Any ? null : kind, Caller.Of(http).Scope, page.Limit + 1), List)
            .ConfigureAwait(false);
        page.Finish(http, rows, static row => row.DeviceId);
        return TypedResults.Ok(rows);
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

    private static List<PinRow> List(SqlSession session, (string After, string? Kind, string? Scope, int Limit) wanted)
    {
        using SqlStatement row = session.Query(s_list, wanted.After, wanted.Kind, wanted.Scope, wanted.Limit);
        List<PinRow> rows = [];
        while (row.Read())
        {
            rows.Add(new PinRow(
                row.Text(0), row.Text(1), row.TextOrNull(2), row.Text(3), row.TextOrNull(4), row.Text(5), row.Time(6)));
        }

        return rows;
    }
}
