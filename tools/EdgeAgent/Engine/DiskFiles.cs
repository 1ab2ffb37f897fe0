using System.Runtime.InteropServices;

namespace JamBox.Edge.Engine;

/// <summary>The disk of this computer.</summary>
public sealed partial class DiskFiles : IFiles
{
    private const UnixFileMode Plain = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const UnixFileMode Executable =
        Plain | UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;

    private const UnixFileMode Secret = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <inheritdoc/>
    public bool FileExists(string path) => File.Exists(path);

    /// <inheritdoc/>
    public bool FolderExists(string path) => Directory.Exists(path);

    /// <inheritdoc/>
    public long Length(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : 0;

    /// <inheritdoc/>
    public byte[]? Read(string path, int maximum)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (file.Length > maximum)
        {
            throw new IOException($"{path}: has {file.Length} bytes; at most {maximum} are read");
        }

        byte[] bytes = new byte[file.Length];
        file.ReadExactly(bytes);
        return bytes;
    }

    /// <inheritdoc/>
    public Stream OpenRead(string path) =>
        new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);

    /// <inheritdoc/>
    public IReadOnlyList<string> List(string folder)
    {
        if (!Directory.Exists(folder))
        {
            return [];
        }

        string[] names = [.. Directory.EnumerateFileSystemEntries(folder).Select(static path => Path.GetFileName(path))];
        Array.Sort(names, StringComparer.Ordinal);
        return names;
    }

    /// <inheritdoc/>
    public string? ReadLink(string path)
    {
        try
        {
            return new FileInfo(path).LinkTarget;
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <inheritdoc/>
    public long FreeSpace(string folder) => new DriveInfo(folder).AvailableFreeSpace;

    /// <inheritdoc/>
    public void CreateFolder(string path) => Directory.CreateDirectory(path);

    /// <inheritdoc/>
    public IFileWriter Create(string path, bool executable = false, bool secret = false)
    {
        // A file that is there keeps its rights, so it goes first: a secret must at no time be one that others can read.
        File.Delete(path);
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = FileShare.Read,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = secret ? Secret : executable ? Executable : Plain;
        }

        FileStream file = new(path, options);
        if (executable && !OperatingSystem.IsWindows())
        {
            // Whatever the umask took away: what is run must be readable by those who run it.
            File.SetUnixFileMode(file.SafeFileHandle, Executable);
        }

        return new DiskWriter(file);
    }

    /// <inheritdoc/>
    public IFileWriter Append(string path, long length)
    {
        FileStream file = new(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, bufferSize: 0);
        try
        {
            if (file.Length > length)
            {
                file.SetLength(length);
            }

            file.Position = file.Length;
            return new DiskWriter(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Rename(string from, string to)
    {
        if (OperatingSystem.IsWindows())
        {
            if (Directory.Exists(from) && ReadLink(from) is null)
            {
                Directory.Move(from, to);
            }
            else
            {
                File.Move(from, to, overwrite: true);
            }

            return;
        }

        // Not File.Move: it follows neither links to folders nor does it replace in one step on every path it takes.
        if (RenameNative(from, to) != 0)
        {
            throw Fault($"'{from}' could not be renamed to '{to}'");
        }
    }

    /// <inheritdoc/>
    public void Delete(string path)
    {
        if (OperatingSystem.IsWindows() && Directory.Exists(path))
        {
            // A junction.
            Directory.Delete(path, recursive: false);
            return;
        }

        File.Delete(path);
    }

    /// <inheritdoc/>
    public void DeleteFolder(string path)
    {
        if (Directory.Exists(path))
        {
            Directory.Delete(path, recursive: false);
        }
    }

    /// <inheritdoc/>
    public void Link(string path, string target) => Directory.CreateSymbolicLink(path, target);

    /// <inheritdoc/>
    public void FlushFolder(string folder)
    {
        if (!OperatingSystem.IsWindows())
        {
            Flush(folder, Sync);
        }
    }

    /// <inheritdoc/>
    public void FlushTree(string folder)
    {
        if (OperatingSystem.IsLinux())
        {
            // One call for the file system: an fsync for each of 20,000 files takes minutes on a card.
            Flush(folder, SyncFileSystem);
            return;
        }

        foreach (string path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite);
            file.Flush(flushToDisk: true);
        }

        if (!OperatingSystem.IsWindows())
        {
            foreach (string path in Directory.EnumerateDirectories(folder, "*", SearchOption.AllDirectories))
            {
                Flush(path, Sync);
            }

            Flush(folder, Sync);
        }
    }

    private static void Flush(string folder, Func<int, int> flush)
    {
        int handle = Open(folder, 0);
        if (handle < 0)
        {
            throw Fault($"'{folder}' could not be opened");
        }

        try
        {
            if (flush(handle) != 0)
            {
                throw Fault($"'{folder}' could not be brought to the disk");
            }
        }
        finally
        {
            _ = Close(handle);
        }
    }

    private static IOException Fault(string what)
    {
        int error = Marshal.GetLastPInvokeError();
        return new IOException($"{what}: {Marshal.GetPInvokeErrorMessage(error)}", error);
    }

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameNative(string from, string to);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Sync(int handle);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFileSystem(int handle);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int handle);

    private sealed class DiskWriter(FileStream file) : IFileWriter
    {
        public void Write(ReadOnlySpan<byte> bytes) => file.Write(bytes);

        public void Flush() => file.Flush(flushToDisk: true);

        public void Dispose() => file.Dispose();
    }
}
