namespace JamBox.CountingTruth;

/// <summary>What was found at one position.</summary>
/// <param name="History">Our estimates of history, all people of other days known; or, without any count, those.</param>
/// <param name="Drawn">The same from a few counts; null = not tried.</param>
internal sealed record Report(Score History, DrawnScore? Drawn)
{
    /// <summary>Runs all estimators and prints the table.</summary>
    public static Report Make(Spot spot, TruthOptions options, TextWriter output)
    {
        if (options.IsPriorOnly)
        {
            return Prior(spot, output);
        }

        TruthTable.Columns(output, options.Counts, options.Days, options.Draws);
        Report? report = null;
        foreach (IEstimator estimator in (IEnumerable<IEstimator>)[.. PlainEstimator.All, new OurEstimator()])
        {
            Score[] scores = Trials.AllCounted(spot, estimator);
            DrawnScore[]? drawn = options.Draws == 0
                ? null
                : Trials.Drawn(spot, estimator, options.Counts, options.Days, options.Draws, options.Seed);
            for (int index = 0; index < scores.Length; index++)
            {
                TruthTable.Line(output, estimator.Names[index], scores[index], drawn?[index]);
            }

            report = new Report(scores[^1], drawn?[^1]);
        }

        TruthTable.Heights(output, report!.History);
        if (options.IsLearning)
        {
            Lesson.Print(spot, report.History, output);
        }

        return report;
    }

    /// <summary>The last line.</summary>
    public static string Last(IReadOnlyList<Report> reports)
    {
        double periods = reports.Sum(report => report.History.Periods);
        double mae = reports.Sum(report => report.History.Mae * report.History.Periods) / periods;
        double coverage = reports.Sum(report => (report.History.Coverage ?? 0) * report.History.Periods) / periods;
        return $"MAE {TruthTable.Number(mae)} coverage {TruthTable.Number(coverage)}";
    }

    /// <summary>The bounds of the command line that were left.</summary>
    public IEnumerable<string> BoundsLeft(TruthOptions options)
    {
        if (options.MaxMae is double most && !(History.Mae <= most))
        {
            yield return $"The mean absolute error {TruthTable.Number(History.Mae)} is above {TruthTable.Number(most)}.";
        }

        if (options.MaxDrawnMae is double mostDrawn && !(Drawn?.MedianMae <= mostDrawn))
        {
            yield return $"The draws' median {TruthTable.Number(Drawn?.MedianMae ?? double.NaN)} is above {TruthTable.Number(mostDrawn)}.";
        }

        if (options.Coverage is (double low, double high) && !(History.Coverage >= low && History.Coverage <= high))
        {
            yield return $"The coverage {TruthTable.Number(History.Coverage ?? double.NaN)} is not within its bounds.";
        }
    }

    private static Report Prior(Spot spot, TextWriter output)
    {
        OurEstimator ours = new();
        Score[] scores = [new(), new()];
        ours.Run(spot, [], spot.Days, scores);
        TruthTable.Columns(output, 0, 0, 0);
        for (int index = 0; index < scores.Length; index++)
        {
            TruthTable.Line(output, ours.Names[index], scores[index], null);
        }

        TruthTable.Heights(output, scores[^1]);
        return new Report(scores[^1], null);
    }
}
