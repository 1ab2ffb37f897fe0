using System.Security.Cryptography;
using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Server;

/// <summary>Manufacturing, as the server does it: it makes identities, and the bench only carries them to the chip.</summary>
/// <param name="client">The server.</param>
internal sealed class Manufacturing(BackendClient client)
{
    private const int MaxFileBytes = 16 * 1024 * 1024;

    /// <summary>Makes a batch, all or none.</summary>
    /// <param name="request">What.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The devices, with PINs that are never shown again.</returns>
    public Task<NewBatch> MakeBatchAsync(BatchRequest request, CancellationToken stop) =>
        client.PostAsync<NewBatch>("api/manufacturing/batch", request, stop);

    /// <summary>Gets a batch.</summary>
    /// <param name="id">Its number.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The batch.</returns>
    public Task<BatchDetail> GetBatchAsync(long id, CancellationToken stop) =>
        client.GetAsync<BatchDetail>(BackendClient.Path($"api/manufacturing/batch/{id}"), stop);

    /// <summary>Lists what batches have made, the last one first.</summary>
    /// <param name="stop">Ends it.</param>
    /// <returns>The devices.</returns>
    public Task<List<MadeRow>> ListAsync(CancellationToken stop) => client.ListAsync<MadeRow>("api/manufacturing/devices", stop);

    /// <summary>Gets a device.</summary>
    /// <param name="box">Its serial number or id.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The device.</returns>
    /// <exception cref="BenchException">No batch has made it.</exception>
    public async Task<MadeDetail> GetAsync(string box, CancellationToken stop)
    {
        try
        {
            return await client.GetAsync<MadeDetail>(Path(box), stop).ConfigureAwait(false);
        }
        catch (BenchException e) when (e.Message.Contains("No batch has made", StringComparison.Ordinal))
        {
            throw new BenchException(
                $"{e.Message.TrimEnd('.')} as {box}: 'jambox box list' shows those that there are, 'jambox box register' makes one",
                e.ExitCode);
        }
    }

    /// <summary>Takes a step in the life of a device.</summary>
    /// <param name="box">Its serial number or id.</param>
    /// <param name="status">Where to.</param>
    /// <param name="why">Why.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The device.</returns>
    public Task<MadeDetail> StepAsync(string box, string status, string why, CancellationToken stop) =>
        client.PostAsync<MadeDetail>(Path(box) + "/status", new { status, why }, stop);

    /// <summary>
    /// Makes the identity of a device: the partition with a fresh token, which stands nowhere else. Whoever holds it clears it after use.
    /// </summary>
    /// <param name="box">Its serial number or id.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The partition.</returns>
    public Task<byte[]> MakeIdentityAsync(string box, CancellationToken stop) =>
        client.PostForBytesAsync(Path(box) + "/nvs.bin", null, MaxFileBytes, stop);

    /// <summary>Says which firmware a board gets.</summary>
    /// <param name="board">The board.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The firmware.</returns>
    public Task<BoardFirmware> FindFirmwareAsync(BoardName board, CancellationToken stop) =>
        client.GetAsync<BoardFirmware>(
            Path(board) + (board.Product is null ? string.Empty : $"?product={Uri.EscapeDataString(board.Product)}"), stop);

    /// <summary>Gets a part of the firmware of a board.</summary>
    /// <param name="board">The board.</param>
    /// <param name="part">Which.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>Its bytes, of which the hash is right.</returns>
    /// <exception cref="BenchException">There is none, or it was damaged on the way.</exception>
    public async Task<byte[]> GetPartAsync(BoardName board, BoardPart part, CancellationToken stop)
    {
        // Those of a device are of the product of its batch. A build that is uploaded meanwhile changes nothing of this one.
        string from = board.Device is null ? Path(board) : Path(board.Device);
        string version = part.Part is "deployment" or "provisioning" && part.Version is not null
            ? $"&version={Uri.EscapeDataString(part.Version)}"
            : string.Empty;
        byte[] bytes = await client.GetBytesAsync($"{from}/firmware.bin?part={part.Part}{version}", MaxFileBytes, stop)
            .ConfigureAwait(false);
        return Convert.ToHexStringLower(SHA256.HashData(bytes)) == part.Sha256 ? bytes : throw new BenchException(
            $"{part.Part} came damaged from {client.Address}: try again", ExitCode.NoServer);
    }

    /// <summary>Makes labels.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="wish">What kind, and with which PINs.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>A PDF.</returns>
    public Task<byte[]> MakeLabelsAsync(long batch, LabelWish wish, CancellationToken stop)
    {
        string path = BackendClient.Path($"api/manufacturing/batch/{batch}/labels?layout={wish.Layout}&paper={wish.Paper}")
            + (wish.Serial is null ? string.Empty : $"&serial={Uri.EscapeDataString(wish.Serial)}")
            + (wish.NewPins ? "&newPins=true" : string.Empty);
        object body = wish.Pins is null ? new { } : new { pins = wish.Pins };
        return client.PostForBytesAsync(path, body, MaxFileBytes, stop);
    }

    private static string Path(BoardName board) =>
        $"api/manufacturing/firmware/{Uri.EscapeDataString(board.Type)}/{Uri.EscapeDataString(board.Revision)}";

    private static string Path(string box) => $"api/manufacturing/devices/{Uri.EscapeDataString(box)}";
}

/// <summary>A board, of which firmware is asked for.</summary>
/// <param name="Type">Two capital letters.</param>
/// <param name="Revision">Two digits.</param>
/// <param name="Product">What the firmware is for; <c>null</c> = the board's own.</param>
/// <param name="Device">A device with that board; <c>null</c> = there is none yet.</param>
internal sealed record BoardName(string Type, string Revision, string? Product = null, string? Device = null)
{
    /// <summary>The board of a device.</summary>
    /// <param name="device">The device.</param>
    /// <returns>Its board.</returns>
    public static BoardName Of(MadeRow device) => new(device.HwType, device.HwVersion, device.Product, device.Serial);
}

/// <summary>What kind of labels.</summary>
/// <param name="Layout">sheet, roll or single.</param>
/// <param name="Paper">A4 or Letter.</param>
/// <param name="Serial">Only this one; <c>null</c> = the whole batch.</param>
/// <param name="NewPins">Whether new PINs are made: those on labels before are good no longer.</param>
/// <param name="Pins">Serial numbers and PINs, a blank between; <c>null</c> = none.</param>
internal sealed record LabelWish(
    string Layout, string Paper = "A4", string? Serial = null, bool NewPins = false, IReadOnlyList<string>? Pins = null);
