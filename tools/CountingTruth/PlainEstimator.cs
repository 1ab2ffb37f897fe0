namespace JamBox.CountingTruth;

/// <summary>
/// people = scale · max(0, x − offset)^power with x the mean of a count over a trailing window. The scale is the one with the least mean
/// absolute error on what may be learned from; offset and window, where there is a choice, too.
/// </summary>
/// <param name="name">Name in the table.</param>
/// <param name="count">Which count.</param>
/// <param name="power">The power.</param>
/// <param name="windows">Lengths of windows to choose from, periods.</param>
/// <param name="offsets">Offsets to choose from.</param>
/// <param name="scale">The scale where it is not learned.</param>
internal sealed class PlainEstimator(
    string name, Func<TruthRow, double> count, double power, int[] windows, double[] offsets, double? scale = null) : IEstimator
{
    /// <summary>Those that the table compares with ours.</summary>
    public static IReadOnlyList<IEstimator> All { get; } =
    [
        new PlainEstimator("device-minutes u", row => row.DeviceMinutes, 1, [1], [0], 1),
        new PlainEstimator("u / 5", row => row.DeviceMinutes, 1, [1], [0], 0.2),
        new PlainEstimator("linear in u", row => row.DeviceMinutes, 1, [1], [0]),
        new PlainEstimator("linear in imm+near+far", Inside, 1, [1], [0]),
        new PlainEstimator("power 0.8, 15 min, offset", Inside, 0.8, [3], [0, 1, 2, 3, 4, 5, 6, 8, 10]),
        new PlainEstimator("power 0.5, 5-30 min, offset", Inside, 0.5, [1, 3, 6], [0, 1, 2, 3, 4, 5, 6, 8, 10]),
    ];

    /// <inheritdoc/>
    public IReadOnlyList<string> Names => [name];

    /// <inheritdoc/>
    public void Run(Spot spot, IReadOnlyList<TruthRow> counted, IEnumerable<TruthDay> days, IReadOnlyList<Score> scores)
    {
        Dictionary<long, TruthRow> rows = spot.Rows.ToDictionary(row => row.StartMs);
        (double scale, double offset, int window) best = (scale ?? 0, offsets[0], windows[0]);
        double least = double.MaxValue;
        foreach (int window in scale is null ? windows : [])
        {
            double[] levels = [.. counted.Select(row => Level(rows, row.StartMs, window))];
            foreach (double offset in offsets)
            {
                double[] shapes = [.. levels.Select(level => Shape(level, offset))];
                double fitted = Scale(shapes, counted);
                double error = shapes.Select((shape, index) => Math.Abs((fitted * shape) - counted[index].People)).Sum();
                if (error < least)
                {
                    (best, least) = ((fitted, offset, window), error);
                }
            }
        }

        foreach (TruthDay day in days)
        {
            scores[0].Add(day, [.. day.Rows.Select(row => best.scale * Shape(Level(rows, row.StartMs, best.window), best.offset))]);
        }
    }

    private static double Inside(TruthRow row) => row.Immediate + row.Near + row.Far;

    private double Shape(double level, double offset) => Math.Pow(Math.Max(0, level - offset), power);

    private double Level(Dictionary<long, TruthRow> rows, long startMs, int window)
    {
        double sum = 0;
        int found = 0;
        for (int back = 0; back < window; back++)
        {
            if (rows.TryGetValue(startMs - (back * BoxSignal.SlotMs), out TruthRow row))
            {
                sum += count(row);
                found++;
            }
        }

        return sum / found;
    }

    /// <summary>The scale with the least absolute error: the median of the quotients, weighted by the shapes.</summary>
    private static double Scale(double[] shapes, IReadOnlyList<TruthRow> counted)
    {
        List<(double Value, double Weight)> quotients = [];
        for (int index = 0; index < shapes.Length; index++)
        {
            if (shapes[index] > 1e-9)
            {
                quotients.Add((counted[index].People / shapes[index], shapes[index]));
            }
        }

        return quotients.Count == 0 ? 0 : Quantiles.OfWeighted(quotients, 0.5);
    }
}
