using System.Security.Cryptography;
using System.Text;

namespace JamBox.Edge.ArduinoOta;

/// <summary>How a module checks the password.</summary>
public enum OtaScheme
{
    /// <summary>A nonce of 32 hex digits: MD5 over the MD5 of the password.</summary>
    Md5,

    /// <summary>A nonce of 64 hex digits: PBKDF2-HMAC-SHA-256 over the password's hash.</summary>
    Sha256,
}

/// <summary>The answers to ArduinoOTA's challenges. All hex is in small letters: modules compare texts.</summary>
public static class OtaAuthentication
{
    /// <summary>Digits of an MD5 in hex, and of a nonce of the older scheme.</summary>
    public const int Md5Chars = 32;

    /// <summary>Digits of a SHA-256 in hex, and of a nonce of the newer scheme.</summary>
    public const int Sha256Chars = 64;

    private const int Rounds = 10_000;
    private const int KeyBytes = 32;

    /// <summary>A nonce of ours, random, as long as the module's.</summary>
    /// <param name="scheme">What the module asks for.</param>
    public static string NewNonce(OtaScheme scheme) => RandomNumberGenerator.GetHexString(Chars(scheme), lowercase: true);

    /// <summary>The answer to a challenge.</summary>
    /// <param name="scheme">What the module asks for.</param>
    /// <param name="passwordHash">The hex hash of the password that the module keeps.</param>
    /// <param name="nonce">The module's nonce.</param>
    /// <param name="clientNonce">Ours.</param>
    public static string Respond(OtaScheme scheme, string passwordHash, string nonce, string clientNonce)
    {
        if (scheme == OtaScheme.Md5)
        {
            return Convert.ToHexStringLower(MD5.HashData(Encoding.ASCII.GetBytes($"{passwordHash}:{nonce}:{clientNonce}")));
        }

        byte[] key = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.ASCII.GetBytes(passwordHash),
            Encoding.ASCII.GetBytes($"{nonce}:{clientNonce}"),
            Rounds,
            HashAlgorithmName.SHA256,
            KeyBytes);
        string text = $"{Convert.ToHexStringLower(key)}:{nonce}:{clientNonce}";
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text)));
    }

    /// <summary>The length of nonces and answers of a scheme, hex digits.</summary>
    /// <param name="scheme">Which.</param>
    public static int Chars(OtaScheme scheme) => scheme == OtaScheme.Md5 ? Md5Chars : Sha256Chars;
}
