using System.Text.Json;
using System.Text.Json.Serialization;

namespace JamBox.Edge.Engine;

/// <summary>How far a deployment is, in the words of the server.</summary>
[JsonConverter(typeof(LowerCaseConverter<DeploymentStatus>))]
public enum DeploymentStatus
{
    /// <summary>The package comes.</summary>
    Downloading,

    /// <summary>It is here, whole.</summary>
    Downloaded,

    /// <summary>Its signature is checked, and it is unpacked into a folder of its own.</summary>
    Extracting,

    /// <summary>Its <c>deploy.sh</c> runs; later its modules are written.</summary>
    Deploying,

    /// <summary>It is asked whether it works.</summary>
    Checking,

    /// <summary>It is what runs here.</summary>
    Completed,

    /// <summary>It is not what runs here, or not all of it; the error says what runs instead.</summary>
    Failed,

    /// <summary>A newer notice took its place before anything of it had begun to run.</summary>
    Removed,
}

/// <summary>How far a module is.</summary>
[JsonConverter(typeof(LowerCaseConverter<ModuleStatus>))]
public enum ModuleStatus
{
    /// <summary>Its turn has not come.</summary>
    Waiting,

    /// <summary>It was asked to take an image.</summary>
    Triggered,

    /// <summary>The image is on its way.</summary>
    Pushing,

    /// <summary>It has the image; it is awaited back.</summary>
    Returning,

    /// <summary>It runs the version that was expected.</summary>
    Done,

    /// <summary>It does not, and its previous image could not be brought back or there is none.</summary>
    Failed,

    /// <summary>It does not; its previous image was brought back.</summary>
    Restored,

    /// <summary>The package has no image for it, or it runs that version already.</summary>
    Skipped,
}

/// <summary>A module in a deployment.</summary>
public sealed record ModuleState
{
    /// <summary>Its name in the network, <c>esp32-XXXXXX</c>.</summary>
    public required string Hostname { get; init; }

    /// <summary>Which image it takes.</summary>
    public required string Type { get; init; }

    /// <summary>As people call it.</summary>
    public string? Name { get; init; }

    /// <summary>How far it is.</summary>
    public required ModuleStatus Status { get; init; }

    /// <summary>The version it had; null when it was not heard of.</summary>
    public string? Before { get; init; }

    /// <summary>The version it has.</summary>
    public string? After { get; init; }

    /// <summary>The version it was to have.</summary>
    public string? Expected { get; init; }

    /// <summary>Of the image that was written, 0 to 100.</summary>
    public int? Percent { get; init; }

    /// <summary>What went wrong, and what to do.</summary>
    public string? Error { get; init; }

    /// <summary>How long it took, in milliseconds.</summary>
    public long? Ms { get; init; }

    /// <summary>Whether nothing more is to be done for it.</summary>
    [JsonIgnore]
    public bool IsDone => Status is ModuleStatus.Done or ModuleStatus.Skipped;
}

/// <summary>What the server is told: the body of <c>POST /api/deployments/status</c>, letter for letter.</summary>
public sealed record StatusReport
{
    /// <summary>Whose.</summary>
    public required string DeploymentId { get; init; }

    /// <summary>How far it is.</summary>
    public required DeploymentStatus Status { get; init; }

    /// <summary>Its version.</summary>
    public required string Version { get; init; }

    /// <summary>Of the step, 0 to 100.</summary>
    public int? Progress { get; init; }

    /// <summary>When it was so (ISO 8601, UTC, milliseconds). The same report keeps it, however often it is sent.</summary>
    public required string Timestamp { get; init; }

    /// <summary>What went wrong, and what runs now.</summary>
    public string? Error { get; init; }

    /// <summary>Which try it is, from 1.</summary>
    public int? Attempt { get; init; }

    /// <summary>The timestamp of the notice that began it.</summary>
    public string? NoticeTimestamp { get; init; }

    /// <summary>The version of this agent.</summary>
    public string? AgentVersion { get; init; }

    /// <summary>The end of what its scripts printed, at most 16 KB.</summary>
    public string? Log { get; init; }

    /// <summary>The deployment that runs now.</summary>
    public string? Current { get; init; }

    /// <summary>The one that ran before it.</summary>
    public string? Previous { get; init; }

    /// <summary>Its modules.</summary>
    public IReadOnlyList<ModuleState>? Modules { get; init; }

    /// <summary>
    /// Rising with each report of this gateway; it survives crashes. It begins with the time in milliseconds, so that a gateway that was
    /// set
    /// up anew begins behind its old ones.
    /// </summary>
    public required long Seq { get; init; }

    /// <summary>As it goes over the line: UTF-8 JSON.</summary>
    /// <returns>The bytes.</returns>
    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, EngineJson.Default.StatusReport);
}

/// <summary>Where reports go: a queue on the disk that is sent when the server can be reached.</summary>
public interface IReports
{
    /// <summary>The greatest <see cref="StatusReport.Seq"/> that was ever taken; 0 when there was none.</summary>
    long Newest { get; }

    /// <summary>
    /// Takes a report. It is on the disk when this returns. One whose <see cref="StatusReport.Seq"/> is not greater than the greatest
    /// that was
    /// ever taken is dropped without a word: after a crash the engine gives the last ones once more, so that none is lost and none comes
    /// twice.
    /// </summary>
    /// <param name="report">What to send.</param>
    void Report(StatusReport report);
}

/// <summary>Words of an enumeration as the server writes them: lower case.</summary>
/// <typeparam name="T">Which.</typeparam>
public sealed class LowerCaseConverter<T>() : JsonStringEnumConverter<T>(LowerCasePolicy.Instance, allowIntegerValues: false)
    where T : struct, Enum
{
    private sealed class LowerCasePolicy : JsonNamingPolicy
    {
        public static readonly LowerCasePolicy Instance = new();

        public override string ConvertName(string name) => name.ToLowerInvariant();
    }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, MaxDepth = 16)]
[JsonSerializable(typeof(StatusReport))]
internal sealed partial class EngineJson : JsonSerializerContext;
