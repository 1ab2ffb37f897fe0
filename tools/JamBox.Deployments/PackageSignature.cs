using System.Security.Cryptography;
using System.Text;

using JamBox.Ota.Signing;

namespace JamBox.Deployments;

/// <summary>
/// The signature of a package, <c>deployment.sig</c>: one line, the key's id, a space, r and s. It is made with a release key over the
/// bytes of <c>deployment.json</c> behind a line of their own, so that it can never stand for one of a firmware's manifest, nor the other
/// way round.
/// </summary>
/// <param name="KeyId">Which key: <see cref="IdOf"/>.</param>
/// <param name="Bytes">r and s, big-endian: 64 bytes.</param>
public sealed record PackageSignature(string KeyId, byte[] Bytes)
{
    /// <summary>Digits of a key's id.</summary>
    public const int KeyIdLength = 16;

    /// <summary>Characters of the file: id, space, 128 digits, end of line.</summary>
    public const int FileLength = KeyIdLength + 1 + (2 * SignatureLength) + 1;

    private const int SignatureLength = 64;

    private static ReadOnlySpan<byte> Domain => "JamBox deployment 1\n"u8;

    /// <summary>
    /// The id of a key: the first 16 hex digits of the SHA-256 of its 64 bytes. Its first four are the key's
    /// <see cref="PublicKey.Fingerprint"/>.
    /// </summary>
    /// <param name="key">The key.</param>
    /// <returns>16 lower hex digits.</returns>
    public static string IdOf(PublicKey key) => Convert.ToHexStringLower(SHA256.HashData(key.ToBytes()))[..KeyIdLength];

    /// <summary>Reads a signature.</summary>
    /// <param name="file">The bytes of <c>deployment.sig</c>.</param>
    /// <returns>The signature; not checked.</returns>
    /// <exception cref="PackageException">They are none.</exception>
    public static PackageSignature Read(ReadOnlySpan<byte> file)
    {
        string text = file.Length == FileLength ? Encoding.Latin1.GetString(file) : string.Empty;
        return text.Length == FileLength && text[KeyIdLength] == ' ' && text[^1] == '\n'
            && text[..KeyIdLength].All(char.IsAsciiHexDigitLower) && text[(KeyIdLength + 1)..^1].All(char.IsAsciiHexDigitLower)
            ? new PackageSignature(text[..KeyIdLength], Convert.FromHexString(text[(KeyIdLength + 1)..^1]))
            : throw new PackageException(
                $"{PackageLayout.Signature} is no signature: one line of {KeyIdLength} lower hex digits, a space, "
                + $"{2 * SignatureLength} more");
    }

    /// <summary>Signs a list.</summary>
    /// <param name="manifest">The bytes of <c>deployment.json</c>.</param>
    /// <param name="key">The release key.</param>
    /// <returns>The signature.</returns>
    public static PackageSignature Sign(ReadOnlySpan<byte> manifest, ReleaseKey key) =>
        new(IdOf(key.Public), key.Sign([.. Domain, .. manifest]));

    /// <summary>Checks the signature.</summary>
    /// <param name="manifest">The bytes of <c>deployment.json</c>, as they came.</param>
    /// <param name="key">A key.</param>
    /// <returns>It is that key's, over just these bytes.</returns>
    public bool IsBy(ReadOnlySpan<byte> manifest, PublicKey key) =>
        KeyId == IdOf(key) && key.Verify([.. Domain, .. manifest], Bytes);

    /// <summary>Writes the signature.</summary>
    /// <returns>The bytes of <c>deployment.sig</c>.</returns>
    public byte[] ToBytes() => Encoding.ASCII.GetBytes($"{KeyId} {Convert.ToHexStringLower(Bytes)}\n");
}
