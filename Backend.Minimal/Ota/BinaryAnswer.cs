using System.Globalization;

namespace JamBox.Backend.Ota;

/// <summary>Bytes for a device, with as few headers as HTTP allows: a chunk with its CRC-16 stays within 700 bytes.</summary>
internal sealed class BinaryAnswer : IResult
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly bool _withCrc;

    /// <summary>Makes the answer.</summary>
    /// <param name="bytes">The body.</param>
    /// <param name="withCrc">Whether the header <c>C</c> carries the body's CRC-16 in four lower hex digits.</param>
    public BinaryAnswer(ReadOnlyMemory<byte> bytes, bool withCrc)
    {
        _bytes = bytes;
        _withCrc = withCrc;
    }

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        HttpResponse response = httpContext.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = "application/octet-stream";
        response.ContentLength = _bytes.Length;
        if (_withCrc)
        {
            response.Headers["C"] = Crc16.Of(_bytes.Span).ToString("x4", CultureInfo.InvariantCulture);
        }

        return response.Body.WriteAsync(_bytes, httpContext.RequestAborted).AsTask();
    }
}
