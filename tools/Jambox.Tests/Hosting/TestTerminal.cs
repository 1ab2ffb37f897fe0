using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.CommandLine;
using JamBox.ChipTwin;
using JamBox.Flashing;
using JamBox.Twin.Chip;
using Spectre.Console;

namespace JamBox.Bench.Tests.Hosting;

/// <summary>The world around the tool, in a test's hands.</summary>
internal sealed class TestTerminal
{
    private const ulong FirstMac = 0xF412_FA00_0001;

    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    /// <summary>Environment variables.</summary>
    public Dictionary<string, string> Environment { get; } = [];

    /// <summary>What is typed when a secret is asked for, in order; nobody is there when it is empty.</summary>
    public Queue<string> Secrets { get; } = new();

    /// <summary>What is answered to a question; <c>null</c> = nobody is there.</summary>
    public bool? Yes { get; set; }

    /// <summary>What is chosen when there are several, in order; nobody is there when it is empty.</summary>
    public Queue<string> Choices { get; } = new();

    /// <summary>What is typed when a text is asked for, in order; nobody is there when it is empty.</summary>
    public Queue<string> Texts { get; } = new();

    /// <summary>The serial ports that there are.</summary>
    public List<string> Ports { get; } = [];

    /// <summary>What is at a port.</summary>
    public Func<string, BoxPort> Serial { get; set; } = static name =>
        throw new FlashException(FlashFault.Port, $"{name} is not there. No serial port is.");

    /// <summary>The world around simulated boxes.</summary>
    public ChipFirmwareOptions Twin { get; set; } = new();

    /// <summary>The same of the next simulated box; <c>null</c> = as above.</summary>
    public Func<ChipFirmwareOptions>? WorldOf { get; set; }

    /// <summary>What simulated boxes are, in order; the usual chip when it is empty.</summary>
    public Queue<ChipOptions> Chips { get; } = new();

    /// <summary>The simulated boxes that were made.</summary>
    public List<TwinLine> Twins { get; } = [];

    /// <summary>What programs print, by their names; others are not there.</summary>
    public Dictionary<string, ToolResult> Tools { get; } = [];

    /// <summary>The time.</summary>
    public TimeProvider Time { get; set; } = TimeProvider.System;

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
            AskChoice = (_, choices) => Choices.TryDequeue(out string? choice) ? Index(choices, choice) : null,
            AskText = _ => Texts.TryDequeue(out string? text) ? text : null,
            AwaitEndOfInput = static () => Thread.Sleep(Timeout.Infinite),
            Time = Time,
            PortNames = () => Ports,
            OpenSerial = name => Serial(name),
            OpenTwin = OpenTwin,
            RunTool = (name, _) => Tools.GetValueOrDefault(name),
            Pause = (time, stop) =>
            {
                stop.ThrowIfCancellationRequested();
                return WhileWaiting(time);
            },
        };
    }

    private BoxPort OpenTwin(string? file, Uri? backend)
    {
        ChipFirmwareOptions world = (WorldOf?.Invoke() ?? Twin) with { Backend = backend };

        // A chip of its own each time, unless a test says which.
        var usual = new ChipOptions { Mac = FirstMac + (uint)Twins.Count };
        TwinLine line = new(file, world, Chips.TryDequeue(out ChipOptions? chip) ? chip : usual);
        Twins.Add(line);
        return new BoxPort(line, line);
    }

    private static int Index(IReadOnlyList<string> choices, string choice)
    {
        int index = choices.ToList().FindIndex(text => text.StartsWith(choice, StringComparison.Ordinal));
        Assert.True(index >= 0, $"'{choice}' is not among: {string.Join(" | ", choices)}");
        return index;
    }

    /// <summary>Forgets what was written.</summary>
    public void Clear()
    {
        _output.GetStringBuilder().Clear();
        _error.GetStringBuilder().Clear();
    }
}
