using System.Globalization;

namespace JamBox.CountingTruth;

/// <summary>What the command line says.</summary>
internal sealed class TruthOptions
{
    /// <summary>How to use the tool.</summary>
    public const string Usage = """
        counting-truth [--data FILE] [options]      tries the estimators on counts of a radio beside counted people
        counting-truth --twin [options]             the same on worlds of the device twin, of whose people all is known

          --data FILE         counts of 5 minutes; default ../shared/data/brno-5min-2022-2023.csv beside the project, where it is there
          --twin              worlds of the device twin instead of a file
          --twin-days N       so many days of each, from 7; default 14
          --position NAME     one position of the file, or one world; default each in turn
          --least-people N    days are judged with at least so many people at once; default 5,
                              of worlds 1
          --counts N          counts by hand in a draw; default 12
          --days N            on so many days; default 3
          --draws N           draws; default 200; 0 leaves them out
          --seed N            seed of the draws; default 1
          --loudness X        all counts of the radio times X: as if it stood elsewhere; default 1
          --interval N        report interval of the box, minutes, 5 to 60 and a multiple of 5; default 5
          --prior-only        what is said without any count, and nothing else
          --learn             prints the measured numbers of PeoplePrior as this file has them
          --max-mae X         exit code 1 when the mean absolute error of history is above, people per 5 minutes
          --max-drawn-mae X   the same for the median of the draws
          --coverage LOW-HIGH exit code 1 when the coverage of history is outside, such as 0.75-0.85

        The last line is "MAE … coverage …", of history with all people of other days known. Exit code: 0, 1 a bound was left, 2 cannot run.
        """;

    private double? _leastPeople;

    /// <summary>File of counts; null = the default one.</summary>
    public string? Data { get; private set; }

    /// <summary>The only position; null = each.</summary>
    public string? Position { get; private set; }

    /// <summary>Least people at once on a day that is judged.</summary>
    public double LeastPeople => _leastPeople ?? (IsTwin ? 1 : 5);

    /// <summary>Worlds of the twin instead of a file.</summary>
    public bool IsTwin { get; private set; }

    /// <summary>Days of a world.</summary>
    public int TwinDays { get; private set; } = 14;

    /// <summary>Counts in a draw.</summary>
    public int Counts { get; private set; } = 12;

    /// <summary>Days of a draw.</summary>
    public int Days { get; private set; } = 3;

    /// <summary>Number of draws.</summary>
    public int Draws { get; private set; } = 200;

    /// <summary>Seed of the draws.</summary>
    public int Seed { get; private set; } = 1;

    /// <summary>Factor on the radio's counts.</summary>
    public double Loudness { get; private set; } = 1;

    /// <summary>Report interval, minutes.</summary>
    public int Interval { get; private set; } = 5;

    /// <summary>Only what is said without counts.</summary>
    public bool IsPriorOnly { get; private set; }

    /// <summary>Prints what can be learned from the file.</summary>
    public bool IsLearning { get; private set; }

    /// <summary>Bound of the mean absolute error; null = none.</summary>
    public double? MaxMae { get; private set; }

    /// <summary>Bound of the draws' median; null = none.</summary>
    public double? MaxDrawnMae { get; private set; }

    /// <summary>Bounds of the coverage; null = none.</summary>
    public (double Low, double High)? Coverage { get; private set; }

    /// <summary>Asked for <see cref="Usage"/>.</summary>
    public bool IsHelp { get; private set; }

    /// <summary>Reads a command line.</summary>
    /// <exception cref="FormatException">It is not understood.</exception>
    public static TruthOptions Read(IReadOnlyList<string> args)
    {
        TruthOptions options = new();
        for (int index = 0; index < args.Count; index++)
        {
            string name = args[index];
            string Value() => ++index < args.Count ? args[index] : throw new FormatException($"{name}: needs a value");
            int Whole(int least, int most) => (int)Number(name, Value(), least, most, isWhole: true);
            double Fraction(double least, double most) => Number(name, Value(), least, most, isWhole: false);
            switch (name)
            {
                case "--data": options.Data = Value(); break;
                case "--twin": options.IsTwin = true; break;
                case "--twin-days": options.TwinDays = Whole(7, TwinWorlds.MostDays); break;
                case "--position": options.Position = Value(); break;
                case "--least-people": options._leastPeople = Fraction(0, 10_000); break;
                case "--counts": options.Counts = Whole(1, 10_000); break;
                case "--days": options.Days = Whole(1, 1_000); break;
                case "--draws": options.Draws = Whole(0, 100_000); break;
                case "--seed": options.Seed = Whole(0, int.MaxValue); break;
                case "--loudness": options.Loudness = Fraction(0.01, 100); break;
                case "--interval": options.Interval = Interval5(name, Whole(5, 60)); break;
                case "--prior-only": options.IsPriorOnly = true; break;
                case "--learn": options.IsLearning = true; break;
                case "--max-mae": options.MaxMae = Fraction(0, 10_000); break;
                case "--max-drawn-mae": options.MaxDrawnMae = Fraction(0, 10_000); break;
                case "--coverage": options.Coverage = Bounds(name, Value()); break;
                case "--help" or "-h" or "-?": options.IsHelp = true; break;
                default: throw new FormatException($"{name}: unknown");
            }
        }

        return options.IsTwin && options.Data is not null ? throw new FormatException("--twin: goes without --data") : options;
    }

    private static int Interval5(string name, int minutes) =>
        minutes % 5 == 0 ? minutes : throw new FormatException($"{name}: must be a multiple of 5");

    private static (double Low, double High) Bounds(string name, string text)
    {
        string[] ends = text.Split('-');
        if (ends.Length != 2)
        {
            throw new FormatException($"{name}: must be two numbers such as 0.75-0.85");
        }

        double low = Number(name, ends[0], 0, 1, isWhole: false), high = Number(name, ends[1], 0, 1, isWhole: false);
        return low <= high ? (low, high) : throw new FormatException($"{name}: the lower bound comes first, such as 0.75-0.85");
    }

    private static double Number(string name, string text, double least, double most, bool isWhole)
    {
        NumberStyles style = isWhole ? NumberStyles.None : NumberStyles.AllowDecimalPoint;
        return double.TryParse(text, style, CultureInfo.InvariantCulture, out double number) && number >= least && number <= most
            ? number
            : throw new FormatException(FormattableString.Invariant(
                $"{name}: must be a {(isWhole ? "whole " : string.Empty)}number from {least} to {most}"));
    }
}
