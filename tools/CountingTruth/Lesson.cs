namespace JamBox.CountingTruth;

/// <summary>
/// Measures the numbers of <see cref="PeoplePrior"/> that are measured, from estimates of days that the fit had not seen.
/// </summary>
internal static class Lesson
{
    private static readonly double[] s_heights = [0, 0.5, 3, 8, 15];

    /// <summary>Prints them.</summary>
    public static void Print(Spot spot, Score history, TextWriter output)
    {
        IReadOnlyList<Residual> residuals = history.Residuals;
        output.WriteLine();
        output.WriteLine("errors by height, in units of their spread:   n   10 %   90 %   mean");
        for (int index = 0; index < s_heights.Length; index++)
        {
            double to = index + 1 < s_heights.Length ? s_heights[index + 1] : double.MaxValue;
            double[] band = [.. residuals.Where(one => one.People >= s_heights[index] && one.People < to).Select(one => one.Value)];
            if (band.Length > 0)
            {
                output.WriteLine(FormattableString.Invariant(
                    $"  from {s_heights[index],-5} {band.Length,35} {Quantiles.Of(band, 0.1),6:F2} {Quantiles.Of(band, 0.9),6:F2} {band.Average(),6:F2}"));
            }
        }

        double variance = residuals.Average(one => one.Value * one.Value);
        foreach (int minutes in (int[])[5, 10, 15, 20, 30, 45, 60, 90, 120, 180])
        {
            Correlation(output, residuals, variance, minutes);
        }

        foreach (double level in (double[])[2, 4, PeoplePrior.AnchorLevel, 8, 11, 15, 20])
        {
            Anchor(spot, level, output);
        }
    }

    private static void Correlation(TextWriter output, IReadOnlyList<Residual> residuals, double variance, int minutes)
    {
        Dictionary<long, Residual> all = residuals.ToDictionary(one => one.StartMs);
        double sum = 0;
        int pairs = 0;
        foreach (Residual one in residuals)
        {
            if (all.TryGetValue(one.StartMs + (minutes * 60_000L), out Residual other) && other.Day == one.Day)
            {
                sum += one.Value * other.Value;
                pairs++;
            }
        }

        output.WriteLine(
            FormattableString.Invariant($"correlation at {minutes,3} min: {sum / Math.Max(1, pairs) / variance,5:F2} ({pairs} pairs)"));
    }

    private static void Anchor(Spot spot, double level, TextWriter output)
    {
        PlaceSignal place = new([spot.Signal], [new PlaceBox(spot.Position, spot.Baseline, 1)]);
        List<double> people = [];
        List<double> half = [];
        List<double> near = [];
        foreach (TruthRow row in spot.Days.SelectMany(day => day.Rows))
        {
            double? Level(SignalGate gate) => place.Level(gate, row.StartMs - (2 * BoxSignal.SlotMs), row.StartMs + BoxSignal.SlotMs);
            if (Level(SignalGate.Far) is double far && Math.Abs(Math.Log(far / level)) < 0.2)
            {
                people.Add(row.People);
                half.Add(Level(SignalGate.HalfFar)!.Value / far);
                near.Add(Level(SignalGate.Near)!.Value / far);
            }
        }

        output.WriteLine(FormattableString.Invariant(
            $"at {level,4} devices a minute: {Quantiles.Of(people, 0.5),5:F1} people (median of {people.Count,3} periods); ")
            + FormattableString.Invariant($"half of far {Quantiles.Of(half, 0.5):F2}, near {Quantiles.Of(near, 0.5):F2} of the level"));
    }
}
