using System.Globalization;

namespace JamBox.CountingTruth;

/// <summary>
/// A file of counts: comma-separated, a first line with the columns' names, then one line for five minutes of one position. Columns may
/// come in any order, and others may be there (five minutes that are there twice are joined): <c>position</c> (a text), <c>start_local</c>
/// (<c>2022-10-18T10:50</c>), <c>i</c>, <c>u</c>,
/// <c>immediate</c>, <c>near</c>, <c>far</c>, <c>remote</c> (0 to 1,000,000) and <c>people</c> (0 to 10,000, may have a fraction).
/// </summary>
internal static class TruthFile
{
    /// <summary>The longest line, characters.</summary>
    public const int MostCharacters = 1_000;

    /// <summary>The most lines: thirty years of one position.</summary>
    public const int MostLines = 3_200_000;

    private static readonly string[] s_columns = ["position", "start_local", "i", "u", "immediate", "near", "far", "remote", "people"];

    /// <summary>Reads a file.</summary>
    /// <param name="reader">Its text.</param>
    /// <returns>The rows, by position and time.</returns>
    /// <exception cref="FormatException">A line is not as it should be; the message begins with its number.</exception>
    public static List<TruthRow> Read(TextReader reader)
    {
        int[] columns = Columns(reader.ReadLine() ?? throw new FormatException("line 1: the file is empty"), out int width);
        List<TruthRow> rows = [];
        Dictionary<(string, long), int> seen = [];
        int number = 1;
        while (reader.ReadLine() is string line)
        {
            number++;
            if (number > MostLines || line.Length > MostCharacters)
            {
                throw Fault(number, number > MostLines ? $"more than {MostLines} lines" : $"longer than {MostCharacters} characters");
            }

            if (line.Length == 0 && reader.Peek() < 0)
            {
                break;
            }

            TruthRow row = Row(line.Split(','), columns, width, number);
            if (seen.TryAdd((row.Position, row.StartMs), rows.Count))
            {
                rows.Add(row);
            }
            else
            {
                Join(rows, seen[(row.Position, row.StartMs)], row);
            }
        }

        return rows.Count == 0
            ? throw Fault(number, "there are no counts")
            : [.. rows.OrderBy(row => row.Position, StringComparer.Ordinal).ThenBy(row => row.StartMs)];
    }

    /// <summary>Where a recording ends and the next begins, five minutes are there twice: each has counted a part of them.</summary>
    private static void Join(List<TruthRow> rows, int index, TruthRow row)
    {
        TruthRow first = rows[index];
        rows[index] = first with
        {
            Impressions = first.Impressions + row.Impressions,
            DeviceMinutes = first.DeviceMinutes + row.DeviceMinutes,
            Immediate = first.Immediate + row.Immediate,
            Near = first.Near + row.Near,
            Far = first.Far + row.Far,
            Remote = first.Remote + row.Remote,
            People = (first.People + row.People) / 2,
        };
    }

    private static int[] Columns(string line, out int width)
    {
        string[] names = [.. line.TrimStart('\uFEFF').Split(',').Select(name => name.Trim())];
        width = names.Length;
        foreach (string column in s_columns)
        {
            int times = names.Count(name => name == column);
            if (times != 1)
            {
                throw Fault(1, times == 0 ? $"column {column} is missing" : $"column {column} is there {times} times");
            }
        }

        return [.. s_columns.Select(column => Array.IndexOf(names, column))];
    }

    private static TruthRow Row(string[] fields, int[] columns, int width, int number)
    {
        if (fields.Length != width)
        {
            throw Fault(number, $"{fields.Length} fields instead of {width}");
        }

        string Field(int column) => fields[columns[column]].Trim();
        int Count(int column) =>
            int.TryParse(Field(column), NumberStyles.None, CultureInfo.InvariantCulture, out int count) && count <= 1_000_000
                ? count
                : throw Fault(number, $"{s_columns[column]}: must be a whole number from 0 to 1000000");
        string position = Field(0);
        if (position.Length is 0 or > 64)
        {
            throw Fault(number, "position: must be a text of 1 to 64 characters");
        }

        return new TruthRow(
            position, Start(Field(1), number), Count(2), Count(3), Count(4), Count(5), Count(6), Count(7), People(Field(8), number));
    }

    private static long Start(string text, int number)
    {
        if (!DateTime.TryParseExact(
            text,
            ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss"],
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out DateTime start) || start.Year is < 1971 or > 2200)
        {
            throw Fault(number, "start_local: must be a time such as 2022-10-18T10:50");
        }

        long startMs = new DateTimeOffset(start).ToUnixTimeMilliseconds();
        return startMs % BoxSignal.SlotMs == 0 ? startMs : throw Fault(number, "start_local: must be a multiple of five minutes");
    }

    private static double People(string text, int number) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double people)
            && people <= CalibrationCount.MostPeople
            ? people
            : throw Fault(number, $"people: must be a number from 0 to {CalibrationCount.MostPeople}");

    private static FormatException Fault(int number, string what) => new($"line {number}: {what}");
}
