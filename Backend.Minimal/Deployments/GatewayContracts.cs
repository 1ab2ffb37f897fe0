using System.Text.Json.Serialization;

namespace JamBox.Backend.Deployments;

/// <summary>Serializers of answers, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(GatewayKey))]
internal sealed partial class GatewayJson : JsonSerializerContext;
