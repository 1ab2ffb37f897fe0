using System.Text.Json.Serialization;

using JamBox.Backend.Devices;
using JamBox.Backend.Operation;
using JamBox.Backend.Readings;

using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Wire;

/// <summary>Serializers of what goes out, generated at compile time: a quick start, and no reflection while running.</summary>
[JsonSerializable(typeof(List<ReadingRow>))]
[JsonSerializable(typeof(List<DeviceRow>))]
[JsonSerializable(typeof(Registration))]
[JsonSerializable(typeof(RegisteredDevice))]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(ProblemDetails))]
[JsonSerializable(typeof(Reading))]
[JsonSerializable(typeof(Heartbeat))]
[JsonSerializable(typeof(YesBody))]
[JsonSerializable(typeof(ErrorBody))]
internal sealed partial class BackendJson : JsonSerializerContext;
