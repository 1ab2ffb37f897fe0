using System.Buffers;
using System.IO.Pipelines;

namespace JamBox.Backend.Wire;

/// <summary>Reads small bodies whole.</summary>
internal static class RequestBody
{
    /// <summary>The longest body of a device. A reading has 400 to 600 bytes.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <summary>Bytes of a body that is refused for its length, but read to its end all the same, at most.</summary>
    private const int MaxDiscarded = 1024 * 1024;

    /// <summary>How long that may take: it is the real sender who is waited for, so it is real time.</summary>
    private static readonly TimeSpan s_discardTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Reads the body.</summary>
    /// <returns>Its bytes; null when there are more than <see cref="MaxBytes"/>.</returns>
    public static async ValueTask<byte[]?> ReadAsync(HttpRequest request)
    {
        if (request.ContentLength > MaxBytes)
        {
            await DiscardAsync(request.HttpContext).ConfigureAwait(false);
            return null;
        }

        PipeReader reader = request.BodyReader;
        while (true)
        {
            ReadResult result = await ReadAsync(reader, request.HttpContext.RequestAborted).ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            if (buffer.Length > MaxBytes)
            {
                reader.AdvanceTo(buffer.End);
                return null;
            }

            if (result.IsCompleted)
            {
                byte[] body = buffer.ToArray();
                reader.AdvanceTo(buffer.End);
                return body;
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    /// <summary>Reads a large body of an admin whole.</summary>
    /// <param name="http">The request.</param>
    /// <param name="maxBytes">Bytes at most.</param>
    /// <returns>Its bytes; null when there are more.</returns>
    public static async ValueTask<byte[]?> ReadLargeAsync(HttpContext http, int maxBytes)
    {
        Allow(http, maxBytes);
        if (http.Request.ContentLength > maxBytes)
        {
            await DiscardAsync(http).ConfigureAwait(false);
            return null;
        }

        using MemoryStream copy = new();
        byte[] buffer = new byte[64 * 1024];
        int read;
        while ((read = await ReadSomeAsync(http, buffer).ConfigureAwait(false)) > 0)
        {
            if (copy.Length + read > maxBytes)
            {
                return null;
            }

            copy.Write(buffer, 0, read);
        }

        return copy.ToArray();
    }

    /// <summary>Reads the next bytes of a large body.</summary>
    /// <returns>How many; 0 at the end.</returns>
    /// <exception cref="BadHttpRequestException">The body is broken.</exception>
    public static async ValueTask<int> ReadSomeAsync(HttpContext http, Memory<byte> buffer)
    {
        try
        {
            return await http.Request.Body.ReadAsync(buffer, http.RequestAborted).ConfigureAwait(false);
        }
        catch (IOException broken) when (broken is not BadHttpRequestException)
        {
            throw new BadHttpRequestException(broken.Message, broken);
        }
    }

    /// <summary>
    /// Reads a body that is too long to its end, and throws it away: a connection that is closed while its sender still writes takes the
    /// answer with it, and the sender never learns why. Where that would take too much, the answer says that the connection ends.
    /// </summary>
    private static async ValueTask DiscardAsync(HttpContext http)
    {
        http.Response.Headers.Connection = "close";
        if (http.Request.ContentLength is null or > MaxDiscarded)
        {
            return;
        }

        Allow(http, MaxDiscarded);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted);
        limit.CancelAfter(s_discardTimeout);
        byte[] buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            while (await http.Request.Body.ReadAsync(buffer, limit.Token).ConfigureAwait(false) > 0)
            {
                // Nobody reads it.
            }

            http.Response.Headers.Remove("Connection");
        }
        catch (Exception gone) when (gone is IOException or OperationCanceledException)
        {
            // It stays with the refusal, and with the end of the connection.
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Kestrel calls a chunk whose size overflows an error of input, as if it were ours: it is the sender's.</summary>
    private static async ValueTask<ReadResult> ReadAsync(PipeReader reader, CancellationToken aborted)
    {
        try
        {
            return await reader.ReadAsync(aborted).ConfigureAwait(false);
        }
        catch (IOException broken) when (broken is not BadHttpRequestException)
        {
            throw new BadHttpRequestException(broken.Message, broken);
        }
    }

    /// <summary>Raises Kestrel's own limit for this request, so that ours decides.</summary>
    public static void Allow(HttpContext http, long maxBytes)
    {
        if (http.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = maxBytes + 1;
        }
    }
}
