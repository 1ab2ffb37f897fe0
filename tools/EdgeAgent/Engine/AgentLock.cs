namespace JamBox.Edge.Engine;

/// <summary>
/// Lets one agent work in a folder. It is a lock of the system on an open file, so that it ends with the process, however that ends: no
/// number of a process that another one gets later, and nothing to clean up after a crash.
/// </summary>
public sealed class AgentLock : IDisposable
{
    private const int Eio = 5;
    private const int Enospc = 28;
    private const int Erofs = 30;
    private const UnixFileMode Owners = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly FileStream _file;

    private AgentLock(FileStream file) => _file = file;

    /// <summary>Takes the lock.</summary>
    /// <param name="folder">In which the agent is to work; made when it is not there.</param>
    /// <returns>The lock; null when another process has it.</returns>
    /// <exception cref="UnauthorizedAccessException">This user may not write there.</exception>
    /// <exception cref="IOException">It cannot be a folder, or the disk is full, broken or read-only.</exception>
    public static AgentLock? TryTake(AgentFolder folder)
    {
        Directory.CreateDirectory(folder.Root);
        KeepFromOthers(folder.Lock);
        try
        {
            FileStreamOptions options = new()
            {
                Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0,
            };
            if (!OperatingSystem.IsWindows())
            {
                // Whoever may read a file may lock it, and so keep the agent out for ever.
                options.UnixCreateMode = Owners;
            }

            return new AgentLock(new FileStream(folder.Lock, options));
        }
        catch (IOException e) when (
            e is not (FileNotFoundException or DirectoryNotFoundException)
            && (OperatingSystem.IsWindows() || e.HResult is not (Eio or Enospc or Erofs)))
        {
            return null;
        }
    }

    /// <summary>An older agent has made it for others to read. Where that cannot be changed it is as it was.</summary>
    private static void KeepFromOthers(string path)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && File.Exists(path))
            {
                File.SetUnixFileMode(path, Owners);
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not this user's file, or a file system without rights.
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
