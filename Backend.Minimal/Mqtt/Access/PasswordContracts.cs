using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Mqtt.Access;

/// <summary>Whether a device may use the password that follows from its serial number.</summary>
internal sealed class MqttPasswordChange
{
    /// <summary>What it may hold.</summary>
    public static readonly FieldTable<MqttPasswordChange> Fields = new(
        new BoolField<MqttPasswordChange>("derived", static (c, v) => c.Derived = v) { IsRequired = true });

    /// <summary>Whether it may.</summary>
    [JsonPropertyName("derived")]
    public bool? Derived { get; set; }
}

/// <summary>With what a device signs in to MQTT, beside its token.</summary>
/// <param name="DeviceId">The device.</param>
/// <param name="User">The user name.</param>
/// <param name="Password">The password, 32 hex digits; null = none but its token.</param>
internal sealed record MqttPassword(
    [property: JsonPropertyName("device_id")] string DeviceId, [property: JsonPropertyName("user")] string User,
    [property: JsonPropertyName("password")] string? Password);

/// <summary>How these contracts are written.</summary>
[JsonSerializable(typeof(MqttPassword))]
[JsonSerializable(typeof(MqttPasswordChange))]
internal sealed partial class MqttPasswordJson : JsonSerializerContext;
