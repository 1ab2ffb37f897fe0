using System.Globalization;

using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Wire;

using Microsoft.Extensions.DependencyInjection.Extensions;

namespace JamBox.Backend.Geolocation;

/// <summary>Geolocation: a device says what access points it hears; where that is, is found out later.</summary>
internal static class GeolocationEndpoints
{
    private const string Example = """{"d":"JBNB0001","wifi":[{"bssid":"AA:BB:CC:DD:EE:FF","rssi":-61,"ch":6}]}""";

    private static readonly DeviceResponse s_none = DeviceResponse.Refuse(400, "No WiFi networks provided");

    /// <summary>The old backend's words. 200, because there is nothing that the box could do better next time.</summary>
    private static readonly DeviceResponse s_unknown =
        DeviceResponse.Json("{\"status\":\"error\",\"message\":\"Could not determine location from WiFi networks\"}");

    /// <summary>Adds geolocation.</summary>
    public static void AddGeolocation(this IServiceCollection services)
    {
        services.AddFeatureOptions<GeolocationOptions>(GeolocationOptions.Section);
        services.AddJson(GeolocationJson.Default);
        services.TryAddSingleton<IGeolocationProvider, GoogleGeolocation>();
        services.AddRetryJob(static provider => ActivatorUtilities.CreateInstance<GeolocationJob>(provider));
    }

    /// <summary>The route table.</summary>
    public static void MapGeolocation(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/geolocation", PostGeolocation).WithName("PostGeolocation").WithTags("Geolocation").ForDevices()
            .TakesQuery(ApiParameter.ClaimedDeviceId).TakesBody(GeolocationRequest.Fields, Example).Produces<StatusBody>();
    }

    /// <summary>
    /// Takes the access points around a device and answers where that is, or that it is not known (status: error). Without a provider they
    /// are not even stored.
    /// </summary>
    internal static async Task<DeviceResponse> PostGeolocation(HttpContext http, DeviceGate gate, GeolocationJob job)
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
        return refusal ?? Answer(await job.LocateAsync(device.DeviceId, request.Wifi, http.RequestAborted).ConfigureAwait(false));
    }

    private static DeviceResponse Answer(FoundPlace? place) => place is null ? s_unknown : DeviceResponse.Json(string.Create(
        CultureInfo.InvariantCulture,
        $"{{\"status\":\"ok\",\"lat\":{place.Latitude:0.######},\"lng\":{place.Longitude:0.######},\"timezone\":\"{place.Zone ?? "UTC"}\"}}"));
}
