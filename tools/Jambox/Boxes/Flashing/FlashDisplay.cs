using System.Globalization;
using JamBox.Bench.CommandLine;
using JamBox.Flashing;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace JamBox.Bench.Boxes.Flashing;

/// <summary>Shows how far flashing is: a bar for each part, or a line when it is done.</summary>
/// <param name="terminal">Where.</param>
/// <param name="progress">Told of each step instead; <c>null</c> = it is shown on the terminal.</param>
internal sealed class FlashDisplay(BenchTerminal terminal, Action<FlashProgress>? progress)
{
    private readonly List<(string Name, FlashProgress Last)> _parts = [];
    private LiveView? _view;

    /// <summary>Runs what flashes.</summary>
    /// <param name="work">Calls <see cref="Report"/>.</param>
    /// <returns>Done.</returns>
    public async Task RunAsync(Func<Task> work)
    {
        _parts.Clear();
        if (progress is not null)
        {
            await work().ConfigureAwait(false);
            return;
        }

        _view = new LiveView(terminal);
        await _view.RunAsync(async () =>
        {
            await work().ConfigureAwait(false);
            return true;
        }).ConfigureAwait(false);
    }

    /// <summary>Shows a step.</summary>
    /// <param name="step">The step.</param>
    public void Report(FlashProgress step) => (progress ?? Show)(step);

    private void Show(FlashProgress step)
    {
        int index = _parts.FindIndex(part => part.Name == step.Part.Name);
        if (index < 0)
        {
            _parts.Add((step.Part.Name, step));
        }
        else
        {
            _parts[index] = (step.Part.Name, step);
        }

        _view?.Show(Draw, step.State is FlashState.Written or FlashState.Unchanged ? [(step.Part.Name, TextOf(step))] : []);
    }

    private IRenderable Draw()
    {
        Grid grid = new Grid().AddColumn().AddColumn();
        foreach ((string name, FlashProgress last) in _parts)
        {
            double share = last.State switch
            {
                FlashState.Comparing => 0,
                FlashState.Writing => last.Total > 0 ? 0.95 * last.Sent / last.Total : 0,
                FlashState.Verifying => 0.95,
                _ => 1,
            };
            grid.AddRow(
                new Markup(Markup.Escape(name)),
                new Markup($"{Bar.Markup(share, share < 1 ? "yellow" : "green", _view!.IsUnicode)} [grey]{WordOf(last.State)}[/]"));
        }

        return grid;
    }

    private static string TextOf(FlashProgress step) => string.Create(
        CultureInfo.InvariantCulture,
        $"{step.Part.Name}: {WordOf(step.State)} at 0x{step.Part.Offset:X}, {Math.Max(step.Part.Bytes.Length, step.Part.Length) / 1024.0:0.#} KB");

    private static string WordOf(FlashState state) => state switch
    {
        FlashState.Comparing => "compared",
        FlashState.Writing => "being written",
        FlashState.Verifying => "being verified",
        FlashState.Written => "written",
        _ => "there already",
    };
}
