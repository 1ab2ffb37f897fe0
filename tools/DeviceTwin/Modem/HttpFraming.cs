using System.Buffers.Text;
using System.Text;

namespace JamBox.Twin.Modem;

/// <summary>Finds the end of HTTP/1.1 messages, no more.</summary>
internal static class HttpFraming
{
    private const int MaxMessageBytes = 4 * 1024 * 1024;

    /// <summary>Finds the end of the headers.</summary>
    /// <param name="bytes">What has come so far.</param>
    /// <returns>Index of the body's first byte; −1 = not there yet.</returns>
    public static int BodyStart(ReadOnlySpan<byte> bytes)
    {
        int end = bytes.IndexOf("\r\n\r\n"u8);
        return end < 0 ? -1 : end + 4;
    }

    /// <summary>Finds the end of a request.</summary>
    /// <param name="bytes">What has come so far.</param>
    /// <returns>Its length; −1 = not there yet. A request without <c>Content-Length</c> has no body.</returns>
    public static int RequestLength(ReadOnlySpan<byte> bytes)
    {
        int bodyStart = BodyStart(bytes);
        if (bodyStart < 0)
        {
            return -1;
        }

        int length = bodyStart + Math.Max(ContentLength(bytes[..bodyStart]), 0);
        return bytes.Length >= length ? length : -1;
    }

    /// <summary>Gets the body's length as the headers have it.</summary>
    /// <param name="head">Start line and headers.</param>
    /// <returns>Bytes; −1 = they do not say.</returns>
    public static int ContentLength(ReadOnlySpan<byte> head)
    {
        ReadOnlySpan<byte> value = Header(head, "content-length");
        return Utf8Parser.TryParse(value, out int length, out int used) && used == value.Length && length is >= 0 and <= MaxMessageBytes ? length : -1;
    }

    /// <summary>Says whether the response's sender closes behind it.</summary>
    /// <param name="head">Start line and headers.</param>
    /// <returns>Whether it is said, or follows from the version.</returns>
    public static bool ClosesAfter(ReadOnlySpan<byte> head)
    {
        string connection = Encoding.Latin1.GetString(Header(head, "connection"));
        return connection.Contains("close", StringComparison.OrdinalIgnoreCase)
            || (head.StartsWith("HTTP/1.0"u8) && !connection.Contains("keep-alive", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Says whether a response has no body whatever its headers say.</summary>
    /// <param name="head">Start line and headers.</param>
    /// <returns>Whether its status is 1xx, 204 or 304.</returns>
    public static bool HasNoBody(ReadOnlySpan<byte> head)
    {
        return head.Length > 12 && head[9..12] is [(byte)'1', _, _] or [(byte)'2', (byte)'0', (byte)'4'] or [(byte)'3', (byte)'0', (byte)'4'];
    }

    private static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> head, string name)
    {
        while (head.IndexOf("\r\n"u8) is >= 0 and int end)
        {
            head = head[(end + 2)..];
            int lineEnd = Math.Max(head.IndexOf("\r\n"u8), 0);
            ReadOnlySpan<byte> line = head[..lineEnd];
            if (line.Length > name.Length && line[name.Length] == ':' && Ascii.EqualsIgnoreCase(line[..name.Length], name))
            {
                return line[(name.Length + 1)..].Trim((byte)' ');
            }
        }

        return default;
    }
}
