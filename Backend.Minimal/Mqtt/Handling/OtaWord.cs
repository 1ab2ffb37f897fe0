using System.Text.Json;

namespace JamBox.Backend.Mqtt.Handling;

/// <summary>What a device says of its update, in whatever form; null = it did not say.</summary>
/// <param name="SessionId">The update that it means: 1 to 64 letters, digits and hyphens.</param>
/// <param name="Product">What its firmware is for.</param>
/// <param name="Platform">Its chip or board.</param>
/// <param name="OldVersion">What it runs.</param>
/// <param name="NewVersion">What it fetches.</param>
/// <param name="Percent">How far it is, 0 to 100.</param>
/// <param name="IsSuccess">Whether it has come to its end well.</param>
/// <param name="Error">What went wrong.</param>
internal sealed record OtaWord(
    string? SessionId, string? Product, string? Platform, string? OldVersion, string? NewVersion, int? Percent, bool? IsSuccess,
    string? Error)
{
    /// <summary>Reads it.</summary>
    /// <param name="payload">JSON.</param>
    /// <param name="fault">What is wrong, in plain words.</param>
    /// <returns>Null when something is wrong.</returns>
    public static OtaWord? Parse(ReadOnlyMemory<byte> payload, out string? fault)
    {
        fault = "The payload must be one JSON object";
        try
        {
            using JsonDocument document = JsonDocument.Parse(payload);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            OtaWord said = Read(document.RootElement);
            fault = said.SessionId?.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-') == false
                ? "session_id: must be 1 to 64 letters, digits and hyphens"
                : null;
            return fault is null ? said : null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static OtaWord Read(JsonElement json) => new(
        MqttJson.Text(json, "session_id"), MqttJson.Text(json, "product"), MqttJson.Text(json, "platform") ?? MqttJson.Text(json, "board"),
        MqttJson.Text(json, "old_version"), MqttJson.Text(json, "new_version"), PercentOf(json), SuccessOf(json),
        MqttJson.Text(json, "error"));

    private static int? PercentOf(JsonElement json) =>
        json.TryGetProperty("progress", out JsonElement value) && value.ValueKind == JsonValueKind.Number
            && value.TryGetDouble(out double percent) && percent is >= 0 and <= 100
            ? (int)percent
            : null;

    private static bool? SuccessOf(JsonElement json) => MqttJson.Text(json, "status") switch
    {
        "success" => true,
        "failed" => false,
        _ => json.TryGetProperty("success", out JsonElement value) && value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : null,
    };
}
