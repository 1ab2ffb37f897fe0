using JamBox.Backend.Mqtt;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Manufacturing;

/// <summary>
/// Finds the key that a box authenticates our answers with. After an identity with a new one was made there are two: the box says which it
/// has, and the one before is forgotten when it comes with the new one. So an identity that never reaches a chip cuts nobody off.
/// </summary>
internal sealed class AnswerKeys
{
    /// <summary>Boxes remembered; past it all are looked up again.</summary>
    private const int MaxCached = 50_000;

    private readonly Store _store;
    private readonly Protection _protection;
    private readonly TimedCache<Known[]> _cache;

    /// <summary>Makes it.</summary>
    public AnswerKeys(Store store, Protection protection, TimeProvider clock)
    {
        _store = store;
        _protection = protection;
        _cache = new TimedCache<Known[]>(clock, MaxCached);
    }

    /// <summary>The nonce of a request, from its header <c>N</c>.</summary>
    /// <returns>Null when there is none, or it is none.</returns>
    public static byte[]? NonceOf(HttpRequest request)
    {
        if (!request.Headers.TryGetValue("N", out Microsoft.Extensions.Primitives.StringValues values)
            || values is not [{ Length: 2 * AnswerMac.NonceBytes } text])
        {
            return null;
        }

        byte[] nonce = new byte[AnswerMac.NonceBytes];
        return Convert.FromHexString(text, nonce, out _, out int written) == System.Buffers.OperationStatus.Done
            && written == nonce.Length ? nonce : null;
    }

    /// <summary>Finds the key that a request is to be answered with.</summary>
    /// <param name="deviceId">The box.</param>
    /// <param name="nonce">Its nonce, which says which key it has.</param>
    /// <returns>Null when there is no such key, or it cannot be read any more.</returns>
    public async ValueTask<byte[]?> FindAsync(string deviceId, ReadOnlyMemory<byte> nonce)
    {
        if (!_cache.TryGet(deviceId, out Known[]? keys))
        {
            keys = await ReadAsync(deviceId).ConfigureAwait(false);
            _cache.Set(deviceId, keys);
        }

        Known? found = Array.Find(keys, key => AnswerMac.KeyIdOf(nonce.Span).SequenceEqual(key.Id));
        if (found is { IsNewest: true } && keys.Length > 1)
        {
            if (await _store.WriteAsync((deviceId, found.Stored), ForgetBefore).ConfigureAwait(false) > 0)
            {
                _cache.Remove(deviceId);
            }
        }

        return found?.Key;
    }

    /// <summary>What the answers of a box are, as its heartbeat has it.</summary>
    /// <param name="deviceId">The box.</param>
    /// <param name="nonce">The nonce of its request; null = it has none.</param>
    /// <returns>One of <see cref="Answers"/>.</returns>
    public async ValueTask<string> KindAsync(string deviceId, byte[]? nonce) =>
        nonce is null ? Answers.NoKey
            : await FindAsync(deviceId, nonce).ConfigureAwait(false) is null ? Answers.OtherKey
            : Answers.Authenticated;

    /// <summary>Makes the next look-up of a box fresh: an identity was made for it.</summary>
    public void Forget(string deviceId) => _cache.Remove(deviceId);

    /// <summary>What a key is encrypted for.</summary>
    public static string[] PurposeOf(string deviceId) => ["mac key", $"device {deviceId}"];

    private async Task<Known[]> ReadAsync(string deviceId)
    {
        (string? newest, string? before) = await _store.ReadAsync(deviceId, Read, settled: false).ConfigureAwait(false);
        return [.. new[] { Open(deviceId, newest, isNewest: true), Open(deviceId, before, isNewest: false) }.OfType<Known>()];
    }

    private Known? Open(string deviceId, string? stored, bool isNewest)
    {
        if (stored is null || _protection.Unprotect(PurposeOf(deviceId), stored) is not { } hex)
        {
            return null;
        }

        byte[] key = Convert.FromHexString(hex);
        return new Known(key, AnswerMac.KeyId(key, deviceId), stored, isNewest);
    }

    private static (string? Newest, string? Before) Read(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT mac_key, mac_key_before FROM manufactured WHERE device_id = $1", deviceId);
        return row.Read() ? (row.TextOrNull(0), row.TextOrNull(1)) : (null, null);
    }

    /// <summary>
    /// The two bytes that name a key are guessed soon by whoever has read the box's token on the line. The token that came with the newest
    /// identity never was on the line before the box has both: while that one waits for its first use, nothing is forgotten.
    /// </summary>
    private static int ForgetBefore(SqlSession session, (string DeviceId, string Newest) used) => session.Execute(
        """
        UPDATE manufactured SET mac_key_before = NULL WHERE device_id = $1 AND mac_key = $2
            AND NOT EXISTS (SELECT 1 FROM devices d WHERE d.device_id = $1 AND d.next_token_hash IS NOT NULL)
        """, used.DeviceId, used.Newest);

    /// <summary>A key of a box.</summary>
    /// <param name="Key">The key.</param>
    /// <param name="Id">How the box names it.</param>
    /// <param name="Stored">The key as it is stored.</param>
    /// <param name="IsNewest">Whether it is that of the newest identity.</param>
    private sealed record Known(byte[] Key, byte[] Id, string Stored, bool IsNewest);
}

/// <summary>What a box can make of our answers.</summary>
internal static class Answers
{
    /// <summary>It checks them, with a key that we have.</summary>
    public const string Authenticated = "authenticated";

    /// <summary>It has no key, or an older firmware: whoever is on the line can give it orders.</summary>
    public const string NoKey = "no_key";

    /// <summary>It has a key that we do not have: it takes our orders no more until its identity is written again.</summary>
    public const string OtherKey = "other_key";
}
