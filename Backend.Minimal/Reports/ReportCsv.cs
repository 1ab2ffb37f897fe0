using System.Globalization;
using System.Text;

using JamBox.Backend.Insights.Figures;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Reports;

/// <summary>A report as CSV: a row a day or hour, numbers with a point, and nothing where there is no figure.</summary>
internal static class ReportCsv
{
    private const string Header =
        "place_id,place,label,open_hours,coverage,gap,visitors_low,visitors,visitors_high,people_low,people,people_high,"
        + "activity,usual_activity,may_be_low\r\n";

    /// <summary>Makes the text.</summary>
    public static string Make(IEnumerable<PlaceRange> places)
    {
        StringBuilder text = new(Header);
        foreach (PlaceRange place in places)
        {
            foreach (FigureRow row in place.Rows)
            {
                text.Append(CultureInfo.InvariantCulture, $"{place.PlaceId},{Csv.Quote(place.Place)},{row.Label},");
                text.Append(CultureInfo.InvariantCulture, $"{row.OpenSeconds / 3600.0:0.##},{row.Coverage:0.###},{row.Gap},");
                text.Append(Numbers(row.Visitors)).Append(Numbers(row.People));
                text.Append(CultureInfo.InvariantCulture, $"{row.Activity:0.##},{row.Then:0.##},{(row.IsLow ? "true" : "false")}\r\n");
            }
        }

        return text.ToString();
    }

    private static string Numbers(Ranged? range) => range is null
        ? ",,,"
        : string.Create(CultureInfo.InvariantCulture, $"{range.Low:0.##},{range.Value:0.##},{range.High:0.##},");
}
