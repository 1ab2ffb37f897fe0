using System.Globalization;

namespace JamBox.Backend.Wire;

/// <summary>Moments as people and tools write them: ISO 8601 with a day; without a zone they are UTC.</summary>
internal static class Moment
{
    /// <summary>What is taken. A time without a day is none: it would be of the day on which it happens to be read.</summary>
    private static readonly string[] s_formats =
    [
        "yyyy-MM-dd", "yyyy-MM-dd'T'HH:mmK", "yyyy-MM-dd'T'HH:mm:ssK", "yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd HH:mmK",
        "yyyy-MM-dd HH:mm:ssK", "yyyy-MM-dd HH:mm:ss.FFFFFFFK",
    ];

    /// <summary>Reads one.</summary>
    /// <param name="text">The text.</param>
    /// <param name="moment">In UTC.</param>
    /// <returns>False when it is none.</returns>
    public static bool TryParse(string? text, out DateTimeOffset moment) => DateTimeOffset.TryParseExact(
        text, s_formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out moment);
}
