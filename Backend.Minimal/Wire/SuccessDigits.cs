using System.Globalization;

namespace JamBox.Backend.Wire;

/// <summary>The digits 200 and 201: the old firmware takes them, wherever they stand in an answer, for success.</summary>
internal static class SuccessDigits
{
    /// <summary>Whether they occur.</summary>
    public static bool In(string text) => text.Contains("200", StringComparison.Ordinal) || text.Contains("201", StringComparison.Ordinal);

    /// <summary>
    /// A server whose clock is wrong writes years such as 2000 or 2012 into the Date header. Kestrel always sends that header,
    /// so the refusal takes the older form that HTTP still allows, with a year of two digits: "Thursday, 06-Jan-00 08:49:37 GMT".
    /// </summary>
    public static void RemoveFromDate(HttpResponse response)
    {
        string date = response.Headers.Date.ToString();
        if (In(date) && DateTime.TryParseExact(date, "R", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateTime time))
        {
            response.Headers.Date = time.ToString("dddd, dd-MMM-yy HH:mm:ss 'GMT'", CultureInfo.InvariantCulture);
        }
    }
}
