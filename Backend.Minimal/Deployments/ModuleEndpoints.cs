using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;
using JamBox.Deployments;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Deployments;

/// <summary>Microcontrollers behind gateways: which there are, and what their types are called.</summary>
internal static class ModuleEndpoints
{
    private static readonly ApiParameter s_hostname =
        new TextParameter("hostname", "The module: its name in its network.") { Example = "esp32-A1B2C3" };

    private static readonly ApiParameter s_type = new TextParameter("type", "The type.") { Example = "power-control" };

    /// <summary>The route table.</summary>
    public static void MapModules(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Deployments");
        viewers.MapGet("/gateways/{gateway}/modules", List).WithName("ListGatewayModules").TakesPath(GatewayText.Parameter)
            .Refuses(StatusCodes.Status404NotFound);
        viewers.MapGet("/module-types", ListTypes).WithName("ListModuleTypes");

        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("Deployments");
        operators.MapPut("/gateways/{gateway}/modules/{hostname}", Put).WithName("PutGatewayModule")
            .TakesPath(GatewayText.Parameter, s_hostname)
            .TakesBody(
                ModuleChange.Fields, """{"type":"power-control","name":"Left counter","enabled":true,"connection":"wireless"}""")
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        operators.MapDelete("/gateways/{gateway}/modules/{hostname}", Delete).WithName("DeleteGatewayModule")
            .TakesPath(GatewayText.Parameter, s_hostname).Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        operators.MapPut("/module-types/{type}", PutType).WithName("PutModuleType").TakesPath(s_type)
            .TakesBody(ModuleTypeChange.Fields, """{"displayName":"Power Control Module"}""").Refuses(StatusCodes.Status409Conflict);
        operators.MapDelete("/module-types/{type}", DeleteType).WithName("DeleteModuleType").TakesPath(s_type)
            .Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>Lists the modules behind a gateway, by name.</summary>
    internal static async Task<Results<Ok<List<ModuleRow>>, ProblemHttpResult>> List(HttpContext http, string gateway, Store store) =>
        await FindProblemAsync(http, gateway, store).ConfigureAwait(false) is { } problem
            ? problem
            : TypedResults.Ok(await store.ReadAsync(gateway, ModuleSql.List).ConfigureAwait(false));

    /// <summary>Puts a module behind a gateway, or changes what is known of it; what is left out stays.</summary>
    internal static async Task<Results<Ok<ModuleRow>, ProblemHttpResult>> Put(
        HttpContext http, string gateway, string hostname, Store store, TimeProvider clock)
    {
        (ModuleChange change, ProblemHttpResult? problem) = await AdminBody.ReadAsync(http.Request, ModuleChange.Fields)
            .ConfigureAwait(false);
        problem ??= ModuleName.IsHostname(hostname)
            ? null
            : AdminProblem.Of(StatusCodes.Status400BadRequest, "hostname: " + ModuleName.HostnameRule);
        problem ??= await FindProblemAsync(http, gateway, store).ConfigureAwait(false);
        if (problem is not null)
        {
            return problem;
        }

        bool isNew = await store.ReadAsync((gateway, hostname), ModuleSql.Find).ConfigureAwait(false) is null;
        if (change.FindFault(isNew) is { } fault)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, fault);
        }

        Refusal? refusal = await store.WriteAsync((gateway, hostname, change, Caller.Of(http).Name, Now(clock)), ModuleSql.Put)
            .ConfigureAwait(false);
        return refusal is not null
            ? refusal.ToProblem()
            : TypedResults.Ok((await store.ReadAsync((gateway, hostname), ModuleSql.Find).ConfigureAwait(false))!);
    }

    /// <summary>Takes a module out of the list of its gateway.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        HttpContext http, string gateway, string hostname, Store store, TimeProvider clock)
    {
        ProblemHttpResult? problem = await FindProblemAsync(http, gateway, store).ConfigureAwait(false)
            ?? (await store.WriteAsync((gateway, hostname, Caller.Of(http).Name, Now(clock)), ModuleSql.Remove).ConfigureAwait(false))
                ?.ToProblem();
        return problem is not null ? problem : TypedResults.NoContent();
    }

    /// <summary>Lists the types of modules that have a name for people.</summary>
    internal static async Task<Ok<List<ModuleType>>> ListTypes(Store store) =>
        TypedResults.Ok(await store.ReadAsync(0, ModuleSql.Types).ConfigureAwait(false));

    /// <summary>Says what people call a type of modules.</summary>
    internal static async Task<Results<Ok<ModuleType>, ProblemHttpResult>> PutType(
        HttpContext http, string type, Store store, TimeProvider clock)
    {
        (ModuleTypeChange change, ProblemHttpResult? problem) = await AdminBody.ReadAsync(http.Request, ModuleTypeChange.Fields)
            .ConfigureAwait(false);
        problem ??= !ModuleName.IsType(type)
            ? AdminProblem.Of(StatusCodes.Status400BadRequest, "type: " + ModuleName.TypeRule)
            : string.IsNullOrWhiteSpace(change.DisplayName)
            ? AdminProblem.Of(StatusCodes.Status400BadRequest, "displayName: text of 1 to 64 characters")
            : null;
        problem ??= OfAll(http);
        problem ??= (await store.WriteAsync((type, change.DisplayName!.Trim(), Caller.Of(http).Name, Now(clock)), ModuleSql.PutType)
            .ConfigureAwait(false))?.ToProblem();
        return problem is not null ? problem : TypedResults.Ok(new ModuleType(type, change.DisplayName!.Trim()));
    }

    /// <summary>Takes the name of a type away.</summary>
    internal static async Task<Results<NoContent, ProblemHttpResult>> DeleteType(
        HttpContext http, string type, Store store, TimeProvider clock)
    {
        ProblemHttpResult? problem = OfAll(http)
            ?? (await store.WriteAsync((type, Caller.Of(http).Name, Now(clock)), ModuleSql.RemoveType).ConfigureAwait(false))?.ToProblem();
        return problem is not null ? problem : TypedResults.NoContent();
    }

    /// <summary>Names are the same at all places.</summary>
    private static ProblemHttpResult? OfAll(HttpContext http) => Caller.Of(http).Scope is null
        ? null
        : AdminProblem.Of(StatusCodes.Status403Forbidden, "Types are the same at all places: ask somebody who may everywhere");

    private static async Task<ProblemHttpResult?> FindProblemAsync(HttpContext http, string gateway, Store store) =>
        await store.ReadAsync(gateway, DeviceSql.KindOf).ConfigureAwait(false) != DeviceKind.Gateway
            ? GatewayText.Unknown.ToProblem()
            : await DeviceAccess.CheckAsync(http, store, gateway).ConfigureAwait(false);

    private static long Now(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds();
}
