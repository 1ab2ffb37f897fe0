using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;

using JamBox.Backend.Operation;
using JamBox.Backend.Storage;

using Microsoft.AspNetCore.DataProtection.Repositories;

namespace JamBox.Backend.Security;

/// <summary><c>Protection:*</c>: what the keys in the storage are encrypted with.</summary>
internal sealed class ProtectionOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Protection";

    private const int MinChars = 16;

    /// <summary>
    /// What the keys are encrypted with, 16 characters or more; without it they stand in the storage in clear, and whoever has a copy of it
    /// reads what they protect.
    /// </summary>
    [MinLength(MinChars, ErrorMessage = "must have 16 characters or more.")]
    public string? Secret { get; set; }

    /// <summary>The one before, at the first start with another one.</summary>
    [MinLength(MinChars, ErrorMessage = "must have 16 characters or more.")]
    public string? PreviousSecret { get; set; }
}

/// <summary>
/// The keys of ASP.NET Core's Data Protection, in the storage: all processes have the same ones, and a backup has them too. With
/// <c>Protection:Secret</c> they are encrypted there (AES-256-GCM under PBKDF2 of the secret), so that a copy of the storage alone opens
/// nothing.
/// </summary>
internal sealed class ProtectionKeys : IXmlRepository
{
    private const string SecretKey = "Protection:Secret";
    private const int SaltBytes = 16;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    /// <summary>As OWASP advises for PBKDF2 with SHA-256: a third of a second, once a process and salt.</summary>
    private const int Iterations = 600_000;

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly ProtectionOptions _options;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, byte[]> _derived = new(StringComparer.Ordinal);

    /// <summary>Makes the repository.</summary>
    public ProtectionKeys(Store store, TimeProvider clock, ProtectionOptions options)
    {
        _store = store;
        _clock = clock;
        _options = options;
    }

    /// <summary>Opens every key, and encrypts under the secret those that are in clear, or under the one before.</summary>
    /// <exception cref="StartupException">The secret is missing or another one.</exception>
    public void Prepare()
    {
        foreach (StoredKey key in _store.Read(0, ProtectionSql.All))
        {
            string xml = Open(key, out bool isCurrent) ?? throw new StartupException(SecretKey, _options.Secret is null
                ? "is needed: the keys in the storage are encrypted with it."
                : "is not the one that the keys in the storage are encrypted with; that one may stand in Protection:PreviousSecret.");
            if (_options.Secret is not null && !isCurrent)
            {
                _store.WriteAsync((key.Id, Close(xml)), ProtectionSql.Replace).GetAwaiter().GetResult();
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<XElement> GetAllElements() =>
        [.. _store.Read(0, ProtectionSql.All).Select(key => Open(key, out _)).OfType<string>().Select(static xml => XElement.Parse(xml))];

    /// <inheritdoc/>
    public void StoreElement(XElement element, string friendlyName)
    {
        string xml = element.ToString(SaveOptions.DisableFormatting);
        (string Xml, string? Salt) stored = _options.Secret is null ? (xml, null) : Close(xml);
        _store.WriteAsync(
            (friendlyName, stored.Xml, stored.Salt, _clock.GetUtcNow().ToUnixTimeMilliseconds()),
            ProtectionSql.Add).GetAwaiter().GetResult();
    }

    private string? Open(StoredKey key, out bool isCurrent)
    {
        isCurrent = false;
        if (key.Salt is null)
        {
            return key.Xml;
        }

        string? xml = _options.Secret is null ? null : Decrypt(key, _options.Secret);
        isCurrent = xml is not null;
        return xml ?? (_options.PreviousSecret is null ? null : Decrypt(key, _options.PreviousSecret));
    }

    private (string Xml, string? Salt) Close(string xml)
    {
        // One salt for all keys of this secret, so that it is derived once a process.
        string? salt = _store.Read(0, ProtectionSql.All).Where(key => key.Salt is not null && Decrypt(key, _options.Secret!) is not null)
            .Select(static key => key.Salt).FirstOrDefault() ?? Convert.ToBase64String(RandomNumberGenerator.GetBytes(SaltBytes));
        byte[] text = Encoding.UTF8.GetBytes(xml);
        byte[] bytes = new byte[NonceBytes + TagBytes + text.Length];
        RandomNumberGenerator.Fill(bytes.AsSpan(0, NonceBytes));
        using AesGcm aes = new(Derive(_options.Secret!, salt), TagBytes);
        aes.Encrypt(
            bytes.AsSpan(0, NonceBytes), text, bytes.AsSpan(NonceBytes + TagBytes), bytes.AsSpan(NonceBytes, TagBytes));
        return (Convert.ToBase64String(bytes), salt);
    }

    private string? Decrypt(StoredKey key, string secret)
    {
        try
        {
            byte[] bytes = Convert.FromBase64String(key.Xml);
            if (bytes.Length < NonceBytes + TagBytes)
            {
                return null;
            }

            byte[] text = new byte[bytes.Length - NonceBytes - TagBytes];
            using AesGcm aes = new(Derive(secret, key.Salt!), TagBytes);
            aes.Decrypt(
                bytes.AsSpan(0, NonceBytes), bytes.AsSpan(NonceBytes + TagBytes), bytes.AsSpan(NonceBytes, TagBytes), text);
            return Encoding.UTF8.GetString(text);
        }
        catch (Exception wrong) when (wrong is CryptographicException or FormatException)
        {
            return null;
        }
    }

    private byte[] Derive(string secret, string salt)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"{salt}:{secret}");
        lock (_lock)
        {
            if (!_derived.TryGetValue(name, out byte[]? key))
            {
                key = Rfc2898DeriveBytes.Pbkdf2(secret, Convert.FromBase64String(salt), Iterations, HashAlgorithmName.SHA256, 32);
                _derived[name] = key;
            }

            return key;
        }
    }
}

/// <summary>A key as it is stored.</summary>
/// <param name="Id">Its row.</param>
/// <param name="Xml">The key as Data Protection writes it, or that encrypted, in Base64.</param>
/// <param name="Salt">What the secret is hashed with, in Base64; null = the key stands there in clear.</param>
internal sealed record StoredKey(long Id, string Xml, string? Salt);

/// <summary>The SQL of keys.</summary>
internal static class ProtectionSql
{
    /// <summary>All keys.</summary>
    public static List<StoredKey> All(SqlSession session, int unused)
    {
        using SqlStatement row = session.Query("SELECT id, xml, salt FROM protection_keys ORDER BY id");
        List<StoredKey> keys = [];
        while (row.Read())
        {
            keys.Add(new StoredKey(row.Int64(0), row.Text(1), row.TextOrNull(2)));
        }

        return keys;
    }

    /// <summary>Adds a key.</summary>
    public static int Add(SqlSession session, (string Name, string Xml, string? Salt, long At) key) => session.Execute(
        "INSERT INTO protection_keys (name, xml, salt, created_at) VALUES ($1, $2, $3, $4)", key.Name, key.Xml, key.Salt, key.At);

    /// <summary>Stores a key in another form.</summary>
    public static int Replace(SqlSession session, (long Id, (string Xml, string? Salt) Key) changed) => session.Execute(
        "UPDATE protection_keys SET xml = $2, salt = $3 WHERE id = $1", changed.Id, changed.Key.Xml, changed.Key.Salt);
}
