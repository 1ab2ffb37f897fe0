using System.Globalization;

using JamBox.Backend.Devices;
using JamBox.Backend.Events;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Telemetry;

/// <summary>What devices report and what is wanted of them, for people and tools.</summary>
internal static class StateEndpoints
{
    /// <summary>The route table.</summary>
    public static void MapState(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Telemetry");
        viewers.MapGet("/devices/{device_id}/state", GetState).WithName("GetDeviceState").Refuses(StatusCodes.Status404NotFound);
        viewers.MapGet("/devices/{device_id}/state/changes", ListChanges).WithName("ListStateChanges")
            .TakesPage(new TextParameter("key", "Only this key.") { Example = "v0" }).Refuses(StatusCodes.Status404NotFound);

        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("Telemetry");
        operators.MapPut("/devices/{device_id}/state", PutState).WithName("PutDeviceState")
            .TakesBytes("""A JSON object of wanted values by their keys, such as {"v0":1}; null withdraws what was wanted.""")
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
    }

    /// <summary>Says what a device has reported, what is wanted of it, and what counts.</summary>
    internal static async Task<Results<Ok<StateView>, ProblemHttpResult>> GetState(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, TimeProvider clock) =>
        await DeviceAccess.CheckAsync(http, store, id).ConfigureAwait(false) is { } unknown
            ? unknown
            : TypedResults.Ok(View(await store.ReadAsync((id, Now(clock)), StateSql.Read).ConfigureAwait(false)));

    /// <summary>
    /// Wants values of a device. They count until the device has reported them once, for 24 hours at most; it hears of them in the answer
    /// to its next message, and at once where it is connected.
    /// </summary>
    internal static async Task<Results<Ok<StateView>, ProblemHttpResult>> PutState(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, TimeProvider clock, LiveFeed live,
        TelemetryIntake intake, IEnumerable<IWantedStateListener> listeners)
    {
        if (await DeviceAccess.CheckAsync(http, store, id).ConfigureAwait(false) is { } refused)
        {
            return refused;
        }

        if (await RequestBody.ReadAsync(http.Request).ConfigureAwait(false) is not { } body)
        {
            return AdminProblem.Of(DeviceResponse.TooLarge.Status, DeviceResponse.TooLarge.Error);
        }

        if (TelemetryBody.ParseWanted(body, out string? fault) is not { } points)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, fault!);
        }

        WantedChange? change = await store.WriteAsync(
            (id, points, Caller.Of(http).Name, Now(clock), intake.Source), StateSql.Want).ConfigureAwait(false);
        if (change is null)
        {
            return DeviceAccess.Unknown.ToProblem();
        }

        if (change.Fault is { } wrong)
        {
            return AdminProblem.Of(StatusCodes.Status409Conflict, wrong);
        }

        StateNews.Publish(live, id, change.PlaceId, change.Changes);
        if (change.Changes.Count > 0)
        {
            foreach (IWantedStateListener listener in listeners)
            {
                listener.Changed(id);
            }
        }

        return TypedResults.Ok(View(await store.ReadAsync((id, Now(clock)), StateSql.Read).ConfigureAwait(false)));
    }

    /// <summary>Lists who changed what of a device, newest first; of measured values the history tells.</summary>
    internal static async Task<Results<Ok<List<StateChangeRow>>, ProblemHttpResult>> ListChanges(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, string? key, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        if (await DeviceAccess.CheckHistoryAsync(http, store, id).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        List<StateChangeRow> rows = await store.ReadAsync(
            (id, string.IsNullOrEmpty(key) ? null : key, Caller.Of(http).Scope, before, page.Limit + 1), StateSql.Changes)
            .ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    private static StateView View(StoredState state) => new(
        state.Values.Entries.Where(static entry => entry.Reported.Kind != TelemetryKind.Null).ToDictionary(
            static entry => entry.Key,
            static entry => new ReportedView(entry.Reported, DateTime.UnixEpoch.AddMilliseconds(entry.ReportedAt))),
        state.Values.Entries.Select(static entry => entry.Wish).OfType<WantedValue>().ToDictionary(
            static wish => wish.Key, static wish => new WantedView(wish.Value, DateTime.UnixEpoch.AddMilliseconds(wish.At), wish.By)),
        state.Values.Merged().ToDictionary(static point => point.Key, static point => point.Value));

    private static long Now(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
