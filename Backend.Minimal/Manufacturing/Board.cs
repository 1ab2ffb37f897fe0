using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

using JamBox.Ota.Nvs;

namespace JamBox.Backend.Manufacturing;

/// <summary>A board that devices are made of.</summary>
/// <param name="Platform">The platform whose firmware it runs, such as <c>esp32c3</c>.</param>
/// <param name="Product">What its firmware is for, unless the batch says otherwise; null = the platform's only one.</param>
/// <param name="Hardware">The hardware id of its builds: a box's, whose firmware lies on a nanoCLR; null = the release is all.</param>
/// <param name="Partition">Name of the NVS partition with its identity.</param>
/// <param name="IdentityAddress">Where that lies in flash, bytes, unless its partition table says so; null = the table must say.</param>
/// <param name="NvsBytes">Its size, bytes; null = what the partition table says, else <see cref="DefaultNvsBytes"/>.</param>
/// <param name="Namespace">The namespace of a thing's identity.</param>
/// <param name="Provisioning">
/// The hardware id of the builds that set its modem up, flashed before its own (phase 1); null = it needs none.
/// </param>
internal sealed record Board(
    string Platform, string? Product, string? Hardware, string Partition, long? IdentityAddress, int? NvsBytes, string Namespace,
    string? Provisioning = null)
{
    /// <summary>The board that everybody has: the people counter's, an AtomS3 Lite with its modem.</summary>
    public const string PeopleCounter = "NB";

    /// <summary>Size of an NVS partition of which nothing else is known, bytes.</summary>
    public const int DefaultNvsBytes = IdentityImage.AtomS3Length;

    /// <summary>Name of the partition that a build lies in.</summary>
    public const string DeploymentPartition = "deploy";

    /// <summary>Where nanoFramework's tools expect it, bytes.</summary>
    public const long DeploymentAddress = 0x1B_0000;

    /// <summary>The people counter's; its partitions are those of <c>partitions_jambox_8mb.csv</c>.</summary>
    public static readonly Board People = new(
        "nano-esp32s3", null, "atoms3-nb1", "ident", 0x69_4000, null, IdentityImage.Namespace, "atoms3-nb1-prov");
}

/// <summary>A board of <c>Manufacturing:Boards:XX</c>. What is not said is as before, or as of a thing.</summary>
internal sealed class BoardSettings
{
    private const int MaxNameChars = 15;

    /// <summary>The platform whose firmware it runs, such as <c>esp32c3</c>.</summary>
    public string? Platform { get; set; }

    /// <summary>What its firmware is for, unless the batch says otherwise.</summary>
    public string? Product { get; set; }

    /// <summary>The hardware id of its builds, of boxes only.</summary>
    public string? Hardware { get; set; }

    /// <summary>The hardware id of the builds that set its modem up before, of boxes only.</summary>
    public string? Provisioning { get; set; }

    /// <summary>Name of the NVS partition with its identity, at most 15 characters; nvs unless said.</summary>
    public string? Partition { get; set; }

    /// <summary>Where that lies in flash, bytes, a multiple of 4,096; what the partition table says unless said.</summary>
    public int? IdentityAddress { get; set; }

    /// <summary>
    /// Its size, bytes, a multiple of 4,096 from 12,288 to 16,777,216; what the partition table says unless said, else 24,576.
    /// </summary>
    public int? NvsBytes { get; set; }

    /// <summary>The namespace of a thing's identity, at most 15 characters; device unless said.</summary>
    public string? Namespace { get; set; }

    /// <summary>The board that comes of it.</summary>
    /// <param name="before">The one that is changed; null = it is new.</param>
    public Board Over(Board? before) => new(
        Platform ?? before?.Platform ?? "", Product ?? before?.Product, Hardware ?? before?.Hardware,
        Partition ?? before?.Partition ?? "nvs", IdentityAddress ?? before?.IdentityAddress,
        NvsBytes ?? before?.NvsBytes, Namespace ?? before?.Namespace ?? "device", Provisioning ?? before?.Provisioning);

    /// <summary>What is wrong with it.</summary>
    /// <param name="name">Its two letters.</param>
    /// <param name="isNew">Whether there is none of that name yet.</param>
    /// <returns>Null when nothing is.</returns>
    public ValidationResult? FindFault(string name, bool isNew)
    {
        string? fault = !Regex.IsMatch(name.ToUpperInvariant(), SerialNumber.BoardPattern) ? "must be two letters"
            : isNew && Platform is null ? "needs a Platform, such as esp32c3"
            : NvsBytes is < 0x3000 or > 0x100_0000 || (NvsBytes ?? 0) % 0x1000 != 0
                ? "NvsBytes must be a multiple of 4,096 from 12,288 to 16,777,216"
            : IdentityAddress is < 0x9000 or > 0x3FF_F000 || (IdentityAddress ?? 0) % 0x1000 != 0
                ? "IdentityAddress must be a multiple of 4,096 behind the partition table"
            : IsLong(Partition) ? "Partition must have 1 to 15 characters"
            : IsLong(Namespace) ? "Namespace must have 1 to 15 characters"
            : null;
        return fault is null ? null : new ValidationResult($"'{name}' {fault}.", [nameof(ManufacturingOptions.Boards)]);
    }

    private static bool IsLong(string? text) => text is { Length: 0 or > MaxNameChars };
}
