namespace JamBox.Twin.Run;

/// <summary>
/// Where the databases and logs of a run go: a folder that no other run uses at the same time. A lock on a file in it says so, which the
/// system gives back however the program ends.
/// </summary>
internal sealed class RunFolder : IDisposable
{
    private const string LockName = "twin.lock";

    // The databases of many short lives: where there is a file system in RAM their commits need not wait for a disk.
    private const string InRam = "/dev/shm";

    // More twins than this at a time no PC carries.
    private const int MostAtATime = 64;

    // Between making a folder and locking it somebody else might take it for one left behind.
    private static readonly TimeSpan s_leftBehindAfter = TimeSpan.FromMinutes(10);

    private readonly FileStream _lock;
    private readonly bool _isPassing;

    private RunFolder(string path, FileStream held, bool isPassing)
    {
        Path = path;
        _lock = held;
        _isPassing = isPassing;
    }

    /// <summary>Gets its full path.</summary>
    public string Path { get; }

    /// <summary>Takes a folder whose content stays to be looked at until the next run. Runs at the same time get one each.</summary>
    /// <param name="keep">Which; <c>null</c> = one in the temporary folder.</param>
    /// <param name="name">Its name there; the second at a time has <c>-2</c> behind it, and so on.</param>
    /// <returns>The folder, to be disposed of when the run is over.</returns>
    /// <exception cref="BadInputException">It cannot be used, or another run uses it.</exception>
    public static RunFolder Lasting(string? keep, string name)
    {
        if (keep != null)
        {
            return Keep(keep);
        }

        for (int number = 1; number <= MostAtATime; number++)
        {
            string path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), number == 1 ? name : $"{name}-{number}");
            if (TryTake(path, out _) is { } held)
            {
                return new RunFolder(path, held, isPassing: false);
            }
        }

        throw new BadInputException($"{System.IO.Path.GetTempPath()} has no folder to spare: give one with --keep");
    }

    /// <summary>Takes a folder whose content goes with the run, unless somebody wants to keep it.</summary>
    /// <param name="keep">Where to keep it; <c>null</c> = nobody does.</param>
    /// <param name="name">What its name begins with else.</param>
    /// <returns>The folder, to be disposed of when the run is over.</returns>
    /// <exception cref="BadInputException">It cannot be used, or another run uses it.</exception>
    public static RunFolder Passing(string? keep, string name)
    {
        if (keep != null)
        {
            return Keep(keep);
        }

        string parent = Directory.Exists(InRam) ? InRam : System.IO.Path.GetTempPath();
        DeleteLeftBehind(parent, name);
        string path = System.IO.Path.Combine(parent, $"{name}-{Guid.NewGuid():N}");
        return TryTake(path, out string why) is { } held
            ? new RunFolder(path, held, isPassing: true)
            : throw new BadInputException($"{path}: {why}");
    }

    /// <summary>Lets others use the folder; what does not stay is deleted.</summary>
    public void Dispose()
    {
        _lock.Dispose();
        if (_isPassing)
        {
            Delete(Path);
        }
    }

    private static RunFolder Keep(string keep)
    {
        return TryTake(keep, out string why) is { } held
            ? new RunFolder(System.IO.Path.GetFullPath(keep), held, isPassing: false)
            : throw new BadInputException($"--keep {keep}: {why}");
    }

    private static FileStream? TryTake(string path, out string why)
    {
        try
        {
            Directory.CreateDirectory(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            why = e.Message;
            return null;
        }

        try
        {
            why = string.Empty;
            return new FileStream(System.IO.Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None);
        }
        catch (IOException)
        {
            why = "another twin runs in it";
        }
        catch (UnauthorizedAccessException e)
        {
            why = e.Message;
        }

        return null;
    }

    // Of runs that were killed.
    private static void DeleteLeftBehind(string parent, string name)
    {
        foreach (string path in Directory.GetDirectories(parent, name + "-*"))
        {
            try
            {
                bool isOld = DateTime.UtcNow - Directory.GetLastWriteTimeUtc(path) > s_leftBehindAfter;
                if (isOld && File.Exists(System.IO.Path.Combine(path, LockName)) && TryTake(path, out _) is { } held)
                {
                    held.Dispose();
                    Delete(path);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Somebody else's, or somebody else was quicker: not worth a word.
            }
        }
    }

    private static void Delete(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // A run that began at this moment took it for one left behind.
        }
    }
}

/// <summary>Files that the user asks for by an option.</summary>
internal static class OutputFile
{
    /// <summary>Opens one for writing: UTF-8 with plain line feeds, the same on every system.</summary>
    /// <param name="option">The option that named it.</param>
    /// <param name="path">Where.</param>
    /// <returns>The writer.</returns>
    /// <exception cref="BadInputException">It cannot be written.</exception>
    public static StreamWriter Open(string option, string path)
    {
        try
        {
            return new StreamWriter(path) { NewLine = "\n" };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new BadInputException($"{option} {path}: {e.Message}");
        }
    }

    /// <summary>Makes sure at the beginning of a run that its end can be written.</summary>
    /// <param name="option">The option that named the file.</param>
    /// <param name="path">Where; <c>null</c> = nothing is asked for.</param>
    /// <returns>The path.</returns>
    /// <exception cref="BadInputException">It cannot be written.</exception>
    public static string? Check(string option, string? path)
    {
        if (path != null)
        {
            Open(option, path).Dispose();
        }

        return path;
    }
}
