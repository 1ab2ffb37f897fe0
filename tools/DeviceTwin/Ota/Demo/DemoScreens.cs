using System.Globalization;
using Spectre.Console;

namespace JamBox.Twin.Ota.Demo;

/// <summary>Where people see the demonstration go on.</summary>
internal interface IDemoScreen
{
    /// <summary>Something has happened.</summary>
    /// <param name="utcMs">When, virtual UTC.</param>
    /// <param name="text">What.</param>
    void Say(long utcMs, string text);

    /// <summary>How far the roll-out is; called every virtual minute.</summary>
    /// <param name="progress">How far.</param>
    void Show(DemoProgress progress);
}

/// <summary>How far a roll-out is.</summary>
/// <param name="UtcMs">When, virtual UTC.</param>
/// <param name="Stage">The stage it is in, from 0.</param>
/// <param name="Counts">Boxes by state, in words.</param>
/// <param name="Canary">Boxes of the canary that have come to an end, good or bad.</param>
/// <param name="Rest">Other boxes that have.</param>
internal sealed record DemoProgress(long UtcMs, int Stage, string Counts, int Canary, int Rest);

/// <summary>Lines of text: what happens, and how far it is every ten virtual minutes in which that changed.</summary>
/// <param name="write">Writes a line.</param>
internal sealed class PlainScreen(Action<string> write) : IDemoScreen
{
    private const long EveryMs = 10 * 60_000;

    private string _shown = string.Empty;
    private long _shownAtMs;

    /// <inheritdoc/>
    public void Say(long utcMs, string text) =>
        write(string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.FromUnixTimeMilliseconds(utcMs):ddd HH:mm:ss}  {text}"));

    /// <inheritdoc/>
    public void Show(DemoProgress progress)
    {
        if (progress.Counts != _shown && progress.UtcMs - _shownAtMs >= EveryMs)
        {
            _shown = progress.Counts;
            _shownAtMs = progress.UtcMs;
            Say(progress.UtcMs, "  " + progress.Counts);
        }
    }
}

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
