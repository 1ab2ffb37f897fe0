using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

using JamBox.Backend.Security;

namespace JamBox.Backend.People;

/// <summary>
/// Codes that change every 30 seconds: TOTP of RFC 6238 with HMAC-SHA-1 and 6 digits, which is what authenticator programs know.
/// </summary>
internal static class Totp
{
    /// <summary>Length of a step, s.</summary>
    public const int StepSeconds = 30;

    private const int SecretBytes = 20;
    private const int Modulus = 1_000_000;

    /// <summary>Steps that a clock may be wrong by, either way.</summary>
    private const int Tolerance = 1;

    private const string Base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>Makes a secret: 160 bits in Base32.</summary>
    public static string NewSecret(ISecretSource secrets)
    {
        Span<byte> bytes = stackalloc byte[SecretBytes];
        secrets.Fill(bytes);
        return Encode(bytes);
    }

    /// <summary>The address that an authenticator program takes from a QR code.</summary>
    public static string Address(string secret, string email) =>
        $"otpauth://totp/JamBox:{Uri.EscapeDataString(email)}?secret={secret}&issuer=JamBox&algorithm=SHA1&digits=6&period={StepSeconds}";

    /// <summary>The code of a step.</summary>
    /// <param name="secret">In Base32.</param>
    /// <param name="step">Steps of 30 s since 1970.</param>
    public static string Code(string secret, long step)
    {
        Span<byte> message = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(message, step);
        Span<byte> hash = stackalloc byte[HMACSHA1.HashSizeInBytes];
#pragma warning disable CA5350 // RFC 6238's default, and what authenticator programs know. HMAC does not need SHA-1's resistance to collisions.
        HMACSHA1.HashData(Decode(secret), message, hash);
#pragma warning restore CA5350
        int offset = hash[^1] & 0xF;
        int number = BinaryPrimitives.ReadInt32BigEndian(hash[offset..]) & 0x7FFFFFFF;
        return (number % Modulus).ToString("D6", CultureInfo.InvariantCulture);
    }

    /// <summary>The step whose code it is.</summary>
    /// <param name="secret">In Base32.</param>
    /// <param name="code">Six digits; blanks are passed over.</param>
    /// <param name="nowMs">Milliseconds since 1970.</param>
    /// <returns>Null when it is the code of no step near now.</returns>
    public static long? StepOf(string secret, string code, long nowMs)
    {
        string digits = code.Replace(" ", "", StringComparison.Ordinal);
        long now = nowMs / 1000 / StepSeconds;
        long? found = null;
        for (long step = now - Tolerance; step <= now + Tolerance; step++)
        {
            if (digits.Length == 6 && Token.SameHash(Code(secret, step), digits))
            {
                found = step;
            }
        }

        return found;
    }

    /// <summary>Bytes as Base32, without padding.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        char[] text = new char[((bytes.Length * 8) + 4) / 5];
        for (int i = 0; i < text.Length; i++)
        {
            int value = 0;
            for (int bit = i * 5; bit < (i * 5) + 5; bit++)
            {
                value = (value << 1) | (bit / 8 < bytes.Length ? (bytes[bit / 8] >> (7 - (bit % 8))) & 1 : 0);
            }

            text[i] = Base32[value];
        }

        return new string(text);
    }

    private static byte[] Decode(string text)
    {
        byte[] bytes = new byte[text.Length * 5 / 8];
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            int value = Base32.IndexOf(text[bit / 5], StringComparison.Ordinal);
            bytes[bit / 8] |= (byte)(((value >> (4 - (bit % 5))) & 1) << (7 - (bit % 8)));
        }

        return bytes;
    }
}
