namespace JamBox.Bench.CommandLine;

/// <summary>
/// The program started without arguments, by somebody at a terminal: the nine things that are done at a bench, by number. Each asks what
/// it needs and shows the command line that it runs, so that the next time it can be typed.
/// </summary>
internal static class GuidedMenu
{
    private const string Box = "Which box (JBNB and four digits, or its serial number)";

    private static readonly string[] s_entries =
    [
        "1  Flash a box that is registered",
        "2  New boxes: register, flash, label",
        "3  Register boxes, flash none",
        "4  Flash the firmware of a box again",
        "5  Test the connection",
        "6  List the boxes",
        "7  Show a box",
        "8  Watch the serial port",
        "9  Provision a new board (phase 1)",
        "0  Exit",
    ];

    /// <summary>Runs it until somebody leaves it.</summary>
    /// <param name="terminal">The world around.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>An exit code; <c>null</c> when nobody is there to ask.</returns>
    public static async Task<int?> RunAsync(BenchTerminal terminal, CancellationToken stop)
    {
        int? last = null;
        while (terminal.AskChoice("JamBox at the bench: what is to be done?", s_entries) is { } choice)
        {
            if (choice == s_entries.Length - 1)
            {
                return last ?? ExitCode.Done;
            }

            if (ArgumentsOf(terminal, choice + 1) is not { } arguments)
            {
                continue;
            }

            terminal.Line($"> jambox {string.Join(' ', arguments)}");
            last = await CommandLineInterface.InvokeAsync(arguments, terminal, stop).ConfigureAwait(false);
            if (last == ExitCode.Interrupted || stop.IsCancellationRequested)
            {
                return last;
            }
        }

        return last;
    }

    /// <summary>Asks what an entry needs.</summary>
    /// <returns>The command line; <c>null</c> when it was thought better of.</returns>
    private static string[]? ArgumentsOf(BenchTerminal terminal, int entry) => entry switch
    {
        1 => With(terminal, Box, "box", "flash"),
        2 => With(terminal, "How many boxes", "box", "enroll", "--count"),
        3 => With(terminal, "How many boxes", "box", "register", "--count"),
        4 => With(terminal, Box, "box", "reflash"),
        5 => ["box", "test"],
        6 => ["box", "list"],
        7 => With(terminal, Box, "box", "show"),
        8 => ["box", "monitor"],
        _ => ["box", "provision"],
    };

    private static string[]? With(BenchTerminal terminal, string question, params string[] arguments) =>
        terminal.AskText($"{question}; nothing goes back") is { Length: > 0 } answer ? [.. arguments, answer] : null;
}
