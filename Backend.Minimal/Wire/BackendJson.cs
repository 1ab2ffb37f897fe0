using System.Text.Json.Serialization;

using JamBox.Backend.Builds;
using JamBox.Backend.Commands;
using JamBox.Backend.Config;
using JamBox.Backend.Devices;
using JamBox.Backend.Geolocation;
using JamBox.Backend.Insights;
using JamBox.Backend.Notifications;
using JamBox.Backend.OldFleet;
using JamBox.Backend.Operation;
using JamBox.Backend.Readings;
using JamBox.Backend.Rollouts;
using JamBox.Backend.Security;
using JamBox.Backend.Updates;

using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Wire;

/// <summary>Serializers of what goes out, generated at compile time: a quick start, and no reflection while running.</summary>
[JsonSerializable(typeof(List<ReadingRow>))]
[JsonSerializable(typeof(List<DeviceRow>))]
[JsonSerializable(typeof(DeviceDetail))]
[JsonSerializable(typeof(List<HeartbeatRow>))]
[JsonSerializable(typeof(SortedDictionary<string, int>))]
[JsonSerializable(typeof(Registration))]
[JsonSerializable(typeof(RegisteredDevice))]
[JsonSerializable(typeof(DeviceChange))]
[JsonSerializable(typeof(DeviceResult))]
[JsonSerializable(typeof(DeviceConfig))]
[JsonSerializable(typeof(ConfigChange))]
[JsonSerializable(typeof(ConfigState))]
[JsonSerializable(typeof(SavedConfig))]
[JsonSerializable(typeof(CommandRequest))]
[JsonSerializable(typeof(QueuedCommand))]
[JsonSerializable(typeof(List<CommandRow>))]
[JsonSerializable(typeof(AccessPoint[]))]
[JsonSerializable(typeof(GeolocationRequest))]
[JsonSerializable(typeof(UpdateRequest))]
[JsonSerializable(typeof(OldFirmwareRequest))]
[JsonSerializable(typeof(RegisteredOldFirmware))]
[JsonSerializable(typeof(OldPatchRequest))]
[JsonSerializable(typeof(RegisteredOldPatch))]
[JsonSerializable(typeof(OldFleetStatus))]
[JsonSerializable(typeof(List<BuildRow>))]
[JsonSerializable(typeof(BuildDetail))]
[JsonSerializable(typeof(List<AttemptRow>))]
[JsonSerializable(typeof(RolloutRequest))]
[JsonSerializable(typeof(BoxesRequest))]
[JsonSerializable(typeof(List<RolloutView>))]
[JsonSerializable(typeof(List<RolloutBoxView>))]
[JsonSerializable(typeof(ApiKeyRequest))]
[JsonSerializable(typeof(CreatedApiKey))]
[JsonSerializable(typeof(List<ApiKeyRow>))]
[JsonSerializable(typeof(List<AuditRow>))]
[JsonSerializable(typeof(List<AlertRow>))]
[JsonSerializable(typeof(ImportResult))]
[JsonSerializable(typeof(MaintenanceResult))]
[JsonSerializable(typeof(Summary))]
[JsonSerializable(typeof(Hourly))]
[JsonSerializable(typeof(Stats))]
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(ProblemDetails))]
[JsonSerializable(typeof(Reading))]
[JsonSerializable(typeof(Heartbeat))]
[JsonSerializable(typeof(YesBody))]
[JsonSerializable(typeof(ErrorBody))]
internal sealed partial class BackendJson : JsonSerializerContext;
