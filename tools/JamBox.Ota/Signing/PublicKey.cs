using System.Security.Cryptography;

namespace JamBox.Ota.Signing;

/// <summary>
/// The public key of releases, as provisioning puts it on boxes (<c>ota_key</c>) and as the server has it (<c>Ota:PublicKey</c>).
/// </summary>
public sealed class PublicKey
{
    private const int CoordinateLength = 32;
    private const int HexLength = 4 * CoordinateLength;
    private const int FingerprintBytes = 2;

    private readonly ECParameters _parameters;

    /// <summary>Takes the public half of a key.</summary>
    /// <param name="parameters">P-256.</param>
    public PublicKey(ECParameters parameters)
    {
        _parameters = new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = parameters.Q };
        Hex = Convert.ToHexStringLower([.. parameters.Q.X!, .. parameters.Q.Y!]);
    }

    /// <summary>X and Y, big-endian: 128 hex digits.</summary>
    public string Hex { get; }

    /// <summary>
    /// The first 4 hex digits of the SHA-256 of its 64 bytes: how boxes name it in heartbeats (<c>ks</c>). Enough to tell the few keys of a
    /// fleet apart, not to recognise a key by.
    /// </summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(ToBytes()).AsSpan(0, FingerprintBytes));

    /// <summary>The same as 64 bytes.</summary>
    /// <returns>X, then Y.</returns>
    public byte[] ToBytes() => Convert.FromHexString(Hex);

    /// <summary>Reads a key out of a record.</summary>
    /// <param name="bytes">X, then Y: 64 bytes.</param>
    /// <returns>The key.</returns>
    /// <exception cref="KeyException">They are no point of P-256.</exception>
    public static PublicKey FromBytes(ReadOnlySpan<byte> bytes) => Parse(Convert.ToHexStringLower(bytes));

    /// <summary>Reads a key.</summary>
    /// <param name="text">128 hex digits, or a PEM public key.</param>
    /// <returns>The key.</returns>
    /// <exception cref="KeyException">It is none, or of another curve.</exception>
    public static PublicKey Parse(string text)
    {
        try
        {
            using ECDsa key = text.Contains("-----BEGIN PUBLIC KEY-----", StringComparison.Ordinal) ? FromPem(text) : FromHex(text.Trim());
            ECParameters parameters = key.ExportParameters(includePrivateParameters: false);
            return parameters.Curve.Oid.Value == ReleaseKey.P256
                ? new PublicKey(parameters)
                : throw new CryptographicException("not P-256");
        }
        catch (Exception e) when (e is FormatException or CryptographicException or ArgumentException)
        {
            throw new KeyException(
                "must be the 128 hex digits of a P-256 public key, X and Y, as 'jambox release keygen' shows them, or a PEM public key of that curve");
        }
    }

    /// <summary>Checks a signature.</summary>
    /// <param name="bytes">What was signed.</param>
    /// <param name="signature">r and s.</param>
    /// <returns>It is right.</returns>
    public bool Verify(byte[] bytes, byte[] signature)
    {
        using var key = ECDsa.Create(_parameters);
        return key.VerifyData(bytes, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    private static ECDsa FromPem(string pem)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(pem);
        return key;
    }

    private static ECDsa FromHex(string hex)
    {
        byte[] bytes = Convert.FromHexString(hex);
        if (bytes.Length != 2 * CoordinateLength)
        {
            throw new FormatException();
        }

        return ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = bytes[..CoordinateLength], Y = bytes[CoordinateLength..] },
        });
    }
}

/// <summary>What was given is no key of releases, or cannot be read or written.</summary>
/// <param name="message">What is wrong, and what to do.</param>
public sealed class KeyException(string message) : Exception(message);
