using JamBox.Bench.CommandLine;
using JamBox.Deployments;

namespace JamBox.Bench.Deployments;

/// <summary>
/// Gathers what goes into a package. Folders are taken whole, by ordinal order, and links in them are refused, not followed.
/// </summary>
/// <param name="builder">The package.</param>
internal sealed class PackageSources(PackageBuilder builder)
{
    private const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    /// <summary>Adds a file.</summary>
    /// <param name="option">Where it was named.</param>
    /// <param name="path">Where it goes.</param>
    /// <param name="file">Where it lies.</param>
    /// <exception cref="BenchException">It is not there, or is none.</exception>
    public void AddFile(string option, string path, string file)
    {
        var info = new FileInfo(file);
        if (!info.Exists)
        {
            throw new BenchException(
                $"{option} {file}: {(Directory.Exists(file) ? "is a folder; a file is needed" : "there is no such file")}",
                ExitCode.BadInput);
        }

        Add(option, path, info);
    }

    /// <summary>Adds all files of a folder.</summary>
    /// <param name="option">Where it was named.</param>
    /// <param name="prefix">What their paths begin with; empty, or with <c>/</c> at its end.</param>
    /// <param name="folder">The folder.</param>
    /// <exception cref="BenchException">It is not there, empty, or has something in it that is no file.</exception>
    public void AddFolder(string option, string prefix, string folder)
    {
        var root = new DirectoryInfo(folder);
        if (!root.Exists)
        {
            throw new BenchException($"{option} {folder}: there is no such folder", ExitCode.BadInput);
        }

        int before = builder.Count;
        AddFolder(option, prefix, root);
        if (builder.Count == before)
        {
            throw new BenchException($"{option} {folder}: is empty", ExitCode.BadInput);
        }
    }

    /// <summary>Adds the images of modules: each must have a version, and each version an image.</summary>
    /// <param name="option">Where it was named.</param>
    /// <param name="folder">The folder with <c>versions.json</c>, <c>wired</c> and <c>wireless</c>.</param>
    /// <exception cref="BenchException">It is another kind of folder.</exception>
    /// <exception cref="PackageException"><c>versions.json</c> is wrong.</exception>
    public void AddFirmware(string option, string folder)
    {
        string versionsFile = Path.Combine(folder, "versions.json");
        if (!File.Exists(versionsFile))
        {
            throw new BenchException(
                $"{option} {folder}: there is no versions.json in it, such as "
                + "{\"wired\":{\"relay\":\"2.0.1\"},\"wireless\":{\"sensor\":\"1.4.0\"}}", ExitCode.BadInput);
        }

        if (new FileInfo(versionsFile).Length > FirmwareVersions.MaxBytes)
        {
            throw new BenchException($"{option} {versionsFile}: is larger than {FirmwareVersions.MaxBytes} bytes", ExitCode.BadInput);
        }

        var versions = FirmwareVersions.Read(File.ReadAllBytes(versionsFile));
        foreach (string sub in Directory.GetDirectories(folder).Select(static path => Path.GetFileName(path)!))
        {
            if (!PackageLayout.Connections.Contains(sub))
            {
                throw new BenchException(
                    $"{option} {folder}: has a folder {PackagePath.Shown(sub)}; below it there are "
                    + $"{string.Join(" and ", PackageLayout.Connections)} only",
                    ExitCode.BadInput);
            }
        }

        string[] images = [.. PackageLayout.Connections.SelectMany(connection => Images(folder, connection))];
        foreach (string image in images)
        {
            string[] parts = image.Split('/');
            var file = new FileInfo(Path.Combine(folder, parts[0], parts[1], "firmware.bin"));
            if (!file.Exists || file.Length == 0)
            {
                throw new BenchException($"{option} {folder}: {image} has no firmware.bin, or an empty one", ExitCode.BadInput);
            }

            if (versions.Find(parts[0], parts[1]) is null)
            {
                throw new BenchException(
                    $"{option} {folder}: versions.json has no version of {image}, so that nobody could tell whether a module runs it",
                    ExitCode.BadInput);
            }
        }

        foreach ((string connection, string type, _) in versions.All())
        {
            string[] ways = connection.Length == 0 ? [.. PackageLayout.Connections] : [connection];
            if (!ways.Any(way => images.Contains($"{way}/{type}")))
            {
                string shown = PackagePath.Shown(type);
                throw new BenchException(
                    $"{option} {folder}: versions.json names {shown}, and there is no {string.Join('|', ways)}/{shown}/firmware.bin",
                    ExitCode.BadInput);
            }
        }

        AddFolder(option, PackageLayout.Firmware + "/", folder);
    }

    private static IEnumerable<string> Images(string folder, string connection)
    {
        var root = new DirectoryInfo(Path.Combine(folder, connection));
        return root.Exists ? root.GetDirectories().Select(type => $"{connection}/{type.Name}") : [];
    }

    private void AddFolder(string option, string prefix, DirectoryInfo folder)
    {
        foreach (FileSystemInfo entry in folder.GetFileSystemInfos().OrderBy(static entry => entry.Name, StringComparer.Ordinal))
        {
            if (entry.LinkTarget is not null)
            {
                throw new BenchException(
                    $"{option} {entry.FullName}: is a link, and a package has files only: put a copy there", ExitCode.BadInput);
            }

            if (entry is DirectoryInfo sub)
            {
                AddFolder(option, $"{prefix}{sub.Name}/", sub);
            }
            else
            {
                Add(option, prefix + entry.Name, (FileInfo)entry);
            }
        }
    }

    /// <summary>What has secrets by its name: a package is read by whoever holds a gateway's key.</summary>
    private static bool IsSecret(string name) =>
        name.Equals(".env", StringComparison.OrdinalIgnoreCase) || name.StartsWith(".env.", StringComparison.OrdinalIgnoreCase)
        || name.EndsWith(".key", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".secrets", StringComparison.OrdinalIgnoreCase)
        || name is ".netrc" or ".npmrc" or ".git-credentials" or "id_rsa" or "id_ecdsa" or "id_ed25519";

    private void Add(string option, string path, FileInfo file)
    {
        if (IsSecret(file.Name))
        {
            throw new BenchException(
                $"{option} {file.FullName}: has secrets by its name, and a package is no place for them: put them on the gateway itself",
                ExitCode.BadInput);
        }

        // A pipe would be read for ever.
        if ((file.Attributes & (FileAttributes.Device | FileAttributes.ReparsePoint)) != 0)
        {
            throw new BenchException($"{option} {file.FullName}: is no plain file", ExitCode.BadInput);
        }

        bool isMarked = OperatingSystem.IsWindows()
            ? path.EndsWith(".sh", StringComparison.OrdinalIgnoreCase)
            : (file.UnixFileMode & Execute) != 0;
        bool isExecutable = PackageLayout.IsProgram(path) || isMarked;
        builder.AddFile(path, file.FullName, isExecutable);
    }
}
