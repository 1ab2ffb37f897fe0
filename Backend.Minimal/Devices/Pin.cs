using System.Security.Cryptography;
using System.Text;

using JamBox.Backend.Security;

namespace JamBox.Backend.Devices;

/// <summary>
/// The 4-digit PIN on a box's label, kept as PBKDF2 with a salt. Four digits do not resist whoever has the database; what protects
/// them is that only five may be tried in 15 minutes.
/// </summary>
internal static class Pin
{
    /// <summary>Tries in a window.</summary>
    public const int MaxTries = 5;

    /// <summary>The window, ms.</summary>
    public const long WindowMs = 15 * 60 * 1000;

    private const int Iterations = 50_000;
    private const int SaltBytes = 16;

    /// <summary>Whether it is a PIN: exactly 4 digits.</summary>
    public static bool IsPin(string? text) => text is { Length: 4 } && text.All(char.IsAsciiDigit);

    /// <summary>Hashes a PIN with a new salt.</summary>
    public static string Hash(string pin, ISecretSource secrets)
    {
        byte[] salt = new byte[SaltBytes];
        secrets.Fill(salt);
        return $"{Convert.ToHexStringLower(salt)}:{Derive(pin, salt)}";
    }

    /// <summary>Whether a PIN is the one that was hashed.</summary>
    public static bool Matches(string pin, string hash)
    {
        string[] parts = hash.Split(':');
        return parts.Length == 2 && Token.SameHash(Derive(pin, Convert.FromHexString(parts[0])), parts[1]);
    }

    private static string Derive(string pin, byte[] salt) =>
        Convert.ToHexStringLower(Rfc2898DeriveBytes.Pbkdf2(Encoding.ASCII.GetBytes(pin), salt, Iterations, HashAlgorithmName.SHA256, 32));
}
