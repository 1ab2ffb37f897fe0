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
    private static readonly DeviceResponse s_withdrawn = DeviceResponse.Refuse(404, "Not offered, or no longer: drop it and ask again");
    private static readonly DeviceResponse s_paused = DeviceResponse.Refuse(503, "Paused: wait as Retry-After says");

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

    /// <summary>One chunk of 512 bytes; the last one is shorter.</summary>
    public async Task<IResult> ChunkAsync(HttpContext http, DeviceIdentity device, string idText, string? chunkText)
    {
        if (!TryId(idText, out long id))
        {
            return s_badId;
        }

        if (!int.TryParse(chunkText, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
        {
            return s_badIndex;
        }

        if (await _patches.BytesAsync(id).ConfigureAwait(false) is not { } bytes)
        {
            return s_withdrawn;
        }

        ReadOnlyMemory<byte> chunk = index < ReleaseText.Chunks(bytes.Length)
            ? bytes.AsMemory(
                index * ReleaseText.ChunkBytes, Math.Min(ReleaseText.ChunkBytes, bytes.Length - (index * ReleaseText.ChunkBytes)))
            : default;
        ReleaseStanding standing = await _store.WriteAsync(
            (_releases, device.DeviceId, id, index, chunk.Length, _clock.GetUtcNow().ToUnixTimeMilliseconds()),
            UpdateReports.NoteChunk).ConfigureAwait(false);
        if (Refusal(http, standing) is { } refusal)
        {
            return refusal;
        }

        if (chunk.IsEmpty)
        {
            return s_badIndex;
        }

        _metrics.OtaChunks.Add(1);
        return new BinaryResponse(chunk, withCrc: true);
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
