namespace JamBox.Edge.Engine;

/// <summary>
/// The one door to the disk. Every call that changes something is one step that power may cut: tests put a shim here that ends the agent at
/// each of them. (What a script prints is written to its log without this door: to lose a line of it loses nothing.)
/// </summary>
/// <remarks>All paths are whole ones. What fails throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</remarks>
public interface IFiles
{
    /// <summary>Whether a file (or a link to one) is there.</summary>
    /// <param name="path">Of the file.</param>
    /// <returns>It is.</returns>
    bool FileExists(string path);

    /// <summary>Whether a folder (or a link to one) is there.</summary>
    /// <param name="path">Of the folder.</param>
    /// <returns>It is.</returns>
    bool FolderExists(string path);

    /// <summary>How long a file is.</summary>
    /// <param name="path">Of the file.</param>
    /// <returns>Bytes; 0 when there is none.</returns>
    long Length(string path);

    /// <summary>Reads a small file.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="maximum">Bytes; a longer one is an error.</param>
    /// <returns>What is in it, null when there is none.</returns>
    byte[]? Read(string path, int maximum);

    /// <summary>Opens a file to be read.</summary>
    /// <param name="path">Of the file.</param>
    /// <returns>A stream that can seek.</returns>
    Stream OpenRead(string path);

    /// <summary>The names in a folder.</summary>
    /// <param name="folder">Its path.</param>
    /// <returns>Names of files and folders, without the path, in ordinal order; none when there is no such folder.</returns>
    IReadOnlyList<string> List(string folder);

    /// <summary>Where a link points.</summary>
    /// <param name="path">Of the link.</param>
    /// <returns>As it was written into it; null when it is none or not there.</returns>
    string? ReadLink(string path);

    /// <summary>How much fits on the disk still.</summary>
    /// <param name="folder">One on that disk.</param>
    /// <returns>Bytes.</returns>
    long FreeSpace(string folder);

    /// <summary>Makes a folder and those above it.</summary>
    /// <param name="path">Of the folder; may be there already.</param>
    void CreateFolder(string path);

    /// <summary>Makes an empty file, or empties one that is there.</summary>
    /// <param name="path">Of the file.</param>
    /// <param name="executable">It is run later (0755 instead of 0644; ignored on Windows).</param>
    /// <param name="secret">Only its owner may read it (0600; ignored on Windows).</param>
    /// <returns>What writes into it.</returns>
    IFileWriter Create(string path, bool executable = false, bool secret = false);

    /// <summary>Opens a file to be written on.</summary>
    /// <param name="path">Of the file; made when it is not there.</param>
    /// <param name="length">What is behind this many bytes is cut off first.</param>
    /// <returns>What writes behind them.</returns>
    IFileWriter Append(string path, long length);

    /// <summary>Gives a file or folder another name, in one step; a file that has that name is replaced.</summary>
    /// <param name="from">What it is called.</param>
    /// <param name="to">What it is called then, on the same disk.</param>
    void Rename(string from, string to);

    /// <summary>Removes a file or a link, if it is there.</summary>
    /// <param name="path">Of the file.</param>
    void Delete(string path);

    /// <summary>Removes a folder that is empty, if it is there.</summary>
    /// <param name="path">Of the folder.</param>
    void DeleteFolder(string path);

    /// <summary>Makes a symbolic link.</summary>
    /// <param name="path">Of the link; nothing may be there.</param>
    /// <param name="target">Where it points.</param>
    void Link(string path, string target);

    /// <summary>Brings what was made, renamed and removed in a folder to the disk (fsync of the folder; nothing on Windows).</summary>
    /// <param name="folder">Its path.</param>
    void FlushFolder(string folder);

    /// <summary>Brings a folder and all that is in it to the disk, however many files those are.</summary>
    /// <param name="folder">Its path.</param>
    void FlushTree(string folder);
}

/// <summary>Writes into one file.</summary>
public interface IFileWriter : IDisposable
{
    /// <summary>Writes.</summary>
    /// <param name="bytes">What comes next.</param>
    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Brings all that was written to the disk (fsync).</summary>
    void Flush();
}
