using System.Globalization;

namespace JamBox.Backend.Ota.Rollouts;

/// <summary>The time of the day in which boxes are served; it may go over midnight.</summary>
/// <param name="FromMinute">First minute of the day, 0 to 1,439.</param>
/// <param name="ToMinute">First minute that is outside again, 0 to 1,439; never the same.</param>
/// <param name="TimeZone">IANA id.</param>
internal sealed record RolloutWindow(int FromMinute, int ToMinute, string TimeZone)
{
    /// <summary>Whether a moment is inside, by the clocks of the zone.</summary>
    /// <param name="now">Milliseconds since 1970.</param>
    public bool IsOpen(long now)
    {
        DateTimeOffset utc = DateTimeOffset.FromUnixTimeMilliseconds(now);
        // A zone that this machine no longer knows must not keep the fleet waiting for ever: then it is UTC.
        TimeZoneInfo zone = TimeZoneInfo.TryFindSystemTimeZoneById(TimeZone, out TimeZoneInfo? found) ? found : TimeZoneInfo.Utc;
        int minute = (int)TimeZoneInfo.ConvertTime(utc, zone).TimeOfDay.TotalMinutes;
        return FromMinute < ToMinute ? minute >= FromMinute && minute < ToMinute : minute >= FromMinute || minute < ToMinute;
    }

    /// <summary>A minute of the day as text, such as <c>22:00</c>.</summary>
    public static string Text(int minute) => string.Create(CultureInfo.InvariantCulture, $"{minute / 60:00}:{minute % 60:00}");

    /// <summary>Reads a time of the day, 00:00 to 23:59.</summary>
    /// <returns>The minute of the day; −1 when it is none.</returns>
    public static int Minute(string? text) =>
        text is { Length: 5 } && text[2] == ':' && char.IsAsciiDigit(text[0]) && char.IsAsciiDigit(text[1]) && char.IsAsciiDigit(text[3]) && char.IsAsciiDigit(text[4])
        && (((text[0] - '0') * 10) + text[1] - '0') is var hour and < 24 && (((text[3] - '0') * 10) + text[4] - '0') is var minute and < 60
            ? (hour * 60) + minute
            : -1;
}
