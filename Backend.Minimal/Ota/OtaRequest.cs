using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Ota;

/// <summary>What a device sends to <c>/api/ota/check</c> and <c>/api/ota/complete</c>.</summary>
internal sealed class OtaRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<OtaRequest> Fields = new(
        new TextField<OtaRequest>("d device_id", static (r, v) => r.DeviceId = v),
        new TextField<OtaRequest>("v version fw_version", static (r, v) => r.Version = v),
        new BoolField<OtaRequest>("success", static (r, v) => r.Success = v),
        new TextField<OtaRequest>("status", static (r, v) => r.Status = v),
        new TextField<OtaRequest>("why error", static (r, v) => r.Why = v),
        new TextField<OtaRequest>("p", static (r, v) => r.Profiles = v),
        new TextField<OtaRequest>("bh", static (r, v) => r.BaseHash = v),
        new TextField<OtaRequest>("hw", static (r, v) => r.Hardware = v),
        new NumberField<OtaRequest>("seq", 0, int.MaxValue, static (r, v) => r.Sequence = (int)v),
        new NumberField<OtaRequest>("id", 1, int.MaxValue, static (r, v) => r.Id = v));

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
