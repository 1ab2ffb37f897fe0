using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace JamBox.Bench.CommandLine;

/// <summary>The usual help, and then an example and what the exit codes mean.</summary>
/// <param name="usual">The usual help.</param>
internal sealed class HelpWithExample(HelpAction usual) : SynchronousCommandLineAction
{
    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int code = usual.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        if (parseResult.CommandResult.Command is BenchCommand command)
        {
            output.WriteLine("Example:");
            output.WriteLine($"  {command.Example}");
            output.WriteLine();
        }

        output.WriteLine("Exit codes:");
        output.WriteLine($"  {ExitCode.Explanation}");
        return code;
    }
}
