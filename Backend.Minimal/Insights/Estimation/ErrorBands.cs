namespace JamBox.Backend.Insights.Estimation;

/// <summary>Quantiles of errors by height.</summary>
internal static class ErrorBands
{
    /// <summary>
    /// What lies beyond each end at each height. A tenth would hold the truth in more than 80 % of all periods: that nobody is there is
    /// nearly always told right, and counts as a hit.
    /// </summary>
    public const double Tail = 0.115;

    // Points of the normal distribution that a prior band is made of.
    private static readonly double[] s_normal = [.. Enumerable.Range(1, 19).Select(point => NormalQuantile(point / 20.0))];

    /// <summary>
    /// The bands of the prior, changed by residuals: first all together by how much they are wider or narrower than the prior's, then band
    /// by band as far as a band has residuals of its own.
    /// </summary>
    /// <param name="residuals">
    /// People estimated without the count, (counted − estimated) / spread, and weight (1 = a count on its own).
    /// </param>
    public static List<ErrorBand> Of(IReadOnlyList<(double People, double Residual, double Weight)> residuals)
    {
        IReadOnlyList<ErrorBand> prior = PeoplePrior.Errors;
        double expected = 0;
        double found = 0;
        foreach ((double people, double residual, double weight) in residuals)
        {
            ErrorBand band = prior[Find(prior, people)];

            // The mean of |x| of a normal distribution is 0.8 of its deviation, a tenth beyond which are 1.28.
            expected += weight * (band.High - band.Low) / 2 / ModelError.Normal80 * 0.8;
            found += weight * Math.Min(10, Math.Abs(residual));
        }

        double usual = residuals.Count == 0 ? 1 : expected / residuals.Sum(one => one.Weight);
        double factor = ((PeoplePrior.ErrorCounts * usual) + found) / ((PeoplePrior.ErrorCounts * usual) + expected);
        return [.. prior.Select((band, index) => Of(band, factor, [.. residuals.Where(one => Find(prior, one.People) == index)]))];
    }

    private static ErrorBand Of(ErrorBand prior, double factor, IReadOnlyList<(double People, double Residual, double Weight)> residuals)
    {
        List<(double Value, double Weight)> samples =
        [
            .. s_normal.Select(normal => (
                factor * (prior.Mean + (normal / ModelError.Normal80 * (normal < 0 ? prior.Mean - prior.Low : prior.High - prior.Mean))),
                PeoplePrior.ErrorCounts / s_normal.Length)),
            .. residuals.Select(one => (Math.Clamp(one.Residual, -20, 20), one.Weight)),
        ];
        double low = Math.Min(0, Quantiles.OfWeighted(samples, Tail));
        double high = Math.Max(0, Quantiles.OfWeighted(samples, 1 - Tail));
        double mean = samples.Sum(one => one.Value * one.Weight) / samples.Sum(one => one.Weight);
        return new ErrorBand(prior.From, low, high, Math.Clamp(mean, low, high));
    }

    private static int Find(IReadOnlyList<ErrorBand> bands, double people)
    {
        int found = 0;
        while (found + 1 < bands.Count && bands[found + 1].From <= people)
        {
            found++;
        }

        return found;
    }

    /// <summary>Quantile of the normal distribution (Hastings' approximation, 0.0005 off at most).</summary>
    private static double NormalQuantile(double share)
    {
        double tail = Math.Min(share, 1 - share);
        double root = Math.Sqrt(-2 * Math.Log(tail));
        double value = root - ((2.515517 + (0.802853 * root) + (0.010328 * root * root))
            / (1 + (1.432788 * root) + (0.189269 * root * root) + (0.001308 * root * root * root)));
        return share < 0.5 ? -value : value;
    }
}
