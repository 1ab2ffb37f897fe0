using System.Security.Cryptography;
using System.Text.Json;

using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.Deployments;

/// <summary>What gateways ask and say: with their token as bearer, or without a scheme as old watchers send it.</summary>
internal static class DeploymentStatusEndpoints
{
    private const string Word = """{"deploymentId":"6f1c0f0e-3a52-4a8e-9d2b-0d8b1f3f9a11","status":"completed","version":"1.2.3"}""";

    /// <summary>The route table.</summary>
    public static void MapDeploymentStatus(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("Deployments");
        operators.MapPost("/deployments/status", PostStatus).WithName("PostDeploymentStatus").TakesBareKey(gatewaysToo: true)
            .TakesBytes($"How far a deployment is, such as {Word}; docs/gateways.md has all members. At most 512 KB.")
            .Refuses(StatusCodes.Status404NotFound);

        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Deployments");
        viewers.MapGet("/deployments/notice", GetNotice).WithName("GetDeploymentNotice").TakesBareKey(gatewaysToo: true)
            .GivesBytes("application/json");
        viewers.MapGet("/deployments/modules", GetModules).WithName("GetDeploymentModules").TakesBareKey(gatewaysToo: true)
            .Produces<ModulesOfGateway>()
            .GivesHeader(
                StatusCodes.Status200OK, "ETag", "Of this list: If-None-Match with it is answered 304 while it is the same.");
    }

    /// <summary>
    /// Takes how far a gateway is with a deployment. The same word is taken once. A person or tool says for which gateway, a gateway speaks
    /// for itself.
    /// </summary>
    internal static async Task<Results<Ok<DeploymentMessage>, ProblemHttpResult>> PostStatus(
        HttpContext http, Store store, TimeProvider clock, DeploymentNews news)
    {
        if (await RequestBody.ReadLargeAsync(http, DeploymentWord.MaxBytes).ConfigureAwait(false) is not { } body)
        {
            return AdminProblem.Of(StatusCodes.Status413PayloadTooLarge, "Body too large: 512 KB at most");
        }

        if (DeploymentWord.Parse(body, out string? fault) is not { } word)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, fault!);
        }

        Caller caller = Caller.Of(http);
        if (caller.Device is { } own && word.Gateway is { } named && named != own.DeviceId)
        {
            return AdminProblem.Of(StatusCodes.Status403Forbidden, "gateway: must be the one whose key it is");
        }

        string? gateway = caller.Device?.DeviceId ?? word.Gateway;
        if (gateway is null)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, "gateway: is required where the key is not a gateway's");
        }

        if (caller.Device is null
            && (await DeviceAccess.CheckAsync(http, store, gateway).ConfigureAwait(false) is not null
                || await store.ReadAsync(gateway, DeviceSql.KindOf).ConfigureAwait(false) != DeviceKind.Gateway))
        {
            return GatewayText.Unknown.ToProblem();
        }

        Refusal? refusal = await store.WriteAsync(
            (gateway, word, clock.GetUtcNow().ToUnixTimeMilliseconds()), DeploymentIntake.Take).ConfigureAwait(false);
        if (refusal is null && DeploymentStatus.IsEnd(word.Status))
        {
            news.Wake();
        }

        return refusal is null ? TypedResults.Ok(new DeploymentMessage("ok")) : refusal.ToProblem();
    }

    /// <summary>
    /// Gives the newest notice for the gateway that asks, its own or that for all, as MQTT does; 204 when there is none, or its package has
    /// no file. For agents without
    /// MQTT, and after each connect.
    /// </summary>
    internal static async Task<IResult> GetNotice(HttpContext http, Store store, PackageFolder folder, TimeProvider clock)
    {
        if (Caller.Of(http).Device is not { } gateway)
        {
            return OnlyGateways;
        }

        await store.WriteAsync((gateway.DeviceId, clock.GetUtcNow().ToUnixTimeMilliseconds()), See).ConfigureAwait(false);
        return await store.ReadAsync(gateway.DeviceId, DeploymentNotices.Newest).ConfigureAwait(false) is { } notice
            && folder.Has(notice.Package)
            ? TypedResults.Bytes(notice.ToJson(), "application/json")
            : TypedResults.NoContent();
    }

    /// <summary>Gives the gateway that asks the list of its modules.</summary>
    internal static async Task<IResult> GetModules(HttpContext http, Store store)
    {
        if (Caller.Of(http).Device is not { } gateway)
        {
            return OnlyGateways;
        }

        List<ModuleRow> rows = await store.ReadAsync(gateway.DeviceId, ModuleSql.List).ConfigureAwait(false);
        byte[] json = JsonSerializer.SerializeToUtf8Bytes(
            new ModulesOfGateway([
                .. rows.Select(static one => new ModuleOfGateway(
                    one.Hostname, one.Type, one.DisplayName, one.Name, one.Enabled, one.Address, one.Connection)),
            ]), GatewayJson.Default.ModulesOfGateway);
        string tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(json))[..32]}\"";
        http.Response.Headers.ETag = tag;
        return http.Request.Headers.IfNoneMatch.ToString().Split(',', StringSplitOptions.TrimEntries).Any(
            one => one == "*" || one == tag || one == $"W/{tag}")
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Bytes(json, "application/json");
    }

    private static ProblemHttpResult OnlyGateways =>
        AdminProblem.Of(StatusCodes.Status403Forbidden, "Only a gateway asks this, with its own key");

    private static int See(SqlSession session, (string Gateway, long Now) seen) => DeploymentIntake.See(session, seen.Gateway, seen.Now);
}
