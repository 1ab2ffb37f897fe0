using System.Security.Cryptography;
using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Signing;

/// <summary>The public key of releases, as provisioning puts it on boxes (<c>ota_key</c>) and as the server has it (<c>Ota:PublicKey</c>).</summary>
internal sealed class PublicKey
{
    private const int CoordinateLength = 32;
    private const int HexLength = 4 * CoordinateLength;

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

    /// <summary>Reads a key.</summary>
    /// <param name="text">128 hex digits, or the name of a file that holds them or a PEM public key.</param>
    /// <returns>The key.</returns>
    /// <exception cref="BenchException">It is none.</exception>
    public static PublicKey Parse(string text)
    {
        string content = text.Length != HexLength && File.Exists(text) ? ReadFile(text) : text;
        try
        {
            using ECDsa key = content.Contains("-----BEGIN PUBLIC KEY-----", StringComparison.Ordinal) ? FromPem(content) : FromHex(content.Trim());
            ECParameters parameters = key.ExportParameters(includePrivateParameters: false);
            return parameters.Curve.Oid.Value == ReleaseKey.P256
                ? new PublicKey(parameters)
                : throw new CryptographicException("not P-256");
        }
        catch (Exception e) when (e is FormatException or CryptographicException or ArgumentException)
        {
            throw new BenchException(
                "--public-key: must be the 128 hex digits that 'release keygen' showed, or a file with them or with a PEM public key, of the curve P-256", ExitCode.BadInput);
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

    private static string ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchException($"--public-key {path}: {e.Message}", ExitCode.BadInput);
        }
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
