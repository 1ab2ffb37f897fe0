using System.Globalization;

using JamBox.Backend.Builds;
using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Patches;

/// <summary>The patches of all builds. Most are made by themselves; an admin may ask for one more.</summary>
internal static class PatchEndpoints
{
    private static readonly string[] s_states =
        [PatchState.Waiting, PatchState.Making, PatchState.Ready, PatchState.Useless, PatchState.Failed, PatchState.Pruned];

    /// <summary>Adds patches.</summary>
    public static void AddPatches(this IServiceCollection services)
    {
        services.AddSingleton<PatchCache>();
        services.AddSingleton<IJob, PatchJob>();
        services.AddJson(PatchJson.Default);
    }

    /// <summary>The route table.</summary>
    public static void MapPatches(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Builds");
        viewers.MapGet("/ota/patches", List).WithName("ListPatches").TakesPage(
            new NumberParameter("firmware_id", 1, long.MaxValue, "Only those to this build."),
            new TextParameter("state", s_states, "Only those in this state."));

        RouteGroupBuilder admin = routes.MapFor(Role.Admin);
        admin.WithTags("Builds");
        admin.MapPost("/ota/patches", Make).WithName("MakePatch").TakesBody(
            PatchRequest.Fields, """{"firmware_id":7,"from_firmware_id":5,"profile":"L"}""");
    }

    /// <summary>Lists patches, newest first. The Link header (rel=next) leads to older ones.</summary>
    internal static async Task<Results<Ok<List<PatchListRow>>, ProblemHttpResult>> List(
        HttpContext http, Store store, long? firmware_id, string? state, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        List<PatchListRow> rows = await store.ReadAsync(
            (before, page.Limit + 1, firmware_id, string.IsNullOrEmpty(state) ? null : state), PatchSql.ListAll).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>Queues a patch, or the full image where no base is said; what failed is made again, what is there stays as it is.</summary>
    internal static async Task<Results<Ok<PatchListRow>, ProblemHttpResult>> Make(HttpContext http, Store store, TimeProvider clock)
    {
        (PatchRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, PatchRequest.Fields).ConfigureAwait(false);
        if (problem is not null || request.FirmwareId is null)
        {
            return problem ?? AdminProblem.Of(StatusCodes.Status400BadRequest, "firmware_id: is required, the id of a build");
        }

        (PatchListRow? row, string? fault) = await store.WriteAsync(
            (request, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), PatchSql.Ask).ConfigureAwait(false);
        return row is null ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault!) : TypedResults.Ok(row);
    }
}
