using System.Globalization;

namespace JamBox.Backend.Firmware;

/// <summary>
/// The version of a release for things: <c>v1.2.3</c>, also without the v, or <c>2025.11.19.1</c>. Two to four numbers, compared as numbers
/// from the left; those that are not said are 0.
/// </summary>
/// <param name="Text">As it was given.</param>
/// <param name="Key">As it is compared: four numbers of ten digits, so that the order of texts is that of versions.</param>
internal sealed record ReleaseVersion(string Text, string Key)
{
    /// <summary>Why one was refused.</summary>
    public const string Rule = "must be such as v1.2.3 or 2025.11.19.1: two to four numbers of at most nine digits";

    private const int MostNumbers = 4;
    private const int MostDigits = 9;

    /// <summary>Reads one.</summary>
    /// <returns>Null when it is none.</returns>
    public static ReleaseVersion? Parse(string? text)
    {
        if (text is null || text.Length > (MostNumbers * (MostDigits + 1)) + 1)
        {
            return null;
        }

        string[] parts = (text.StartsWith('v') ? text[1..] : text).Split('.');
        if (parts.Length is < 2 or > MostNumbers
            || parts.Any(static part => part.Length is 0 or > MostDigits || !part.All(char.IsAsciiDigit)))
        {
            return null;
        }

        long[] numbers =
            [.. parts.Select(static part => long.Parse(part, CultureInfo.InvariantCulture)), .. new long[MostNumbers - parts.Length]];
        return new ReleaseVersion(text, string.Join('.', numbers.Select(static n => n.ToString("D10", CultureInfo.InvariantCulture))));
    }

    /// <summary>Whether it is later than another one.</summary>
    public bool IsAfter(ReleaseVersion other) => string.CompareOrdinal(Key, other.Key) > 0;

    /// <summary>
    /// Whether two texts name one version: <c>v1.2.3</c> is <c>1.2.3</c>; what is no version of ours is compared as text.
    /// </summary>
    public static bool IsSame(string one, string other) =>
        Parse(one) is { } a && Parse(other) is { } b ? a.Key == b.Key : one == other;
}
