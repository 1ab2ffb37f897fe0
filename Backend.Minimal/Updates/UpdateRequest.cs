using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Updates;

/// <summary>What a device sends to <c>/api/ota/check</c> and <c>/api/ota/complete</c>.</summary>
internal sealed class UpdateRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<UpdateRequest> Fields = new(
        new TextField<UpdateRequest>("d device_id", static (r, v) => r.DeviceId = v),
        new TextField<UpdateRequest>("v version fw_version", static (r, v) => r.Version = v),
        new BoolField<UpdateRequest>("success", static (r, v) => r.Success = v),
        new TextField<UpdateRequest>("status", static (r, v) => r.Status = v),
        new TextField<UpdateRequest>("why error", static (r, v) => r.Why = v),
        new TextField<UpdateRequest>("p", static (r, v) => r.Profiles = v),
        new TextField<UpdateRequest>("bh", static (r, v) => r.BaseHash = v),
        new TextField<UpdateRequest>("hw", static (r, v) => r.Hardware = v),
        new NumberField<UpdateRequest>("seq", 0, int.MaxValue, static (r, v) => r.Sequence = (int)v),
        new NumberField<UpdateRequest>("id", 1, int.MaxValue, static (r, v) => r.Id = v));

    /// <summary>Device id (also <c>device_id</c>).</summary>
    [JsonPropertyName("d")]
    public string? DeviceId { get; set; }

    /// <summary>check: the version that it runs; complete: the target (also <c>version</c>, <c>fw_version</c>).</summary>
    [JsonPropertyName("v")]
    public string? Version { get; set; }

    /// <summary>complete: whether the update succeeded.</summary>
    [JsonPropertyName("success")]
    public bool? Success { get; set; }

    /// <summary>complete: success, rolled_back or failed; old fleet: success, failed_download, failed_verify or failed_apply.</summary>
    [JsonPropertyName("status")]
    public string? Status { get; set; }

    /// <summary>complete: why it failed (also <c>error</c>).</summary>
    [JsonPropertyName("why")]
    public string? Why { get; set; }

    /// <summary>check: the patch profiles that it can apply; absent in the old fleet.</summary>
    [JsonPropertyName("p")]
    public string? Profiles { get; set; }

    /// <summary>check: SHA-256 of the running image, its first 16 hex digits.</summary>
    [JsonPropertyName("bh")]
    public string? BaseHash { get; set; }

    /// <summary>check: hardware id.</summary>
    [JsonPropertyName("hw")]
    public string? Hardware { get; set; }

    /// <summary>check: sequence of the running image.</summary>
    [JsonPropertyName("seq")]
    public int? Sequence { get; set; }

    /// <summary>complete: the patch that it was offered; absent in the old fleet.</summary>
    [JsonPropertyName("id")]
    public long? Id { get; set; }

    /// <summary>Whether the update succeeded, in either's words; null = it does not say.</summary>
    [JsonIgnore]
    public bool? Succeeded => Success ?? (Status is null ? null : Status == "success");
}

/// <summary>What a device says of itself when it asks for an update.</summary>
/// <param name="DeviceId">The device, by its token.</param>
/// <param name="Hardware">Hardware id, such as <c>atoms3-nb1</c>.</param>
/// <param name="Version">The version that it runs.</param>
/// <param name="Base">SHA-256 of the image that it runs, the first 16 hex digits, lower case.</param>
/// <param name="Sequence">Sequence of that image.</param>
/// <param name="Profiles">The patch profiles that it can apply, such as <c>LHE</c>.</param>
internal sealed record DeviceReport(string DeviceId, string Hardware, string Version, string Base, int Sequence, string Profiles);

/// <summary>Serializers of updates, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(UpdateRequest))]
[JsonSerializable(typeof(UpdateOffer))]
[JsonSerializable(typeof(List<AttemptRow>))]
internal sealed partial class UpdateJson : JsonSerializerContext;
