using System.CommandLine;
using System.CommandLine.Parsing;
using JamBox.Twin.Faults;
using JamBox.Twin.Radio;

namespace JamBox.Twin.Run;

/// <summary>
/// What a twin can be asked to do, by the options that ask for it, and the options that mean something then. No option is passed over
/// silently.
/// </summary>
/// <param name="modes">The modes; the first one that is asked for decides.</param>
/// <param name="plain">What goes with a run that asks for no mode.</param>
internal sealed class CommandModes(IReadOnlyList<CommandMode> modes, IReadOnlyList<Option> plain)
{
    /// <summary>Looks for an option that the rest of the command line would let do nothing.</summary>
    /// <param name="parsed">The command line.</param>
    /// <returns>What is wrong, in one line; <c>null</c> = nothing.</returns>
    public string? Misplaced(ParseResult parsed)
    {
        IEnumerable<OptionResult> results = parsed.CommandResult.Children.OfType<OptionResult>();
        List<Option> given = [.. results.Where(result => !result.Implicit).Select(result => result.Option)];
        if (modes.FirstOrDefault(mode => mode.AskedBy.Any(given.Contains)) is { } asked)
        {
            Option? odd = given.Find(option => !asked.AskedBy.Contains(option) && !asked.Takes.Contains(option));
            return odd is null ? null : $"{odd.Name} and {given.First(asked.AskedBy.Contains).Name} exclude each other{asked.Why}";
        }

        Option? lonely = given.Find(option => !plain.Contains(option));
        if (lonely is null)
        {
            return null;
        }

        IEnumerable<string> companions = modes.Where(mode => mode.Takes.Contains(lonely)).Select(mode => mode.AskedBy[0].Name);
        return $"{lonely.Name} goes with {string.Join(" or ", companions)} only";
    }

    /// <summary>Says what is wrong with an argument in the words of a user, not of the parser.</summary>
    /// <param name="error">What the parser found.</param>
    /// <returns>One line.</returns>
    public static string Explain(ParseError error)
    {
        OptionResult? result = error.SymbolResult as OptionResult ?? error.SymbolResult?.Parent as OptionResult;
        if (result is not { Tokens: [{ } token, ..] }
            || !error.Message.Contains(result.Option.ValueType.ToString(), StringComparison.Ordinal))
        {
            return error.Message;
        }

        Type type = Nullable.GetUnderlyingType(result.Option.ValueType) ?? result.Option.ValueType;
        string kind = type == typeof(int) ? "a whole number that fits 32 bits"
            : type == typeof(long) ? "a whole number that fits 64 bits"
            : "a number such as 0.5";
        return $"{result.Option.Name} {token.Value}: must be {kind}";
    }
}

/// <summary>Something that a twin can be asked to do.</summary>
/// <param name="AskedBy">The options of which one asks for it.</param>
/// <param name="Takes">The options that go with it.</param>
/// <param name="Why">Why no others do, as the end of a sentence; may be empty.</param>
internal sealed record CommandMode(IReadOnlyList<Option> AskedBy, IReadOnlyList<Option> Takes, string Why = "");

/// <summary>What the command line asked for, checked.</summary>
internal sealed record TwinOptions
{
    /// <summary>How long people walk by, virtual hours. With captures: how long beyond them, 0.</summary>
    public double Hours { get; init; } = 24;

    /// <summary>What everything random follows from.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>People an hour, on average over the day.</summary>
    public double Crowd { get; init; } = 60;

    /// <summary>How many boxes run side by side.</summary>
    public int Devices { get; init; } = 1;

    /// <summary>Factor of real time; 0 = as fast as it goes.</summary>
    public double Speed { get; init; }

    /// <summary>Captures to replay instead of a crowd.</summary>
    public IReadOnlyList<string> Captures { get; init; } = [];

    /// <summary>Which frames the radio hears; <c>null</c> = all of a capture, what it is tuned to of a crowd.</summary>
    public RadioMode? Radio { get; init; }

    /// <summary>An outside backend; <c>null</c> = host one.</summary>
    public Uri? Backend { get; init; }

    /// <summary>The token for it.</summary>
    public string? Token { get; init; }

    /// <summary>The device id that the token belongs to.</summary>
    public string DeviceId { get; init; } = "JBNB0001";

    /// <summary>Whether boxes send JSON, and not the compact wire.</summary>
    public bool SendsJson { get; init; }

    /// <summary>Where every AT byte is written.</summary>
    public string? Transcript { get; init; }

    /// <summary>Where database and logs are kept.</summary>
    public string? Keep { get; init; }

    /// <summary>Where the summary is written as JSON.</summary>
    public string? Summary { get; init; }

    /// <summary>Whether the backend goes on after the summary, until Ctrl+C.</summary>
    public bool Serve { get; init; }

    /// <summary>Whether the board's own program runs, with its adapters, on stand-ins of the hardware; in real time.</summary>
    public bool Board { get; init; }

    /// <summary>What goes wrong; <c>null</c> = nothing, and the invariants are not checked.</summary>
    public FaultProfile? Faults { get; init; }

    /// <summary>The operation on flash or store in which power goes; 0 = none.</summary>
    public int PowerLossAt { get; init; }

    /// <summary>Whether an outside backend sets the pace: then nothing is virtual.</summary>
    public bool IsRealTime => Backend != null;
}
