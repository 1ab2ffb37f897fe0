using System.Text.Json;

using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.Extensions.DependencyInjection.Extensions;

namespace JamBox.Backend.Geolocation;

/// <summary>Geolocation: a device says what access points it hears; where that is, is found out later.</summary>
internal static class GeolocationEndpoints
{
    private const string Example = """{"d":"JBNB0001","wifi":[{"bssid":"AA:BB:CC:DD:EE:FF","rssi":-61,"ch":6}]}""";

    private static readonly DeviceResponse s_none = DeviceResponse.Refuse(400, "No WiFi networks provided");
    private static readonly DeviceResponse s_taken = DeviceResponse.Ok(StatusCodes.Status200OK, "{\"status\":\"ok\"}"u8.ToArray());

    /// <summary>Adds geolocation.</summary>
    public static void AddGeolocation(this IServiceCollection services)
    {
        services.AddFeatureOptions<GeolocationOptions>(GeolocationOptions.Section);
        services.AddJson(GeolocationJson.Default);
        services.TryAddSingleton<IGeolocationProvider, GoogleGeolocation>();
        services.AddSingleton<IJob, GeolocationJob>();
    }

    /// <summary>The route table.</summary>
    public static void MapGeolocation(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/geolocation", PostGeolocation).WithName("PostGeolocation").WithTags("Geolocation").ForDevices()
            .TakesQuery(ApiParameter.ClaimedDeviceId).TakesBody(GeolocationRequest.Fields, Example).Produces<StatusBody>();
    }

    /// <summary>Takes the access points around a device. Without a provider they are not even stored.</summary>
    internal static async Task<DeviceResponse> PostGeolocation(
        HttpContext http, DeviceGate gate, Store store, IGeolocationProvider provider, TimeProvider clock)
    {
        (DeviceIdentity? device, DeviceResponse? refusal) = await gate.IdentifyAsync(http, DeviceLimit.Geolocation).ConfigureAwait(false);
        if (device is null)
        {
            return refusal!;
        }

        if (await RequestBody.ReadAsync(http.Request).ConfigureAwait(false) is not { } body)
        {
            return DeviceResponse.TooLarge;
        }

        GeolocationRequest request = new();
        refusal = GeolocationRequest.Fields.Parse(body, request) ?? DeviceGate.CheckClaim(http.Request, device, request.DeviceId);
        refusal ??= request.Wifi.Count == 0 ? s_none : null;
        if (refusal is null && provider.IsOn)
        {
            string points = JsonSerializer.Serialize([.. request.Wifi], GeolocationJson.Default.AccessPointArray);
            await store.WriteAsync((device.DeviceId, points, clock.GetUtcNow().ToUnixTimeMilliseconds()), Queue).ConfigureAwait(false);
        }

        return refusal ?? s_taken;
    }

    private static int Queue(SqlSession session, (string DeviceId, string Points, long At) asked) =>
        session.Execute("""
            INSERT INTO geolocation_jobs (device_id, body, asked_at, attempts, next_at) VALUES ($1, $2, $3, 0, $3)
            ON CONFLICT (device_id) DO UPDATE SET body = excluded.body, asked_at = excluded.asked_at, attempts = 0, next_at = excluded.next_at
            """, asked.DeviceId, asked.Points, asked.At);
}
