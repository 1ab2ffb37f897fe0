namespace JamBox.CountingTruth.Tests;

/// <summary>The tool as it is run: tables, bounds, exit codes.</summary>
public sealed class ProgramTests : IDisposable
{
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"counting-truth-{Guid.NewGuid():N}.csv");

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void TheTableHasAllEstimatorsAndEndsWithTheErrorAndTheCoverage()
    {
        (int code, string output, _) = Run(MadeUpFile.Make(1, days: 6), "--draws", "3");

        Assert.Equal(0, code);
        Assert.All(
            [.. PlainEstimator.All.SelectMany(estimator => estimator.Names), .. new OurEstimator().Names],
            name => Assert.Contains(output.Split('\n'), line => line.StartsWith(name, StringComparison.Ordinal)));
        Assert.Matches(@"^MAE [0-9]+\.[0-9]{2} coverage 0\.[0-9]{2}$", output.TrimEnd().Split('\n')[^1]);
    }

    [Fact]
    public void TheSameSeedGivesTheSameTable()
    {
        string text = MadeUpFile.Make(2, days: 4);

        Assert.Equal(Run(text, "--draws", "2", "--seed", "5").Output, Run(text, "--draws", "2", "--seed", "5").Output);
        Assert.NotEqual(Run(text, "--draws", "2", "--seed", "5").Output, Run(text, "--draws", "2", "--seed", "6").Output);
    }

    [Fact]
    public void ABoundThatIsLeftFails()
    {
        string text = MadeUpFile.Make(1, days: 4);

        Assert.Equal(0, Run(text, "--draws", "0", "--max-mae", "10", "--coverage", "0-1").Code);
        Assert.Equal(1, Run(text, "--draws", "0", "--max-mae", "0.01").Code);
        Assert.Equal(1, Run(text, "--draws", "0", "--coverage", "0.1-0.2").Code);
        Assert.Equal(1, Run(text, "--draws", "2", "--max-drawn-mae", "0.01").Code);
        Assert.Equal(1, Run(text, "--draws", "0", "--max-drawn-mae", "10").Code);
    }

    [Fact]
    public void PositionsAreJudgedEachOnItsOwn()
    {
        string two = MadeUpFile.Make(1, days: 4) + MadeUpFile.Make(2, days: 4, "hall")[(MadeUpFile.Head.Length + 1)..];

        Assert.Contains("Position hall:", Run(two, "--draws", "0").Output, StringComparison.Ordinal);
        Assert.DoesNotContain("Position 1:", Run(two, "--draws", "0", "--position", "hall").Output, StringComparison.Ordinal);
        Assert.Equal(2, Run(two, "--position", "attic").Code);
    }

    [Fact]
    public void WithoutCountsRangesAreWide()
    {
        (int code, string output, _) = Run(MadeUpFile.Make(1), "--prior-only");

        Assert.Equal(0, code);
        Assert.True(double.Parse(output.TrimEnd().Split(' ')[^1]) > 0.9, output);
    }

    [Fact]
    public void AWorldOfTheTwinIsJudgedWithoutAFile()
    {
        using StringWriter output = new();

        int code = Program.Run(
            ["--twin", "--twin-days", "8", "--position", "small shop", "--draws", "0", "--max-mae", "3"], output, TextWriter.Null);

        Assert.True(code == 0, output.ToString());
        Assert.Contains("Position small shop:", output.ToString(), StringComparison.Ordinal);
        Assert.Matches(@"^MAE [0-9]+\.[0-9]{2} coverage 0\.[0-9]{2}$", output.ToString().TrimEnd().Split('\n')[^1]);
    }

    [Fact]
    public void AWorldThatTheTwinDoesNotHaveIsNamedBesideThoseThatItHas()
    {
        using StringWriter error = new();

        Assert.Equal(2, Program.Run(["--twin", "--position", "attic"], TextWriter.Null, error));
        Assert.Contains("small shop", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ABrokenFileIsNamedWithItsLine()
    {
        string text = MadeUpFile.Make(1, days: 1) + "1,2026\n";
        (int code, _, string error) = Run(text);

        Assert.Equal(2, code);
        Assert.Contains(
            $"{_file}: line {text.Count(character => character == '\n')}: 2 fields instead of 10", error, StringComparison.Ordinal);
    }

    [Fact]
    public void AFileThatIsNotThereIsSaid()
    {
        using StringWriter error = new();

        Assert.Equal(2, Program.Run(["--data", _file], TextWriter.Null, error));
        Assert.Contains(_file, error.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--draws")]
    [InlineData("--draws", "-1")]
    [InlineData("--counts", "0")]
    [InlineData("--interval", "7")]
    [InlineData("--coverage", "0.8")]
    [InlineData("--coverage", "0.8-2")]
    [InlineData("--coverage", "0.9-0.1")]
    [InlineData("--seed", "1e3")]
    [InlineData("--what")]
    public void WhatIsNotUnderstoodIsRefused(params string[] args)
    {
        using StringWriter error = new();

        Assert.Equal(2, Program.Run(args, TextWriter.Null, error));
        Assert.StartsWith($"counting-truth: {args[0]}: ", error.ToString(), StringComparison.Ordinal);
    }

    private (int Code, string Output, string Error) Run(string text, params string[] args)
    {
        File.WriteAllText(_file, text);
        using StringWriter output = new();
        using StringWriter error = new();
        int code = Program.Run(["--data", _file, .. args], output, error);
        return (code, output.ToString(), error.ToString());
    }
}
