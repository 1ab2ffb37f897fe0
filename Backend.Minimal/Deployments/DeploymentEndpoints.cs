using System.Globalization;

using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Deployments;

/// <summary>Packages for gateways: upload, what there is, download.</summary>
internal static class DeploymentEndpoints
{
    private const string Zip = "application/zip";

    /// <summary>Adds packages.</summary>
    public static void AddDeployments(this IServiceCollection services)
    {
        services.AddJson(DeploymentJson.Default);
        services.AddSingleton<PackageFolder>();
        services.AddSingleton<PackageUpload>();
        services.AddSingleton<IJob, PackageJob>();
    }

    /// <summary>The route table.</summary>
    public static void MapDeployments(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("Deployments");
        operators.MapPost("/deployments/upload", PostUpload).WithName("UploadDeployment").TakesBareKey().TakesForm(
            new FormField("file", "The package: a zip of at most 2 GB.", IsFile: true, IsRequired: true),
            new FormField("version", "Such as 1.2.3; the same as in the package, where that says one.", IsRequired: true),
            new FormField("targets", "Where it goes, JSON as for publishing; none = it is only stored. All gateways at once unless said."))
            .Produces<DeploymentUploaded>(StatusCodes.Status201Created)
            .Refuses(StatusCodes.Status413PayloadTooLarge, StatusCodes.Status507InsufficientStorage);
        operators.MapGet("/deployments/quota", GetQuota).WithName("GetDeploymentQuota");
        operators.MapDelete("/deployments/{id}", Delete).WithName("RemoveDeployment").TakesPath(GatewayText.Deployment)
            .TakesQuery(new FlagParameter("force", "true = though its roll-out goes on or a gateway is at it."))
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        operators.MapGet("/deployment-download/latest/info", GetLatest).WithName("GetLatestDeployment").TakesBareKey(gatewaysToo: true)
            .GivesBytes("application/json").Refuses(StatusCodes.Status404NotFound);
        operators.MapGet("/deployment-download/{id}", Download).WithName("DownloadDeployment").TakesBareKey(gatewaysToo: true)
            .TakesPath(GatewayText.Deployment).GivesBytes(Zip)
            .GivesHeader(StatusCodes.Status200OK, "X-Checksum-SHA256", "SHA-256 of the whole, 64 hex digits.")
            .GivesHeader(StatusCodes.Status200OK, "ETag", "The same, in quotes: for If-None-Match, and for If-Range with Range.")
            .Refuses(StatusCodes.Status404NotFound);

        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Deployments");
        viewers.MapGet("/deployments", List).WithName("ListDeployments").TakesPage();
        viewers.MapGet("/deployments/{id}", Get).WithName("GetDeployment").TakesPath(GatewayText.Deployment)
            .Refuses(StatusCodes.Status404NotFound);
        viewers.MapGet("/deployments/{id}/gateways/{gateway}", GetOfGateway).WithName("GetDeploymentOfGateway")
            .TakesPath(GatewayText.Deployment, GatewayText.Parameter).Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>
    /// Takes a package: a form with the zip, which is looked into before anybody can see it. Gateways are told at once, unless the form
    /// says otherwise.
    /// </summary>
    internal static async Task<Results<Created<DeploymentUploaded>, ProblemHttpResult>> PostUpload(
        HttpContext http, PackageUpload upload, DeploymentNews news)
    {
        if (FindScopeFault(http) is { } fault)
        {
            return fault;
        }

        (UploadedPackage? uploaded, Refusal? refusal) = await upload.TakeAsync(http).ConfigureAwait(false);
        if (uploaded is null)
        {
            return refusal!.ToProblem();
        }

        news.Wake();
        return TypedResults.Created($"/api/deployments/{uploaded.Deployment.Id}", DeploymentUploaded.Of(uploaded));
    }

    /// <summary>Lists packages, the last uploaded first, each with how it goes to gateways.</summary>
    internal static async Task<Results<Ok<List<DeploymentRow>>, ProblemHttpResult>> List(
        HttpContext http, Store store, PackageFolder folder, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        List<(Deployment Package, DeploymentRow Row)> rows = await store.ReadAsync(
            (before, page.Limit + 1, Caller.Of(http).Scope), ListOf).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Package.Number.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows.ConvertAll(row => row.Row with { HasFile = folder.Has(row.Package) }));
    }

    /// <summary>Gives a package with the gateways that it is for, of the caller's places.</summary>
    internal static async Task<Results<Ok<DeploymentRow>, ProblemHttpResult>> Get(
        HttpContext http, string id, Store store, PackageFolder folder)
    {
        (Deployment Package, DeploymentRow Row)? found = await store.ReadAsync(
            (id, Caller.Of(http).Scope), Of).ConfigureAwait(false);
        return found is var (package, row)
            ? TypedResults.Ok(row with { HasFile = folder.Has(package) })
            : GatewayText.NoDeployment.ToProblem();
    }

