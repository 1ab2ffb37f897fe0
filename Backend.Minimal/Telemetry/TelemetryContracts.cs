using System.Text.Json;
using System.Text.Json.Serialization;

using JamBox.Backend.Devices;
using JamBox.Backend.Wire;

using Microsoft.OpenApi;

namespace JamBox.Backend.Telemetry;

/// <summary>Values as JSON.</summary>
internal sealed class TelemetryValueConverter : JsonConverter<TelemetryValue>
{
    /// <inheritdoc/>
    public override TelemetryValue Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType switch
        {
            JsonTokenType.Number => TelemetryValue.Of(reader.GetDouble()),
            JsonTokenType.True or JsonTokenType.False => TelemetryValue.Of(reader.GetBoolean()),
            JsonTokenType.String => TelemetryValue.Of(reader.GetString()!),
            JsonTokenType.Null => default,
            _ => throw new JsonException(),
        };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, TelemetryValue value, JsonSerializerOptions options) => value.WriteTo(writer);
}

/// <summary>What a device sends: what it is, in <c>data</c>, or what it was at several moments, in <c>batch</c>.</summary>
internal sealed class TelemetryRequest
{
    /// <summary>The fields, as they are described; <see cref="TelemetryBody"/> reads them.</summary>
    public static readonly IBodyTable Fields = new TelemetryFields();

    /// <summary>The device's token, where the Authorization header does not say it.</summary>
    [JsonPropertyName("device_token")]
    public string? DeviceToken { get; set; }

    /// <summary>
    /// Numbers, true or false, texts of at most 256 characters, null (removes the key) and objects of these, by keys of letters, digits,
    /// underscores, points and hyphens: at most 64.
    /// </summary>
    [JsonPropertyName("data")]
    public Dictionary<string, TelemetryValue>? Data { get; set; }

    /// <summary>At most 500 objects with <c>t</c> (such as 2026-01-29T10:04:59Z) and <c>data</c>.</summary>
    [JsonPropertyName("batch")]
    public List<Dictionary<string, TelemetryValue>>? Batch { get; set; }

    private sealed class TelemetryFields : IBodyTable
    {
        public string SchemaName => nameof(TelemetryRequest);

        public Type Target => typeof(TelemetryRequest);

        public IEnumerable<IBodyField> Fields =>
        [
            new Described("device_token", new OpenApiSchema { Type = JsonSchemaType.String, MaxLength = 256 }),
            new Described("data", new OpenApiSchema { Type = JsonSchemaType.Object }),
            new Described(
                "batch", new OpenApiSchema
                {
                    Type = JsonSchemaType.Array, MaxItems = TelemetryBody.MaxBatch,
                    Items = new OpenApiSchema { Type = JsonSchemaType.Object },
                }),
        ];
    }

    private sealed class Described(string name, OpenApiSchema schema) : IBodyField
    {
        public string[] Names { get; } = [name];

        public bool IsRequired => false;

        public bool IsIgnored => false;

        public OpenApiSchema Describe() => schema.CreateShallowCopy() as OpenApiSchema ?? schema;
    }
}

/// <summary>What a device is told that has sent for itself by its id.</summary>
/// <param name="Message">Always ok.</param>
/// <param name="DeviceId">The device.</param>
/// <param name="Data">The merged state: wanted values until the device has reported them, else the reported ones.</param>
/// <param name="Timestamp">When it was taken.</param>
internal sealed record TelemetryAck(
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("data")] Dictionary<string, TelemetryValue> Data,
    [property: JsonPropertyName("timestamp")] DateTime Timestamp);

/// <summary>What a device is told that has sent without its id.</summary>
/// <param name="Message">Always ok.</param>
/// <param name="DeviceId">The device.</param>
/// <param name="Led">1 when <c>led</c>, or else <c>v0</c>, is on in the merged state.</param>
/// <param name="UpdatedData">The merged state.</param>
/// <param name="Timestamp">When it was taken.</param>
internal sealed record TelemetryLedAck(
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("led")] int Led,
    [property: JsonPropertyName("updated_data")] Dictionary<string, TelemetryValue> UpdatedData,
    [property: JsonPropertyName("timestamp")] DateTime Timestamp);

/// <summary>The merged state of a device.</summary>
/// <param name="DeviceId">The device.</param>
/// <param name="Data">The merged state.</param>
/// <param name="Timestamp">When it last spoke; null = never.</param>
internal sealed record LatestTelemetry(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("data")] Dictionary<string, TelemetryValue> Data,
    [property: JsonPropertyName("timestamp")] DateTime? Timestamp);

