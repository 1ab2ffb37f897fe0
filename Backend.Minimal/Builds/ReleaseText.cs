namespace JamBox.Backend.Builds;

/// <summary>What versions and hashes look like.</summary>
internal static class ReleaseText
{
    /// <summary>Why a hash was refused.</summary>
    public const string HashRule = "sha256: must be 64 hex digits";

    /// <summary>Why a hardware id was refused.</summary>
    public const string HardwareRule = "hw: must be 1 to 15 letters, digits, dots or dashes";

    /// <summary>Why a version of ours was refused.</summary>
    public const string ReleaseVersionRule = "version: must be 1 to 15 letters, digits, dots, dashes or plus signs";

    /// <summary>Bytes of a chunk; the last one is shorter.</summary>
    public const int ChunkBytes = 512;

    /// <summary>Hex digits of its image's hash that a device sends.</summary>
    public const int BaseChars = 16;

    /// <summary>Characters of a build's notes at most.</summary>
    public const int MaxNotesChars = 1000;

    /// <summary>Why notes were refused.</summary>
    public const string NotesRule = "notes: must be at most 1000 characters, without control characters";

    /// <summary>The old firmware keeps a version in 16 bytes.</summary>
    private const int MaxVersionChars = 15;

    /// <summary>Why a version was refused.</summary>
    public static string VersionRule(string field) => $"{field}: must be 1 to 15 letters, digits, dots, dashes, underscores or plus signs";

    /// <summary>Whether it is a version: what stands in an answer unquoted and in a query unescaped.</summary>
    public static bool IsVersion(string text) =>
        text.Length is > 0 and <= MaxVersionChars && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '+');

    /// <summary>Whether it is a version of ours.</summary>
    public static bool IsReleaseVersion(string text) => IsVersion(text) && !text.Contains('_', StringComparison.Ordinal);

    /// <summary>Whether it is a hardware id.</summary>
    public static bool IsHardware(string text) =>
        text.Length is > 0 and <= ReleaseManifest.MaxTextLength && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-');

    /// <summary>Whether it is a SHA-256 in hex.</summary>
    public static bool IsSha256(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigit);

    /// <summary>Whether it is the beginning of a hash, as devices send it.</summary>
    public static bool IsBase(string text) => text.Length == BaseChars && text.All(char.IsAsciiHexDigit);

    /// <summary>Chunks of a patch.</summary>
    /// <param name="size">Its bytes.</param>
    public static int Chunks(int size) => (size + ChunkBytes - 1) / ChunkBytes;
}
