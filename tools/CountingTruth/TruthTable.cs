using System.Globalization;

namespace JamBox.CountingTruth;

/// <summary>Prints what was found.</summary>
internal static class TruthTable
{
    /// <summary>The first lines of a position.</summary>
    public static void Head(TextWriter output, Spot spot)
    {
        output.WriteLine(FormattableString.Invariant(
            $"Position {spot.Position}: {spot.Days.Count} days, {spot.Days.Sum(day => day.Rows.Count)} periods of 5 minutes judged."));
        Baseline baseline = spot.Baseline;
        output.WriteLine(baseline.Samples == 0
            ? "Baseline: no hour of every day was heard, nothing is subtracted."
            : FormattableString.Invariant(
                $"Baseline: {baseline.Far:F2} devices a minute, from the {Baseline.GuessedHours} quiet hours from {baseline.QuietFromHour}:00 on."));
        output.WriteLine();
    }

    /// <summary>The table's first line.</summary>
    public static void Columns(TextWriter output, int counts, int days, int draws)
    {
        string drawn = draws > 0 ? $" | {counts} counts on {days} days: MAE median     90 %  within  day sum off  within" : string.Empty;
        output.WriteLine($"{"estimator",-28} | {"all counted: MAE",16}  within  day sum off  within{drawn}");
    }

    /// <summary>A line of the table.</summary>
    public static void Line(TextWriter output, string name, Score score, DrawnScore? drawn)
    {
        string few = drawn is null
            ? string.Empty
            : $" | {Number(drawn.MedianMae),33}  {Number(drawn.HighMae),7}  {Share(drawn.Coverage),6}  {Share(drawn.DayError),11}  {Share(drawn.DayCoverage),6}";
        output.WriteLine(
            $"{name,-28} | {Number(score.Mae),16}  {Share(score.Coverage),6}  {Share(score.DayError),11}  {Share(score.DayCoverage),6}{few}");
    }

    /// <summary>Errors and coverage by height.</summary>
    public static void Heights(TextWriter output, Score score)
    {
        output.WriteLine();
        output.WriteLine("history by estimated people:    periods      MAE  within");
        foreach ((double from, int periods, double mae, double? coverage) in score.ByHeight(0, 0.5, 3, 8, 15, 30, 100))
        {
            if (periods > 0)
            {
                output.WriteLine(
                    $"  from {from.ToString(CultureInfo.InvariantCulture),-5} {periods,26}  {Number(mae),7}  {Share(coverage),6}");
            }
        }
    }

    /// <summary>A number of people.</summary>
    public static string Number(double number) => number.ToString("F2", CultureInfo.InvariantCulture);

    private static string Share(double? share) =>
        share is null || double.IsNaN(share.Value) ? "-" : (100 * share.Value).ToString("F0", CultureInfo.InvariantCulture) + " %";
}
