using System.Globalization;

using JamBox.Backend.Storage;

namespace JamBox.Backend.Deployments;

/// <summary>
/// The files of packages: <c>ID.zip</c>, and <c>ID.part</c> while one comes. Whoever writes one holds it locked until the storage knows of
/// it, so that what a killed process has left behind can be told from what another process is at.
/// </summary>
internal sealed class PackageFolder
{
    private const string Kept = ".zip";
    private const string Coming = ".part";

    /// <summary>What must stay free on the disk: the storage may lie there too.</summary>
    private const long ReserveBytes = 64L * 1024 * 1024;

    /// <summary>Whole packages that the storage does not know, and since when.</summary>
    private readonly Dictionary<string, DateTimeOffset> _unknownSince = new(StringComparer.Ordinal);

    /// <summary>Makes it; the folder comes with the first package.</summary>
    public PackageFolder(DeploymentsOptions options, StorageOptions storage, IHostEnvironment host)
    {
        string data = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(storage.Path, host.ContentRootPath))!;
        Path = options.Folder is { Length: > 0 } folder
            ? System.IO.Path.GetFullPath(folder, host.ContentRootPath)
            : System.IO.Path.Combine(data, "deployments");
        QuotaBytes = options.QuotaMB * 1024L * 1024;
    }

    /// <summary>Where it is.</summary>
    public string Path { get; }

    /// <summary>Room for packages, bytes.</summary>
    public long QuotaBytes { get; }

    /// <summary>Begins a package: an empty file that is locked as long as the stream is open.</summary>
    /// <param name="id">Its id.</param>
    /// <exception cref="IOException">It cannot be made.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written to.</exception>
    public FileStream Begin(string id)
    {
        StorageFiles.CreateFolder(Path);
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,

            // Nobody else opens it; renamed it may be.
            Share = FileShare.Delete,
            BufferSize = 0,
            Options = FileOptions.Asynchronous,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return new FileStream(FileOf(id, Coming), options);
    }

    /// <summary>Gives a package that is whole and on the disk its name.</summary>
    public void Keep(string id)
    {
        File.Move(FileOf(id, Coming), FileOf(id, Kept));
        StorageFiles.SyncFolder(Path);
    }

    /// <summary>Opens a package.</summary>
    /// <returns>Null when its file is gone.</returns>
    public FileStream? Open(string id)
    {
        try
        {
            return new FileStream(FileOf(id, Kept), new FileStreamOptions
            {
                Mode = FileMode.Open,
                Access = FileAccess.Read,
                Share = FileShare.ReadWrite | FileShare.Delete,
                BufferSize = 0,
                Options = FileOptions.Asynchronous | FileOptions.SequentialScan,
            });
        }
        catch (Exception gone) when (gone is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>What is said of a package whose file is not there.</summary>
    public const string Gone = "The file of this deployment is not where packages are (Deployments:Folder): upload it again";

    /// <summary>Whether the file of a package is there, whole.</summary>
    public bool Has(Deployment deployment)
    {
        FileInfo file = new(FileOf(deployment.Id, Kept));
        return file.Exists && file.Length == deployment.Size;
    }

    /// <summary>Removes the file of a package that the storage knows no more; if that fails the sweep comes again.</summary>
    public void Remove(string id)
    {
        foreach (string end in new[] { Kept, Coming })
        {
            try
            {
                File.Delete(FileOf(id, end));
            }
            catch (Exception left) when (left is IOException or UnauthorizedAccessException)
            {
                // Somebody reads it, on Windows.
            }
        }
    }

    /// <summary>Bytes of packages that are coming, but for one.</summary>
    /// <param name="but">The id of that one.</param>
    public long ComingBytes(string but) =>
        new DirectoryInfo(Path).EnumerateFiles("*" + Coming).Where(file => file.Name != but + Coming).Sum(static file =>
        {
            try
            {
                return file.Length;
            }
            catch (FileNotFoundException)
            {
                return 0;
            }
        });

    /// <summary>Says what is missing on the disk for so many bytes more; null = there is room, or nobody can tell.</summary>
    public string? FindShortage(long bytes)
    {
        try
        {
            const long Mega = 1024 * 1024;
            long free = new DriveInfo(Path).AvailableFreeSpace;
            long needed = bytes + ReserveBytes;
            return free >= needed ? null : string.Create(
                CultureInfo.InvariantCulture,
                $"The disk of the server is full: {free / Mega:N0} MB are free where packages are, {needed / Mega:N0} MB are needed");
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>Removes files that the storage does not know and nobody is writing. One call at a time.</summary>
    /// <param name="isKnown">Asks the storage for an id.</param>
    /// <param name="now">The time: a whole package stays for a week though the storage does not know it, for that may be the wrong one, or
    /// an old backup to look something up.</param>
    /// <returns>How many there were.</returns>
    public async Task<int> SweepAsync(Func<string, Task<bool>> isKnown, DateTimeOffset now)
    {
        int swept = 0;
        if (!Directory.Exists(Path))
        {
            return swept;
        }

        foreach (FileInfo file in new DirectoryInfo(Path).GetFiles())
        {
            string id = System.IO.Path.GetFileNameWithoutExtension(file.Name);
            if (!GatewayText.IsDeploymentId(id) || file.Extension is not (Kept or Coming)
                || (file.Extension == Kept && !await IsUnknownForLongAsync(id, isKnown, now).ConfigureAwait(false)))
            {
                continue;
            }

            try
            {
                // Locked first, asked then: whoever writes one tells the storage before it is let go.
                using FileStream free = new(file.FullName, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                if (!await isKnown(id).ConfigureAwait(false))
                {
                    // On Windows what is open cannot be removed; then nobody but us has it open.
                    if (OperatingSystem.IsWindows())
                    {
                        free.Close();
                    }

                    file.Delete();
                    _unknownSince.Remove(id);
                    swept++;
                }
            }
            catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
            {
                // Somebody is at work there, or it has got another name since.
            }
        }

        return swept;
    }

    /// <summary>
    /// Counted from when this process first saw it unknown: its file's own time says when it was uploaded, years ago perhaps, and the wrong
    /// database stands here since a minute.
    /// </summary>
    private async Task<bool> IsUnknownForLongAsync(string id, Func<string, Task<bool>> isKnown, DateTimeOffset now)
    {
        const int DaysUnknown = 7;
        if (await isKnown(id).ConfigureAwait(false))
        {
            _unknownSince.Remove(id);
            return false;
        }

        return !_unknownSince.TryAdd(id, now) && _unknownSince[id] <= now.AddDays(-DaysUnknown);
    }

    private string FileOf(string id, string end) => System.IO.Path.Combine(Path, id + end);
}
