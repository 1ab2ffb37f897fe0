using JamBox.Deployments;
using JamBox.Edge.ArduinoOta;
using JamBox.Edge.Engine;

namespace JamBox.Edge.Modules;

/// <summary>An image for modules.</summary>
/// <param name="Bytes">All of it.</param>
/// <param name="Version">The version it brings; null = the package does not say.</param>
public sealed record FirmwareImage(ReadOnlyMemory<byte> Bytes, string? Version);

/// <summary>The images of a release, each read once for all the modules that take it.</summary>
public sealed class FirmwareSet
{
    private const int MaxTypesShown = 10;

    private readonly IFiles _files;
    private readonly string _release;
    private readonly FirmwareVersions? _versions;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, FirmwareImage> _images = new(StringComparer.Ordinal);

    private FirmwareSet(IFiles files, string release, FirmwareVersions? versions)
    {
        _files = files;
        _release = release;
        _versions = versions;
    }

    /// <summary>Opens the images of a release.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="releaseFolder">Where the package is unpacked.</param>
    /// <returns>They; null when the package brings none.</returns>
    /// <exception cref="PackageException"><c>firmware/versions.json</c> cannot be read; the message says why.</exception>
    public static FirmwareSet? Open(IFiles files, string releaseFolder)
    {
        if (!files.FolderExists(PathOf(releaseFolder, PackageLayout.Firmware)))
        {
            return null;
        }

        string path = PathOf(releaseFolder, PackageLayout.FirmwareVersions);
        byte[]? json = files.FileExists(path) ? files.Read(path, FirmwareVersions.MaxBytes) : null;
        return new FirmwareSet(files, releaseFolder, json is null ? null : FirmwareVersions.Read(json));
    }

    /// <summary>The version that a module is to have.</summary>
    /// <param name="module">The module.</param>
    /// <returns>The version; null when the package does not say.</returns>
    public string? VersionFor(ModuleEntry module) => _versions?.Find(module.Connection, module.Type);

    /// <summary>Whether there is an image for a module.</summary>
    /// <param name="module">The module.</param>
    public bool Has(ModuleEntry module) => _files.FileExists(PathFor(module));

    /// <summary>The image for a module.</summary>
    /// <param name="module">One that <see cref="Has"/> said yes to.</param>
    /// <exception cref="IOException">It cannot be read, is empty, or larger than any module's flash.</exception>
    public FirmwareImage ImageFor(ModuleEntry module)
    {
        string path = PathFor(module);
        lock (_gate)
        {
            if (!_images.TryGetValue(path, out FirmwareImage? image))
            {
                byte[] bytes = _files.Read(path, OtaPush.MaxImageBytes) ?? [];
                image = bytes.Length > 0
                    ? new FirmwareImage(bytes, VersionFor(module))
                    : throw new IOException($"{PackageLayout.FirmwarePath(module.Connection, module.Type)} is empty.");
                _images.Add(path, image);
            }

            return image;
        }
    }

    /// <summary>The types that there are images for, to be named in a message.</summary>
    /// <param name="connection"><c>wired</c> or <c>wireless</c>.</param>
    public string ShownTypes(string connection)
    {
        IReadOnlyList<string> types = _files.List(PathOf(_release, $"{PackageLayout.Firmware}/{connection}"));
        string shown = string.Join(", ", types.Take(MaxTypesShown));
        return types.Count == 0 ? "none" : types.Count > MaxTypesShown ? $"{shown}, …" : shown;
    }

    private string PathFor(ModuleEntry module) => PathOf(_release, PackageLayout.FirmwarePath(module.Connection, module.Type));

    private static string PathOf(string folder, string inPackage) =>
        Path.Combine([folder, .. inPackage.Split('/')]);
}
