using System.Text.Json;

using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Config;

/// <summary>Configuration: fetched by devices, changed by operators.</summary>
internal static class ConfigEndpoints
{
    private static readonly ApiParameter s_sameId =
        new TextParameter("d", "The id again: the predecessor's backend asks for it, this one does not look at it.");

    private const string Example = """{"rssi_near_threshold":-62,"report_interval_ms":300000,"wifi_channels":[1,6,11]}""";

    /// <summary>Adds the configuration.</summary>
    public static void AddConfig(this IServiceCollection services) => services.AddJson(ConfigJson.Default);

    /// <summary>The route table.</summary>
    public static void MapConfig(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/config/{device_id}", GetConfig).WithName("FetchConfig").WithTags("Config")
            .ForDevices().TakesQuery(s_sameId).Produces<DeviceConfig>().Refuses(StatusCodes.Status403Forbidden);

        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("Config");
        operators.MapPut("/config/{device_id}", PutConfig).WithName("PutConfig").IsOldPathOf("PutDeviceConfig")
            .TakesBody(ConfigChange.Fields, Example).Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        operators.MapPut("/device/{device_id}/config", PutConfig).WithName("PutDeviceConfig").TakesBody(ConfigChange.Fields, Example)
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);

        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Config");
        viewers.MapGet("/device/{device_id}/config", GetState).WithName("GetConfigState").Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>Gives a device its configuration. Who it is, token and path say together: another one's is refused.</summary>
    internal static async Task<DeviceResponse> GetConfig(
        HttpContext http, [FromRoute(Name = "device_id")] string id, DeviceGate gate, Store store)
    {
        (DeviceIdentity? device, DeviceResponse? refusal) = await gate.IdentifyAsync(http, DeviceLimit.Config).ConfigureAwait(false);
        return device is null ? refusal!
            : device.DeviceId != id ? DeviceResponse.NotYours
            : DeviceResponse.Ok(
                StatusCodes.Status200OK,
                JsonSerializer.SerializeToUtf8Bytes(
                    await store.ReadAsync(id, ConfigSql.Of).ConfigureAwait(false), ConfigJson.Default.DeviceConfig));
    }

    /// <summary>Changes a configuration: absent fields keep their values, and the version rises.</summary>
    internal static async Task<Results<Ok<SavedConfig>, ProblemHttpResult>> PutConfig(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, TimeProvider clock)
    {
        if (await DeviceAccess.CheckAsync(http, store, id).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        (ConfigChange change, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, ConfigChange.Fields).ConfigureAwait(false);
        if (problem is not null)
        {
            return problem;
        }

        (DeviceConfig? config, string? fault) = await store.WriteAsync(
            (id, change, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), ConfigSql.Change).ConfigureAwait(false);
        return config is null
            ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault!)
            : TypedResults.Ok(new SavedConfig(true, id, config.Version, "ok", config.UpdatedAt));
    }

    /// <summary>Shows what a device should run, and what it says it runs.</summary>
    internal static async Task<Results<Ok<ConfigState>, ProblemHttpResult>> GetState(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store)
    {
        if (await DeviceAccess.CheckAsync(http, store, id).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        DeviceConfig wanted = await store.ReadAsync(id, ConfigSql.Of).ConfigureAwait(false);
        int? reported = await store.ReadAsync(id, DeviceSql.ReportedConfigVersion).ConfigureAwait(false);
        DeviceConfig? inForce = reported is { } version
            ? await store.ReadAsync((id, version), ConfigSql.Version).ConfigureAwait(false)
            : null;
        return TypedResults.Ok(new ConfigState(id, wanted, reported, wanted.Version == reported, inForce));
    }
}
