using System.Runtime.InteropServices;

using JamBox.Backend.Operation;

namespace JamBox.Backend.Storage;

/// <summary>The files of SQLite: for their owner's eyes alone, and with a lock that says whether a server is at work on them.</summary>
internal static class StorageFiles
{
    private const UnixFileMode OwnersFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode OwnersFolder = OwnersFile | UnixFileMode.UserExecute;

    /// <summary>What SQLite puts beside the file: log and shared memory.</summary>
    public static readonly string[] Companions = ["-wal", "-shm"];

    /// <summary>Makes a folder that only its owner may look into; one that exists stays as it is.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, OwnersFolder);
        }
    }

    /// <summary>
    /// Makes the file when it is missing, and takes the rights of everybody else away from it and from what stands beside it: token hashes
    /// are in there.
    /// </summary>
    public static void Protect(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        if (!File.Exists(path))
        {
            // SQLite gives its log the rights of the file.
            using FileStream made = new(path, new FileStreamOptions
            {
                Mode = FileMode.OpenOrCreate,
                Access = FileAccess.Write,
                Share = FileShare.ReadWrite,
                UnixCreateMode = OwnersFile,
            });
        }

        foreach (string file in Companions.Select(companion => path + companion).Prepend(path).Where(File.Exists))
        {
            if (File.GetUnixFileMode(file) != OwnersFile)
            {
                File.SetUnixFileMode(file, OwnersFile);
            }
        }
    }

    /// <summary>Says that a server is at work on the file, as long as the lock is not disposed. Several may be.</summary>
    public static FileStream LockShared(string path) => new(LockPath(path), FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite);

    /// <summary>Keeps servers away from the file.</summary>
    /// <exception cref="StartupException">One is at work.</exception>
    public static FileStream LockAlone(string path)
    {
        try
        {
            return new FileStream(LockPath(path), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(LockPath(path)))
        {
            throw new StartupException("Storage:Path", $"a server is running on {path}; stop it first.");
        }
    }

    /// <summary>Lets what was renamed in a folder survive the power.</summary>
    public static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        int descriptor = Open(folder, 0);
        if (descriptor >= 0)
        {
            _ = Sync(descriptor);
            _ = Close(descriptor);
        }
    }

    private static string LockPath(string path) => path + ".lock";

    [DllImport("libc", EntryPoint = "open", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", EntryPoint = "fsync", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Sync(int descriptor);

    [DllImport("libc", EntryPoint = "close", ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Close(int descriptor);
}
