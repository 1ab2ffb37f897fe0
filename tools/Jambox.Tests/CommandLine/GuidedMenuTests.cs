using JamBox.Bench.CommandLine;
using JamBox.Bench.Tests.Hosting;

namespace JamBox.Bench.Tests.CommandLine;

/// <summary>The program started without arguments.</summary>
public sealed class GuidedMenuTests
{
    [Fact]
    public async Task TheEntriesRunTheCommandsThatTheyShow()
    {
        TestTerminal terminal = new();
        terminal.Choices.Enqueue("1");
        terminal.Texts.Enqueue("JBNB12345");
        terminal.Choices.Enqueue("7");
        terminal.Choices.Enqueue("8");
        terminal.Choices.Enqueue("0");
        Assert.Equal(ExitCode.NoBox, await terminal.RunAsync());
        Assert.Equal("> jambox box flash JBNB12345\n> jambox box monitor\n", terminal.Output.ReplaceLineEndings("\n"));
        Assert.Contains("JBNB12345 is no box", terminal.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhereNobodyIsThereTheHelpIsShown()
    {
        TestTerminal terminal = new();
        Assert.Equal(ExitCode.BadInput, await terminal.RunAsync());
        Assert.Contains("Boxes at the bench", terminal.Output, StringComparison.Ordinal);
    }
}
