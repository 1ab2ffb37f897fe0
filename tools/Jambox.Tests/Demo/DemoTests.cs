using System.Text.RegularExpressions;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Tests.Hosting;

namespace JamBox.Bench.Tests.Demo;

/// <summary>Everything in one command: backend and boxes as processes of their own.</summary>
public sealed class DemoTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-demo-test-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task BoardsBecomeBoxesOfABackendOfTheirOwn()
    {
        TestTerminal terminal = new() { WhileWaiting = Task.Delay };
        string keep = Path.Combine(_folder, "kept");
        int code = await terminal.RunAsync("demo", "--count", "2", "--minutes", "0", "--keep", keep);
        Assert.True(code == 0, terminal.Output + terminal.Error);
        Assert.Contains("2 of 2 boxes are done", terminal.Output, StringComparison.Ordinal);
        Assert.StartsWith("%PDF", await File.ReadAllTextAsync(Path.Combine(keep, "demo-labels.pdf")), StringComparison.Ordinal);
        Assert.Equal(2, Directory.GetFiles(keep, "*.flash").Length);

        // The backend ended with the demo.
        var address = new Uri(Regex.Match(terminal.Output, "http://127.0.0.1:[0-9]+/").Value);
        using HttpClient client = new();
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetAsync(new Uri(address, "health")));
    }

    [Fact]
    public async Task WhatCannotBeIsRefused()
    {
        TestTerminal terminal = new();
        await File.WriteAllTextAsync(Path.Combine(_folder, "something"), "x");
        Assert.Equal(ExitCode.BadInput, await terminal.RunAsync("demo", "--keep", _folder));
        Assert.Contains("there is something in it already", terminal.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.BadInput, await terminal.RunAsync("demo", "--count", "0"));
        Assert.Equal(ExitCode.BadInput, await terminal.RunAsync("demo", "--minutes", "2000"));
        Assert.Equal(ExitCode.BadInput, await terminal.RunAsync("twins", _folder));
        Assert.Contains("no file there ends in .flash", terminal.Error, StringComparison.Ordinal);
    }
}
