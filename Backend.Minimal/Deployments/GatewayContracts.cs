using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Deployments;

/// <summary>Whom a deployment is for.</summary>
/// <param name="All">True = all gateways.</param>
/// <param name="Gateways">The gateways by their ids.</param>
/// <param name="Places">The gateways at these places.</param>
internal sealed record DeploymentTargetsView(
    [property: JsonPropertyName("all"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? All,
    [property: JsonPropertyName("gateways"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Gateways,
    [property: JsonPropertyName("places"), JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<long>? Places);

/// <summary>How a deployment is brought to its gateways.</summary>
/// <param name="State">rolling; paused = held; stopped = ended before its end; done.</param>
/// <param name="Targets">Whom it is for; of the caller's places.</param>
/// <param name="Others">Whether it is for gateways, too, at places that are not the caller's.</param>
/// <param name="Earlier">
/// Whether an earlier roll-out of the same deployment counts still: when this one has ended, to stop it ends that.
/// </param>
/// <param name="Stage">The stage, from 0; null = all at once.</param>
/// <param name="Stages">The stages.</param>
/// <param name="WaitMinutes">How long a stage is looked at before the next, min.</param>
/// <param name="MaxFailures">Failures that are borne; one more stops it. Null = any number.</param>
/// <param name="Reason">Why it is held or has ended.</param>
/// <param name="NextAt">When the next stage begins, if nothing happens; null = nobody knows.</param>
/// <param name="StartedBy">Who began it.</param>
/// <param name="StartedAt">When.</param>
/// <param name="EndedAt">When it ended.</param>
internal sealed record RolloutOfDeployment(
    [property: JsonPropertyName("state"), Words(typeof(DeploymentRolloutState))] string State,
    [property: JsonPropertyName("targets")] DeploymentTargetsView Targets,
    [property: JsonPropertyName("others")] bool Others,
    [property: JsonPropertyName("earlier")] bool Earlier,
    [property: JsonPropertyName("stage")] int? Stage,
    [property: JsonPropertyName("stages")] IReadOnlyList<StageOfRollout> Stages,
    [property: JsonPropertyName("waitMinutes")] int WaitMinutes,
    [property: JsonPropertyName("maxFailures")] int? MaxFailures,
    [property: JsonPropertyName("reason")] string? Reason,
    [property: JsonPropertyName("nextAt")] DateTime? NextAt,
    [property: JsonPropertyName("startedBy")] string StartedBy,
    [property: JsonPropertyName("startedAt")] DateTime StartedAt,
    [property: JsonPropertyName("endedAt")] DateTime? EndedAt);

/// <summary>A stage.</summary>
/// <param name="Percent">Of the gateways, this one and those before.</param>
/// <param name="Gateways">Gateways that it brought; of the caller's places.</param>
/// <param name="Completed">Those of them that have it.</param>
/// <param name="Failed">Those that could not.</param>
internal sealed record StageOfRollout(
    [property: JsonPropertyName("percent")] int Percent,
    [property: JsonPropertyName("gateways")] int Gateways,
    [property: JsonPropertyName("completed")] int Completed,
    [property: JsonPropertyName("failed")] int Failed);

/// <summary>The gateways of a deployment, counted.</summary>
/// <param name="Gateways">All of them.</param>
/// <param name="Completed">Those that came through with it, whatever they run since.</param>
/// <param name="Running">Those that are at it.</param>
/// <param name="Failed">Those that could not.</param>
/// <param name="Waiting">Those that have said nothing of it yet.</param>
/// <param name="Current">Those that run it now, however it ended there.</param>
internal sealed record DeploymentCounts(
    [property: JsonPropertyName("gateways")] int Gateways,
    [property: JsonPropertyName("completed")] int Completed,
    [property: JsonPropertyName("running")] int Running,
    [property: JsonPropertyName("failed")] int Failed,
    [property: JsonPropertyName("waiting")] int Waiting,
    [property: JsonPropertyName("current")] int Current);

/// <summary>A deployment by its name.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Version">Its version; null = nobody here knows it.</param>
internal sealed record NamedDeployment(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("version")] string? Version);

/// <summary>How a gateway stands.</summary>
/// <param name="Gateway">Its id.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Place">The name of its place.</param>
/// <param name="PlaceId">The place; null = nowhere.</param>
/// <param name="Stage">The stage that brought it, from 0; null = none.</param>
/// <param name="Deployment">What it is or was at; null = nothing yet.</param>
/// <param name="Status">How far it is with that; null = it has said nothing of it.</param>
/// <param name="LastStep">How far it was before it ended.</param>
/// <param name="Result">completed, failed or removed; null = it has not ended.</param>
/// <param name="Progress">Of the step, per cent.</param>
/// <param name="Attempt">Which try it is, from 1.</param>
/// <param name="Error">What went wrong.</param>
/// <param name="NoticeAt">The timestamp of the notice that it took up.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="UpdatedAt">Its last word.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Current">What it runs.</param>
/// <param name="Previous">What it ran before.</param>
/// <param name="AgentVersion">The version of its agent; null = an old watcher, or it has said nothing.</param>
/// <param name="SeenAt">When it last asked or said something of deployments.</param>
/// <param name="Log">The end of what its scripts have printed; null where several gateways are listed: ask for the one.</param>
/// <param name="Modules">The modules behind it.</param>
internal sealed record GatewayState(
    [property: JsonPropertyName("gateway")] string Gateway,
    [property: JsonPropertyName("name")] string? Name,
    [property: JsonPropertyName("place")] string? Place,
    [property: JsonPropertyName("placeId")] long? PlaceId,
    [property: JsonPropertyName("stage")] int? Stage,
    [property: JsonPropertyName("deployment")] NamedDeployment? Deployment,
    [property: JsonPropertyName("status"), Words(typeof(DeploymentStatus))] string? Status,
    [property: JsonPropertyName("lastStep"), Words(typeof(DeploymentStatus))] string? LastStep,
    [property: JsonPropertyName("result"), Words(DeploymentStatus.Completed, DeploymentStatus.Failed, DeploymentStatus.Removed)]
    string? Result,
    [property: JsonPropertyName("progress")] int? Progress,
    [property: JsonPropertyName("attempt")] int? Attempt,
    [property: JsonPropertyName("error")] string? Error,
    [property: JsonPropertyName("noticeAt")] DateTime? NoticeAt,
    [property: JsonPropertyName("startedAt")] DateTime? StartedAt,
    [property: JsonPropertyName("updatedAt")] DateTime? UpdatedAt,
    [property: JsonPropertyName("endedAt")] DateTime? EndedAt,
    [property: JsonPropertyName("current")] NamedDeployment? Current,
    [property: JsonPropertyName("previous")] NamedDeployment? Previous,
    [property: JsonPropertyName("agentVersion")] string? AgentVersion,
    [property: JsonPropertyName("seenAt")] DateTime? SeenAt,
    [property: JsonPropertyName("log")] string? Log,
    [property: JsonPropertyName("modules")] IReadOnlyList<ModuleState> Modules);

/// <summary>How a module stands in a deployment.</summary>
/// <param name="Hostname">Its name in its network.</param>
/// <param name="Type">Which image it takes.</param>
/// <param name="DisplayName">What people call that type.</param>
/// <param name="Name">What people call the module.</param>
/// <param name="Status">waiting, triggered, pushing, returning, done, failed, restored or skipped.</param>
/// <param name="Before">The version that it had.</param>
/// <param name="After">The version that it has.</param>
/// <param name="Expected">The version that it was to have.</param>
/// <param name="Percent">Of the image that was written.</param>
/// <param name="Error">What went wrong.</param>
/// <param name="Ms">How long it took, ms.</param>
internal sealed record ModuleState(
    [property: JsonPropertyName("hostname")] string Hostname,
    [property: JsonPropertyName("type")] string? Type,
    [property: JsonPropertyName("displayName")] string? DisplayName,
    [property: JsonPropertyName("name")] string? Name,
    [property: JsonPropertyName("status"), Words(typeof(ModuleStatus))] string Status,
    [property: JsonPropertyName("before")] string? Before,
    [property: JsonPropertyName("after")] string? After,
    [property: JsonPropertyName("expected")] string? Expected,
    [property: JsonPropertyName("percent")] int? Percent,
    [property: JsonPropertyName("error")] string? Error,
    [property: JsonPropertyName("ms")] long? Ms);

/// <summary>What a gateway did with a deployment, once.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="Gateway">The gateway.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Place">The name of its place.</param>
/// <param name="PlaceId">The place.</param>
/// <param name="DeploymentId">The deployment; it may have been deleted since.</param>
/// <param name="FromVersion">What it ran before; null = nothing, as far as is known.</param>
/// <param name="ToVersion">What it was to run.</param>
/// <param name="Status">Its last word.</param>
/// <param name="LastStep">How far it was before it ended.</param>
/// <param name="Result">completed, failed or removed; null = it is at it.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="EndedAt">When it ended.</param>
/// <param name="Seconds">How long it took, s.</param>
/// <param name="Error">What went wrong.</param>
/// <param name="Attempt">Which try was the last, from 1.</param>
/// <param name="By">Who had it deployed; null = nobody here knows.</param>
/// <param name="Log">The end of what its scripts have printed.</param>
/// <param name="Modules">The modules behind it.</param>
internal sealed record DeploymentRunRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("gateway")] string Gateway,
    [property: JsonPropertyName("name")] string? Name,
    [property: JsonPropertyName("place")] string? Place,
    [property: JsonPropertyName("placeId")] long? PlaceId,
    [property: JsonPropertyName("deploymentId")] string DeploymentId,
    [property: JsonPropertyName("fromVersion")] string? FromVersion,
    [property: JsonPropertyName("toVersion")] string ToVersion,
    [property: JsonPropertyName("status"), Words(typeof(DeploymentStatus))] string Status,
    [property: JsonPropertyName("lastStep"), Words(typeof(DeploymentStatus))] string? LastStep,
    [property: JsonPropertyName("result"), Words(DeploymentStatus.Completed, DeploymentStatus.Failed, DeploymentStatus.Removed)]
    string? Result,
    [property: JsonPropertyName("startedAt")] DateTime StartedAt,
    [property: JsonPropertyName("endedAt")] DateTime? EndedAt,
    [property: JsonPropertyName("seconds")] long? Seconds,
    [property: JsonPropertyName("error")] string? Error,
    [property: JsonPropertyName("attempt")] int Attempt,
    [property: JsonPropertyName("by")] string? By,
    [property: JsonPropertyName("log")] string? Log,
    [property: JsonPropertyName("modules")] IReadOnlyList<ModuleState> Modules);

/// <summary>Which deployment one gateway is to take.</summary>
internal sealed class GatewayDeployRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<GatewayDeployRequest> Fields = new(
        new TextField<GatewayDeployRequest>("deploymentId", static (r, v) => r.DeploymentId = v) { IsRequired = true });

    /// <summary>The id of the deployment.</summary>
    [JsonPropertyName("deploymentId")]
    public string? DeploymentId { get; set; }
}

/// <summary>That something was taken.</summary>
/// <param name="Message">ok.</param>
internal sealed record DeploymentMessage([property: JsonPropertyName("message")] string Message);

/// <summary>What a gateway is told, and since when.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Deployment">What it is to run.</param>
/// <param name="Timestamp">The timestamp of the notice.</param>
internal sealed record GatewayTold(
    [property: JsonPropertyName("gateway")] string Gateway,
    [property: JsonPropertyName("deployment")] NamedDeployment Deployment,
    [property: JsonPropertyName("timestamp")] DateTime Timestamp);

/// <summary>Serializers of answers, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(GatewayKey))]
[JsonSerializable(typeof(DeploymentTargetsView))]
[JsonSerializable(typeof(RolloutOfDeployment))]
[JsonSerializable(typeof(DeploymentCounts))]
[JsonSerializable(typeof(GatewayTold))]
[JsonSerializable(typeof(GatewayState))]
[JsonSerializable(typeof(List<GatewayState>))]
[JsonSerializable(typeof(IReadOnlyList<GatewayState>))]
[JsonSerializable(typeof(List<DeploymentRunRow>))]
[JsonSerializable(typeof(List<ModuleRow>))]
[JsonSerializable(typeof(ModuleRow))]
[JsonSerializable(typeof(List<ModuleType>))]
[JsonSerializable(typeof(ModuleType))]
[JsonSerializable(typeof(ModulesOfGateway))]
[JsonSerializable(typeof(DeploymentMessage))]
[JsonSerializable(typeof(IReadOnlyList<ModuleWord>))]
internal sealed partial class GatewayJson : JsonSerializerContext;