/// <summary>A value of a time series.</summary>
/// <param name="Timestamp">When.</param>
/// <param name="Value">The value; of a boolean 1 or 0.</param>
internal sealed record HistoryPoint(
    [property: JsonPropertyName("timestamp")] DateTime Timestamp,
    [property: JsonPropertyName("value")] double Value);

/// <summary>A key of which a device has said something.</summary>
/// <param name="Key">The key.</param>
/// <param name="Type">number, boolean or text.</param>
/// <param name="Last">The last value.</param>
/// <param name="LastAt">When that was so.</param>
/// <param name="FirstAt">When it was first said.</param>
internal sealed record TelemetryKey(
    [property: JsonPropertyName("key")] string Key,
    [property: JsonPropertyName("type"), Words("number", "boolean", "text")] string Type,
    [property: JsonPropertyName("last")] TelemetryValue Last,
    [property: JsonPropertyName("last_at")] DateTime LastAt,
    [property: JsonPropertyName("first_at")] DateTime FirstAt);

/// <summary>Time series of a device.</summary>
/// <param name="From">From when on.</param>
/// <param name="To">Until when.</param>
/// <param name="StepSeconds">How long each point stands for, seconds; 0 = the points are the values themselves.</param>
/// <param name="Series">The series, in the order of the keys that were asked for.</param>
/// <param name="PointsStored">Values of the device that are kept singly.</param>
/// <param name="PointsMax">How many may be: then the oldest go.</param>
internal sealed record TelemetrySeries(
    [property: JsonPropertyName("from")] DateTime From,
    [property: JsonPropertyName("to")] DateTime To,
    [property: JsonPropertyName("step_s")] double StepSeconds,
    [property: JsonPropertyName("series")] IReadOnlyList<TelemetrySeriesOfKey> Series,
    [property: JsonPropertyName("points_stored")] long PointsStored,
    [property: JsonPropertyName("points_max")] long PointsMax);

/// <summary>One of them.</summary>
/// <param name="Key">The key.</param>
/// <param name="Points">Each a list of four numbers: ms since 1970, least, mean and greatest value.</param>
internal sealed record TelemetrySeriesOfKey(
    [property: JsonPropertyName("key")] string Key,
    [property: JsonPropertyName("points")] IReadOnlyList<double[]> Points);

/// <summary>What a device has reported and what is wanted of it.</summary>
/// <param name="Reported">By key.</param>
/// <param name="Wanted">By key: what it has not reported since; what is older than 24 hours is shown and counts no longer.</param>
/// <param name="Merged">By key: the wanted value, else the reported one.</param>
internal sealed record StateView(
    [property: JsonPropertyName("reported")] Dictionary<string, ReportedView> Reported,
    [property: JsonPropertyName("wanted")] Dictionary<string, WantedView> Wanted,
    [property: JsonPropertyName("merged")] Dictionary<string, TelemetryValue> Merged);

/// <summary>A value that a device has reported.</summary>
/// <param name="Value">The value.</param>
/// <param name="At">When that was so.</param>
internal sealed record ReportedView(
    [property: JsonPropertyName("value")] TelemetryValue Value,
    [property: JsonPropertyName("at")] DateTime At);

/// <summary>A value that is wanted of a device.</summary>
/// <param name="Value">The value.</param>
/// <param name="At">Since when.</param>
/// <param name="By">Who wants it.</param>
internal sealed record WantedView(
    [property: JsonPropertyName("value")] TelemetryValue Value,
    [property: JsonPropertyName("at")] DateTime At,
    [property: JsonPropertyName("by")] string By);

/// <summary>A change of a device's state.</summary>
/// <param name="Id">Its number.</param>
/// <param name="At">When.</param>
/// <param name="By">Who: a person or key, or the device itself.</param>
/// <param name="What">wanted, withdrawn, expired (a day in vain), met (the device has reported what was wanted) or reported.</param>
/// <param name="Key">The key.</param>
/// <param name="Before">The value before: of a wish the merged one, of the device's word what it had reported.</param>
/// <param name="After">The value since.</param>
internal sealed record StateChangeRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("at")] DateTime At,
    [property: JsonPropertyName("by")] string By,
    [property: JsonPropertyName("what"), Words("wanted", "withdrawn", "expired", "met", "reported")] string What,
    [property: JsonPropertyName("key")] string Key,
    [property: JsonPropertyName("before")] TelemetryValue Before,
    [property: JsonPropertyName("after")] TelemetryValue After);

