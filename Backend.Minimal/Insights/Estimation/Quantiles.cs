namespace JamBox.Backend.Insights.Estimation;

/// <summary>Quantiles of samples.</summary>
internal static class Quantiles
{
    /// <summary>A quantile of samples that weigh the same, interpolated between neighbours; NaN of none.</summary>
    public static double Of(IReadOnlyList<double> values, double share)
    {
        if (values.Count == 0)
        {
            return double.NaN;
        }

        double[] sorted = [.. values];
        Array.Sort(sorted);
        double position = share * (sorted.Length - 1);
        int below = Math.Min((int)position, sorted.Length - 1);
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }

    /// <summary>The value up to which lies a share of the weight; NaN of none. Sorts the list.</summary>
    public static double OfWeighted(List<(double Value, double Weight)> samples, double share)
    {
        samples.Sort((one, other) => one.Value.CompareTo(other.Value));
        double wanted = share * samples.Sum(sample => sample.Weight);
        double sum = 0;
        foreach ((double value, double weight) in samples)
        {
            sum += weight;
            if (sum >= wanted)
            {
                return value;
            }
        }

        return samples.Count == 0 ? double.NaN : samples[^1].Value;
    }
}
