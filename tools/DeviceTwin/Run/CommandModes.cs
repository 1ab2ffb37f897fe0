using System.CommandLine;
using System.CommandLine.Parsing;

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
