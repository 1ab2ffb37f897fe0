using Spectre.Console;

namespace JamBox.Twin.Ota.Demo;

/// <summary>A terminal: what happens as lines, below them bars that grow.</summary>
internal sealed class LiveScreen : IDemoScreen
{
    private readonly IAnsiConsole _console;
    private readonly ProgressTask _canary;
    private readonly ProgressTask _rest;

    private LiveScreen(IAnsiConsole console, ProgressContext context, int boxes)
    {
        _console = console;
        _canary = context.AddTask("canary", autoStart: true, DemoOptions.CanaryBoxes);
        _rest = context.AddTask("the rest", autoStart: true, boxes - DemoOptions.CanaryBoxes);
    }

    /// <summary>Shows bars while something is done.</summary>
    /// <param name="console">The terminal.</param>
    /// <param name="boxes">How many boxes there are.</param>
    /// <param name="work">What is done.</param>
    /// <returns>Done when it is done.</returns>
    public static Task RunAsync(IAnsiConsole console, int boxes, Func<IDemoScreen, Task> work) =>
        console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn())
            .StartAsync(context => work(new LiveScreen(console, context, boxes)));

    /// <inheritdoc/>
    public void Say(long utcMs, string text) => _console.WriteLine(PlainScreen.Line(utcMs, text));

    /// <inheritdoc/>
    public void Show(DemoProgress progress)
    {
        _canary.Value = progress.Canary;
        _rest.Value = progress.Rest;
        ProgressTask now = progress.Stage == 0 ? _canary : _rest;
        now.Description = $"{(progress.Stage == 0 ? "canary" : "the rest")}, {DateTimeOffset.FromUnixTimeMilliseconds(progress.UtcMs):HH:mm} virtual: {progress.Counts.EscapeMarkup()}";
    }
}
