using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Deployments;

/// <summary>The answer to an upload; its first members are those of the old server.</summary>
/// <param name="Id">The deployment: a UUID in small letters.</param>
/// <param name="Version">Its version.</param>
/// <param name="Filename">The name of its file.</param>
/// <param name="Size">Bytes of the file.</param>
/// <param name="Sha256">Their SHA-256, 64 lower hex digits.</param>
/// <param name="DownloadUrl">Where it is fetched.</param>
/// <param name="UploadedAt">When it came.</param>
/// <param name="Signed">Whose signature it has: that of a release key, of another key, or none.</param>
/// <param name="KeyId">The id of the key that signed it; null = none did.</param>
/// <param name="Published">Whether gateways are told of it.</param>
/// <param name="PublishError">Why they are not, though that was asked for: it is stored all the same.</param>
internal sealed record DeploymentUploaded(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("filename")] string Filename,
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("sha256")] string Sha256,
    [property: JsonPropertyName("downloadUrl")] string DownloadUrl,
    [property: JsonPropertyName("uploadedAt")] DateTime UploadedAt,
    [property: JsonPropertyName("signed"), Words("release", "other", "none")] string Signed,
    [property: JsonPropertyName("keyId")] string? KeyId,
    [property: JsonPropertyName("published")] bool Published,
    [property: JsonPropertyName("publishError")] string? PublishError)
{
    /// <summary>Describes what came of an upload.</summary>
    public static DeploymentUploaded Of(UploadedPackage uploaded)
    {
        Deployment d = uploaded.Deployment;
        return new DeploymentUploaded(
            d.Id, d.Version, d.Filename, d.Size, d.Sha256, d.DownloadUrl, DateTime.UnixEpoch.AddMilliseconds(d.UploadedAt), d.Signed,
            d.KeyId, uploaded.IsPublished, uploaded.PublishError);
    }
}

/// <summary>A deployment as it is listed.</summary>
/// <param name="Id">A UUID in small letters.</param>
/// <param name="Version">Its version.</param>
/// <param name="Filename">The name of its file.</param>
/// <param name="Size">Bytes of the file.</param>
/// <param name="Sha256">Their SHA-256, 64 lower hex digits.</param>
/// <param name="DownloadUrl">Where it is fetched.</param>
/// <param name="UploadedAt">When it came.</param>
/// <param name="UploadedBy">Name of the key, or address of the user.</param>
/// <param name="Signed">Whose signature it had when it came: that of a release key, of another key, or none.</param>
/// <param name="KeyId">The id of the key that signed it; null = none did.</param>
/// <param name="Files">Files in it.</param>
/// <param name="UnpackedSize">Bytes of its files, unpacked.</param>
/// <param name="Published">Whether gateways were told of it.</param>
/// <param name="PublishedAt">When they were last.</param>
/// <param name="Rollout">How it goes to them; null = they were never told.</param>
/// <param name="Counts">How many gateways are how far; of the caller's places.</param>
/// <param name="Gateways">Each of them; null in lists.</param>
/// <param name="HasFile">Whether its file is there to be fetched: false after a restore without the folder of packages.</param>
internal sealed record DeploymentRow(
    [property: JsonPropertyName("id")] string Id,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("filename")] string Filename,
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("sha256")] string Sha256,
    [property: JsonPropertyName("downloadUrl")] string DownloadUrl,
    [property: JsonPropertyName("uploadedAt")] DateTime UploadedAt,
    [property: JsonPropertyName("uploadedBy")] string UploadedBy,
    [property: JsonPropertyName("signed"), Words("release", "other", "none")] string Signed,
    [property: JsonPropertyName("keyId")] string? KeyId,
    [property: JsonPropertyName("files")] int Files,
    [property: JsonPropertyName("unpackedSize")] long UnpackedSize,
    [property: JsonPropertyName("published")] bool Published,
    [property: JsonPropertyName("publishedAt")] DateTime? PublishedAt,
    [property: JsonPropertyName("rollout")] RolloutOfDeployment? Rollout,
    [property: JsonPropertyName("counts")] DeploymentCounts Counts,
    [property: JsonPropertyName("gateways")] IReadOnlyList<GatewayState>? Gateways,
    [property: JsonPropertyName("hasFile")] bool HasFile = true)
{
    /// <summary>Describes a deployment.</summary>
    public static DeploymentRow Of(
        Deployment d, RolloutOfDeployment? rollout, DeploymentCounts counts, IReadOnlyList<GatewayState>? gateways = null) =>
        new(
            d.Id, d.Version, d.Filename, d.Size, d.Sha256, d.DownloadUrl, DateTime.UnixEpoch.AddMilliseconds(d.UploadedAt), d.UploadedBy,
            d.Signed, d.KeyId, d.Files, d.UnpackedSize, rollout is not null, rollout?.StartedAt, rollout, counts, gateways);
}

/// <summary>How much room there is for packages.</summary>
/// <param name="QuotaBytes">Room in all (<c>Deployments:QuotaMB</c>).</param>
/// <param name="UsedBytes">What packages take of it.</param>
/// <param name="KeepNewest">How many packages that nobody needs are kept; 0 = all.</param>
internal sealed record DeploymentQuota(
    [property: JsonPropertyName("quotaBytes")] long QuotaBytes,
    [property: JsonPropertyName("usedBytes")] long UsedBytes,
    [property: JsonPropertyName("keepNewest")] int KeepNewest);

/// <summary>Serializers of packages, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(DeploymentUploaded))]
[JsonSerializable(typeof(DeploymentRow))]
[JsonSerializable(typeof(List<DeploymentRow>))]
[JsonSerializable(typeof(DeploymentQuota))]
internal sealed partial class DeploymentJson : JsonSerializerContext;
