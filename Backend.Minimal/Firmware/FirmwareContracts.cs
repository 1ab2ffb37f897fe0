using System.Text.Json.Serialization;

using JamBox.Backend.Devices;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Firmware;

/// <summary>The answer to an upload, as the old server gave it.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">What was done.</param>
/// <param name="VersionInfo">What was kept.</param>
internal sealed record UploadAnswer(
    [property: JsonPropertyName("success")] bool Success,
    [property: JsonPropertyName("message")] string Message,
    [property: JsonPropertyName("version_info")] VersionInfo VersionInfo);

/// <summary>A release as the old server described it.</summary>
/// <param name="Product">What it is for.</param>
/// <param name="Platform">The canonical name of the platform.</param>
/// <param name="Environment">prod, or another one.</param>
/// <param name="Version">Its version.</param>
/// <param name="FileName">The name of its file.</param>
/// <param name="Size">Bytes that a device fetches.</param>
/// <param name="Sha256">Their SHA-256, 64 lower hex digits.</param>
/// <param name="UploadedAt">When it came.</param>
/// <param name="DownloadUrl">Where devices fetch it.</param>
/// <param name="Description">What is new.</param>
internal sealed record VersionInfo(
    [property: JsonPropertyName("product")] string Product,
    [property: JsonPropertyName("platform")] string Platform,
    [property: JsonPropertyName("env")] string Environment,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("filename")] string FileName,
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("sha256")] string Sha256,
    [property: JsonPropertyName("uploaded_at")] DateTime UploadedAt,
    [property: JsonPropertyName("download_url")] string DownloadUrl,
    [property: JsonPropertyName("description")] string? Description)
{
    /// <summary>Describes a release.</summary>
    public static VersionInfo Of(Release release) => new(
        release.Product, release.Platform, release.Environment, release.Version.Text, release.FileName, release.App.Size,
        release.App.Sha256, DateTime.UnixEpoch.AddMilliseconds(release.UploadedAt), release.DownloadUrl, release.Description);
}

/// <summary>The newest firmware of everything.</summary>
/// <param name="Status">Always ok.</param>
/// <param name="Versions">The newest release of each product, platform and environment.</param>
internal sealed record FirmwareStatus(
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("versions")] IReadOnlyList<VersionInfo> Versions);

/// <summary>A release for things as it is listed.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Product">What it is for.</param>
/// <param name="Platform">The canonical name of the platform.</param>
/// <param name="Environment">prod, or another one.</param>
/// <param name="Version">Its version.</param>
/// <param name="Kind">What was uploaded: an application, a merged image, or the image of an ESP8266.</param>
/// <param name="Size">Bytes that a device fetches.</param>
/// <param name="Sha256">Their SHA-256, 64 lower hex digits.</param>
/// <param name="Project">The project, as the image says; null = it says nothing.</param>
/// <param name="AppVersion">The version, as the image says.</param>
/// <param name="IdfVersion">The ESP-IDF that it was built with, as the image says.</param>
/// <param name="Description">What is new.</param>
/// <param name="UploadedBy">Name of the key, or address of the user.</param>
/// <param name="UploadedAt">When it came.</param>
/// <param name="IsNewest">Whether it is the newest of its product, platform and environment.</param>
/// <param name="HasAllParts">Whether a new chip can be flashed with it: bootloader and partition table are there, where it needs
/// them.</param>
/// <param name="Parts">Its parts.</param>
internal sealed record ReleaseRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("product")] string Product,
    [property: JsonPropertyName("platform")] string Platform,
    [property: JsonPropertyName("env")] string Environment,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("kind"), Words("app", "merged", "esp8266")] string Kind,
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("sha256")] string Sha256,
    [property: JsonPropertyName("project")] string? Project,
    [property: JsonPropertyName("app_version")] string? AppVersion,
    [property: JsonPropertyName("idf_version")] string? IdfVersion,
    [property: JsonPropertyName("description")] string? Description,
    [property: JsonPropertyName("uploaded_by")] string UploadedBy,
    [property: JsonPropertyName("uploaded_at")] DateTime UploadedAt,
    [property: JsonPropertyName("is_newest")] bool IsNewest,
    [property: JsonPropertyName("has_all_parts")] bool HasAllParts,
    [property: JsonPropertyName("parts")] IReadOnlyList<PartRow> Parts)
{
    /// <summary>Makes the row of a release.</summary>
    public static ReleaseRow Of(Release r, bool isNewest) => new(
        r.Id, r.Product, r.Platform, r.Environment, r.Version.Text, r.Kind, r.App.Size, r.App.Sha256, r.Said?.Project, r.Said?.Version,
        r.Said?.IdfVersion, r.Description, r.UploadedBy, DateTime.UnixEpoch.AddMilliseconds(r.UploadedAt), isNewest, r.HasAllParts,
        [.. r.Parts.Select(static part => new PartRow(part.Name, part.Size, part.Sha256, part.Address))]);
}

