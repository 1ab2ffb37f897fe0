using System.Globalization;
using System.IO.Compression;
using System.Text;
using JamBox.Readings;

namespace JamBox.Twin.Radio;

/// <summary>
/// Two weeks of the crowd as a box counts them and as it was, as a table: what the backend's virtual box replays
/// (<c>Backend.Minimal/Demo/crowd.csv.gz</c>). The columns of a reading bear their names on the wire; <c>present</c> and <c>staff</c> are
/// people inside on the mean of the five minutes, staff among those present; <c>arrivals</c> came in during them. The first row begins on
/// a Monday at 0:00; the shop is open Monday to Saturday, 9 to 19.
/// </summary>
internal static class DemoRecording
{
    /// <summary>Days of a recording.</summary>
    public const int Days = 14;

    /// <summary>The seed of the recording that is committed.</summary>
    public const long Seed = 1;

    private static readonly int[] s_fields =
    [
        ReadingField.Impressions, ReadingField.Unique, ReadingField.ProbeRssiAvg, ReadingField.ProbeRssiStrongest,
        ReadingField.ProbeRssiWeakest, ReadingField.Dwell, ReadingField.Dwell + 1, ReadingField.Dwell + 2, ReadingField.Dwell + 3,
        ReadingField.Zone, ReadingField.Zone + 1, ReadingField.Zone + 2, ReadingField.Zone + 3, ReadingField.BleImpressions,
        ReadingField.BleUnique, ReadingField.BleApple, ReadingField.BleOther, ReadingField.BleRssiAvg, ReadingField.BleAppleInUse,
        ReadingField.ListenSeconds,
    ];

    private static readonly DateTimeOffset s_monday = new(2026, 3, 2, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Gives the table, line by line, the names first.</summary>
    /// <param name="days">How many days of it; the same seed gives the same beginning, however many.</param>
    public static IEnumerable<string> Lines(double days = Days)
    {
        yield return string.Join(',', s_fields.Select(Name).Concat(["present", "staff", "arrivals"]));
        foreach (CountedPeople row in CountedCrowd.Run(Seed, new CrowdOptions(), s_monday, days))
        {
            yield return string.Join(
                ',',
                s_fields.Select(field => row.Reading[field].ToString(CultureInfo.InvariantCulture))
                    .Concat([Mean(row.People.Present), Mean(row.People.Staff), row.People.Arrivals.ToString(CultureInfo.InvariantCulture)]));
        }
    }

    /// <summary>Writes the table, compressed.</summary>
    /// <param name="to">Where to.</param>
    /// <returns>Rows.</returns>
    public static int Write(Stream to)
    {
        int rows = -1;
        using var packed = new GZipStream(to, CompressionLevel.SmallestSize, leaveOpen: true);
        using var writer = new StreamWriter(packed, new UTF8Encoding(false)) { NewLine = "\n" };
        foreach (string line in Lines())
        {
            writer.WriteLine(line);
            rows++;
        }

        return rows;
    }

    private static string Name(int field) => ReadingField.Keys.Substring(field * ReadingField.KeyWidth, ReadingField.KeyWidth).TrimEnd();

    private static string Mean(double people) => people.ToString("0.#", CultureInfo.InvariantCulture);
}
