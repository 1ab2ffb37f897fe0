using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

using JamBox.Backend.Storage;

using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.Security;

/// <summary>Bearer tokens, of devices and of admins: 32 random bytes as URL-safe Base64; only their SHA-256 is kept.</summary>
internal static class Token
{
    private const int RandomBytes = 32;
    private const string Scheme = "Bearer ";

    /// <summary>How tokens of gateways begin: old watchers take no other keys.</summary>
    public const string GatewayPrefix = "rv_";

    /// <summary>Longer ones are not looked at, and no admin key may be longer.</summary>
    public const int MaxChars = 256;

    /// <summary>Makes a token of 43 characters.</summary>
    public static string New(ISecretSource secrets)
    {
        Span<byte> bytes = stackalloc byte[RandomBytes];
        secrets.Fill(bytes);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>
    /// Makes a token for a device of a kind: those of gateways begin with <see cref="GatewayPrefix"/>, and are as strong.
    /// </summary>
    public static string NewFor(string kind, ISecretSource secrets) =>
        kind == Devices.DeviceKind.Gateway ? GatewayPrefix + New(secrets) : New(secrets);

    /// <summary>The SHA-256 of a token as 64 lower-case hex digits: the predecessor's form, so that its tokens can be taken over.</summary>
    public static string Hash(ReadOnlySpan<char> token)
    {
        Span<byte> utf8 = stackalloc byte[MaxChars * 3];
        int length = Encoding.UTF8.GetBytes(token, utf8);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(utf8[..length], hash);
        return Convert.ToHexStringLower(hash);
    }

    /// <summary>Compares two hashes in a time that does not depend on where they differ.</summary>
    public static bool SameHash(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(
            System.Runtime.InteropServices.MemoryMarshal.AsBytes(one.AsSpan()),
            System.Runtime.InteropServices.MemoryMarshal.AsBytes(other.AsSpan()));

    /// <summary>The hash of the token in the Authorization header; null when there is none.</summary>
    public static string? HashOfRequest(HttpRequest request)
    {
        string header = request.Headers[HeaderNames.Authorization].ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return HashOf(header.AsSpan(Scheme.Length));
    }

    /// <summary>The same where the token may stand there without a scheme, as old watchers send it; another scheme is none.</summary>
    public static string? HashOfBareRequest(HttpRequest request)
    {
        string header = request.Headers[HeaderNames.Authorization].ToString().Trim();
        return header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase) ? HashOf(header.AsSpan(Scheme.Length))
            : header.Contains(' ', StringComparison.Ordinal) ? null
            : HashOf(header);
    }

    /// <summary>The hash of a token as it stands in a header; null when there is none.</summary>
    public static string? HashOf(ReadOnlySpan<char> text)
    {
        ReadOnlySpan<char> token = text.Trim();
        return token.Length is 0 or > MaxChars ? null : Hash(token);
    }
}

/// <summary>The SQL of device tokens.</summary>
internal static class TokenSql
{
    /// <summary>
    /// Puts a new token beside the old one, which stays good until the new one is used: a flash that fails locks nobody out.
    /// </summary>
    /// <returns>False when there is no such device.</returns>
    public static bool Offer(SqlSession session, (string DeviceId, string Hash, string Who, long At) change)
    {
        if (session.Execute("UPDATE devices SET next_token_hash = $2 WHERE device_id = $1", change.DeviceId, change.Hash) == 0)
        {
            return false;
        }

        Audit.Note(session, change.Who, "device.token", change.DeviceId, null, "new token, old one good until first use", change.At);
        return true;
    }

    /// <summary>Lets the old token die: the new one has been used.</summary>
    public static int Promote(SqlSession session, (string DeviceId, string Hash, long At) change)
    {
        int changed = session.Execute(
            "UPDATE devices SET token_hash = $2, next_token_hash = NULL, renewed_at = $3 WHERE device_id = $1 AND next_token_hash = $2",
            change.DeviceId, change.Hash, change.At);
        if (changed > 0)
        {
            Audit.Note(session, $"device {change.DeviceId}", "device.token.used", change.DeviceId, null, "old token dead", change.At);
        }

        return changed;
    }

    /// <summary>A device that uses its token needs the password no more that follows from its serial number.</summary>
    public static int EndDerivedPassword(SqlSession session, (string DeviceId, long At) use)
    {
        int changed = session.Execute("DELETE FROM mqtt_passwords WHERE device_id = $1", use.DeviceId);
        if (changed > 0)
        {
            Audit.Note(session, $"device {use.DeviceId}", "device.mqtt-password", use.DeviceId, "derived", "off", use.At);
        }

        return changed;
    }
}
