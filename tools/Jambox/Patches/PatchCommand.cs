using System.CommandLine;
using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Patches;

/// <summary><c>patch</c>: patches by hand. Releases need none of it: the server makes its patches itself.</summary>
internal static class PatchCommand
{
    /// <summary>Makes the group.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The group.</returns>
    public static Command Create(BenchTerminal terminal) =>
        new("patch", "Make, apply, look at and measure patches by hand. (For a release the server makes them.)")
    {
        MakeCommand.Create(terminal),
        ApplyCommand.Create(terminal),
        InfoCommand.Create(terminal),
        MeasureCommand.Create(terminal),
    };
}
