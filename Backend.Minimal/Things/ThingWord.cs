using System.Text.Json;
using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Things;

/// <summary>A heartbeat of a thing or gateway, once a minute. Nothing is required.</summary>
internal sealed class ThingHeartbeat
{
    /// <summary>The fields.</summary>
    public static readonly FieldTable<ThingHeartbeat> Fields = new(
        new NumberField<ThingHeartbeat>("uptime uptime_s uptime_seconds", 0, uint.MaxValue, static (h, v) => h.UptimeSeconds = v),
        new NumberField<ThingHeartbeat>("rssi", -150, 50, static (h, v) => h.RssiDbm = (int)v),
        new NumberField<ThingHeartbeat>("free_heap", 0, 1L << 40, static (h, v) => h.FreeHeapBytes = v),
        new TextField<ThingHeartbeat>("ssid", static (h, v) => h.Ssid = v),
        new TextField<ThingHeartbeat>("ip", static (h, v) => h.Ip = v),
        new TextField<ThingHeartbeat>("product", static (h, v) => h.Product = v),
        new TextField<ThingHeartbeat>("board platform", static (h, v) => h.Board = v),
        new TextField<ThingHeartbeat>("version firmware_version", static (h, v) => h.Version = v),
        new TextField<ThingHeartbeat>("device_id", static (h, v) => h.DeviceId = v));

    /// <summary>Seconds since boot.</summary>
    [JsonPropertyName("uptime")]
    public long? UptimeSeconds { get; set; }

    /// <summary>How well it hears its network, dBm.</summary>
    [JsonPropertyName("rssi")]
    public int? RssiDbm { get; set; }

    /// <summary>Free heap, bytes.</summary>
    [JsonPropertyName("free_heap")]
    public long? FreeHeapBytes { get; set; }

    /// <summary>Name of its wireless network, at most 64 characters.</summary>
    [JsonPropertyName("ssid")]
    public string? Ssid { get; set; }

    /// <summary>Its address there.</summary>
    [JsonPropertyName("ip")]
    public string? Ip { get; set; }

    /// <summary>What its firmware is for; older ones say it here.</summary>
    [JsonPropertyName("product")]
    public string? Product { get; set; }

    /// <summary>Its chip or board, in its own words.</summary>
    [JsonPropertyName("board")]
    public string? Board { get; set; }

    /// <summary>The firmware that it runs.</summary>
    [JsonPropertyName("version")]
    public string? Version { get; set; }

    /// <summary>The device; must be the sender where it is there.</summary>
    [JsonPropertyName("device_id")]
    public string? DeviceId { get; set; }
}

/// <summary>What a thing tells of itself when it connects, and when something of it has changed.</summary>
internal sealed class ThingInfo
{
    /// <summary>Bytes of a configuration at most.</summary>
    public const int MaxConfigBytes = 4096;

    /// <summary>Commands that it may name.</summary>
    private const int MaxCommands = 32;

    /// <summary>The fields.</summary>
    public static readonly FieldTable<ThingInfo> Fields = new(
        new TextField<ThingInfo>("product", static (i, v) => i.Product = v),
        new TextField<ThingInfo>("board platform", static (i, v) => i.Board = v),
        new TextField<ThingInfo>("version firmware_version", static (i, v) => i.Version = v),
        new TextField<ThingInfo>("environment env", static (i, v) => i.Environment = v),
        new TextField<ThingInfo>("device_id", static (i, v) => i.DeviceId = v));

    /// <summary>What its firmware is for.</summary>
    [JsonPropertyName("product")]
    public string? Product { get; set; }

    /// <summary>Its chip or board, in its own words.</summary>
    [JsonPropertyName("board")]
    public string? Board { get; set; }

    /// <summary>The firmware that it runs.</summary>
    [JsonPropertyName("version")]
    public string? Version { get; set; }

    /// <summary>Which releases it gets.</summary>
    [JsonPropertyName("environment")]
    public string? Environment { get; set; }

    /// <summary>The device; must be the sender where it is there.</summary>
    [JsonPropertyName("device_id")]
    public string? DeviceId { get; set; }

    /// <summary>Its configuration, JSON; null = it did not say.</summary>
    [JsonIgnore]
    public string? Config { get; set; }

    /// <summary>The commands that it knows, separated by commas; null = it did not say.</summary>
    [JsonIgnore]
    public string? Commands { get; set; }

    /// <summary>Reads it.</summary>
    /// <param name="body">JSON.</param>
    /// <param name="fault">What is wrong, in plain words.</param>
    /// <returns>Null when something is wrong.</returns>
    public static ThingInfo? Parse(ReadOnlyMemory<byte> body, out string? fault)
    {
        ThingInfo info = new();
        fault = Fields.Parse(body.Span, info)?.Error;
        if (fault is not null)
        {
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(body);
            fault = info.TakeConfig(document.RootElement) ?? info.TakeCommands(document.RootElement);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or ArgumentException)
        {
            // Text that is no UTF-8.
            fault = DeviceResponse.BrokenBody.Error;
        }

        return fault is null ? info : null;
    }

    private string? TakeConfig(JsonElement root)
    {
        if (!root.TryGetProperty("config", out JsonElement config) || config.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        string text = config.GetRawText();
        if (config.ValueKind != JsonValueKind.Object || text.Length > MaxConfigBytes || !ThingText.IsStorable(text))
        {
            return "config: must be an object of at most 4096 bytes";
        }

        Config = text;
        return null;
    }

    private string? TakeCommands(JsonElement root)
    {
        if (!root.TryGetProperty("supported_commands", out JsonElement commands) || commands.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (commands.ValueKind != JsonValueKind.Array || commands.GetArrayLength() > MaxCommands
            || !commands.EnumerateArray().All(static one => one.ValueKind == JsonValueKind.String && ThingText.IsWord(one.GetString()!)))
        {
            return "supported_commands: must be at most 32 words of letters, digits, underscores and hyphens";
        }

        Commands = string.Join(',', commands.EnumerateArray().Select(static one => one.GetString()));
        return null;
    }
}

/// <summary>Texts of things.</summary>
internal static class ThingText
{
    /// <summary>Characters of a word at most.</summary>
    public const int MaxWord = 40;

    /// <summary>Whether it is 1 to 40 letters, digits, underscores and hyphens: a type of events, a command.</summary>
    public static bool IsWord(string text) =>
        text.Length is > 0 and <= MaxWord && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-');

    /// <summary>Whether every storage keeps it: PostgreSQL takes no NUL, also where JSON writes it as an escape.</summary>
    public static bool IsStorable(string json) =>
        !json.Contains('\0', StringComparison.Ordinal) && !json.Contains("\\u0000", StringComparison.Ordinal);

    /// <summary>Reads a JSON object.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="maxBytes">How many at most.</param>
    /// <param name="mayBeArray">Whether an array is taken too.</param>
    /// <returns>It without blanks around; null = it is none.</returns>
    public static string? ReadObject(ReadOnlyMemory<byte> bytes, int maxBytes, bool mayBeArray = false)
    {
        if (bytes.Length > maxBytes)
        {
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            JsonElement root = document.RootElement;
            string text = root.GetRawText();
            return (root.ValueKind == JsonValueKind.Object || (mayBeArray && root.ValueKind == JsonValueKind.Array)) && IsStorable(text)
                ? text
                : null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException or ArgumentException)
        {
            return null;
        }
    }
}
