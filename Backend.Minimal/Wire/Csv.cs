using System.Globalization;
using System.Text;

namespace JamBox.Backend.Wire;

/// <summary>Lists as CSV for spreadsheets: UTF-8, commas, lines that end with CR and LF, times in UTC.</summary>
internal static class Csv
{
    /// <summary>Rows that are read, and held in memory, at a time.</summary>
    public const int PageRows = 1000;

    /// <summary>Streams a list as a file: however long it is, a page of it is in memory.</summary>
    /// <typeparam name="T">A row.</typeparam>
    /// <param name="http">The request.</param>
    /// <param name="file">Name of the file.</param>
    /// <param name="header">Its first line, with its end.</param>
    /// <param name="next">Reads the page that follows a row, null = the first; fewer than <see cref="PageRows"/> rows are the last.</param>
    /// <param name="append">Writes a row, with its end.</param>
    public static async Task StreamAsync<T>(
        HttpContext http, string file, string header, Func<T?, Task<List<T>>> next, Action<StringBuilder, T> append)
        where T : class
    {
        http.Response.ContentType = "text/csv; charset=utf-8";
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{file}\"";
        StringBuilder text = new(header);
        T? last = null;
        while (true)
        {
            List<T> rows = await next(last).ConfigureAwait(false);
            rows.ForEach(row => append(text, row));
            await http.Response.WriteAsync(text.ToString(), http.RequestAborted).ConfigureAwait(false);
            if (rows.Count < PageRows)
            {
                return;
            }

            text.Clear();
            last = rows[^1];
        }
    }

    /// <summary>A time, to the millisecond; nothing where there is none.</summary>
    public static string Time(DateTime? time) => time?.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture) ?? "";

    /// <summary>
    /// Text from outside: quoted, and never a formula to a spreadsheet, which takes a cell for one that begins with any of these. The ids
    /// of the old fleet are such texts too.
    /// </summary>
    public static string Quote(string? text)
    {
        if (string.IsNullOrEmpty(text))
        {
            return "";
        }

        string guard = "=+-@\t\r\n".Contains(text[0], StringComparison.Ordinal) ? "'" : "";
        return $"\"{guard}{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
    }
}