/// <summary>A part of a release.</summary>
/// <param name="Part">Which.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Sha256">Its SHA-256, 64 lower hex digits.</param>
/// <param name="Address">Where it lies in flash.</param>
internal sealed record PartRow(
    [property: JsonPropertyName("part"), Words("app", "bootloader", "partitions")] string Part,
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("sha256")] string Sha256,
    [property: JsonPropertyName("address")] long Address);

/// <summary>A platform.</summary>
/// <param name="Name">Its canonical name.</param>
/// <param name="ChipFamily">The family as ESP Web Tools calls it.</param>
/// <param name="BootloaderOffset">Where the bootloader lies in flash.</param>
/// <param name="TableOffset">Where the partition table lies in flash.</param>
/// <param name="AppOffset">Where the application lies in flash.</param>
/// <param name="Aliases">Other names for it, which uploads must not use.</param>
/// <param name="Boards">What devices call their board when they run it.</param>
internal sealed record PlatformRow(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("chip_family")] string ChipFamily,
    [property: JsonPropertyName("bootloader_offset")] long BootloaderOffset,
    [property: JsonPropertyName("table_offset")] long TableOffset,
    [property: JsonPropertyName("app_offset")] long AppOffset,
    [property: JsonPropertyName("aliases")] IReadOnlyList<string> Aliases,
    [property: JsonPropertyName("boards")] IReadOnlyList<string> Boards)
{
    /// <summary>Makes the row of a platform.</summary>
    public static PlatformRow Of(Platform p) =>
        new(p.Name, p.ChipFamily, p.BootloaderOffset, p.TableOffset, p.AppOffset, p.Aliases, p.Boards);
}

/// <summary>Who fetched what.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="At">When.</param>
/// <param name="Who">Name of the key, address of the user, or the device.</param>
/// <param name="Via">How.</param>
/// <param name="Product">What it is for.</param>
/// <param name="Platform">The canonical name of the platform.</param>
/// <param name="Environment">prod, or another one.</param>
/// <param name="Version">Its version.</param>
/// <param name="Part">Which part.</param>
/// <param name="Address">From where.</param>
/// <param name="Agent">With what, as it says itself.</param>
internal sealed record DownloadRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("at")] DateTime At,
    [property: JsonPropertyName("who")] string Who,
    [property: JsonPropertyName("via"), Words("key", "user", "device", "link", "alias")] string Via,
    [property: JsonPropertyName("product")] string Product,
    [property: JsonPropertyName("platform")] string Platform,
    [property: JsonPropertyName("env")] string Environment,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("part"), Words("app", "bootloader", "partitions")] string Part,
    [property: JsonPropertyName("address")] string? Address,
    [property: JsonPropertyName("agent")] string? Agent);

/// <summary>The version that a device is to run.</summary>
internal sealed class PinChange
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<PinChange> Fields = new(
        new TextField<PinChange>("version target_version pinned_version", static (c, v) => c.Version = v) { IsRequired = true });

    /// <summary>The version; it need not be one that is known.</summary>
    [JsonPropertyName("version")]
    public string? Version { get; set; }
}

/// <summary>What a device is pinned to.</summary>
/// <param name="Success">Always true.</param>
/// <param name="DeviceId">The device.</param>
/// <param name="PinnedVersion">The version; null = none any more.</param>
internal sealed record PinAnswer(
    [property: JsonPropertyName("success")] bool Success,
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("pinned_version")] string? PinnedVersion);

/// <summary>A device that is kept at a version.</summary>
/// <param name="DeviceId">The device.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Product">What its firmware is for.</param>
/// <param name="PinnedVersion">The version that it is offered, and no other.</param>
/// <param name="FirmwareVersion">The version that it last named; null = it has named none.</param>
/// <param name="PinnedBy">Name of the key, or address of the user.</param>
/// <param name="PinnedAt">Since when.</param>
internal sealed record PinRow(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("kind"), Words(DeviceKind.Box, DeviceKind.Thing, DeviceKind.Gateway)] string Kind,
    [property: JsonPropertyName("product")] string? Product,
    [property: JsonPropertyName("pinned_version")] string PinnedVersion,
    [property: JsonPropertyName("firmware_version")] string? FirmwareVersion,
    [property: JsonPropertyName("pinned_by")] string PinnedBy,
    [property: JsonPropertyName("pinned_at")] DateTime PinnedAt);

/// <summary>Serializers of firmware for things, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(UploadAnswer))]
[JsonSerializable(typeof(FirmwareStatus))]
[JsonSerializable(typeof(List<ReleaseRow>))]
[JsonSerializable(typeof(List<PlatformRow>))]
[JsonSerializable(typeof(List<DownloadRow>))]
[JsonSerializable(typeof(PinAnswer))]
[JsonSerializable(typeof(List<PinRow>))]
[JsonSerializable(typeof(LinkAnswer))]
[JsonSerializable(typeof(WebToolsManifest))]
[JsonSerializable(typeof(List<UpdateSessionRow>))]
[JsonSerializable(typeof(SessionStats))]
[JsonSerializable(typeof(SessionAnswer))]
[JsonSerializable(typeof(List<MirrorRow>))]
[JsonSerializable(typeof(MirrorRow))]
[JsonSerializable(typeof(MirrorStatus))]
internal sealed partial class FirmwareJson : JsonSerializerContext;
