using System.Buffers;
using System.Globalization;

using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Firmware;

/// <summary>A file of a form, as it was stored while it came.</summary>
/// <param name="Id">The stored file.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Sha256">Its SHA-256, 64 lower hex digits.</param>
/// <param name="Finding">What it is; null when it is no image.</param>
/// <param name="Fault">What is wrong with it.</param>
internal sealed record UploadedFile(long Id, long Size, string Sha256, ImageFinding? Finding, string? Fault);

/// <summary>
/// Reads the multipart form of an upload while it comes, whatever the order of its fields: files go to the storage chunk by chunk and are
/// looked into on their way, so that no upload holds more than 200 KB.
/// </summary>
internal sealed class UploadForm
{
    /// <summary>The fields that are files.</summary>
    public static readonly string[] FileNames = ["file", "bootloader", "partitions"];

    /// <summary>The fields that are text.</summary>
    public static readonly string[] TextNames = ["version", "platform", "product", "description", "env"];

    /// <summary>A text of 1,000 characters, each of up to four bytes.</summary>
    private const int MaxTextBytes = 4000;

    private const int PieceBytes = 32 * 1024;

    private readonly HttpContext _http;
    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly int _maxBytes;
    private readonly MultipartForm _form = new(
        FileNames, TextNames, "the image as file (curl -F file=@firmware.bin)", MaxTextBytes);

    private UploadForm(HttpContext http, Store store, TimeProvider clock, int maxBytes)
    {
        _http = http;
        _store = store;
        _clock = clock;
        _maxBytes = maxBytes;
    }

    /// <summary>The texts, by name.</summary>
    public Dictionary<string, string> Texts => _form.Texts;

    /// <summary>The files, by name.</summary>
    public Dictionary<string, UploadedFile> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>Reads a form.</summary>
    /// <param name="http">The request.</param>
    /// <param name="store">The storage.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="maxBytes">Bytes of a file at most.</param>
    /// <returns>The form, or why it is none. What was stored of a refused one goes by itself.</returns>
    public static async Task<(UploadForm Form, Refusal? Refusal)> ReadAsync(
        HttpContext http, Store store, TimeProvider clock, int maxBytes)
    {
        UploadForm form = new(http, store, clock, maxBytes);
        RequestBody.Allow(http, (3L * maxBytes) + (64 * 1024));
        Refusal? refusal = await form._form.ReadAsync(http, form.TakeFileAsync).ConfigureAwait(false);
        if (refusal is not null)
        {
            await form.AbandonAsync().ConfigureAwait(false);
        }

        return (form, refusal);
    }

    /// <summary>Lets go what was stored: it is not needed.</summary>
    public async Task AbandonAsync()
    {
        foreach (UploadedFile file in Files.Values)
        {
            await _store.WriteAsync(file.Id, FileSql.Abandon).ConfigureAwait(false);
        }
    }

    private async Task<Refusal?> TakeFileAsync(FormPart file)
    {
        (string name, _, Stream body) = file;
        FileWriter writer = await FileWriter.BeginAsync(_store, _clock).ConfigureAwait(false);
        using ImageInspector inspector = new();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            int read;
            while ((read = await body.ReadAsync(buffer, _http.RequestAborted).ConfigureAwait(false)) > 0)
            {
                if (inspector.Length + read > _maxBytes)
                {
                    await _store.WriteAsync(writer.Id, FileSql.Abandon).ConfigureAwait(false);
                    return new Refusal(StatusCodes.Status413PayloadTooLarge, string.Create(
                        CultureInfo.InvariantCulture, $"{name}: too large, {_maxBytes} bytes at most (Firmware:MaxBytes)"));
                }

                inspector.Append(buffer.AsSpan(0, read));
                await writer.AppendAsync(buffer.AsMemory(0, read)).ConfigureAwait(false);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        await writer.EndAsync().ConfigureAwait(false);
        (ImageFinding? finding, string? fault) = inspector.Finish(out string sha256);
        Files[name] = new UploadedFile(writer.Id, inspector.Length, sha256, finding, fault);
        return null;
    }
}