/// <summary>A rule: when people are told of a value.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Name">What people call it.</param>
/// <param name="DeviceId">The device; null = not of one alone.</param>
/// <param name="Product">Of all devices of a product; null with device_id null = of every device.</param>
/// <param name="Key">The key.</param>
/// <param name="Op">How the value is compared.</param>
/// <param name="Value">What it is compared with; true is 1 and false is 0.</param>
/// <param name="ForSeconds">How long it must be so, seconds.</param>
/// <param name="IsOn">Whether anybody is told.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="CreatedBy">Who made it.</param>
internal sealed record RuleRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("device_id")] string? DeviceId,
    [property: JsonPropertyName("product")] string? Product,
    [property: JsonPropertyName("key")] string Key,
    [property: JsonPropertyName("op"), Words("<", "<=", ">", ">=", "=", "!=")] string Op,
    [property: JsonPropertyName("value")] double Value,
    [property: JsonPropertyName("for_s")] int ForSeconds,
    [property: JsonPropertyName("is_on")] bool IsOn,
    [property: JsonPropertyName("created_at")] DateTime CreatedAt,
    [property: JsonPropertyName("created_by")] string CreatedBy);

/// <summary>A rule that is to be made or changed.</summary>
internal sealed class RuleRequest
{
    /// <summary>The fields.</summary>
    public static readonly FieldTable<RuleRequest> Fields = new(
        new TextField<RuleRequest>("name", static (r, v) => r.Name = v),
        new TextField<RuleRequest>("device_id", static (r, v) => r.DeviceId = v) { Pattern = DeviceKind.IdPattern },
        new TextField<RuleRequest>("product", static (r, v) => r.Product = v),
        new TextField<RuleRequest>("key", static (r, v) => r.Key = v)
        {
            IsRequired = true, Pattern = "^[A-Za-z0-9.-][A-Za-z0-9_.-]{0,39}$",
        },
        new TextField<RuleRequest>("op", TelemetryRule.Comparison, static (r, v) => r.Op = v) { IsRequired = true },
        new RealField<RuleRequest>("value", -1e15, 1e15, static (r, v) => (r.Value, r.HasValue) = (v, true)) { IsRequired = true },
        new NumberField<RuleRequest>("for_s", 0, 7 * 86_400, static (r, v) => r.ForSeconds = (int)v),
        new BoolField<RuleRequest>("is_on", static (r, v) => r.IsOn = v),
        new IgnoredField<RuleRequest>("id"), new IgnoredField<RuleRequest>("created_at"), new IgnoredField<RuleRequest>("created_by"));

    /// <summary>What people call it; its key unless said.</summary>
    [JsonPropertyName("name")]
    public string Name { get; set; } = "";

    /// <summary>The device.</summary>
    [JsonPropertyName("device_id")]
    public string? DeviceId { get; set; }

    /// <summary>All devices of a product; with neither device_id nor product every device. Both need a role for all places.</summary>
    [JsonPropertyName("product")]
    public string? Product { get; set; }

    /// <summary>The key.</summary>
    [JsonPropertyName("key")]
    public string Key { get; set; } = "";

    /// <summary>How the value is compared.</summary>
    [JsonPropertyName("op")]
    public string Op { get; set; } = "";

    /// <summary>What it is compared with; true is 1 and false is 0.</summary>
    [JsonPropertyName("value")]
    public double Value { get; set; }

    /// <summary>How long it must be so before anybody is told, seconds; 0 unless said.</summary>
    [JsonPropertyName("for_s")]
    public int ForSeconds { get; set; }

    /// <summary>Whether anybody is told; yes unless said.</summary>
    [JsonPropertyName("is_on")]
    public bool IsOn { get; set; } = true;

    /// <summary>Whether a value was said.</summary>
    [JsonIgnore]
    public bool HasValue { get; set; }

    /// <summary>What is wrong with it.</summary>
    public string? FindFault() =>
        !KeyNames.IsKey(Key) ? "key: must be 1 to 40 letters, digits, underscores, points and hyphens"
        : Op.Length == 0 ? $"op: must be {string.Join(" or ", TelemetryRule.Comparison)}"
        : !HasValue ? "value: must be a number"
        : DeviceId is not null && Product is not null ? "device_id or product: not both"
        : DeviceId is not null && !DeviceIdRule.Fits(DeviceId) ? "device_id: must be the id of a device"
        : null;
}

