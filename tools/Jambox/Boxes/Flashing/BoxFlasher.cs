using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.CommandLine;
using JamBox.Flashing;

namespace JamBox.Bench.Boxes.Flashing;

/// <summary>Flashes a box with our own client of its loader, and shows how far it is.</summary>
/// <param name="terminal">Where.</param>
/// <param name="port">The box.</param>
/// <param name="progress">Told of each step; <c>null</c> = it is shown on the terminal.</param>
internal sealed class BoxFlasher(BenchTerminal terminal, BoxPort port, Action<FlashProgress>? progress = null) : IBoxFlasher
{
    private const int FastBaudRate = 921_600;

    private readonly FlashDisplay _display = new(terminal, progress);
    private CancellationToken _stop;
    private ChipFlasher? _flasher;

    /// <summary>Makes the flasher that was chosen for a port.</summary>
    /// <param name="terminal">Where it is shown.</param>
    /// <param name="port">The box.</param>
    /// <param name="progress">Told of each step; <c>null</c> = it is shown on the terminal.</param>
    /// <returns>It.</returns>
    public static IBoxFlasher For(BenchTerminal terminal, BoxPort port, Action<FlashProgress>? progress = null) =>
        port.Tools is { } tools ? new ToolFlasher(terminal, port, tools, progress) : new BoxFlasher(terminal, port, progress);

    /// <inheritdoc/>
    public ChipInfo Connect()
    {
        RomLoader loader = DownloadMode.Enter(port.Line, port.Clock);
        ChipInfo chip = ChipInfo.Identify(loader);
        _flasher = new ChipFlasher(loader, chip) { Progress = Report };
        _flasher.TrySpeedUp(FastBaudRate);
        return chip;
    }

    /// <inheritdoc/>
    /// <remarks>What is there already is left alone; it ends between two parts.</remarks>
    public Task WriteAsync(IReadOnlyList<FlashPart> parts, CancellationToken stop)
    {
        _stop = stop;
        return _display.RunAsync(() => Task.Run(() => _flasher!.Write(parts), CancellationToken.None));
    }

    /// <inheritdoc/>
    public byte[] Start() => _flasher!.Leave();

    private void Report(FlashProgress step)
    {
        // A part that was begun is ended: half of one is what nobody wants to find.
        if (step.State == FlashState.Comparing)
        {
            _stop.ThrowIfCancellationRequested();
        }

        _display.Report(step);
    }
}
