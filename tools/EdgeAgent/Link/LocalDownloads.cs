using System.Buffers;
using System.Text;
using System.Text.Json;

using JamBox.Edge.Engine;

namespace JamBox.Edge.Link;

/// <summary>
/// Packages that somebody has brought to this computer by hand: they lie in the folder of requests, which only its owner can write to.
/// All others come from the server.
/// </summary>
/// <param name="folder">The folder of requests.</param>
/// <param name="server">Whatever is not local.</param>
internal sealed class LocalDownloads(string folder, IDownloads server) : IDownloads
{
    /// <summary>What the ids of such packages begin with; the server does not know them, and is told nothing of them.</summary>
    public const string IdPrefix = "local-";

    /// <summary>Whether a notice speaks of something on this computer: only somebody at this computer may say that.</summary>
    /// <param name="notice">The notice.</param>
    public static bool IsLocal(Notice notice) => notice.IsKept || notice.IsByHand;

    /// <summary>Where a package lies.</summary>
    /// <param name="folder">The folder of requests.</param>
    /// <param name="id">The deployment.</param>
    public static string PackageIn(string folder, string id) => Path.Combine(folder, id + ".zip");

    /// <summary>Makes a notice of something on this computer.</summary>
    /// <param name="id">The deployment.</param>
    /// <param name="version">Its version.</param>
    /// <param name="filename">The file's name.</param>
    /// <param name="size">Bytes of the package.</param>
    /// <param name="sha256">Its SHA-256, 64 hex digits.</param>
    /// <param name="at">When.</param>
    /// <returns>As the server would write it.</returns>
    public static byte[] NoticeOf(string id, string version, string filename, long size, string sha256, DateTimeOffset at) =>
        NoticeOf(Notice.ByHandScheme + id, id, version, filename, size, sha256, at);

    /// <summary>Makes a notice of a release that is here, and is to run again.</summary>
    /// <param name="note">Of the release.</param>
    /// <param name="at">When.</param>
    /// <returns>As the server would write it.</returns>
    public static byte[] NoticeOf(CompleteNote note, DateTimeOffset at) =>

        // Its size counts only when it must be fetched, and it lies here.
        NoticeOf(Notice.KeptScheme + note.Id, note.Id, note.Version, "rollback.zip", 1, note.Sha256, at);

    private static byte[] NoticeOf(
        string address, string id, string version, string filename, long size, string sha256, DateTimeOffset at)
    {
        ArrayBufferWriter<byte> json = new();
        using (Utf8JsonWriter writer = new(json))
        {
            writer.WriteStartObject();
            writer.WriteString("id", id);
            writer.WriteString("version", version);
            writer.WriteString("filename", filename);
            writer.WriteNumber("size", size);
            writer.WriteString("sha256", sha256);
            writer.WriteString("downloadUrl", address);
            writer.WriteString("timestamp",
                at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture));
            writer.WriteEndObject();
        }

        return json.WrittenSpan.ToArray();
    }

    /// <inheritdoc/>
    public Task<Download> OpenAsync(Notice notice, long from, string? etag, CancellationToken cancellation)
    {
        if (!notice.DownloadUrl.StartsWith(Notice.ByHandScheme, StringComparison.Ordinal))
        {
            return server.OpenAsync(notice, from, etag, cancellation);
        }

        try
        {
            FileStream stream = new(PackageIn(folder, notice.Id), FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
            if (stream.Length != notice.Size)
            {
                stream.Dispose();
                throw new DownloadRefusedException("the package on this computer has another length than it had");
            }

            stream.Position = from;
            return Task.FromResult(new Download(stream, from, $"\"{notice.Sha256}\""));
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DownloadRefusedException("the package that was on this computer is gone: apply it again");
        }
    }
}
