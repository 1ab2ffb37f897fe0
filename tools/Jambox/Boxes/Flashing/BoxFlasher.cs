using System.Globalization;
using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.CommandLine;
using JamBox.Flashing;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace JamBox.Bench.Boxes.Flashing;

/// <summary>Flashes a box and shows how far it is.</summary>
/// <param name="terminal">Where.</param>
/// <param name="port">The box.</param>
/// <param name="progress">Told of each step; <c>null</c> = it is shown on the terminal.</param>
internal sealed class BoxFlasher(BenchTerminal terminal, BoxPort port, Action<FlashProgress>? progress = null)
{
    private const int FastBaudRate = 921_600;

    private readonly List<(string Name, FlashProgress Last)> _parts = [];
    private LiveView? _view;
    private CancellationToken _stop;
    private RomLoader? _loader;
    private ChipFlasher? _flasher;

    /// <summary>The chip, once it was found.</summary>
    public ChipInfo? Chip { get; private set; }

    /// <summary>Brings the chip into its loader, and looks whether it is the one of a box.</summary>
    /// <returns>The chip.</returns>
    /// <exception cref="FlashException">It does not answer, or is another.</exception>
    public ChipInfo Connect()
    {
        _loader = DownloadMode.Enter(port.Line, port.Clock);
        Chip = ChipInfo.Identify(_loader);
        _flasher = new ChipFlasher(_loader, Chip) { Progress = Report };
        _flasher.TrySpeedUp(FastBaudRate);
        return Chip;
    }

    /// <summary>Writes parts; what is there already is left alone.</summary>
    /// <param name="parts">What goes where.</param>
    /// <param name="stop">Ends it between two parts.</param>
    /// <exception cref="FlashException">A part cannot be written, or does not stay.</exception>
    public async Task WriteAsync(IReadOnlyList<FlashPart> parts, CancellationToken stop)
    {
        _parts.Clear();
        _stop = stop;
        if (progress is not null)
        {
            await Task.Run(() => _flasher!.Write(parts), CancellationToken.None).ConfigureAwait(false);
            return;
        }

        _view = new LiveView(terminal);
        await _view.RunAsync(() => Task.Run(
            () =>
            {
                _flasher!.Write(parts);
                return true;
            }, CancellationToken.None)).ConfigureAwait(false);
    }

    /// <summary>Starts the firmware.</summary>
    /// <returns>The beginning of what it says.</returns>
    /// <exception cref="FlashException">The chip does not.</exception>
    public byte[] Start() => _flasher!.Leave();

    private void Report(FlashProgress step)
    {
        // A part that was begun is ended: half of one is what nobody wants to find.
        if (step.State == FlashState.Comparing)
        {
            _stop.ThrowIfCancellationRequested();
        }

        (progress ?? Show)(step);
    }

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
