namespace JamBox.CountingTruth;

/// <summary>How good estimates were: they are collected by day.</summary>
internal sealed class Score
{
    private readonly List<(double Estimate, double Truth, bool? IsWithin)> _periods = [];
    private readonly List<(double Error, bool? IsWithin)> _days = [];

    private readonly List<Residual> _residuals = [];

    /// <summary>What our estimates were off, in units of their spread.</summary>
    public IReadOnlyList<Residual> Residuals => _residuals;

    /// <summary>Periods.</summary>
    public int Periods => _periods.Count;

    /// <summary>Mean absolute error, people per 5 minutes.</summary>
    public double Mae => _periods.Count == 0 ? double.NaN : _periods.Average(period => Math.Abs(period.Estimate - period.Truth));

    /// <summary>Share of periods whose range held the truth; null without ranges.</summary>
    public double? Coverage => Share(_periods.Select(period => period.IsWithin));

    /// <summary>Median over the days of the error of the day's sum, as a share of the truth.</summary>
    public double DayError => Quantiles.Of([.. _days.Select(day => day.Error)], 0.5);

    /// <summary>Share of days whose range held the truth; null without ranges.</summary>
    public double? DayCoverage => Share(_days.Select(day => day.IsWithin));

    /// <summary>Number of periods, mean absolute error and coverage by height of the estimate.</summary>
    public IEnumerable<(double From, int Periods, double Mae, double? Coverage)> ByHeight(params double[] heights) =>
        heights.Select((from, index) =>
        {
            double to = index + 1 < heights.Length ? heights[index + 1] : double.MaxValue;
            (double Estimate, double Truth, bool? IsWithin)[] band = [.. _periods.Where(one => one.Estimate >= from && one.Estimate < to)];
            double mae = band.Length == 0 ? double.NaN : band.Average(one => Math.Abs(one.Estimate - one.Truth));
            return (from, band.Length, mae, Share(band.Select(one => one.IsWithin)));
        });

    /// <summary>Adds a day of plain numbers.</summary>
    public void Add(TruthDay day, IReadOnlyList<double> estimates)
    {
        for (int index = 0; index < estimates.Count; index++)
        {
            _periods.Add((estimates[index], day.Rows[index].People, null));
        }

        AddDay(day, estimates.Sum(), null);
    }

    /// <summary>Adds a day of ours: those of its periods that have a figure.</summary>
    public void Add(TruthDay day, PeopleEstimator estimator, Func<long, PeopleEstimate> estimate)
    {
        List<PeopleEstimate> slots = [];
        List<TruthRow> truth = [];
        foreach (TruthRow row in day.Rows)
        {
            PeopleEstimate slot = estimate(row.StartMs);
            if (slot.People is PeopleRange people)
            {
                _periods.Add((people.Value, row.People, row.People >= people.Low && row.People <= people.High));
                _residuals.Add(
                    new Residual(row.StartMs, row.Day, people.Value, (row.People - people.Value) / ModelError.Spread(people.Value)));
                slots.Add(slot);
                truth.Add(row);
            }
        }

        if (estimator.Span([.. slots]).Present is PeopleRange present)
        {
            double mean = truth.Average(row => row.People);
            AddDay(new TruthDay(truth), present.Value * truth.Count, mean >= present.Low && mean <= present.High);
        }
    }

    private static double? Share(IEnumerable<bool?> within)
    {
        bool[] known = [.. within.Where(one => one is not null).Select(one => one!.Value)];
        return known.Length == 0 ? null : (double)known.Count(one => one) / known.Length;
    }

    private void AddDay(TruthDay day, double sum, bool? isWithin)
    {
        double truth = day.People.Sum();
        if (truth > 0)
        {
            _days.Add((Math.Abs(sum - truth) / truth, isWithin));
        }
    }
}

/// <summary>What an estimate was off.</summary>
/// <param name="StartMs">When.</param>
/// <param name="Day">Number of the day.</param>
/// <param name="People">The estimate.</param>
/// <param name="Value">(True − estimated) / <see cref="ModelError.Spread"/>.</param>
internal readonly record struct Residual(long StartMs, long Day, double People, double Value);
