using System.Text.Json.Serialization;

namespace JamBox.Backend.Maintenance;

/// <summary>What retention has removed.</summary>
/// <param name="RemovedRows">Rows.</param>
internal sealed record MaintenanceResult([property: JsonPropertyName("removed_rows")] int RemovedRows);
