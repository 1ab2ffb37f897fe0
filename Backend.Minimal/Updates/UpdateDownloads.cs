using System.Buffers.Binary;
using System.Globalization;

using JamBox.Backend.Builds;
using JamBox.Backend.Observability;
using JamBox.Backend.Patches;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Updates;

/// <summary>Hands out manifests and chunks to the devices that were offered them, and credits the chunks to the token's device.</summary>
internal sealed class UpdateDownloads
{
    /// <summary>How long a device waits that comes in a pause, s. Digits that mean success to the old fleet are not among them.</summary>
    private const string PauseSeconds = "900";

    private static readonly DeviceResponse s_badId = DeviceResponse.Refuse(400, "id: must be the id of an offer");
    private static readonly DeviceResponse s_badIndex = DeviceResponse.Refuse(400, "Invalid chunk index: from 0 to the count less 1");
    private static readonly DeviceResponse s_badCount = DeviceResponse.Refuse(400, "count: must be from 1 to 16");
    private static readonly DeviceResponse s_withdrawn = DeviceResponse.Refuse(404, "Not offered, or no longer: drop it and ask again");
    private static readonly DeviceResponse s_paused = DeviceResponse.Refuse(503, "Paused: wait as Retry-After says");

    // Chunks in an answer: 8 KB, which a box takes in while they arrive.
    private const int MaxChunks = 16;

    private readonly Store _store;
    private readonly PatchCache _patches;
    private readonly IReleaseSource _releases;
    private readonly TimeProvider _clock;
    private readonly BackendMetrics _metrics;

    /// <summary>Makes it.</summary>
    public UpdateDownloads(Store store, PatchCache patches, IReleaseSource releases, TimeProvider clock, BackendMetrics metrics)
    {
        _store = store;
        _patches = patches;
        _releases = releases;
        _clock = clock;
        _metrics = metrics;
    }

    /// <summary>The 220 bytes of a manifest.</summary>
    public async Task<IResult> ManifestAsync(HttpContext http, DeviceIdentity device, string? idText)
    {
        if (!TryId(idText, out long id))
        {
            return s_badId;
        }

        (ReleaseStanding standing, byte[]? manifest) = await _store.ReadAsync(
            (_releases, device.DeviceId, id, _clock.GetUtcNow().ToUnixTimeMilliseconds()),
            UpdateReports.ReadManifest).ConfigureAwait(false);
        return Refusal(http, standing) is { } refusal ? refusal : new BinaryResponse(manifest, withCrc: false);
    }

    /// <summary>Chunks of 512 bytes, the last one of a patch is shorter: one as it is, or several with a CRC-16 behind each.</summary>
    public async Task<IResult> ChunkAsync(HttpContext http, DeviceIdentity device, string idText, string? chunkText, string? countText)
    {
        if (!TryId(idText, out long id))
        {
            return s_badId;
        }

        if (!int.TryParse(chunkText, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
        {
            return s_badIndex;
        }

        int count = 1;
        if (countText is not null
            && (!int.TryParse(countText, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count is < 1 or > MaxChunks))
        {
            return s_badCount;
        }

        if (await _patches.BytesAsync(id).ConfigureAwait(false) is not { } bytes)
        {
            return s_withdrawn;
        }

        int given = index < ReleaseText.Chunks(bytes.Length) ? Math.Min(count, ReleaseText.Chunks(bytes.Length) - index) : 0;
        ReadOnlyMemory<byte> chunks = given > 0
            ? bytes.AsMemory(
                index * ReleaseText.ChunkBytes,
                Math.Min(given * ReleaseText.ChunkBytes, bytes.Length - (index * ReleaseText.ChunkBytes)))
            : default;
        ReleaseStanding standing = await _store.WriteAsync(
            (_releases, device.DeviceId, id, index + Math.Max(given, 1) - 1, chunks.Length, _clock.GetUtcNow().ToUnixTimeMilliseconds()),
            UpdateReports.NoteChunk).ConfigureAwait(false);
        if (Refusal(http, standing) is { } refusal)
        {
            return refusal;
        }

        if (chunks.IsEmpty)
        {
            return s_badIndex;
        }

        _metrics.OtaChunks.Add(given);
        return countText is null ? new BinaryResponse(chunks, withCrc: true) : new ChunksResponse(chunks, index, given);
    }

    private static DeviceResponse? Refusal(HttpContext http, ReleaseStanding standing)
    {
        if (standing == ReleaseStanding.Paused)
        {
            http.Response.Headers.RetryAfter = PauseSeconds;
        }

        return standing switch
        {
            ReleaseStanding.Offered => null,
            ReleaseStanding.Paused => s_paused,
            _ => s_withdrawn,
        };
    }

    private static bool TryId(string? text, out long id) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id > 0;
}

/// <summary>Bytes for a device, with as few headers as HTTP allows: a chunk with its CRC-16 stays within 700 bytes.</summary>
internal sealed class BinaryResponse : IResult
{
    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly bool _withCrc;

    /// <summary>Makes the answer.</summary>
    /// <param name="bytes">The body.</param>
    /// <param name="withCrc">Whether the header <c>C</c> carries the body's CRC-16 in four lower hex digits.</param>
    public BinaryResponse(ReadOnlyMemory<byte> bytes, bool withCrc)
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

/// <summary>
/// Several chunks for a device, each with a CRC-16 behind it (little-endian) over its index (two bytes, little-endian) and its bytes: none
/// can stand in another's place.
/// </summary>
internal sealed class ChunksResponse : IResult
{
    private const int CrcBytes = 2;

    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly int _first;
    private readonly int _count;

    /// <summary>Makes the answer.</summary>
    /// <param name="bytes">The chunks, one behind the other.</param>
    /// <param name="first">Index of the first.</param>
    /// <param name="count">How many there are, 1 or more.</param>
    public ChunksResponse(ReadOnlyMemory<byte> bytes, int first, int count)
    {
        _bytes = bytes;
        _first = first;
        _count = count;
    }

    /// <inheritdoc/>
    public Task ExecuteAsync(HttpContext httpContext)
    {
        byte[] body = new byte[_bytes.Length + (_count * CrcBytes)];
        int at = 0;
        for (int i = 0; i < _count; i++)
        {
            ReadOnlySpan<byte> chunk = _bytes.Span[(i * ReleaseText.ChunkBytes)..];
            chunk = chunk[..Math.Min(ReleaseText.ChunkBytes, chunk.Length)];
            chunk.CopyTo(body.AsSpan(at));
            at += chunk.Length;
            BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(at), Crc16.OfChunk(_first + i, chunk));
            at += CrcBytes;
        }

        // No type: who asks for chunks knows what comes, and a box pays for each byte.
        HttpResponse response = httpContext.Response;
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentLength = body.Length;
        return response.Body.WriteAsync(body, httpContext.RequestAborted).AsTask();
    }
}
