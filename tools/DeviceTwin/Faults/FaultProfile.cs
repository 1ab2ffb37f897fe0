using System.Globalization;
using JamBox.Twin.Run;
using JamBox.Twin.Time;

namespace JamBox.Twin.Faults;

/// <summary>How often each kind of fault happens, times a virtual day on average.</summary>
internal sealed class FaultProfile
{
    private const int MaxLineLength = 200;
    private const int MaxLines = 1_000;

    // In a mix half of the kinds are absent, and the others up to three times as frequent or as rare as usual.
    private const double ShareInMix = 0.5;
    private const double LargestFactor = 3;

    private readonly double[] _aDay;

    /// <param name="name">For the summary.</param>
    /// <param name="aDay">By kind.</param>
    public FaultProfile(string name, double[] aDay)
    {
        Name = name;
        _aDay = aDay;
    }

    /// <summary>Its name, or that of its file.</summary>
    public string Name { get; }

    /// <summary>Whether nothing goes wrong.</summary>
    public bool IsEmpty => Array.TrueForAll(_aDay, rate => rate == 0);

    /// <summary>How often a kind happens, times a virtual day on average.</summary>
    /// <param name="kind">The kind.</param>
    public double this[FaultKind kind] => _aDay[(int)kind];

    /// <summary>Takes what the command line gave.</summary>
    /// <param name="nameOrFile">A name, or else the path of a file.</param>
    /// <returns>The profile.</returns>
    /// <exception cref="BadInputException">Neither, or the file is wrong: the message names line and key.</exception>
    public static FaultProfile Load(string nameOrFile)
    {
        if (FaultTable.Named(nameOrFile) is { } named)
        {
            return named;
        }

        if (!File.Exists(nameOrFile))
        {
            throw new BadInputException($"--faults {nameOrFile}: neither a file nor one of {string.Join(", ", FaultTable.ProfileNames)}");
        }

        try
        {
            return Parse(nameOrFile, File.ReadLines(nameOrFile));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BadInputException($"--faults {nameOrFile}: {e.Message}");
        }
    }

    /// <summary>
    /// Reads a profile: lines of <c>name = times a day</c>; <c>#</c> begins a comment; <c>profile = name</c> takes over a named one.
    /// </summary>
    /// <param name="file">For the messages.</param>
    /// <param name="lines">The lines.</param>
    /// <returns>The profile.</returns>
    /// <exception cref="BadInputException">The message names line and key.</exception>
    public static FaultProfile Parse(string file, IEnumerable<string> lines)
    {
        var rates = new double[FaultTable.Count];
        int number = 0;
        foreach (string line in lines)
        {
            number++;
            if (number > MaxLines || line.Length > MaxLineLength)
            {
                throw Wrong(file, number, "this is no list of faults: too long");
            }

            string text = line.Split('#', 2)[0].Trim();
            if (text.Length > 0)
            {
                Take(rates, file, number, text);
            }
        }

        return new FaultProfile(Path.GetFileName(file), rates);
    }

    /// <summary>Draws a mix of it: some kinds are left out, the others are more frequent or rarer.</summary>
    /// <param name="random">Where chance comes from.</param>
    /// <returns>The mix.</returns>
    public FaultProfile Mix(SeededRandom random)
    {
        var mixed = new double[_aDay.Length];
        for (int i = 0; i < mixed.Length; i++)
        {
            bool isIn = random.Chance(ShareInMix);
            double factor = Math.Pow(LargestFactor, (2 * random.Fraction()) - 1);
            mixed[i] = isIn ? Math.Min(_aDay[i] * factor, FaultTable.MostADay) : 0;
        }

        return new FaultProfile(Name, mixed);
    }

    /// <summary>Makes all of it more frequent.</summary>
    /// <param name="factor">So many times.</param>
    /// <returns>The profile.</returns>
    public FaultProfile Times(double factor) => new(Name, [.. _aDay.Select(rate => Math.Min(rate * factor, FaultTable.MostADay))]);

    /// <summary>Changes one kind.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="aDay">How often it shall be, at least.</param>
    /// <returns>The profile.</returns>
    public FaultProfile With(FaultKind kind, double aDay)
    {
        double[] rates = [.. _aDay];
        rates[(int)kind] = Math.Max(rates[(int)kind], aDay);
        return new FaultProfile(Name, rates);
    }

    private static void Take(double[] rates, string file, int number, string text)
    {
        string[] parts = text.Split('=', 2, StringSplitOptions.TrimEntries);
        string key = parts[0];
        if (parts.Length < 2)
        {
            throw Wrong(file, number, $"'{Shown(key)}' lacks '= times a day'");
        }

        if (key == "profile")
        {
            FaultProfile named = FaultTable.Named(parts[1])
                ?? throw Wrong(file, number, $"profile: '{Shown(parts[1])}' is none of {string.Join(", ", FaultTable.ProfileNames)}");
            named._aDay.CopyTo(rates, 0);
        }
        else if (FaultTable.Find(key) is not { } kind)
        {
            throw Wrong(file, number, $"'{Shown(key)}' is no fault; --help lists them");
        }
        else if (!double.TryParse(parts[1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double rate)
            || !(rate <= FaultTable.MostADay))
        {
            throw Wrong(file, number, $"{key}: '{Shown(parts[1])}' is no number between 0 and {FaultTable.MostADay}");
        }
        else
        {
            rates[(int)kind] = rate;
        }
    }

    // What a broken file holds goes to a terminal: no control characters, and not much of it.
    private static string Shown(string text) =>
        string.Concat(text.Take(40).Select(c => char.IsControl(c) ? '?' : c));

    private static BadInputException Wrong(string file, int line, string what) =>
        new($"--faults {file}, line {line}: {what}");
}
