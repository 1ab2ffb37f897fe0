using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Insights;

namespace JamBox.Backend.Geolocation;

/// <summary>Someone outside who knows where access points stand. Replaced in the container by another one, or by a test's.</summary>
internal interface IGeolocationProvider
{
    /// <summary>Whether it can be asked at all.</summary>
    bool IsOn { get; }

    /// <summary>Finds the place of access points.</summary>
    /// <returns>Latitude and longitude in degrees; null when they are unknown there.</returns>
    /// <exception cref="HttpRequestException">It could not be asked: it is tried again later.</exception>
    Task<(double Latitude, double Longitude)?> LocateAsync(IReadOnlyList<AccessPoint> points, CancellationToken stopping);

    /// <summary>Finds the time zone of a place.</summary>
    /// <returns>Its IANA id; null when unknown.</returns>
    /// <exception cref="HttpRequestException">It could not be asked: it is tried again later.</exception>
    Task<string?> TimeZoneAsync(double latitude, double longitude, DateTimeOffset now, CancellationToken stopping);
}

/// <summary>
/// A provider with Google's request shape. considerIp is switched off: without it, access points that it does not know would
/// resolve to where this server stands. No address and no key is ever logged.
/// </summary>
internal sealed class GoogleGeolocation : IGeolocationProvider, IDisposable
{
    private const int TimeoutSeconds = 10;
    private const int MaxAnswerBytes = 16 * 1024;

    private readonly GeolocationOptions _options;
    private readonly HttpClient _http = new()
    {
        Timeout = TimeSpan.FromSeconds(TimeoutSeconds),
        MaxResponseContentBufferSize = MaxAnswerBytes,
    };

    /// <summary>Makes the provider.</summary>
    public GoogleGeolocation(GeolocationOptions options)
    {
        _options = options;
    }

    /// <inheritdoc/>
    public bool IsOn => _options.Key is not null;

    /// <inheritdoc/>
    public async Task<(double Latitude, double Longitude)?> LocateAsync(IReadOnlyList<AccessPoint> points, CancellationToken stopping)
    {
        using ByteArrayContent body = new(Body(points));
        body.Headers.ContentType = new("application/json");
        using HttpResponseMessage answer = await _http.PostAsync(
            new Uri($"{_options.Endpoint}?key={Uri.EscapeDataString(_options.Key!)}"), body, stopping)
            .ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.NotFound)
        {
            return null;
        }

        using JsonDocument json = await ReadAsync(answer, stopping).ConfigureAwait(false);
        return json.RootElement.TryGetProperty("location", out JsonElement place) && place.ValueKind == JsonValueKind.Object
            && TryDegrees(place, "lat", 90, out double latitude) && TryDegrees(place, "lng", 180, out double longitude)
            ? (latitude, longitude)
            : null;
    }

    /// <inheritdoc/>
    public async Task<string?> TimeZoneAsync(double latitude, double longitude, DateTimeOffset now, CancellationToken stopping)
    {
        string query = string.Create(
            CultureInfo.InvariantCulture,
            $"?location={latitude:F6},{longitude:F6}&timestamp={now.ToUnixTimeSeconds()}&key={Uri.EscapeDataString(_options.Key!)}");
        using HttpResponseMessage answer = await _http.GetAsync(new Uri(_options.TimeZoneEndpoint + query), stopping).ConfigureAwait(false);
        using JsonDocument json = await ReadAsync(answer, stopping).ConfigureAwait(false);
        string? zone = json.RootElement.TryGetProperty("timeZoneId", out JsonElement id) && id.ValueKind == JsonValueKind.String
            ? id.GetString()
            : null;
        return Zones.IsKnown(zone) ? zone : null;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>Whatever the provider answers: a member that is missing, null or text is no place, and no exception.</summary>
    private static bool TryDegrees(JsonElement place, string name, double most, out double degrees)
    {
        degrees = 0;
        return place.TryGetProperty(name, out JsonElement number) && number.ValueKind == JsonValueKind.Number
            && number.TryGetDouble(out degrees) && Math.Abs(degrees) <= most;
    }

    private static byte[] Body(IReadOnlyList<AccessPoint> points)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteBoolean("considerIp", false);
            json.WriteStartArray("wifiAccessPoints");
            foreach (AccessPoint point in points)
            {
                json.WriteStartObject();
                json.WriteString("macAddress", point.Bssid);
                json.WriteNumber("signalStrength", point.Rssi);
                json.WriteNumber("channel", point.Channel);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static async Task<JsonDocument> ReadAsync(HttpResponseMessage answer, CancellationToken stopping)
    {
        if (!answer.IsSuccessStatusCode)
        {
            // Not EnsureSuccessStatusCode: nothing of the request, whose address bears the key, may get into a message.
            throw new HttpRequestException(
                string.Create(CultureInfo.InvariantCulture, $"the geolocation provider answered {(int)answer.StatusCode}"));
        }

        try
        {
            string text = Encoding.UTF8.GetString(await answer.Content.ReadAsByteArrayAsync(stopping).ConfigureAwait(false));
            JsonDocument json = JsonDocument.Parse(text);
            return json.RootElement.ValueKind == JsonValueKind.Object ? json : throw new JsonException();
        }
        catch (JsonException)
        {
            throw new HttpRequestException("the geolocation provider answered something that is no JSON object");
        }
    }
}
