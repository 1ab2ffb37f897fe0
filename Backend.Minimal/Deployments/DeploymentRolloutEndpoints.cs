using System.Text.Json;

using JamBox.Backend.Devices;
using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Deployments;

/// <summary>Deployments on their way: published, held, stopped; a gateway alone; and what became of them.</summary>
internal static class DeploymentRolloutEndpoints
{
    private static readonly ApiParameter s_from = new NumberParameter(
        "from", 0, DeploymentTargets.MaxStages - 1,
        "The stage that it is in, so that two who say it at once do not go two stages; may be left out.");

    private static readonly ApiParameter[] s_history =
    [
        new TextParameter("gateway", "Only what this gateway did."),
        new ModuleParameter("module", "Only what was done with this module: its name in its network, in capital or small letters."),
        new TextParameter("deployment", "Only what was done with this deployment: its id."),
        new TextParameter(
            "result", [DeploymentStatus.Completed, DeploymentStatus.Failed, DeploymentStatus.Removed], "Only what ended so."),
    ];

    /// <summary>The route table.</summary>
    public static void MapDeploymentRollouts(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("Deployments");
        Describe(operators.MapPost("/deployments/{id}/publish", Publish).WithName("PublishDeployment")).TakesBytes(
            """{"targets":{"all":true}}, {"targets":{"gateways":["shop-7"]}} or {"targets":{"places":[7]}}; each """
            + """with "stages":[{"percent":10},{"percent":100}], "waitMinutes":60 and "maxFailures":1 in targets to go by stages. """
            + "Nothing = all gateways at once.");
        Describe(operators.MapPost("/deployments/{id}/pause", Pause).WithName("PauseDeployment"));
        Describe(operators.MapPost("/deployments/{id}/resume", Resume).WithName("ResumeDeployment"));
        Describe(operators.MapPost("/deployments/{id}/advance", Advance).WithName("AdvanceDeployment")).TakesQuery(s_from);
        Describe(operators.MapPost("/deployments/{id}/stop", Stop).WithName("StopDeployment"));
        operators.MapPost("/deployments/gateways/{gateway}/deploy", Deploy).WithName("DeployToGateway").TakesPath(GatewayText.Parameter)
            .TakesBody(GatewayDeployRequest.Fields, """{"deploymentId":"6f1c0f0e-3a52-4a8e-9d2b-0d8b1f3f9a11"}""")
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);

        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Deployments");
        viewers.MapGet("/deployments/history", ListHistory).WithName("ListDeploymentHistory").TakesPage(s_history);
        viewers.MapGet("/deployments/gateways", ListGateways).WithName("ListDeploymentGateways").TakesPage(ApiParameter.Place)
            .Refuses(StatusCodes.Status404NotFound);
        viewers.MapGet("/deployments/gateways/{gateway}", GetGateway).WithName("GetDeploymentGateway").TakesPath(GatewayText.Parameter)
            .Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>Brings a deployment to its gateways: to all or some, at once or by stages. What goes on for the same ones ends.</summary>
    internal static async Task<Results<Ok<RolloutOfDeployment>, ProblemHttpResult>> Publish(
        HttpContext http, string id, Store store, PackageFolder folder, TimeProvider clock, DeploymentNews news)
    {
        if (await RequestBody.ReadLargeAsync(http, DeploymentTargets.MaxBytes).ConfigureAwait(false) is not { } body)
        {
            return AdminProblem.Of(StatusCodes.Status413PayloadTooLarge, "Body too large: 64 KB at most");
        }

        if (ReadTargets(body, out string? fault) is not { } targets)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, fault!);
        }

        Caller caller = Caller.Of(http);
        if (!await store.ReadAsync((targets, caller.Scope), static (session, asked) => asked.targets.IsWithin(session, asked.Scope))
            .ConfigureAwait(false))
        {
            return AdminProblem.Of(
                StatusCodes.Status403Forbidden,
                "targets: gateways that are not all at your places; name those that are, or ask somebody who may everywhere");
        }

        Refusal? refusal = await FindMissingAsync(id, store, folder).ConfigureAwait(false)
            ?? await store.WriteAsync(
                (Id(id), targets, caller.Name, caller.Scope, Now(clock)),
                static (session, said) =>
                    DeploymentRollouts.Publish(session, said.Item1, said.targets, (said.Name, said.Scope), said.Item5))
                .ConfigureAwait(false);
        return await AnswerAsync(http, id, refusal, store, news).ConfigureAwait(false);
    }

    /// <summary>Holds the roll-out of a deployment: gateways that have not begun are told no more of it.</summary>
    internal static Task<Results<Ok<RolloutOfDeployment>, ProblemHttpResult>> Pause(
        HttpContext http, string id, Store store, TimeProvider clock, DeploymentNews news) =>
        StepAsync(http, id, store, clock, news, DeploymentRollouts.Pause);

    /// <summary>Lets a roll-out that is held go on where it was.</summary>
    internal static Task<Results<Ok<RolloutOfDeployment>, ProblemHttpResult>> Resume(
        HttpContext http, string id, Store store, TimeProvider clock, DeploymentNews news) =>
        StepAsync(http, id, store, clock, news, DeploymentRollouts.Resume);

    /// <summary>
    /// Ends the roll-out of a deployment; one that is done is taken back so. Gateways that have not begun are told what they were told
    /// before; those that run it keep it.
    /// </summary>
    internal static Task<Results<Ok<RolloutOfDeployment>, ProblemHttpResult>> Stop(
        HttpContext http, string id, Store store, TimeProvider clock, DeploymentNews news) =>
        StepAsync(http, id, store, clock, news, DeploymentRollouts.Stop);

    /// <summary>Goes on to the next stage, or from the last one to done, without waiting for gateways.</summary>
    internal static async Task<Results<Ok<RolloutOfDeployment>, ProblemHttpResult>> Advance(
        HttpContext http, string id, Store store, TimeProvider clock, DeploymentNews news, int? from)
    {
        Refusal? refusal = await RefuseAsync(http, id, store).ConfigureAwait(false)
            ?? await store.WriteAsync(
                (Id(id), from, Caller.Of(http).Name, Caller.Of(http).Scope, Now(clock)), DeploymentRollouts.Advance).ConfigureAwait(false);
        return await AnswerAsync(http, id, refusal, store, news).ConfigureAwait(false);
    }

    /// <summary>
    /// Tells one gateway alone to run a deployment: an older one to go back, or the same one to try again. It is a new notice with a new
    /// timestamp.
    /// </summary>
    internal static async Task<Results<Ok<GatewayTold>, ProblemHttpResult>> Deploy(
        HttpContext http, string gateway, Store store, PackageFolder folder, TimeProvider clock, DeploymentNews news)
    {
        (GatewayDeployRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(http.Request, GatewayDeployRequest.Fields)
            .ConfigureAwait(false);
        string? id = request.DeploymentId?.ToLowerInvariant();
        problem ??= !GatewayText.IsDeploymentId(id)
            ? AdminProblem.Of(StatusCodes.Status400BadRequest, "deploymentId: must be the id of a deployment: see GET /api/deployments")
            : null;
        problem ??= await DeviceAccess.CheckAsync(http, store, gateway).ConfigureAwait(false);
        if (problem is not null)
        {
            return problem;
        }

        Refusal? refusal = await FindMissingAsync(id!, store, folder).ConfigureAwait(false)
            ?? await store.WriteAsync((gateway, id!, Caller.Of(http).Name, Now(clock)), DeploymentRollouts.Deploy).ConfigureAwait(false);
        if (refusal is not null)
        {
            return refusal.ToProblem();
        }

        news.Wake();
        if (await store.ReadAsync(gateway, DeploymentNotices.Newest).ConfigureAwait(false) is not { } told)
        {
            // It was deleted in between.
            return GatewayText.NoDeployment.ToProblem();
        }

        return TypedResults.Ok(new GatewayTold(
            gateway, new NamedDeployment(told.Package.Id, told.Package.Version), DateTime.UnixEpoch.AddMilliseconds(told.At)));
    }

    /// <summary>
    /// Lists what gateways did with deployments, newest first: who had it done, from which version to which, how long it took, how it
    /// ended. The Link header (rel=next) leads to older ones.
    /// </summary>
    internal static async Task<Results<Ok<List<DeploymentRunRow>>, ProblemHttpResult>> ListHistory(
        HttpContext http, Store store, string? gateway, string? module, string? deployment, string? result, string? limit,
        string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        List<DeploymentRunRow> rows = await store.ReadAsync(
            new HistoryFilter(
                before, Said(gateway), Said(module), Said(deployment)?.ToLowerInvariant(), Said(result), Caller.Of(http).Scope,
                page.Limit + 1),
            DeploymentStates.History).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>
    /// Lists gateways with what they run, and the last deployment that they took up. The Link header (rel=next) leads to more.
    /// </summary>
    internal static async Task<Results<Ok<List<GatewayState>>, ProblemHttpResult>> ListGateways(
        HttpContext http, Store store, string? place, string? limit, string? cursor)
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

        List<GatewayState> rows = await store.ReadAsync(
            (page.Cursor ?? "", Caller.Of(http).Scope, placeId, (string?)null, page.Limit + 1), DeploymentStates.Gateways)
            .ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Gateway);
        return TypedResults.Ok(rows);
    }

    /// <summary>Shows a gateway with what it runs, and the last deployment that it took up.</summary>
    internal static async Task<Results<Ok<GatewayState>, ProblemHttpResult>> GetGateway(HttpContext http, string gateway, Store store)
    {
        List<GatewayState> rows = await store.ReadAsync(
            ("", Caller.Of(http).Scope, (long?)null, (string?)gateway, 1), DeploymentStates.Gateways).ConfigureAwait(false);
        return rows.Count == 0 ? GatewayText.Unknown.ToProblem() : TypedResults.Ok(rows[0]);
    }

    private static async Task<Results<Ok<RolloutOfDeployment>, ProblemHttpResult>> StepAsync(
        HttpContext http, string id, Store store, TimeProvider clock, DeploymentNews news,
        Func<SqlSession, (string DeploymentId, string Who, string? Scope, long Now), Refusal?> step)
    {
        Refusal? refusal = await RefuseAsync(http, id, store).ConfigureAwait(false)
            ?? await store.WriteAsync((Id(id), Caller.Of(http).Name, Caller.Of(http).Scope, Now(clock)), step).ConfigureAwait(false);
        return await AnswerAsync(http, id, refusal, store, news).ConfigureAwait(false);
    }

    /// <summary>Gateways that are told of what cannot be fetched would only fail.</summary>
    private static async Task<Refusal?> FindMissingAsync(string id, Store store, PackageFolder folder) =>
        await store.ReadAsync(Id(id), DeploymentSql.Find).ConfigureAwait(false) is { } package && !folder.Has(package)
            ? Refusal.Conflict(PackageFolder.Gone)
            : null;

    /// <summary>A step concerns all gateways of a roll-out: whoever may at some places may take it only when there are no others.</summary>
    private static async Task<Refusal?> RefuseAsync(HttpContext http, string id, Store store) =>
        await store.ReadAsync((Id(id), Caller.Of(http).Scope), static (session, asked) =>
            DeploymentSql.Find(session, asked.Item1) is null ? GatewayText.NoDeployment
            : !DeploymentRollouts.IsWithin(session, asked.Item1, DeploymentSight.Of(session, asked.Scope))
            ? new Refusal(
                StatusCodes.Status403Forbidden,
                "This roll-out has gateways at places that are not yours: ask somebody who may everywhere")
            : null).ConfigureAwait(false);

    private static async Task<Results<Ok<RolloutOfDeployment>, ProblemHttpResult>> AnswerAsync(
        HttpContext http, string id, Refusal? refusal, Store store, DeploymentNews news)
    {
        if (refusal is not null)
        {
            return refusal.ToProblem();
        }

        news.Wake();
        return await store.ReadAsync(
            (Id(id), Caller.Of(http).Scope),
            static (session, asked) => DeploymentRollouts.Of(session, asked.Item1, DeploymentSight.Of(session, asked.Scope)))
            .ConfigureAwait(false) is { } rollout
            ? TypedResults.Ok(rollout)
            : AdminProblem.Of(StatusCodes.Status400BadRequest, "targets: \"none\" publishes nothing; leave the call away");
    }

    private static DeploymentTargets? ReadTargets(ReadOnlyMemory<byte> body, out string? fault)
    {
        fault = "Body must be {\"targets\":{…}}";
        if (body.IsEmpty)
        {
            fault = null;
            return DeploymentTargets.All;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = 8 });
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            List<JsonProperty> members = [.. document.RootElement.EnumerateObject()];
            if (members.Count == 0)
            {
                fault = null;
                return DeploymentTargets.All;
            }

            return members is [{ Name: "targets" } one] ? DeploymentTargets.Parse(one.Value, out fault) : null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint) =>
        endpoint.TakesPath(GatewayText.Deployment).Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);

    private static string Id(string id) => id.ToLowerInvariant();

    private static string? Said(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static long Now(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