/// <summary>Where telemetry goes too.</summary>
/// <param name="Id">Its number.</param>
/// <param name="DeviceId">The device; null = not of one alone.</param>
/// <param name="Product">Of all devices of a product; null with device_id null = of every device.</param>
/// <param name="Url">Where it is posted to.</param>
/// <param name="IsOn">Whether it is.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="Waiting">Messages that wait: 1,000 at most.</param>
/// <param name="Dropped">Messages that found no room.</param>
/// <param name="LastError">Why the last attempt failed; null = it did not.</param>
internal sealed record HookRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("device_id")] string? DeviceId,
    [property: JsonPropertyName("product")] string? Product,
    [property: JsonPropertyName("url")] string Url,
    [property: JsonPropertyName("is_on")] bool IsOn,
    [property: JsonPropertyName("created_at")] DateTime CreatedAt,
    [property: JsonPropertyName("created_by")] string CreatedBy,
    [property: JsonPropertyName("waiting")] long Waiting,
    [property: JsonPropertyName("dropped")] long Dropped,
    [property: JsonPropertyName("last_error")] string? LastError);

/// <summary>A webhook that is to be made.</summary>
internal sealed class HookRequest
{
    /// <summary>The fields.</summary>
    public static readonly FieldTable<HookRequest> Fields = new(
        new TextField<HookRequest>("device_id", static (r, v) => r.DeviceId = v) { Pattern = DeviceKind.IdPattern },
        new TextField<HookRequest>("product", static (r, v) => r.Product = v),
        new LongTextField<HookRequest>("url", 500, static (r, v) => r.Url = v) { IsRequired = true },
        new BoolField<HookRequest>("is_on", static (r, v) => r.IsOn = v));

    /// <summary>The device.</summary>
    [JsonPropertyName("device_id")]
    public string? DeviceId { get; set; }

    /// <summary>All devices of a product; with neither device_id nor product every device.</summary>
    [JsonPropertyName("product")]
    public string? Product { get; set; }

    /// <summary>Where it is posted to: http or https.</summary>
    [JsonPropertyName("url")]
    public string Url { get; set; } = "";

    /// <summary>Whether it is; yes unless said.</summary>
    [JsonPropertyName("is_on")]
    public bool IsOn { get; set; } = true;

    /// <summary>What is wrong with it.</summary>
    public string? FindFault() =>
        !Uri.TryCreate(Url, UriKind.Absolute, out Uri? address) || address.Scheme is not ("http" or "https") || address.UserInfo.Length > 0
            ? "url: must be an address such as https://example.org/hook, without user and password"
        : DeviceId is not null && Product is not null ? "device_id or product: not both"
        : DeviceId is not null && !DeviceIdRule.Fits(DeviceId) ? "device_id: must be the id of a device"
        : null;
}

/// <summary>A webhook that was made.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Secret">What its messages are signed with, shown only this once.</param>
internal sealed record HookMade(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("secret")] string Secret);

/// <summary>A ticket for the WebSocket.</summary>
/// <param name="Ticket">What stands in <c>?token=</c>.</param>
/// <param name="ExpiresIn">How long a connection can be begun with it, seconds.</param>
internal sealed record WsTicket(
    [property: JsonPropertyName("ticket")] string Ticket,
    [property: JsonPropertyName("expires_in")] int ExpiresIn);

/// <summary>What an id looks like.</summary>
internal static class DeviceIdRule
{
    /// <summary>Whether a text may be the id of a device.</summary>
    public static bool Fits(string id) =>
        id.Length is > 0 and <= 40 && id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');
}

/// <summary>Serializers of this feature.</summary>
[JsonSerializable(typeof(TelemetryRequest))]
[JsonSerializable(typeof(TelemetryAck))]
[JsonSerializable(typeof(TelemetryLedAck))]
[JsonSerializable(typeof(LatestTelemetry))]
[JsonSerializable(typeof(List<HistoryPoint>))]
[JsonSerializable(typeof(List<TelemetryKey>))]
[JsonSerializable(typeof(TelemetrySeries))]
[JsonSerializable(typeof(StateView))]
[JsonSerializable(typeof(List<StateChangeRow>))]
[JsonSerializable(typeof(RuleRequest))]
[JsonSerializable(typeof(List<RuleRow>))]
[JsonSerializable(typeof(HookRequest))]
[JsonSerializable(typeof(List<HookRow>))]
[JsonSerializable(typeof(HookMade))]
[JsonSerializable(typeof(WsTicket))]
internal sealed partial class TelemetryJson : JsonSerializerContext;
