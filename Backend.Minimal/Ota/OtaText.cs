namespace JamBox.Backend.Ota;

/// <summary>What versions and hashes look like.</summary>
internal static class OtaText
{
    /// <summary>Why a hash was refused.</summary>
    public const string HashRule = "sha256: must be 64 hex digits";

    /// <summary>The old firmware keeps a version in 16 bytes.</summary>
    private const int MaxVersionChars = 15;

    /// <summary>Why a version was refused.</summary>
    public static string VersionRule(string field) => $"{field}: must be 1 to 15 letters, digits, dots, dashes, underscores or plus signs";

    /// <summary>Whether it is a version: what stands in an answer unquoted and in a query unescaped.</summary>
    public static bool IsVersion(string text) =>
        text.Length is > 0 and <= MaxVersionChars && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '+');

    /// <summary>Whether it is a SHA-256 in hex.</summary>
    public static bool IsSha256(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigit);
}
