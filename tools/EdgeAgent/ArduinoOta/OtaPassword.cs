using System.Security.Cryptography;
using System.Text;

namespace JamBox.Edge.ArduinoOta;

/// <summary>
/// The password of modules, as far as it is known: the text itself, or only its MD5 or its SHA-256 in hex (what
/// <c>setPasswordHash</c> of the module's program was given).
/// </summary>
public sealed class OtaPassword
{
    private const string Md5Prefix = "md5:";
    private const string Sha256Prefix = "sha256:";
    private const int MaxChars = 256;

    private readonly string? _md5Hex;
    private readonly string? _sha256Hex;

    private OtaPassword(string? md5Hex, string? sha256Hex)
    {
        _md5Hex = md5Hex;
        _sha256Hex = sha256Hex;
    }

    /// <summary>No password: modules that ask for one are not served.</summary>
    public static OtaPassword None { get; } = new(null, null);

    /// <summary>Whether there is one.</summary>
    public bool IsKnown => _md5Hex is not null || _sha256Hex is not null;

    /// <summary>Reads the setting: nothing, the text, <c>md5:</c> and 32 hex digits, or <c>sha256:</c> and 64.</summary>
    /// <param name="setting">What the configuration says; null or empty = none. At most 256 characters.</param>
    /// <exception cref="FormatException">A hash has another length, or the text is too long; the password is not shown.</exception>
    public static OtaPassword Parse(string? setting)
    {
        if (string.IsNullOrEmpty(setting))
        {
            return None;
        }

        if (setting.Length > MaxChars)
        {
            throw new FormatException($"The password of the modules is longer than {MaxChars} characters.");
        }

        if (setting.StartsWith(Md5Prefix, StringComparison.Ordinal))
        {
            return new OtaPassword(Hex(setting[Md5Prefix.Length..], OtaAuthentication.Md5Chars, "MD5"), null);
        }

        if (setting.StartsWith(Sha256Prefix, StringComparison.Ordinal))
        {
            return new OtaPassword(null, Hex(setting[Sha256Prefix.Length..], OtaAuthentication.Sha256Chars, "SHA-256"));
        }

        byte[] text = Encoding.UTF8.GetBytes(setting);
        return new OtaPassword(Convert.ToHexStringLower(MD5.HashData(text)), Convert.ToHexStringLower(SHA256.HashData(text)));
    }

    /// <summary>
    /// The forms to answer a challenge with, the likelier one first. Modules of the newer scheme keep the SHA-256 of their password, or
    /// still the MD5 that their program was written with: nothing in the challenge says which.
    /// </summary>
    /// <param name="scheme">What the module asks for.</param>
    /// <returns>Hex hashes in small letters; none when the known form does not fit the scheme.</returns>
    public IReadOnlyList<string> FormsFor(OtaScheme scheme)
    {
        List<string> forms = [];
        if (scheme == OtaScheme.Sha256 && _sha256Hex is not null)
        {
            forms.Add(_sha256Hex);
        }

        if (_md5Hex is not null)
        {
            forms.Add(_md5Hex);
        }

        return forms;
    }

    private static string Hex(string text, int chars, string kind)
    {
        string trimmed = text.Trim();
        if (trimmed.Length != chars || !trimmed.All(char.IsAsciiHexDigit))
        {
            throw new FormatException($"The {kind} of the modules' password must be {chars} hex digits.");
        }

        // Modules compare texts, and make theirs in small letters.
        return trimmed.ToLowerInvariant();
    }
}
