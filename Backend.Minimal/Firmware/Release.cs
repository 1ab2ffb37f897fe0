namespace JamBox.Backend.Firmware;

/// <summary>A part of a release: what is written to one address of the flash.</summary>
/// <param name="Name">app, bootloader or partitions.</param>
/// <param name="FileId">The file that it is in.</param>
/// <param name="Start">Where it begins in the file, bytes.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Sha256">Its SHA-256, 64 lower hex digits.</param>
/// <param name="Address">Where it lies in flash.</param>
internal sealed record ReleasePart(string Name, long FileId, long Start, long Size, string Sha256, long Address)
{
    /// <summary>What a device fetches.</summary>
    public const string App = "app";

    /// <summary>The bootloader.</summary>
    public const string Bootloader = "bootloader";

    /// <summary>The partition table.</summary>
    public const string Partitions = "partitions";
}

/// <summary>A release for things.</summary>
/// <param name="Id">Its row; 0 = not kept yet.</param>
/// <param name="Product">What it is for.</param>
/// <param name="Platform">The canonical name of the chip or board.</param>
/// <param name="Environment">prod, or another one.</param>
/// <param name="Version">Its version.</param>
/// <param name="Kind">app, merged or esp8266: what was uploaded.</param>
/// <param name="Description">What is new.</param>
/// <param name="Said">What the image says of itself; null = nothing.</param>
/// <param name="UploadedBy">Name of the key, or address of the user.</param>
/// <param name="UploadedAt">Milliseconds since 1970.</param>
/// <param name="Parts">Its parts, the application first.</param>
internal sealed record Release(
    long Id, string Product, string Platform, string Environment, ReleaseVersion Version, string Kind, string? Description,
    AppDescription? Said, string UploadedBy, long UploadedAt, IReadOnlyList<ReleasePart> Parts)
{
    /// <summary>What a device fetches.</summary>
    public ReleasePart App => Parts.First(static part => part.Name == ReleasePart.App);

    /// <summary>A part of it; null = it has none of that name.</summary>
    public ReleasePart? Part(string name) => Parts.FirstOrDefault(part => part.Name == name);

    /// <summary>
    /// Whether a new chip can be flashed with it: an ESP8266 with its one image, the others with bootloader and partition table too.
    /// </summary>
    public bool HasAllParts =>
        Kind == "esp8266" || (Part(ReleasePart.Bootloader) is not null && Part(ReleasePart.Partitions) is not null);

    /// <summary>What it is called in the audit log.</summary>
    public string Title => $"{Product} {Platform} {Version.Text}" + (Environment == FirmwareText.Production ? "" : $" {Environment}");

    /// <summary>The name of the file with its application.</summary>
    public string FileName => FirmwareText.FileName(Product, Platform, Version.Text);

    /// <summary>Where devices fetch it.</summary>
    public string DownloadUrl =>
        $"/api/firmware/{Platform}?product={Uri.EscapeDataString(Product)}"
        + (Environment == FirmwareText.Production ? "" : $"&env={Environment}") + $"&version={Version.Text}";
}
