using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace JamBox.Backend.Security;

/// <summary>
/// The proof that an answer is ours, for a box with a key: the first eight bytes of HMAC-SHA-256(key, device id ‖ 0 ‖ nonce ‖ request
/// target ‖ 0 ‖ status as three digits ‖ body); docs/wire.md, "Authenticated answers". The firmware has the other half.
/// </summary>
internal static class AnswerMac
{
    /// <summary>Bytes of a key.</summary>
    public const int KeyBytes = 32;

    /// <summary>Bytes of a nonce: six random ones, and the two of <see cref="KeyId"/> that say which key the box has.</summary>
    public const int NonceBytes = 8;

    /// <summary>Bytes of a MAC.</summary>
    public const int Bytes = 8;

    private const int KeyIdBytes = 2;

    /// <summary>Which key it is, for one box: a box may come with the one before its newest identity.</summary>
    /// <param name="key">The key.</param>
    /// <param name="deviceId">The box's id.</param>
    /// <returns>The two bytes.</returns>
    public static byte[] KeyId(ReadOnlySpan<byte> key, string deviceId)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, Encoding.ASCII.GetBytes(deviceId), hash);
        return hash[..KeyIdBytes].ToArray();
    }

    /// <summary>The key id in a nonce.</summary>
    /// <param name="nonce">The nonce, <see cref="NonceBytes"/> bytes.</param>
    public static ReadOnlySpan<byte> KeyIdOf(ReadOnlySpan<byte> nonce) => nonce.Slice(NonceBytes - KeyIdBytes, KeyIdBytes);

    /// <summary>Makes the MAC of an answer.</summary>
    /// <param name="key">The box's key.</param>
    /// <param name="deviceId">The box's id.</param>
    /// <param name="nonce">The nonce of its request, <see cref="NonceBytes"/> bytes.</param>
    /// <param name="target">The request target, path and query, as it was sent.</param>
    /// <param name="status">The answer's status, 100…999.</param>
    /// <param name="body">Its body.</param>
    /// <returns><see cref="Bytes"/> bytes.</returns>
    public static byte[] Compute(
        ReadOnlySpan<byte> key, string deviceId, ReadOnlySpan<byte> nonce, string target, int status, ReadOnlySpan<byte> body)
    {
        using IncrementalHash mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        mac.AppendData(Encoding.ASCII.GetBytes(deviceId));
        mac.AppendData([0]);
        mac.AppendData(nonce);
        mac.AppendData(Encoding.ASCII.GetBytes(target));
        mac.AppendData([0]);
        mac.AppendData(Encoding.ASCII.GetBytes(status.ToString("D3", CultureInfo.InvariantCulture)));
        mac.AppendData(body);
        return mac.GetHashAndReset()[..Bytes];
    }
}
