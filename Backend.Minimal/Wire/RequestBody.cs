using System.Buffers;
using System.IO.Pipelines;

namespace JamBox.Backend.Wire;

/// <summary>Reads small bodies whole.</summary>
internal static class RequestBody
{
    /// <summary>The longest body of a device. A reading has 400 to 600 bytes.</summary>
    public const int MaxBytes = 16 * 1024;

    /// <summary>Reads the body.</summary>
    /// <returns>Its bytes; null when there are more than <see cref="MaxBytes"/>.</returns>
    public static async ValueTask<byte[]?> ReadAsync(HttpRequest request)
    {
        if (request.ContentLength > MaxBytes)
        {
            return null;
        }

        PipeReader reader = request.BodyReader;
        while (true)
        {
            ReadResult result = await reader.ReadAsync(request.HttpContext.RequestAborted).ConfigureAwait(false);
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
}
