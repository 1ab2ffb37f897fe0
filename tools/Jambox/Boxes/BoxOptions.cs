using System.CommandLine;
using System.Text.RegularExpressions;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Server;

namespace JamBox.Bench.Boxes;

/// <summary>Arguments and options that several commands have. Each call makes a new one: a symbol belongs to one command.</summary>
internal static partial class BoxOptions
{
    private const int DefaultMinutes = 10;
    private const int MaxMinutes = 120;

    /// <summary>The box.</summary>
    /// <returns>The argument.</returns>
    public static Argument<string> Box() => new("ID")
    {
        Description = "The box: JBNB and four digits, or its serial number.",
    };

    /// <summary>How long to wait for the first word.</summary>
    /// <returns>The option.</returns>
    public static Option<int> Wait() => new("--wait")
    {
        Description = "Minutes to wait for its first heartbeat, 0 to 120; 0 = do not wait.",
        DefaultValueFactory = static _ => DefaultMinutes,
        HelpName = "MINUTES",
    };

    /// <summary>Checks the name of a box, before it goes anywhere.</summary>
    /// <param name="text">From the command line.</param>
    /// <returns>It, in capital letters.</returns>
    /// <exception cref="BenchException">It is none.</exception>
    public static string Checked(string text)
    {
        string box = text.Trim().ToUpperInvariant();
        return Names().IsMatch(box) ? box : throw new BenchException(
            $"{text} is no box: its id is JBNB and four digits, such as JBNB0001, its serial number like JB-26A18-NB02R-X7KQA",
            ExitCode.BadInput);
    }

    /// <summary>Checks a number of minutes.</summary>
    /// <param name="minutes">From the command line.</param>
    /// <returns>The time.</returns>
    /// <exception cref="BenchException">It is too long, or negative.</exception>
    public static TimeSpan CheckedWait(int minutes) => minutes is >= 0 and <= MaxMinutes
        ? TimeSpan.FromMinutes(minutes)
        : throw new BenchException($"--wait {minutes}: must be 0 to {MaxMinutes} minutes", ExitCode.BadInput);

    /// <summary>Writes a file that somebody named, or says why it cannot be.</summary>
    /// <param name="path">Where.</param>
    /// <param name="bytes">What.</param>
    /// <exception cref="BenchException">It cannot be written.</exception>
    public static void Write(string path, byte[] bytes)
    {
        try
        {
            File.WriteAllBytes(path, bytes);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new BenchException($"{path} cannot be written: {e.Message}", ExitCode.BadInput);
        }
    }

    /// <summary>Makes the label of one box as a file, with a new PIN where the box is not sold yet.</summary>
    /// <param name="manufacturing">The server.</param>
    /// <param name="device">The box.</param>
    /// <param name="path">The file.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>Done.</returns>
    public static async Task LabelAsync(Manufacturing manufacturing, MadeRow device, string path, CancellationToken stop)
    {
        var wish = new LabelWish("single", Serial: device.Serial, NewPins: true);
        Write(path, await manufacturing.MakeLabelsAsync(device.Batch, wish, stop).ConfigureAwait(false));
    }

    [GeneratedRegex(
        "^(JBNB[0-9]{4}|[A-Z]{2}-[0-9]{2}[A-L][0-9]{2}-[A-Z]{2}[0-9]{2}R-[A-HJ-NP-Z2-9]{5})$", RegexOptions.CultureInvariant,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Names();
}
