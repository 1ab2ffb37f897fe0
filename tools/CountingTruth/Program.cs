namespace JamBox.CountingTruth;

/// <summary>
/// Runs estimators of people over counts of a radio beside which people were counted, and prints how far off they are and how often their
/// ranges hold the truth.
/// </summary>
internal static class Program
{
    private const int Good = 0;
    private const int BoundLeft = 1;
    private const int CannotRun = 2;

    /// <summary>Runs the tool.</summary>
    public static int Main(string[] args) => Run(args, Console.Out, Console.Error);

    /// <summary>Runs the tool.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="output">Where the table goes.</param>
    /// <param name="error">Where faults go.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error)
    {
        TruthOptions options;
        try
        {
            options = TruthOptions.Read(args);
        }
        catch (FormatException fault)
        {
            error.WriteLine($"counting-truth: {fault.Message}\n\n{TruthOptions.Usage}");
            return CannotRun;
        }

        if (options.IsHelp)
        {
            output.WriteLine(TruthOptions.Usage);
            return Good;
        }

        if (options.IsTwin)
        {
            return JudgeWorlds(options, output, error);
        }

        string? file = options.Data ?? TruthPlace.Default();
        if (file is null)
        {
            output.WriteLine(
                $"{TruthPlace.Beside} is not beside the project: estimates are judged by worlds of the device twin alone.");
            return JudgeWorlds(options, output, error);
        }

        try
        {
            using StreamReader reader = new(file);
            return Judge(TruthFile.Read(reader), options, output);
        }
        catch (Exception fault) when (fault is FormatException or IOException or UnauthorizedAccessException or InvalidDataException)
        {
            error.WriteLine($"counting-truth: {file}: {fault.Message}");
            return CannotRun;
        }
    }

    private static int JudgeWorlds(TruthOptions options, TextWriter output, TextWriter error)
    {
        if (options.Position is not null && !TwinWorlds.Names.Contains(options.Position))
        {
            error.WriteLine($"counting-truth: --position: the worlds are: {string.Join(", ", TwinWorlds.Names)}");
            return CannotRun;
        }

        return Judge(TwinWorlds.Run(options.Seed, options.TwinDays, options.Position, output), options, output);
    }

    private static int Judge(List<TruthRow> rows, TruthOptions options, TextWriter output)
    {
        List<Report> reports = [];
        foreach (IGrouping<string, TruthRow> position in rows.GroupBy(row => row.Position))
        {
            if (options.Position is null || options.Position == position.Key)
            {
                Spot spot = new([.. position], options.LeastPeople, options.Loudness, options.Interval);
                TruthTable.Head(output, spot);
                if (spot.Days.Count > options.Days)
                {
                    reports.Add(Report.Make(spot, options, output));
                    output.WriteLine();
                }
                else
                {
                    output.WriteLine($"Too few days with at least {TruthTable.Number(options.LeastPeople)} people: not judged.");
                }
            }
        }

        if (reports.Count == 0)
        {
            throw new InvalidDataException("there is no position with enough days to be judged");
        }

        List<string> left = [.. reports.SelectMany(report => report.BoundsLeft(options))];
        left.ForEach(output.WriteLine);
        output.WriteLine(Report.Last(reports));
        return left.Count == 0 ? Good : BoundLeft;
    }
}