    /// <summary>Shows how a gateway stands with a package, with the end of its log.</summary>
    internal static async Task<Results<Ok<GatewayState>, ProblemHttpResult>> GetOfGateway(
        HttpContext http, string id, string gateway, Store store)
    {
        IReadOnlyList<GatewayState>? found = await store.ReadAsync((id, gateway, Caller.Of(http).Scope), OfGateway).ConfigureAwait(false);
        return found switch
        {
            null => GatewayText.NoDeployment.ToProblem(),
            [] => GatewayText.Unknown.ToProblem(),
            _ => TypedResults.Ok(found[0]),
        };
    }

    /// <summary>Says how much room there is for packages.</summary>
    internal static async Task<Ok<DeploymentQuota>> GetQuota(Store store, PackageFolder folder, DeploymentsOptions options) =>
        TypedResults.Ok(new DeploymentQuota(
            folder.QuotaBytes, await store.ReadAsync(0, static (session, _) => DeploymentSql.UsedBytes(session)).ConfigureAwait(false),
            options.KeepNewest));

    /// <summary>
    /// Removes a package, unless its roll-out goes on or a gateway is at it. What gateways were told of it is taken back; those that run it
    /// keep it.
    /// </summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        HttpContext http, string id, Store store, PackageFolder folder, DeploymentNews news, TimeProvider clock, string? force)
    {
        if (FindScopeFault(http) is { } fault)
        {
            return fault;
        }

        Refusal? refusal = await store.WriteAsync(
            (id, force == "true", Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), PackageKeeping.Remove)
            .ConfigureAwait(false);
        if (refusal is not null)
        {
            return refusal.ToProblem();
        }

        folder.Remove(id);
        news.Wake();
        return TypedResults.NoContent();
    }

    /// <summary>Gives what gateways are told of the newest package for all of them, as the old server did.</summary>
    internal static async Task<IResult> GetLatest(Store store, StorageTurns turns, PackageFolder folder)
    {
        DeploymentNotice? notice = await turns.AskAsync(
            store, static store => store.ReadAsync(0, static (session, _) => DeploymentNotices.NewestForAll(session)))
            .ConfigureAwait(false);
        return notice is not null && folder.Has(notice.Package)
            ? TypedResults.Bytes(notice.ToJson(), "application/json")
            : Refusal.NotFound("There is no deployment for all gateways").ToProblem();
    }

    /// <summary>Gives a package, whole or from where a download broke off, to gateways and to whoever may deploy everywhere.</summary>
    internal static async Task<IResult> Download(HttpContext http, string id, Store store, StorageTurns turns, PackageFolder folder)
    {
        if (Caller.Of(http).Device is null && FindScopeFault(http) is { } fault)
        {
            return fault;
        }

        if (!GatewayText.IsDeploymentId(id)
            || await turns.AskAsync((store, id), static asked => asked.store.ReadAsync(asked.id, DeploymentSql.Find)).ConfigureAwait(false)
                is not { } deployment)
        {
            return GatewayText.NoDeployment.ToProblem();
        }

        return folder.Has(deployment)
            ? new PackageAnswer(folder, deployment)
            : Refusal.NotFound(PackageFolder.Gone).ToProblem();
    }

    /// <summary>A package goes to all of the fleet: one who may act at some places only may not bring or take one.</summary>
    private static ProblemHttpResult? FindScopeFault(HttpContext http) => Caller.Of(http).Scope is null ? null : AdminProblem.Of(
        StatusCodes.Status403Forbidden, "Packages are for all places: that takes an operator of all of them");

    private static List<(Deployment Package, DeploymentRow Row)> ListOf(
        SqlSession session, (long Before, int Limit, string? Scope) wanted) =>
        ListOf(session, DeploymentSql.List(session, (wanted.Before, wanted.Limit)), DeploymentSight.Of(session, wanted.Scope));

    private static List<(Deployment Package, DeploymentRow Row)> ListOf(
        SqlSession session, List<Deployment> packages, DeploymentSight? sight) =>
    [
        .. packages.Select(deployment => (
            deployment,
            DeploymentRow.Of(
                deployment, DeploymentRollouts.Of(session, deployment.Id, sight),
                DeploymentStates.CountOf(session, deployment.Id, sight)))),
    ];

    private static IReadOnlyList<GatewayState>? OfGateway(SqlSession session, (string Id, string Gateway, string? Scope) wanted) =>
        !GatewayText.IsDeploymentId(wanted.Id) || DeploymentSql.Find(session, wanted.Id) is not { } deployment
            ? null
            : DeploymentStates.Of(session, deployment.Id, DeploymentSight.Of(session, wanted.Scope), wanted.Gateway);

    private static (Deployment Package, DeploymentRow Row)? Of(SqlSession session, (string Id, string? Scope) wanted)
    {
        if (!GatewayText.IsDeploymentId(wanted.Id) || DeploymentSql.Find(session, wanted.Id) is not { } deployment)
        {
            return null;
        }

        DeploymentSight? sight = DeploymentSight.Of(session, wanted.Scope);
        return (deployment, DeploymentRow.Of(
            deployment, DeploymentRollouts.Of(session, deployment.Id, sight), DeploymentStates.CountOf(session, deployment.Id, sight),
            DeploymentStates.Of(session, deployment.Id, sight)));
    }
}
