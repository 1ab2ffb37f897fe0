using JamBox.Backend.Builds;
using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Trust;
using JamBox.Backend.Wire;
using JamBox.Ota.Nvs;

namespace JamBox.Backend.Manufacturing;

/// <summary>
/// Makes identities: images of the NVS partition, each with a fresh token, which stands in the image and as a hash in the storage, and
/// nowhere else. The token before stays good until the new one is used: an image that never reaches a chip locks nobody out.
/// </summary>
internal sealed class IdentityMaker
{
    private readonly ManufacturingOptions _options;
    private readonly BuildOptions _builds;
    private readonly FleetKeys _fleet;
    private readonly Protection _protection;
    private readonly ISecretSource _secrets;
    private readonly Store _store;
    private readonly DeviceGate _gate;
    private readonly AnswerKeys _keys;
    private readonly BoardFirmwareFinder _firmware;

    /// <summary>Makes the maker.</summary>
    public IdentityMaker(
        ManufacturingOptions options, BuildOptions builds, Protection protection, ISecretSource secrets, Store store, DeviceGate gate,
        AnswerKeys keys, BoardFirmwareFinder firmware, FleetKeys fleet)
    {
        _options = options;
        _builds = builds;
        _protection = protection;
        _secrets = secrets;
        _store = store;
        _gate = gate;
        _keys = keys;
        _firmware = firmware;
        _fleet = fleet;
    }

    /// <summary>Makes the image for a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="newMacKey">Whether the key of its messages is made anew; it is kept otherwise.</param>
    /// <param name="who">Who asks.</param>
    /// <param name="isAdmin">Whether that is an admin, who may when it is sold.</param>
    /// <param name="at">Milliseconds since 1970.</param>
    /// <returns>The image, or why there is none.</returns>
    public async Task<(byte[]? Image, Refusal? Refusal)> MakeAsync(
        MadeRow device, bool newMacKey, string who, bool isAdmin, long at)
    {
        if (_options.Board(device.HwType) is not { } board)
        {
            return (null, ManufacturingEndpoints.LostBoard(device.HwType));
        }

        if (device.Kind == DeviceKind.Box && _options.Host is null)
        {
            return (null, Refusal.Conflict("Manufacturing:Host is not set: a box must know whom it sends to"));
        }

        string? stored = await _store.ReadAsync(device.DeviceId, MacKeyOf).ConfigureAwait(false);
        byte[] macKey = new byte[IdentityImage.MacKeyBytes];
        string? closed = stored;
        if (stored is null || newMacKey)
        {
            _secrets.Fill(macKey);
            closed = _protection.Protect(AnswerKeys.PurposeOf(device.DeviceId), Convert.ToHexStringLower(macKey));
        }
        else if (_protection.Unprotect(AnswerKeys.PurposeOf(device.DeviceId), stored) is { } hex)
        {
            macKey = Convert.FromHexString(hex);
        }
        else
        {
            return (null, Refusal.Conflict("The key of its messages cannot be read any more: ask for a new one (newMacKey=true)"));
        }

        // Of the size that the partition table says, where firmware with one is there.
        (BoardFlash? flash, _) = await _firmware.FindAsync(board, device.Product, null).ConfigureAwait(false);
        int length = (flash ?? new BoardFlash(board, null, null, [])).NvsBytes;
        string token = Token.New(_secrets);
        KeyTrust? trust = await _store.ReadAsync(_fleet, TrustSql.Current).ConfigureAwait(false);
        byte[] image;
        try
        {
            image = device.Kind == DeviceKind.Box ? OfBox(device, token, macKey, length, trust) : OfThing(device, board, token, length);
        }
        catch (NvsException wrong)
        {
            return (null, Refusal.Conflict($"No identity can be made: {wrong.Message}"));
        }

        Refusal? refusal = await _store.WriteAsync(
            new Offer(device.DeviceId, Token.Hash(token), stored, closed!, who, isAdmin, at), Note).ConfigureAwait(false);
        _gate.Invalidate();
        _keys.Forget(device.DeviceId);
        return refusal is null ? (image, null) : (null, refusal);
    }

    private static Refusal? Note(SqlSession session, Offer offer)
    {
        // The row is what others who make an image of the same device wait at.
        session.Execute("UPDATE devices SET life = life WHERE device_id = $1", offer.DeviceId);
        string life = LifeSql.Of(session, offer.DeviceId)!;
        if (life == Life.Scrapped || Places.PlacementSql.FindFault(session, offer.DeviceId) is not null)
        {
            return Refusal.Conflict("It is scrapped or retired: it gets no identity any more");
        }

        if (Life.IsSold(life) && !offer.IsAdmin)
        {
            return new Refusal(StatusCodes.Status403Forbidden, $"It is {life}: from sold on a new identity is an admin's to make");
        }

        if (session.Execute(
            """
            UPDATE manufactured SET images = images + 1, first_image_at = coalesce(first_image_at, $3),
                mac_key_before = CASE WHEN mac_key = $2 THEN mac_key_before ELSE coalesce(mac_key_before, mac_key) END, mac_key = $2
            WHERE device_id = $1 AND coalesce(mac_key, '') = $4
            """, offer.DeviceId, offer.MacKey, offer.At, offer.MacKeyBefore ?? "") == 0)
        {
            return Refusal.Conflict("Somebody else has just made an identity for it: try again");
        }

        TokenSql.Offer(session, (offer.DeviceId, offer.TokenHash, offer.Who, offer.At));
        return null;
    }

    private static string? MacKeyOf(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT mac_key FROM manufactured WHERE device_id = $1", deviceId);
        return row.Read() ? row.TextOrNull(0) : null;
    }

    private static byte[]? KeyOf(string? hex) => hex is null ? null : Convert.FromHexString(hex);

    private static byte[] OfThing(MadeRow device, Board board, string token, int length) =>
        new NvsWriter(length).Namespace(board.Namespace)
            .Text("serial_number", device.Serial).Text("hw_type", device.HwType).Text("hw_version", device.HwVersion)
            .Text("device_id", device.DeviceId).Text("device_token", token).ToImage();

    /// <summary>A box that is made after keys were changed trusts those of now, not those of the settings.</summary>
    private byte[] OfBox(MadeRow device, string token, byte[] macKey, int length, KeyTrust? trust) => new IdentityImage
    {
        DeviceId = device.DeviceId, Token = token, MacKey = macKey, Host = _options.Host!, Port = _options.Port == 0 ? null : _options.Port,
        Apn = _options.Apn, Bands = _options.Bands,
        OtaKey = trust is { Number: > 0 } ? trust.Keys.ElementAtOrDefault(0)?.ToBytes() : KeyOf(_builds.PublicKey),
        OtaKey2 = trust is { Number: > 0 } ? trust.Keys.ElementAtOrDefault(1)?.ToBytes() : KeyOf(_options.NextPublicKey),
        RecoveryKey = KeyOf(_options.RecoveryKey),
    }.ToImage(length);

    private sealed record Offer(
        string DeviceId, string TokenHash, string? MacKeyBefore, string MacKey, string Who, bool IsAdmin, long At);
}
