using System.Text.Json;
using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

using Microsoft.OpenApi;

namespace JamBox.Backend.Geolocation;

/// <summary>What a device sends to <c>POST /api/geolocation</c>.</summary>
internal sealed class GeolocationRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<GeolocationRequest> Fields = new(
        new TextField<GeolocationRequest>("d device_id", static (r, v) => r.DeviceId = v),
        new AccessPointsField("wifi", static (r, v) => r.Wifi = v) { IsRequired = true });

    /// <summary>Device id (also <c>device_id</c>).</summary>
    [JsonPropertyName("d")]
    public string? DeviceId { get; set; }

    /// <summary>The access points around, at most 64.</summary>
    [JsonPropertyName("wifi")]
    public IReadOnlyList<AccessPoint> Wifi { get; set; } = [];
}

/// <summary>An access point as a device heard it.</summary>
/// <param name="Bssid">Its address.</param>
/// <param name="Rssi">dBm.</param>
/// <param name="Channel">Wi-Fi channel; 0 = unknown.</param>
internal sealed record AccessPoint(
    [property: JsonPropertyName("bssid")] string Bssid,
    [property: JsonPropertyName("rssi")] int Rssi,
    [property: JsonPropertyName("ch")] int Channel);

/// <summary>The list of access points in a device's request.</summary>
internal sealed class AccessPointsField : Field<GeolocationRequest>
{
    private const int MaxItems = 64;
    private const int MinRssi = -150;
    private const int MaxChannel = 200;

    private readonly Action<GeolocationRequest, IReadOnlyList<AccessPoint>> _set;

    /// <summary>Makes the field.</summary>
    public AccessPointsField(string names, Action<GeolocationRequest, IReadOnlyList<AccessPoint>> set)
        : base(names, "a list of at most 64 objects with bssid, rssi and ch")
    {
        _set = set;
    }

    /// <inheritdoc/>
    public override OpenApiSchema Describe() => new()
    {
        Type = JsonSchemaType.Array,
        MinItems = 1,
        MaxItems = MaxItems,
        Items = new OpenApiSchema
        {
            Type = JsonSchemaType.Object,
            Required = new HashSet<string> { "bssid" },
            Properties = new Dictionary<string, IOpenApiSchema>
            {
                ["bssid"] = new OpenApiSchema
                {
                    Type = JsonSchemaType.String,
                    Pattern = "^([0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}$",
                    Description = "Its address.",
                },
                ["rssi"] = Number(MinRssi, 0, "Its level, dBm; -100 unless said."),
                ["ch"] = Number(0, MaxChannel, "Its Wi-Fi channel; 0 = not known."),
            },
        },
    };

    /// <inheritdoc/>
    public override FieldResult Take(ref Utf8JsonReader reader, GeolocationRequest target)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return FieldResult.Absent;
        }

        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return FieldResult.Refused;
        }

        List<AccessPoint> points = [];
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject || points.Count == MaxItems || !TryTake(ref reader, out AccessPoint? point))
            {
                return FieldResult.Refused;
            }

            points.Add(point!);
        }

        _set(target, points);
        return FieldResult.Taken;
    }

    private static bool TryTake(ref Utf8JsonReader reader, out AccessPoint? point)
    {
        point = null;
        string bssid = "";
        int rssi = -100;
        int channel = 0;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            bool fine = name switch
            {
                "bssid" => reader.TokenType == JsonTokenType.String && IsAddress(bssid = reader.GetString()!),
                "rssi" => reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out rssi) && rssi is >= MinRssi and <= 0,
                "ch" => reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out channel) && channel is >= 0 and <= MaxChannel,
                _ => true,
            };
            if (!fine)
            {
                return false;
            }

            reader.Skip();
        }

        point = new AccessPoint(bssid, rssi, channel);
        return bssid.Length > 0;
    }

    private static OpenApiSchema Number(int min, int max, string description)
    {
        OpenApiSchema schema = NumberSchema.Of(min, max);
        schema.Description = description;
        return schema;
    }

    private static bool IsAddress(string text) =>
        text.Length == 17 && text.Where(static (_, i) => i % 3 == 2).All(static c => c is ':' or '-')
        && text.Where(static (_, i) => i % 3 != 2).All(char.IsAsciiHexDigit);
}

/// <summary>Serializers of geolocation, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(AccessPoint[]))]
[JsonSerializable(typeof(GeolocationRequest))]
internal sealed partial class GeolocationJson : JsonSerializerContext;
