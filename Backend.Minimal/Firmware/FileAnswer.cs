using System.Globalization;

using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.Firmware;

/// <summary>
/// Answers with a part of a release: with its length, hash and ETag, whole or from where a download broke off, or 304. It is written in
/// pieces and waits for the receiver, so that a slow one costs no more than a piece.
/// </summary>
internal sealed class FileAnswer : IResult
{
    /// <summary>Bytes that are given to the web server at a time: what it holds for a receiver that does not read grows by this.</summary>
    private const int PieceBytes = 16 * 1024;

    private readonly FileChunks _chunks;
    private readonly ReleasePart _part;
    private readonly string _fileName;

    /// <summary>Makes the answer.</summary>
    /// <param name="chunks">Where the bytes are.</param>
    /// <param name="part">What is given.</param>
    /// <param name="fileName">The name under which browsers keep it.</param>
    public FileAnswer(FileChunks chunks, ReleasePart part, string fileName)
    {
        _chunks = chunks;
        _part = part;
        _fileName = fileName;
    }

    /// <summary>Whether a request asks for the beginning, and not for the rest of what it has.</summary>
    public static bool IsFromStart(HttpRequest request) =>
        request.Headers.Range.Count == 0 || !RangeHeaderValue.TryParse(request.Headers.Range.ToString(), out RangeHeaderValue? range)
            || range.Ranges.Count != 1 || range.Ranges.First() is { From: null or 0 };

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        HttpRequest request = httpContext.Request;
        HttpResponse response = httpContext.Response;
        EntityTagHeaderValue tag = new($"\"{_part.Sha256}\"");
        response.Headers.ETag = tag.ToString();
        response.Headers["X-SHA256"] = _part.Sha256;
        response.Headers.AcceptRanges = "bytes";

        // Whoever is in between must not give it to somebody else: who may have it is asked each time.
        response.Headers.CacheControl = "private, no-cache";
        if (Matches(request.Headers.IfNoneMatch.ToString(), tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        long from = 0;
        long to = _part.Size;
        if (AskedRange(request, tag) is { } range)
        {
            if (range.From >= range.To)
            {
                response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{_part.Size}");
                response.ContentLength = 0;
                return;
            }

            (from, to) = range;
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{to - 1}/{_part.Size}");
        }

        response.ContentType = "application/octet-stream";
        response.ContentLength = to - from;
        response.Headers.ContentDisposition = $"attachment; filename=\"{_fileName}\"";
        await WriteAsync(httpContext, _part.Start + from, to - from).ConfigureAwait(false);
    }

    private static bool Matches(string header, EntityTagHeaderValue tag) =>
        header == "*" || (header.Length > 0 && EntityTagHeaderValue.TryParseList([header], out IList<EntityTagHeaderValue>? tags)
            && tags.Any(known => known.Compare(tag, useStrongComparison: false)));

    /// <summary>
    /// The one range that is asked for, cut to what there is; empty when it lies behind the end. Several, or one of another image
    /// (If-Range), are answered with the whole.
    /// </summary>
    private (long From, long To)? AskedRange(HttpRequest request, EntityTagHeaderValue tag)
    {
        string condition = request.Headers.IfRange.ToString();
        if ((condition.Length > 0 && !Matches(condition, tag))
            || !RangeHeaderValue.TryParse(request.Headers.Range.ToString(), out RangeHeaderValue? header)
            || header.Unit != "bytes" || header.Ranges.Count != 1)
        {
            return null;
        }

        RangeItemHeaderValue range = header.Ranges.First();
        return range.From is { } from
            ? (from, Math.Min((range.To ?? _part.Size) + (range.To is null ? 0 : 1), _part.Size))
            : (Math.Max(0, _part.Size - range.To!.Value), range.To == 0 ? 0 : _part.Size);
    }

    private async Task WriteAsync(HttpContext http, long at, long left)
    {
        while (left > 0)
        {
            if (await _chunks.GetAsync(_part.FileId, (int)(at / FileSql.ChunkBytes)).ConfigureAwait(false) is not { } chunk)
            {
                // It was removed meanwhile. Half an answer is out: only hanging up tells the receiver.
                http.Abort();
                return;
            }

            int start = (int)(at % FileSql.ChunkBytes);
            int end = (int)Math.Min(chunk.Length, start + left);
            if (end <= start)
            {
                http.Abort();
                return;
            }

            for (int piece = start; piece < end; piece += PieceBytes)
            {
                await http.Response.Body.WriteAsync(chunk.AsMemory(piece, Math.Min(PieceBytes, end - piece)), http.RequestAborted)
                    .ConfigureAwait(false);
            }

            at += end - start;
            left -= end - start;
        }
    }
}
