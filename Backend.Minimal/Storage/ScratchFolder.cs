namespace JamBox.Backend.Storage;

/// <summary>
/// A folder for a while, for nobody else to read: what is in it holds hashes of tokens and keys. It goes with its owner; what a killed
/// process left behind goes when the next one starts. A lock, which dies with its process, tells the two apart.
/// </summary>
internal sealed class ScratchFolder : IDisposable
{
    /// <summary>What the names of all of them begin with.</summary>
    public const string Prefix = "jambox-scratch-";
    private const string LockName = "lock";

    /// <summary>A folder whose owner has not come to its lock after this time has none.</summary>
    private static readonly TimeSpan s_orphaned = TimeSpan.FromMinutes(1);

    private readonly string _folder;
    private readonly FileStream _lock;

    private ScratchFolder(string folder, FileStream @lock)
    {
        _folder = folder;
        _lock = @lock;
    }

    /// <summary>Makes one.</summary>
    /// <param name="parent">The folder that it is made in.</param>
    /// <exception cref="ScratchException">There is no room, or no such folder.</exception>
    public static ScratchFolder Make(string parent) => ScratchException.Guard(parent, () =>
    {
        string folder = System.IO.Path.Combine(parent, Prefix + System.IO.Path.GetRandomFileName());
        StorageFiles.CreateFolder(folder);
        return new ScratchFolder(
            folder, new FileStream(System.IO.Path.Combine(folder, LockName), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None));
    });

    /// <summary>Removes what killed processes left behind.</summary>
    /// <param name="parent">Where they made it.</param>
    /// <returns>How many there were.</returns>
    public static int Sweep(string parent)
    {
        int swept = 0;
        foreach (DirectoryInfo folder in new DirectoryInfo(parent).EnumerateDirectories(Prefix + "*"))
        {
            try
            {
                if (folder.LinkTarget is null && IsOrphan(folder))
                {
                    folder.Delete(recursive: true);
                    swept++;
                }
            }
            catch (Exception notOurs) when (notOurs is IOException or UnauthorizedAccessException)
            {
                // Somebody is at work there, or it is another user's.
            }
        }

        return swept;
    }

    /// <summary>The path of a file in it.</summary>
    public string File(string name) => System.IO.Path.Combine(_folder, name);

    /// <inheritdoc/>
    public void Dispose()
    {
        _lock.Dispose();
        try
        {
            Directory.Delete(_folder, recursive: true);
        }
        catch (Exception left) when (left is IOException or UnauthorizedAccessException)
        {
            // The next start tries again.
        }
    }

    private static bool IsOrphan(DirectoryInfo folder)
    {
        string path = System.IO.Path.Combine(folder.FullName, LockName);
        if (!System.IO.File.Exists(path))
        {
            return DateTime.UtcNow - folder.CreationTimeUtc > s_orphaned;
        }

        using FileStream free = new(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        return true;
    }
}

/// <summary>
/// Where scratch folders are that need not lie beside the data: the system's folder for temporary files, which TMPDIR moves.
/// </summary>
/// <param name="Path">Its path.</param>
internal sealed record TemporaryFolder(string Path)
{
    /// <summary>The one of this process.</summary>
    public static TemporaryFolder OfSystem => new(System.IO.Path.GetTempPath());
}

/// <summary>There is no room for what is needed for a while.</summary>
internal sealed class ScratchException : Exception
{
    private ScratchException(string folder, IOException reason)
        : base(
            $"{folder}, the folder for temporary files, is full or cannot be written to: make room, or set TMPDIR. {reason.Message}",
            reason)
    {
    }

    /// <summary>Does something with a file of ours.</summary>
    /// <param name="folder">The folder that the file is in, for the message.</param>
    /// <param name="work">What is done.</param>
    /// <exception cref="ScratchException">It could not be done.</exception>
    public static T Guard<T>(string folder, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (IOException reason)
        {
            throw new ScratchException(folder, reason);
        }
    }
}
