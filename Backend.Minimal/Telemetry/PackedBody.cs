using System.IO.Compression;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Telemetry;

/// <summary>Reads the body of a message, which may be packed by gzip.</summary>
internal static class PackedBody
{
    /// <summary>Bytes as they come, at most.</summary>
    public const int MaxSent = 64 * 1024;

    /// <summary>Bytes of what they hold, at most: a bomb is stopped there.</summary>
    public const int MaxUnpacked = 1024 * 1024;

    /// <summary>413.</summary>
    public static readonly DeviceResponse TooLarge = DeviceResponse.Explain(413, "Body too large: 64 KB as it comes, 1 MB unpacked");

    private static readonly DeviceResponse s_encoding = DeviceResponse.Explain(400, "Content-Encoding: gzip, or none");

    private static readonly DeviceResponse s_broken = DeviceResponse.Explain(400, "Body is no gzip, or is not whole");

    /// <summary>Reads it.</summary>
    public static async ValueTask<(byte[] Body, DeviceResponse? Refusal)> ReadAsync(HttpContext http)
    {
        string encoding = http.Request.Headers.ContentEncoding.ToString();
        if (encoding.Length > 0 && encoding is not ("gzip" or "x-gzip" or "identity"))
        {
            return ([], s_encoding);
        }

        // Nearly every message is small and says how long it is: no buffer for a large one.
        bool isSmall = http.Request.ContentLength is <= RequestBody.MaxBytes;
        byte[]? sent = isSmall
            ? await RequestBody.ReadAsync(http.Request).ConfigureAwait(false)
            : await RequestBody.ReadLargeAsync(http, MaxSent).ConfigureAwait(false);
        return sent is null ? ([], TooLarge) : encoding is "gzip" or "x-gzip" ? Unpack(sent) : (sent, null);
    }

    /// <summary>Unpacks, and stops when it is too much.</summary>
    public static (byte[] Body, DeviceResponse? Refusal) Unpack(byte[] packed)
    {
        try
        {
            using MemoryStream source = new(packed, writable: false);
            using GZipStream gzip = new(source, CompressionMode.Decompress);
            using MemoryStream unpacked = new();
            byte[] buffer = new byte[16 * 1024];
            int read;
            while ((read = gzip.Read(buffer)) > 0)
            {
                if (unpacked.Length + read > MaxUnpacked)
                {
                    return ([], TooLarge);
                }

                unpacked.Write(buffer, 0, read);
            }

            return (unpacked.ToArray(), null);
        }
        catch (InvalidDataException)
        {
            return ([], s_broken);
        }
    }
}
