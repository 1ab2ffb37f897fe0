using System.Globalization;
using System.Text;

using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Ota;

/// <summary>
/// Updates as devices see them. Those of the old fleet get the words of both its parts (PREDECESSOR.md §9.3); ours, who say which
/// patches they can apply (<c>p</c>) or name a patch by its <c>id</c>, are served by <see cref="DeviceReleaseEndpoints"/>.
/// </summary>
internal static class DeviceOtaEndpoints
{
    private static readonly DeviceAnswer s_missingVersion = DeviceAnswer.Refuse(400, "Missing current version (v)");
    private static readonly DeviceAnswer s_missingTarget = DeviceAnswer.Refuse(400, "Missing version (v)");
    private static readonly DeviceAnswer s_missingResult = DeviceAnswer.Refuse(400, "Missing result: send success or status");
    private static readonly DeviceAnswer s_missingParams = DeviceAnswer.Refuse(400, "Missing required params: from, to, chunk");
    private static readonly DeviceAnswer s_noPatch = DeviceAnswer.Refuse(404, "Patch not found");
    private static readonly DeviceAnswer s_badIndex = DeviceAnswer.Refuse(400, "Invalid chunk index: from 0 to the count less 1");

    /// <summary>The route table.</summary>
    public static void MapOta(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/ota/check", Check).WithTags("Ota").DescribeDevice<OtaRequest>(StatusCodes.Status200OK);
        routes.MapGet("/api/ota/chunk", Chunk).WithTags("Ota")
            .Produces<ErrorBody>(StatusCodes.Status400BadRequest)
            .Produces<ErrorBody>(StatusCodes.Status401Unauthorized)
            .Produces<ErrorBody>(StatusCodes.Status404NotFound)
            .Produces<ErrorBody>(StatusCodes.Status503ServiceUnavailable);
        routes.MapGet("/api/ota/manifest", DeviceReleaseEndpoints.GetManifest).WithTags("Ota")
            .Produces(StatusCodes.Status200OK, contentType: "application/octet-stream")
            .Produces<ErrorBody>(StatusCodes.Status400BadRequest)
            .Produces<ErrorBody>(StatusCodes.Status401Unauthorized)
            .Produces<ErrorBody>(StatusCodes.Status404NotFound)
            .Produces<ErrorBody>(StatusCodes.Status503ServiceUnavailable);
        routes.MapPost("/api/ota/complete", Complete).WithTags("Ota").DescribeDevice<OtaRequest>(StatusCodes.Status200OK);
        routes.MapOtaAdmin();
        routes.MapFirmware();
    }

    /// <summary>Says whether there is an update for the version that the device runs.</summary>
    internal static async Task<DeviceAnswer> Check(
        HttpContext http, DeviceGate gate, Store store, TimeProvider clock, IReleaseSource releases, OtaSettings settings)
    {
        (DeviceIdentity? device, OtaRequest request, DeviceAnswer? refusal) = await ReadAsync(http, gate, DeviceLimit.OtaCheck).ConfigureAwait(false);
        refusal ??= request.Version is null ? s_missingVersion : null;
        if (refusal is not null)
        {
            return refusal;
        }

        if (request.Profiles is not null)
        {
            return await DeviceReleaseEndpoints.CheckAsync(device!, request, releases, settings, store, clock).ConfigureAwait(false);
        }

        string? current = store.Read(0, OtaSql.Current);
        if (current is null || current == request.Version)
        {
            return No(current is null ? "no_current_firmware" : "up_to_date");
        }

        if (store.Read((request.Version!, current), OtaSql.Find) is not { } patch)
        {
            return No("no_patch");
        }

        (string Status, int Chunks)? progress = store.Read((device!.DeviceId, current), OtaSql.Progress);
        if (progress is { Status: "complete" or "failed" })
        {
            return No(progress.Value.Status == "failed" ? "failed_before" : "done_before");
        }

        await store.WriteAsync((device.DeviceId, patch, clock.GetUtcNow().ToUnixTimeMilliseconds()), OtaSql.NoteOffer).ConfigureAwait(false);
        return Offer(patch, progress?.Chunks ?? 0);
    }

