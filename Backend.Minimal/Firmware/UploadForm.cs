using System.Buffers;
using System.Globalization;
using System.Text;

using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

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

    /// <summary>RFC 2046.</summary>
    private const int MaxBoundaryChars = 70;

    /// <summary>A text of 1,000 characters, each of up to four bytes.</summary>
    private const int MaxTextBytes = 4000;

    private const int PieceBytes = 32 * 1024;

    private readonly HttpContext _http;
    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly int _maxBytes;

    private UploadForm(HttpContext http, Store store, TimeProvider clock, int maxBytes)
    {
        _http = http;
        _store = store;
        _clock = clock;
        _maxBytes = maxBytes;
    }

    /// <summary>The texts, by name.</summary>
    public Dictionary<string, string> Texts { get; } = new(StringComparer.Ordinal);

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
        Refusal? refusal;
        try
        {
            refusal = await form.ReadAsync().ConfigureAwait(false);
        }
        catch (Exception broken) when (broken is InvalidDataException or IOException and not BadHttpRequestException)
        {
            refusal = Bad($"The form is broken: {broken.Message}");
        }

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

    private static Refusal Bad(string error) => new(StatusCodes.Status400BadRequest, error);

    private async Task<Refusal?> ReadAsync()
    {
        if (!MediaTypeHeaderValue.TryParse(_http.Request.ContentType, out MediaTypeHeaderValue? type)
            || !type.MediaType.Equals("multipart/form-data", StringComparison.OrdinalIgnoreCase)
            || HeaderUtilities.RemoveQuotes(type.Boundary).Value is not { Length: > 0 and <= MaxBoundaryChars } boundary)
        {
            return Bad("The body must be a form, multipart/form-data, with the image as file (curl -F file=@firmware.bin)");
        }

        MultipartReader reader = new(boundary, _http.Request.Body) { HeadersLengthLimit = 4096, HeadersCountLimit = 8 };
        while (await reader.ReadNextSectionAsync(_http.RequestAborted).ConfigureAwait(false) is { } section)
        {
            string name = ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out ContentDispositionHeaderValue? disposition)
                ? HeaderUtilities.RemoveQuotes(disposition.Name).Value ?? ""
                : "";
            Refusal? refusal = Files.ContainsKey(name) || Texts.ContainsKey(name) ? Bad($"{name}: is there twice")
                : FileNames.Contains(name) ? await TakeFileAsync(name, section.Body).ConfigureAwait(false)
                : TextNames.Contains(name) ? await TakeTextAsync(name, section.Body).ConfigureAwait(false)
                : Bad($"{NearMiss.Shown(name)}{NearMiss.Hint(name, FileNames.Concat(TextNames))}: unknown in this form; it takes "
                    + string.Join(", ", FileNames.Concat(TextNames)));
            if (refusal is not null)
            {
                return refusal;
            }
        }

        return null;
    }

    private async Task<Refusal?> TakeTextAsync(string name, Stream body)
    {
        byte[] bytes = new byte[MaxTextBytes + 1];
        int length = await body.ReadAtLeastAsync(
            bytes, bytes.Length, throwOnEndOfStream: false, _http.RequestAborted).ConfigureAwait(false);
        if (length > MaxTextBytes)
        {
            return Bad($"{name}: is too long");
        }

        try
        {
            Texts[name] = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true).GetString(bytes, 0, length);
            return null;
        }
        catch (DecoderFallbackException)
        {
            return Bad($"{name}: is no UTF-8");
        }
    }

    private async Task<Refusal?> TakeFileAsync(string name, Stream body)
    {
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
