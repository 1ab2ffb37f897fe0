using System.Text.RegularExpressions;

namespace JamBox.Bench.Boxes.Serial;

/// <summary>Hides what may be a token in what a box says: no firmware of ours prints one, but a log outlives a mistake.</summary>
internal static partial class SecretMask
{
    private const string Hidden = "[hidden]";

    /// <summary>Hides it.</summary>
    /// <param name="line">A line.</param>
    /// <returns>The line, with a word in place of each token.</returns>
    public static string Hide(string line) =>
        TokenText().Replace(Named().Replace(line, "$1" + Hidden), Hidden);

    /// <summary>Whatever stands behind a name that tokens go by.</summary>
    [GeneratedRegex(
        """((?:bearer|device_token|token|mac_key)(?:\s*["']?\s*[:=]\s*["']?|\s+))[^\s"',;}]{8,}""",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Named();

    /// <summary>The form of our tokens: 32 bytes in Base64Url. A hash has other lengths.</summary>
    [GeneratedRegex("(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TokenText();
}
