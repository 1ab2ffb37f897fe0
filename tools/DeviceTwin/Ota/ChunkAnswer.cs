using JamBox.Ota.Signing;
using JamBox.Twin.Modem;
using JamBox.Twin.Soak;

namespace JamBox.Twin.Ota;

/// <summary>Answers that bring chunks of a patch, looked at from outside.</summary>
internal static class ChunkAnswer
{
    /// <summary>What asks for them.</summary>
    public const string Route = "GET /api/ota/chunk";

    /// <summary>Bytes behind each chunk of an answer to a question with <c>count</c>.</summary>
    public const int CrcBytes = 2;

    /// <summary>Looks what an exchange brought.</summary>
    /// <param name="request">The request.</param>
    /// <param name="response">Its answer; <c>null</c> = none came.</param>
    /// <returns>Chunks, and the bytes of the patch in them; 0 and 0 when it is about something else, or brought none.</returns>
    public static (int Chunks, int Payload) Of(ReadOnlySpan<byte> request, byte[]? response)
    {
        if (HttpText.Route(request) != Route || HttpText.Status(response) != 200)
        {
            return (0, 0);
        }

        int length = response!.Length - HttpFraming.BodyStart(response);
        int lineEnd = Math.Max(request.IndexOf("\r\n"u8), 0);
        if (request[..lineEnd].IndexOf("count="u8) < 0)
        {
            return (1, length);
        }

        int chunks = (length + ReleaseManifest.ChunkLength + CrcBytes - 1) / (ReleaseManifest.ChunkLength + CrcBytes);
        return (chunks, length - (chunks * CrcBytes));
    }
}
