using System.Buffers;
using System.Security.Cryptography;

namespace JamBox.Edge.Engine;

/// <summary>What is made of the few calls of <see cref="IFiles"/>.</summary>
public static class FilesExtensions
{
    private const int BufferBytes = 80 * 1024;

    /// <summary>Replaces a small file: afterwards, and after any loss of power, it is the old one or the new one, whole.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="path">Of the file.</param>
    /// <param name="bytes">What it is to hold.</param>
    /// <param name="secret">Only its owner may read it.</param>
    public static void Replace(this IFiles files, string path, ReadOnlySpan<byte> bytes, bool secret = false)
    {
        string next = path + ".new";
        using (IFileWriter writer = files.Create(next, executable: false, secret))
        {
            writer.Write(bytes);
            writer.Flush();
        }

        files.Rename(next, path);
        files.FlushFolder(Path.GetDirectoryName(path)!);
    }

    /// <summary>Removes a folder with all that is in it. Links in it are removed, not followed.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="folder">Its path; need not be there.</param>
    public static void DeleteTree(this IFiles files, string folder)
    {
        foreach (string name in files.List(folder))
        {
            string path = Path.Combine(folder, name);
            if (files.ReadLink(path) is null && files.FolderExists(path))
            {
                files.DeleteTree(path);
            }
            else
            {
                files.Delete(path);
            }
        }

        files.DeleteFolder(folder);
    }

    /// <summary>Copies a file and brings the copy to the disk.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="from">What is copied.</param>
    /// <param name="to">The copy; replaced when it is there, not in one step.</param>
    /// <param name="executable">It is run later.</param>
    public static void Copy(this IFiles files, string from, string to, bool executable)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            using Stream source = files.OpenRead(from);
            using IFileWriter writer = files.Create(to, executable);
            for (int read = source.Read(buffer); read > 0; read = source.Read(buffer))
            {
                writer.Write(buffer.AsSpan(0, read));
            }

            writer.Flush();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The SHA-256 of a file.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="path">Of the file.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>64 hex digits, lower case; null when there is none.</returns>
    public static string? Hash(this IFiles files, string path, CancellationToken cancellation = default)
    {
        if (!files.FileExists(path))
        {
            return null;
        }

        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        try
        {
            using Stream source = files.OpenRead(path);
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            for (int read = source.Read(buffer); read > 0; read = source.Read(buffer))
            {
                cancellation.ThrowIfCancellationRequested();
                hash.AppendData(buffer.AsSpan(0, read));
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
