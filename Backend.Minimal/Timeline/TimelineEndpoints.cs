using JamBox.Backend.Devices;
using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Timeline;

/// <summary>Everything that happened to a box.</summary>
internal static class TimelineEndpoints
{
    private static readonly string s_kindRule = $"kinds: must be some of {string.Join(", ", TimelineKind.All)}, separated by commas";

    /// <summary>Adds timelines.</summary>
    public static void AddTimeline(this IServiceCollection services) => services.AddJson(TimelineJson.Default);

    /// <summary>The route table.</summary>
    public static void MapTimeline(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Devices");
        viewers.MapGet("/device/{device_id}/timeline", ListTimeline).WithName("ListTimeline")
            .TakesPage(
                new TextParameter("kinds", $"Only lines of these kinds, separated by commas: {string.Join(", ", TimelineKind.All)}.")
                {
                    Example = "boot,update",
                })
            .Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>
    /// Lists everything that happened to a box, newest first, while it stood where the caller may look: boots, silences, alerts, places,
    /// commands, settings, updates, notifications; and for operators who changed what. The Link header (rel=next) leads to older lines.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="id">The box.</param>
    /// <param name="store">The storage.</param>
    /// <param name="kinds">Only lines of these kinds, separated by commas.</param>
    /// <param name="limit">Rows at most: 1 to 1,000, 100 unless said.</param>
    /// <param name="cursor">From the Link header.</param>
    internal static async Task<Results<Ok<List<TimelineRow>>, ProblemHttpResult>> ListTimeline(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, string? kinds, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !TimelinePlace.TryParse(page.Cursor, out TimelinePlace before))
        {
            return PageRequest.Problem;
        }

        string[] words = string.IsNullOrEmpty(kinds) ? [] : kinds.Split(',');
        if (!words.All(TimelineKind.All.Contains))
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, s_kindRule);
        }

        if (await DeviceAccess.CheckHistoryAsync(http, store, id).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        Caller caller = Caller.Of(http);
        string? wanted = words.Length == 0 ? null : $",{string.Join(',', words)},";
        string? asOperator = caller.MayEverywhere(Role.Operator) ? null : Caller.ScopeOf(caller.Principal, Role.Operator);
        List<TimelineRow> rows = await store.ReadAsync(
            (id, before, page.Limit + 1, wanted, caller.Scope, asOperator), TimelineSql.List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Place.ToString());
        return TypedResults.Ok(rows);
    }
}
