using System.Security.Cryptography;

namespace JamBox.Ota.Signing;

/// <summary>The private key that releases are signed with. It lies at the bench only: never on a server that boxes reach.</summary>
public sealed class ReleaseKey : IDisposable
{
    /// <summary>The curve, as keys name it.</summary>
    public const string P256 = "1.2.840.10045.3.1.7";

    /// <summary>Where the pass phrase may come from.</summary>
    public const string PassPhraseVariable = "JAMBOX_KEY_PASSPHRASE";

    /// <summary>Makes each guess at the pass phrase of a stolen file cost a good part of a second.</summary>
    private const int Iterations = 600_000;

    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly ECDsa _key;

    private ReleaseKey(ECDsa key)
    {
        _key = key;
        Public = new PublicKey(key.ExportParameters(includePrivateParameters: false));
    }

    /// <summary>The other half.</summary>
    public PublicKey Public { get; }

    /// <summary>Makes a new pair.</summary>
    /// <returns>The key, in memory only.</returns>
    public static ReleaseKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256));

    /// <summary>Reads a key that <see cref="Save"/> or another program wrote.</summary>
    /// <param name="path">A PEM file.</param>
    /// <param name="askPassPhrase">Called when the file is encrypted.</param>
    /// <returns>The key.</returns>
    /// <exception cref="KeyException">It is no P-256 private key, or the pass phrase is another.</exception>
    public static ReleaseKey Load(string path, Func<string> askPassPhrase)
    {
        string pem = Read(path);
        if (!pem.Contains("PRIVATE KEY-----", StringComparison.Ordinal))
        {
            throw new KeyException($"{path}: is no private key in PEM; 'release keygen' makes one");
        }

        bool isEncrypted = pem.Contains("-----BEGIN ENCRYPTED PRIVATE KEY-----", StringComparison.Ordinal);
        string passPhrase = isEncrypted ? askPassPhrase() : string.Empty;
        var key = ECDsa.Create();
        try
        {
            Import(key, pem, passPhrase, isEncrypted);
            return key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == P256
                ? new ReleaseKey(key)
                : throw new KeyException(
                    $"{path}: its curve is not P-256, the only one that boxes can check; 'release keygen' makes a key");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new KeyException(
                isEncrypted ? $"{path}: wrong pass phrase (or a damaged file)" : $"{path}: is a damaged private key");
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Writes it to a new file that only its owner may read.</summary>
    /// <param name="path">The file; it must not exist.</param>
    /// <param name="passPhrase">Encrypts it; <c>null</c> for a plain one.</param>
    /// <exception cref="KeyException">The file is there, or cannot be written.</exception>
    public void Save(string path, string? passPhrase)
    {
        string pem = passPhrase is null
            ? _key.ExportPkcs8PrivateKeyPem()
            : _key.ExportEncryptedPkcs8PrivateKeyPem(
                passPhrase, new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, Iterations));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            // From its first byte on, not only after it is written.
            options.UnixCreateMode = OwnerOnly;
        }

        try
        {
            using var writer = new StreamWriter(path, options);
            writer.Write(pem + "\n");
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new KeyException(
                $"{path}: is there already, and a key that is lost cannot be had again: choose another --out, or move it away yourself");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyException($"{path}: {e.Message}");
        }
    }

    /// <summary>Signs bytes.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>r and s, big-endian, 64 bytes.</returns>
    public byte[] Sign(byte[] bytes) => _key.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static string Read(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new KeyException($"--key {path}: {e.Message} ('release keygen' makes a key)");
        }
    }

    private static void Import(ECDsa key, string pem, string passPhrase, bool isEncrypted)
    {
        if (isEncrypted)
        {
            key.ImportFromEncryptedPem(pem, passPhrase);
        }
        else
        {
            key.ImportFromPem(pem);
        }
    }
}
