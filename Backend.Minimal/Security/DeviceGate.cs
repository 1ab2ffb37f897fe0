using System.Diagnostics.CodeAnalysis;

using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Security;

/// <summary>
/// Finds out which device speaks. The token alone says it; the id in the request must agree, so that a device can write only as
/// itself. The token is looked at before the body is: a stranger's body is never parsed.
/// </summary>
internal sealed class DeviceGate
{
    private readonly Store _store;

    /// <summary>Makes the gate.</summary>
    public DeviceGate(Store store)
    {
        _store = store;
    }

    /// <summary>Identifies the sender by its token.</summary>
    /// <param name="request">The request.</param>
    /// <param name="device">Who it is.</param>
    /// <param name="refusal">The answer when it is nobody, or one that is switched off.</param>
    public bool TryIdentify(HttpRequest request, [NotNullWhen(true)] out DeviceIdentity? device, [NotNullWhen(false)] out DeviceAnswer? refusal)
    {
        device = null;
        refusal = null;
        if (Token.HashOfRequest(request) is not { } hash)
        {
            refusal = DeviceAnswer.MissingAuthorization;
            return false;
        }

        device = _store.Read(hash, FindByToken);
        refusal = device switch
        {
            null => DeviceAnswer.InvalidToken,
            _ when !Token.SameHash(device.TokenHash, hash) => DeviceAnswer.InvalidToken,
            { Status: "active" } => null,
            { Status: "maintenance" } => DeviceAnswer.DeviceInMaintenance,
            _ => DeviceAnswer.DeviceInactive,
        };
        return refusal is null;
    }

    /// <summary>Compares the id that a request claims (body, else query) with the one that its token belongs to.</summary>
    /// <param name="request">The request.</param>
    /// <param name="device">Who the token says it is.</param>
    /// <param name="claimed">The id in the body, if any.</param>
    /// <returns>The refusal, or null when they agree.</returns>
    public static DeviceAnswer? CheckClaim(HttpRequest request, DeviceIdentity device, string? claimed)
    {
        claimed ??= Query(request, "d") ?? Query(request, "device_id");
        return claimed is null ? DeviceAnswer.MissingDeviceId
            : claimed != device.DeviceId ? DeviceAnswer.InvalidToken
            : null;
    }

    private static string? Query(HttpRequest request, string name) => request.Query[name] is [{ Length: > 0 } value, ..] ? value : null;

    private static DeviceIdentity? FindByToken(SqlSession session, string hash)
    {
        using SqlStatement row = session.Query("SELECT device_id, status, token_hash FROM devices WHERE token_hash = $1", hash);
        return row.Read() ? new DeviceIdentity(row.Text(0), row.Text(1), row.Text(2)) : null;
    }
}
