using JamBox.Bench.CommandLine;
using Spectre.Console;

namespace JamBox.Bench.Tests.Hosting;

/// <summary>The world around the tool, in a test's hands.</summary>
internal sealed class TestTerminal
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    /// <summary>Environment variables.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>What is typed when a secret is asked for, in order; nobody is there when it is empty.</summary>
    public Queue<string> Secrets { get; } = new();

    /// <summary>What is answered to a question; <c>null</c> = nobody is there.</summary>
    public bool? Yes { get; set; }

    /// <summary>What happens while the tool waits.</summary>
    public Func<TimeSpan, Task> WhileWaiting { get; set; } = static _ =>
        throw new InvalidOperationException("the tool waits, and the test did not expect it");

    /// <summary>Whether the output is a terminal.</summary>
    public bool IsLive { get; set; }

    public string Output => _output.ToString();

    public string Error => _error.ToString();

    /// <summary>Runs a command line in this process.</summary>
    public Task<int> RunAsync(params string[] args) => CommandLineInterface.InvokeAsync(args, Make());

    /// <summary>The terminal as the tool sees it.</summary>
    public BenchTerminal Make()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = IsLive ? AnsiSupport.Yes : AnsiSupport.No,
            Interactive = IsLive ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(_output),
        });
        console.Profile.Width = 200;
        console.Profile.Height = 50;
        return new BenchTerminal
        {
            Out = console,
            Error = _error,
            IsLive = IsLive,
            Environment = name => Environment.GetValueOrDefault(name),
            AskSecret = _ => Secrets.TryDequeue(out string? secret) ? secret : null,
            AskYes = _ => Yes,
            Pause = (time, stop) =>
            {
                stop.ThrowIfCancellationRequested();
                return WhileWaiting(time);
            },
        };
    }

    /// <summary>Forgets what was written.</summary>
    public void Clear()
    {
        _output.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
    }
}
