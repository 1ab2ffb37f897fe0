using System.Globalization;

using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.Wire;

/// <summary>
/// Answers with stored bytes: with their length, hash and ETag, whole or from where a download broke off, or 304.
/// </summary>
internal abstract class RangedAnswer : IResult
{
    private readonly string _sha256;
    private readonly long _size;
    private readonly string _fileName;

    /// <summary>Makes the answer.</summary>
    /// <param name="sha256">SHA-256 of the bytes, 64 lower hex digits.</param>
    /// <param name="size">How many there are.</param>
    /// <param name="fileName">The name under which browsers keep them: ASCII without quotes.</param>
    protected RangedAnswer(string sha256, long size, string fileName)
    {
        _sha256 = sha256;
        _size = size;
        _fileName = fileName;
    }

    /// <summary>The header that has the hash besides ETag.</summary>
    protected virtual string HashHeader => "X-SHA256";

    /// <summary>What the bytes are.</summary>
    protected virtual string ContentType => "application/octet-stream";

    /// <summary>Whether a request asks for the beginning, and not for the rest of what it has.</summary>
    public static bool IsFromStart(HttpRequest request) =>
        request.Headers.Range.Count == 0 || !RangeHeaderValue.TryParse(request.Headers.Range.ToString(), out RangeHeaderValue? range)
            || range.Ranges.Count != 1 || range.Ranges.First() is { From: null or 0 };

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        HttpRequest request = httpContext.Request;
        HttpResponse response = httpContext.Response;
        EntityTagHeaderValue tag = new($"\"{_sha256}\"");
        response.Headers.ETag = tag.ToString();
        response.Headers[HashHeader] = _sha256;
        response.Headers.AcceptRanges = "bytes";

        // Whoever is in between must not give it to somebody else: who may have it is asked each time.
        response.Headers.CacheControl = "private, no-cache";
        if (Matches(request.Headers.IfNoneMatch.ToString(), tag))
        {
            response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }

        long from = 0;
        long to = _size;
        if (AskedRange(request, tag) is { } range)
        {
            if (range.From >= range.To)
            {
                response.StatusCode = StatusCodes.Status416RangeNotSatisfiable;
                response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{_size}");
                response.ContentLength = 0;
                return;
            }

            (from, to) = range;
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{to - 1}/{_size}");
        }

        response.ContentType = ContentType;
        response.ContentLength = to - from;
        response.Headers.ContentDisposition = $"attachment; filename=\"{_fileName}\"";
        await WriteAsync(httpContext, from, to - from).ConfigureAwait(false);
    }

    /// <summary>
    /// Writes bytes, in pieces, and waits for the receiver, so that a slow one costs no more than a piece. Where they are gone meanwhile it
    /// hangs up: half an answer is out, and only that tells the receiver.
    /// </summary>
    /// <param name="http">Where they go.</param>
    /// <param name="from">The first one.</param>
    /// <param name="length">How many.</param>
    protected abstract Task WriteAsync(HttpContext http, long from, long length);

    private static bool Matches(string header, EntityTagHeaderValue tag) =>
        header == "*" || (header.Length > 0 && EntityTagHeaderValue.TryParseList([header], out IList<EntityTagHeaderValue>? tags)
            && tags.Any(known => known.Compare(tag, useStrongComparison: false)));

    /// <summary>
    /// The one range that is asked for, cut to what there is; empty when it lies behind the end. Several, or one of other bytes
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
            ? (from, Math.Min((range.To ?? _size) + (range.To is null ? 0 : 1), _size))
            : (Math.Max(0, _size - range.To!.Value), range.To == 0 ? 0 : _size);
    }
}
