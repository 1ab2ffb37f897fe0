using System.Security.Cryptography;
using System.Text;

using JamBox.Edge.ArduinoOta;
using JamBox.Edge.Engine;

namespace JamBox.Edge.Modules;

/// <summary>
/// The images that modules ran well with, in <c>modules/{hostname}/{version}.bin</c> of the agent's folder: what is pushed back when a
/// newer one fails. The last two of each module are kept; <c>last</c> names them, the newer one first.
/// </summary>
/// <remarks>An image has its whole name only once all of it is on the disk: power may go at any moment.</remarks>
public sealed class ImageStore
{
    private const string Ending = ".bin";
    private const string Unfinished = ".new";
    private const string LastName = "last";
    private const int MaxLastBytes = 200;
    private const int MaxVersionInName = 60;
    private const int HashBytesInName = 8;

    private readonly IFiles _files;
    private readonly string _folder;

    /// <summary>Makes it.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="stateFolder">The agent's folder.</param>
    public ImageStore(IFiles files, string stateFolder)
    {
        _files = files;
        _folder = Path.Combine(stateFolder, "modules");
    }

    /// <summary>Keeps an image that a module runs well with.</summary>
    /// <param name="hostname">The module.</param>
    /// <param name="version">Its version.</param>
    /// <param name="image">All of it.</param>
    /// <exception cref="IOException">The disk is full or broken; what was kept before is still there.</exception>
    public void Keep(string hostname, string version, ReadOnlyMemory<byte> image)
    {
        string folder = FolderOf(hostname);
        _files.CreateFolder(folder);
        string name = NameOf(version);
        Write(folder, name, image.Span);

        // Named again after a cut: what ran before it is still what ran before it.
        string[] lasts = Lasts(folder);
        string? before = lasts.FirstOrDefault(last => NameOf(last) != name);
        Write(folder, LastName, Encoding.UTF8.GetBytes(before is null ? version : $"{version}\n{before}"));
        foreach (string found in _files.List(folder))
        {
            if (found != name && found != LastName && (before is null || found != NameOf(before)))
            {
                _files.Delete(Path.Combine(folder, found));
            }
        }
    }

    /// <summary>Removes what is kept of all modules but some.</summary>
    /// <param name="hostnames">Their names.</param>
    /// <exception cref="IOException">The disk is broken.</exception>
    public void ForgetOthers(IReadOnlyCollection<string> hostnames)
    {
        HashSet<string> known = new(hostnames, StringComparer.OrdinalIgnoreCase);
        foreach (string name in _files.List(_folder).Where(name => !known.Contains(name)))
        {
            _files.DeleteTree(Path.Combine(_folder, name));
        }
    }

    /// <summary>Whether the image of a version is kept as what the module ran well with last.</summary>
    /// <param name="hostname">The module.</param>
    /// <param name="version">Its version.</param>
    /// <exception cref="IOException">The disk is broken.</exception>
    public bool IsLast(string hostname, string version)
    {
        string folder = FolderOf(hostname);
        return Lasts(folder) is [string last, ..] && last == version && _files.FileExists(Path.Combine(folder, NameOf(version)));
    }

    /// <summary>The image to go back to.</summary>
    /// <param name="hostname">The module.</param>
    /// <param name="version">The version it had; null = unknown.</param>
    /// <returns>The image of that version if it is kept, else the last one the module ran well with; null when there is none.</returns>
    /// <exception cref="IOException">The disk is broken.</exception>
    public FirmwareImage? Find(string hostname, string? version)
    {
        string folder = FolderOf(hostname);
        return (version is null ? null : Read(folder, version)) ?? (Lasts(folder) is [string last, ..] ? Read(folder, last) : null);
    }

    /// <summary>A name of a file for a version: as it is where that can be a name, else its hash.</summary>
    internal static string NameOf(string version)
    {
        bool isPlain = version.Length is > 0 and <= MaxVersionInName && char.IsAsciiLetterOrDigit(version[0])
            && version.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '+' or '_');
        byte[] hash = isPlain ? [] : SHA256.HashData(Encoding.UTF8.GetBytes(version));
        return (isPlain ? version : $"_{Convert.ToHexStringLower(hash.AsSpan(0, HashBytesInName))}") + Ending;
    }

    // Names in the network do not tell large letters from small ones.
    private string FolderOf(string hostname) => Path.Combine(_folder, hostname.ToLowerInvariant());

    private FirmwareImage? Read(string folder, string version)
    {
        string path = Path.Combine(folder, NameOf(version));
        return _files.FileExists(path) && _files.Read(path, OtaPush.MaxImageBytes) is { Length: > 0 } bytes
            ? new FirmwareImage(bytes, version)
            : null;
    }

    /// <summary>The versions that were last and before last; none, one or both.</summary>
    private string[] Lasts(string folder)
    {
        string path = Path.Combine(folder, LastName);
        return _files.FileExists(path) && _files.Read(path, MaxLastBytes) is { Length: > 0 } bytes
            ? Encoding.UTF8.GetString(bytes).Split('\n')
            : [];
    }

    private void Write(string folder, string name, ReadOnlySpan<byte> bytes)
    {
        string path = Path.Combine(folder, name);
        using (IFileWriter writer = _files.Create(path + Unfinished))
        {
            writer.Write(bytes);
            writer.Flush();
        }

        _files.Rename(path + Unfinished, path);
        _files.FlushFolder(folder);
    }
}
