namespace JamBox.Backend.Insights.Estimation;

/// <summary>
/// How much errors go together: neighbours in time nearly the same, slots of a day somewhat, days a little. A sum of errors that do grows
/// faster than by the root of their number.
/// </summary>
internal static class ErrorCorrelation
{
    /// <summary>Correlation of the errors at two moments.</summary>
    public static double Of(long oneMs, int oneDay, long otherMs, int otherDay)
    {
        if (oneDay != otherDay)
        {
            return PeoplePrior.OtherDayCorrelation;
        }

        double apart = Math.Abs(oneMs - otherMs) / 60_000.0 / PeoplePrior.CorrelationMinutes;
        return PeoplePrior.SameDayCorrelation + ((1 - PeoplePrior.SameDayCorrelation) * Math.Exp(-apart));
    }

    /// <summary>
    /// Length of a sum of errors that are in step as those of one day are: <c>sqrt(Σ Σ ρ e e)</c>, in one pass.
    /// </summary>
    /// <param name="errors">When, in order of time, and how large (≥ 0).</param>
    public static double SumOfDay(ReadOnlySpan<(long AtMs, double Error)> errors)
    {
        double sum = 0;
        double squares = 0;
        double fading = 0;
        double crossed = 0;
        long lastMs = 0;
        foreach ((long atMs, double error) in errors)
        {
            fading *= Math.Exp(-(atMs - lastMs) / 60_000.0 / PeoplePrior.CorrelationMinutes);
            crossed += error * fading;
            fading += error;
            sum += error;
            squares += error * error;
            lastMs = atMs;
        }

        const double Shared = PeoplePrior.SameDayCorrelation;
        return Math.Sqrt((Shared * sum * sum) + ((1 - Shared) * (squares + (2 * crossed))));
    }

    /// <summary>Length of a sum of errors of different days.</summary>
    public static double SumOfDays(IEnumerable<double> errors)
    {
        double sum = 0;
        double squares = 0;
        foreach (double error in errors)
        {
            sum += error;
            squares += error * error;
        }

        return Math.Sqrt((PeoplePrior.OtherDayCorrelation * sum * sum) + ((1 - PeoplePrior.OtherDayCorrelation) * squares));
    }
}
