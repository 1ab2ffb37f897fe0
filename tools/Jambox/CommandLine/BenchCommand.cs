using System.CommandLine;

namespace JamBox.Bench.CommandLine;

/// <summary>A command whose help ends with an example.</summary>
/// <param name="name">The word on the command line.</param>
/// <param name="description">What it does.</param>
/// <param name="example">What to type, without the program's name.</param>
internal sealed class BenchCommand(string name, string description, string example) : Command(name, description)
{
    /// <summary>What to type, without the program's name.</summary>
    public string Example { get; } = example;
}
