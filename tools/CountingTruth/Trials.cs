namespace JamBox.CountingTruth;

/// <summary>What some draws of a few counts gave.</summary>
/// <param name="MedianMae">Median over the draws of the mean absolute error, people per 5 minutes.</param>
/// <param name="HighMae">90 % of the draws are not above.</param>
/// <param name="Coverage">Mean coverage of the ranges; null without ranges.</param>
/// <param name="DayError">Median of the median error of a day's sum.</param>
/// <param name="DayCoverage">Mean coverage of the days' ranges.</param>
internal sealed record DrawnScore(double MedianMae, double HighMae, double? Coverage, double DayError, double? DayCoverage)
{
    /// <summary>Sums up draws.</summary>
    public static DrawnScore Of(IReadOnlyList<Score> draws) => new(
        Quantiles.Of([.. draws.Select(draw => draw.Mae)], 0.5),
        Quantiles.Of([.. draws.Select(draw => draw.Mae)], 0.9),
        draws[0].Coverage is null ? null : draws.Average(draw => draw.Coverage!.Value),
        Quantiles.Of([.. draws.Select(draw => draw.DayError)], 0.5),
        draws[0].DayCoverage is null ? null : draws.Average(draw => draw.DayCoverage ?? 0));
}

/// <summary>
/// Ways to try an estimator: it is never judged on a day that it has learned from, and all of its choices are part of learning.
/// </summary>
internal static class Trials
{
    /// <summary>Folds of the cross-validation: of each ten days one.</summary>
    public const int Folds = 10;

    /// <summary>All people of nine tenths of the days are known, the others are judged; each day once.</summary>
    public static Score[] AllCounted(Spot spot, IEstimator estimator)
    {
        Score[] scores = Scores(estimator);
        for (int fold = 0; fold < Math.Min(Folds, spot.Days.Count); fold++)
        {
            TruthRow[] counted = [.. spot.Days.Where((_, day) => day % Folds != fold).SelectMany(day => day.Rows)];
            estimator.Run(spot, counted, spot.Days.Where((_, day) => day % Folds == fold), scores);
        }

        return scores;
    }

    /// <summary>A few counts, by chance, on a few days by chance; all other days are judged.</summary>
    /// <param name="spot">The position.</param>
    /// <param name="estimator">What is tried.</param>
    /// <param name="counts">Number of counts.</param>
    /// <param name="days">On so many days, as evenly as can be.</param>
    /// <param name="draws">How often it is done.</param>
    /// <param name="seed">The same seed draws the same.</param>
    public static DrawnScore[] Drawn(Spot spot, IEstimator estimator, int counts, int days, int draws, int seed)
    {
        Random random = new(seed);
        List<Score>[] all = [.. estimator.Names.Select(_ => new List<Score>())];
        for (int draw = 0; draw < draws; draw++)
        {
            int[] picked = [.. Enumerable.Range(0, spot.Days.Count).OrderBy(_ => random.Next()).Take(days)];
            List<TruthRow> counted = [];
            for (int count = 0; count < counts; count++)
            {
                IReadOnlyList<TruthRow> rows = spot.Days[picked[count % picked.Length]].Rows;
                TruthRow row = rows[random.Next(rows.Count)];
                counted.Add(row with { People = Math.Round(row.People, MidpointRounding.AwayFromZero) });
            }

            Score[] scores = Scores(estimator);
            estimator.Run(spot, counted, spot.Days.Where((_, day) => !picked.Contains(day)), scores);
            for (int index = 0; index < scores.Length; index++)
            {
                all[index].Add(scores[index]);
            }
        }

        return [.. all.Select(DrawnScore.Of)];
    }

    private static Score[] Scores(IEstimator estimator) => [.. estimator.Names.Select(_ => new Score())];
}