    /// <summary>Gives one chunk of 512 bytes, and credits it to the device whose token it is.</summary>
    internal static async Task<IResult> Chunk(
        HttpContext http, DeviceGate gate, ReleaseDownloads downloads, Store store, PatchCache patches, TimeProvider clock,
        string? from, string? to, string? chunk, string? id)
    {
        (DeviceIdentity? device, DeviceAnswer? refusal) = await gate.IdentifyAsync(http, DeviceLimit.None).ConfigureAwait(false);
        if (device is not null && id is not null)
        {
            return await downloads.ChunkAsync(http, device, id, chunk).ConfigureAwait(false);
        }

        refusal ??= DeviceGate.CheckClaim(http.Request, device!, null);
        if (refusal is not null)
        {
            return refusal;
        }

        if (string.IsNullOrEmpty(from) || string.IsNullOrEmpty(to)
            || !int.TryParse(chunk, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int index))
        {
            return s_missingParams;
        }

        if (!OtaText.IsVersion(from) || !OtaText.IsVersion(to)
            || store.Read((from, to), OtaSql.Find) is not { } patch || patches.Bytes(patch) is not { } bytes)
        {
            return s_noPatch;
        }

        if (index < 0 || index >= patch.Chunks)
        {
            return s_badIndex;
        }

        await store.WriteAsync((device!.DeviceId, patch, index, clock.GetUtcNow().ToUnixTimeMilliseconds()), OtaSql.NoteChunk).ConfigureAwait(false);
        return ChunkAnswer(bytes, index, patch.Chunks);
    }

    /// <summary>Takes the end of an update. What failed is not offered again until an operator allows it.</summary>
    internal static async Task<DeviceAnswer> Complete(
        HttpContext http, DeviceGate gate, Store store, TimeProvider clock, IReleaseSource releases, BackendMetrics metrics)
    {
        (DeviceIdentity? device, OtaRequest request, DeviceAnswer? refusal) = await ReadAsync(http, gate, DeviceLimit.OtaComplete).ConfigureAwait(false);
        if (refusal is null && request.Id is { } id)
        {
            return await DeviceReleaseEndpoints.CompleteAsync(device!, id, request, releases, store, clock, metrics).ConfigureAwait(false);
        }

        refusal ??= request.Version is null ? s_missingTarget : request.Succeeded is null ? s_missingResult : null;
        if (refusal is not null)
        {
            return refusal;
        }

        bool success = request.Succeeded!.Value;
        await store.WriteAsync(
            (device!.DeviceId, request.Version!, success, request.Why ?? request.Status, clock.GetUtcNow().ToUnixTimeMilliseconds()),
            OtaSql.NoteEnd).ConfigureAwait(false);
        return Yes(success ? "{\"status\":\"ok\",\"message\":\"OTA update confirmed\"}" : "{\"status\":\"failed\",\"message\":\"noted\"}");
    }

    private static async ValueTask<(DeviceIdentity? Device, OtaRequest Request, DeviceAnswer? Refusal)> ReadAsync(
        HttpContext http, DeviceGate gate, DeviceLimit limit)
    {
        OtaRequest request = new();
        (DeviceIdentity? device, DeviceAnswer? refusal) = await gate.IdentifyAsync(http, limit).ConfigureAwait(false);
        if (device is null)
        {
            return (null, request, refusal);
        }

        if (await RequestBody.ReadAsync(http.Request).ConfigureAwait(false) is not { } body)
        {
            return (device, request, DeviceAnswer.TooLarge);
        }

        return (device, request, OtaRequest.Fields.Parse(body, request) ?? DeviceGate.CheckClaim(http.Request, device, request.DeviceId));
    }

    private static DeviceAnswer Yes(string json) => DeviceAnswer.Ok(StatusCodes.Status200OK, Encoding.ASCII.GetBytes(json));

    private static DeviceAnswer No(string reason) => Yes($"{{\"update_available\":false,\"reason\":\"{reason}\"}}");

    /// <summary>First what the old firmware looks for, within what it can read; then the same in the old backend's words.</summary>
    private static DeviceAnswer Offer(Patch p, int resumeFrom) => Yes(string.Create(
        CultureInfo.InvariantCulture,
        $"{{\"update_available\":true,\"target\":\"{p.To}\",\"sha256\":\"{p.Sha256}\",\"patch_size\":{p.Size},\"chunk_count\":{p.Chunks},\"chunk_size\":512,\"resume_from\":{resumeFrom},\"target_version\":\"{p.To}\",\"patch_sha256\":\"{p.Sha256}\"}}"));

    private static DeviceAnswer ChunkAnswer(byte[] bytes, int index, int total)
    {
        int at = index * OtaText.ChunkBytes;
        ReadOnlySpan<byte> chunk = at < bytes.Length ? bytes.AsSpan(at, Math.Min(OtaText.ChunkBytes, bytes.Length - at)) : [];
        ushort crc = Crc16.Of(chunk);
        return Yes(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"chunk\":{index},\"crc\":{crc},\"crc16\":{crc},\"size\":{chunk.Length},\"total\":{total},\"data\":\"{Convert.ToBase64String(chunk)}\"}}"));
    }
}
