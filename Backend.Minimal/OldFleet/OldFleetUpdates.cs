using System.Globalization;
using System.Text.Json;

using JamBox.Backend.Builds;
using JamBox.Backend.Patches;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;
using JamBox.Backend.Wire;

namespace JamBox.Backend.OldFleet;

/// <summary>
/// Updates as the predecessor's devices see them: answers in the words of both its firmware and its backend, and chunks as base64 in
/// JSON.
/// </summary>
internal static class OldFleetUpdates
{
    private static readonly DeviceResponse s_missingTarget = DeviceResponse.Refuse(400, "Missing version (v)");
    private static readonly DeviceResponse s_missingParams = DeviceResponse.Refuse(400, "Missing required params: from, to, chunk");
    private static readonly DeviceResponse s_noPatch = DeviceResponse.Refuse(404, "Patch not found");
    private static readonly DeviceResponse s_confirmed =
        DeviceResponse.Json("{\"status\":\"ok\",\"message\":\"OTA update confirmed\"}");

    private static readonly DeviceResponse s_badIndex = DeviceResponse.Refuse(400, "Invalid chunk index: from 0 to the count less 1");

    /// <summary>Says whether there is an update for the version that the device runs.</summary>
    public static async Task<DeviceResponse> CheckAsync(DeviceIdentity device, UpdateRequest request, Store store, TimeProvider clock)
    {
        string? current = await store.ReadAsync(0, OldFleetSql.Current).ConfigureAwait(false);
        if (current is null || current == request.Version)
        {
            return No(current is null ? "no_current_firmware" : "up_to_date");
        }

        if (await store.ReadAsync((request.Version!, current), OldFleetSql.Find).ConfigureAwait(false) is not { } patch)
        {
            return NoPatch(request.Version!, current);
        }

        (string Status, int Chunks)? progress = await store.ReadAsync(
            (device.DeviceId, current), OldFleetSql.Progress).ConfigureAwait(false);
        if (progress is { Status: "complete" or "failed" })
        {
            return No(progress.Value.Status == "failed" ? "failed_before" : "done_before");
        }

        await store.WriteAsync(
            (device.DeviceId, patch, clock.GetUtcNow().ToUnixTimeMilliseconds()), OldFleetSql.NoteOffer).ConfigureAwait(false);
        return Offer(patch, progress ?? ("pending", 0));
    }

    /// <summary>Gives one chunk of 512 bytes, and credits it to the device whose token it is.</summary>
    public static async Task<DeviceResponse> ChunkAsync(
        DeviceIdentity device, Store store, OldPatchCache patches, TimeProvider clock, string? from, string? to, string? chunk)
    {
        if (string.IsNullOrEmpty(from) || string.IsNullOrEmpty(to)
            || !int.TryParse(chunk, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int index))
        {
            return s_missingParams;
        }

        if (!ReleaseText.IsVersion(from) || !ReleaseText.IsVersion(to)
            || await store.ReadAsync((from, to), OldFleetSql.Find).ConfigureAwait(false) is not { } patch
                || await patches.BytesAsync(patch).ConfigureAwait(false) is not { } bytes)
        {
            return s_noPatch;
        }

        if (index < 0 || index >= patch.Chunks)
        {
            return s_badIndex;
        }

        await store.WriteAsync(
            (device.DeviceId, patch, index, clock.GetUtcNow().ToUnixTimeMilliseconds()), OldFleetSql.NoteChunk).ConfigureAwait(false);
        return ChunkAnswer(bytes, index, patch.Chunks);
    }

    /// <summary>Takes the end of an update. What failed is not offered again until an operator allows it.</summary>
    public static async Task<DeviceResponse> CompleteAsync(DeviceIdentity device, UpdateRequest request, Store store, TimeProvider clock)
    {
        if (request.Version is null)
        {
            return s_missingTarget;
        }

        // Who does not say that it succeeded, has not.
        bool success = request.Succeeded ?? false;

        await store.WriteAsync(
            (device.DeviceId, request.Version, success, request.Why ?? request.Status, clock.GetUtcNow().ToUnixTimeMilliseconds()),
            OldFleetSql.NoteEnd).ConfigureAwait(false);
        return success ? s_confirmed : Failed(request.Why ?? request.Status);
    }

    private static DeviceResponse No(string reason) =>
        DeviceResponse.Json($"{{\"update_available\":false,\"reason\":\"{reason}\",\"status\":\"ok\"}}");

    private static DeviceResponse NoPatch(string current, string target) => DeviceResponse.Json(
        $"{{\"update_available\":false,\"reason\":\"no_patch\",\"status\":\"ok\",\"current\":{Text(current)},\"target\":{Text(target)}}}");

    /// <summary>First what the old firmware looks for, within what it can read; then the same in the old backend's words.</summary>
    private static DeviceResponse Offer(OldPatch p, (string Status, int Chunks) progress) => DeviceResponse.Json(string.Create(
        CultureInfo.InvariantCulture,
        $"{{\"update_available\":true,\"target\":\"{p.To}\",\"sha256\":\"{p.Sha256}\",\"patch_size\":{p.Size},\"chunk_count\":{p.Chunks},")
        + string.Create(
            CultureInfo.InvariantCulture,
            $"\"chunk_size\":512,\"resume_from\":{progress.Chunks},\"status\":\"{progress.Status}\",")
        + $"\"target_version\":\"{p.To}\",\"patch_sha256\":\"{p.Sha256}\"}}");

    private static DeviceResponse Failed(string? why) =>
        DeviceResponse.Json($"{{\"status\":\"failed\",\"message\":{(why is null ? "null" : Text(why))}}}");

    /// <summary>Text of a device, as a string of JSON.</summary>
    private static string Text(string text) => $"\"{JsonEncodedText.Encode(text)}\"";

    private static DeviceResponse ChunkAnswer(byte[] bytes, int index, int total)
    {
        int at = index * ReleaseText.ChunkBytes;
        ReadOnlySpan<byte> chunk = at < bytes.Length ? bytes.AsSpan(at, Math.Min(ReleaseText.ChunkBytes, bytes.Length - at)) : [];
        ushort crc = Crc16.Of(chunk);
        return DeviceResponse.Json(string.Create(
            CultureInfo.InvariantCulture,
            $"{{\"chunk\":{index},\"crc\":{crc},\"crc16\":{crc},\"size\":{chunk.Length},\"total\":{total},\"data\":\"{Convert.ToBase64String(chunk)}\"}}"));
    }
}

/// <summary>The ready-made patches that devices of the old fleet are downloading.</summary>
internal sealed class OldPatchCache : PatchBytesCache
{
    // An old fleet downloads one or two at a time.
    private const int MaxPatches = 4;

    /// <summary>Makes the cache.</summary>
    public OldPatchCache(Store store)
        : base(store, OldFleetSql.Bytes, MaxPatches)
    {
    }

    /// <summary>The bytes of a patch; null when they were never uploaded.</summary>
    public Task<byte[]?> BytesAsync(OldPatch patch) => BytesAsync(patch.Id, patch.Sha256);
}

/// <summary>A patch as it is offered.</summary>
/// <param name="Id">Its row; a new upload gets a new one.</param>
/// <param name="To">The version that it leads to.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Chunks">Chunks of 512 bytes.</param>
/// <param name="Sha256">SHA-256, hex.</param>
internal sealed record OldPatch(long Id, string To, int Size, int Chunks, string Sha256);
