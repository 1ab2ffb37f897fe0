using System.Text;
using System.Text.Json.Nodes;
using JamBox.Twin.Modem;

namespace JamBox.Twin.Soak;

/// <summary>Requests and responses, taken apart just enough to look into them.</summary>
internal static class HttpText
{
    /// <summary>Method and path of a request, such as <c>POST /api/reading</c>, without the query.</summary>
    /// <param name="request">The request.</param>
    /// <returns>The words.</returns>
    public static string Route(ReadOnlySpan<byte> request)
    {
        int lineEnd = Math.Max(request.IndexOf("\r\n"u8), 0);
        string[] words = Encoding.Latin1.GetString(request[..lineEnd]).Split(' ', '?');
        return words.Length < 2 ? string.Empty : words[0] + " " + words[1];
    }

    /// <summary>Status of a response.</summary>
    /// <param name="response">The response; <c>null</c> = none came.</param>
    /// <returns>100…599; 0 = none, or it is no HTTP, or cut off.</returns>
    public static int Status(byte[]? response)
    {
        if (response is null || !response.AsSpan().StartsWith("HTTP/1."u8) || response.Length < 12)
        {
            return 0;
        }

        int bodyStart = HttpFraming.BodyStart(response);
        bool isWhole = bodyStart > 0 && response.Length - bodyStart >= HttpFraming.ContentLength(response.AsSpan(0, bodyStart));
        return isWhole && int.TryParse(response.AsSpan(9, 3), out int status) ? status : 0;
    }

    /// <summary>The JSON object in a message.</summary>
    /// <param name="message">The message.</param>
    /// <returns>The object; <c>null</c> when there is none.</returns>
    public static JsonObject? Body(byte[] message)
    {
        int bodyStart = HttpFraming.BodyStart(message);
        try
        {
            return bodyStart > 0 && bodyStart < message.Length ? JsonNode.Parse(message.AsSpan(bodyStart)) as JsonObject : null;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    /// <summary>Makes a response as the backend does.</summary>
    /// <param name="status">Such as <c>200 OK</c>.</param>
    /// <param name="body">The JSON.</param>
    /// <param name="closes">Whether the connection ends behind it.</param>
    /// <returns>The response.</returns>
    public static byte[] Response(string status, string body, bool closes) => Encoding.ASCII.GetBytes(
        $"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n{(closes ? "Connection: close\r\n" : string.Empty)}\r\n{body}");
}
