using System.Globalization;
using Spectre.Console;

namespace JamBox.Twin.Ota.Demo;

/// <summary>A terminal: the same lines, and below them two bars that grow.</summary>
internal sealed class LiveScreen : IDemoScreen
{
    private readonly PlainScreen _lines;
    private readonly ProgressTask _canary;
    private readonly ProgressTask _rest;

    private LiveScreen(IAnsiConsole console, ProgressContext context, int boxes)
    {
        _lines = new PlainScreen(console.WriteLine);
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
    public void Say(long utcMs, string text) => _lines.Say(utcMs, text);

    /// <inheritdoc/>
    public void Show(DemoProgress progress)
    {
        _lines.Show(progress);
        Grow(_canary, "canary", progress.Canary, progress.UtcMs);
        if (progress.Stage > 0)
        {
            Grow(_rest, "the rest", progress.Rest, progress.UtcMs);
        }
    }

    private static void Grow(ProgressTask bar, string name, int ended, long utcMs)
    {
        if (!bar.IsFinished)
        {
            bar.Value = ended;
            bar.Description = string.Create(
                CultureInfo.InvariantCulture, $"{name}, {ended} of {bar.MaxValue:N0} at {DateTimeOffset.FromUnixTimeMilliseconds(utcMs):HH:mm}");
        }
    }
}
