using System.Globalization;
using JamBox.Bench.Boxes.Flashing;
using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.Boxes.Serial;
using JamBox.Bench.CommandLine;
using JamBox.Flashing;
using Spectre.Console;

namespace JamBox.Bench.Boxes;

/// <summary>Provisions the box at a port: flashes, watches the twelve steps, and says what to do when one fails.</summary>
/// <param name="terminal">Where it is shown.</param>
/// <param name="port">The box.</param>
internal sealed class ProvisioningJob(BenchTerminal terminal, BoxPort port)
{
    private const string Word = "provision";

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(250);

    // From a reset to the first line of the firmware: the loaders, nanoCLR, the assemblies.
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(60);

    private readonly ProvisioningWatch _watch = new();
    private readonly SerialText _text = new(port);
    private string _lastLine = string.Empty;

    /// <summary>What is flashed before; <c>null</c> = nothing.</summary>
    public FirmwareFiles? Files { get; init; }

    /// <summary>How long the twelve steps may take.</summary>
    public required TimeSpan Patience { get; init; }

    /// <summary>Whether every line of the box is shown.</summary>
    public bool IsVerbose { get; init; }

    /// <summary>Whether the result is for programs.</summary>
    public bool IsJson { get; init; }

    /// <summary>Told of each part that is flashed; <c>null</c> = it is shown on the terminal.</summary>
    public Action<FlashProgress>? Progress { get; init; }

    /// <summary>Does it and shows nothing.</summary>
    /// <param name="stepped">Told of the step that it is at, 1 to 12.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>Why it failed; <c>null</c> = it is provisioned.</returns>
    /// <exception cref="FlashException">The chip cannot be flashed.</exception>
    public async Task<string?> RunQuietlyAsync(Action<int> stepped, CancellationToken stop)
    {
        await StartAsync(stop).ConfigureAwait(false);
        string? problem = await Task.Run(() => Watch(() => stepped(_watch.Step), stop), CancellationToken.None).ConfigureAwait(false);
        return problem ?? (_watch.IsSuccess ? null : Explanation());
    }

    /// <summary>Does it.</summary>
    /// <param name="stop">Ends it.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        TimeSpan began = port.Clock.Now;
        string mac = await StartAsync(stop).ConfigureAwait(false);
        string? problem;
        if (IsJson || IsVerbose)
        {
            problem = await Task.Run(() => Watch(null, stop), CancellationToken.None).ConfigureAwait(false);
        }
        else
        {
            LiveView view = new(terminal);
            problem = await view.RunAsync(() => Task.Run(
                () => Watch(() => view.Show(Draw, Lines()), stop), CancellationToken.None)).ConfigureAwait(false);
        }

        TimeSpan took = port.Clock.Now - began;
        new BenchLog(terminal).Note(
            mac, Word, _watch.IsSuccess ? "ok" : $"{_watch.Failure ?? "no result"}, step {_watch.Step}", took);
        return Tell(mac, problem, took);
    }

    private async Task<string> StartAsync(CancellationToken stop)
    {
        IBoxFlasher flasher = BoxFlasher.For(terminal, port, IsJson ? static _ => { } : Progress);
        ChipInfo chip = await Task.Run(flasher.Connect, CancellationToken.None).ConfigureAwait(false);
        if (!IsJson && Progress is null)
        {
            terminal.Line($"{port.Line.Name}: ESP32-S3 {chip.Mac}, {chip.FlashBytes / 1024 / 1024} MB flash");
        }

        if (Files is not null)
        {
            await flasher.WriteAsync(Files.Parts(), stop).ConfigureAwait(false);
        }

        _text.Feed(flasher.Start());
        return chip.Mac;
    }

    /// <summary>Reads until the box has said how it ended.</summary>
    /// <returns>Why there is no such word; <c>null</c> when there is.</returns>
    private string? Watch(Action? heard, CancellationToken stop)
    {
        TimeSpan end = port.Clock.Now + Patience;
        TimeSpan silentEnd = port.Clock.Now + s_silence;
        while (!_watch.IsOver)
        {
            stop.ThrowIfCancellationRequested();
            if (_text.Read(s_look) is { } line)
            {
                _lastLine = line;
                _watch.Take(line);
                if (IsVerbose && !IsJson)
                {
                    terminal.Line(line);
                }

                heard?.Invoke();
            }

            if (_watch.Phase == BoxPhase.Production)
            {
                return "it runs the production firmware: phase 1 is over, or was left out. Without --no-flash it is provisioned again";
            }

            if (_watch.Phase == BoxPhase.Empty)
            {
                return $"there is nothing in its flash that it could start ({_lastLine}): flash it, without --no-flash";
            }

            if (_watch.Phase == BoxPhase.Unknown && port.Clock.Now > silentEnd)
            {
                return "it says nothing. Press its reset button; if that does not help, the cable carries no data, or this is another port";
            }

            if (port.Clock.Now > end)
            {
                return $"it is not done after {Patience.TotalMinutes:0} minutes, at step {_watch.Step} of 12. Last it said: {_lastLine}";
            }
        }

        return null;
    }

    private int Tell(string mac, string? problem, TimeSpan took)
    {
        if (IsJson)
        {
            terminal.Json(new
            {
                mac,
                port = port.Line.Name,
                result = _watch.IsSuccess ? "SUCCESS" : _watch.Failure ?? "NO_RESULT",
                step = _watch.IsSuccess ? ProvisioningWatch.Steps.Count : _watch.Step,
                done_before = _watch.WasDoneBefore,
                last_exchange = _watch.LastExchange,
                what_to_do = _watch.WhatToDo ?? problem,
                signal_dbm = _watch.SignalDbm,
                seconds = Math.Round(took.TotalSeconds),
            });
            return _watch.IsSuccess ? ExitCode.Done : ExitCode.BoxFailed;
        }

        if (_watch.Warning is { } warning)
        {
            terminal.Warn(warning);
        }

        if (_watch.IsSuccess)
        {
            string how = _watch.WasDoneBefore ? "was provisioned before" : "is provisioned";
            string signal = _watch.SignalDbm is { } dbm ? string.Create(CultureInfo.InvariantCulture, $", signal {dbm} dBm") : string.Empty;
            terminal.Line($"The box {how}{signal}. Next: jambox box flash ID");
            return ExitCode.Done;
        }

        throw new BenchException(problem ?? Explanation(), ExitCode.BoxFailed);
    }

    private string Explanation()
    {
        string exchange = _watch.LastExchange is { } last ? $" ({last})" : string.Empty;
        string step = _watch.Step is > 0 and <= 12
            ? $" in step {_watch.Step} of 12, {ProvisioningWatch.Steps[_watch.Step - 1]}"
            : string.Empty;
        return $"provisioning failed{step}: {_watch.Failure}{exchange}. {_watch.WhatToDo?.TrimEnd('.')}";
    }

    private IEnumerable<(string About, string Line)> Lines()
    {
        if (_watch.Version is { } version)
        {
            yield return ("version", $"provisioning firmware {version} runs");
        }

        if (_watch.Step > 0)
        {
            yield return ("step", $"step {_watch.Step} of 12: {ProvisioningWatch.Steps[_watch.Step - 1]}");
        }
    }

    private Grid Draw()
    {
        bool isUnicode = terminal.Out.Profile.Capabilities.Unicode;
        Grid grid = new Grid().AddColumn().AddColumn();
        for (int i = 1; i <= ProvisioningWatch.Steps.Count; i++)
        {
            bool isDone = i < _watch.Step || (_watch.IsSuccess && !_watch.WasDoneBefore);
            bool isFailed = i == _watch.Step && _watch.Failure is not null;
            string mark = isDone ? (isUnicode ? "[green]✓[/]" : "[green]ok[/]")
                : isFailed ? (isUnicode ? "[red]✗[/]" : "[red]failed[/]")
                : i == _watch.Step ? "[yellow]…[/]" : " ";
            string color = isDone ? "default" : i == _watch.Step ? "yellow" : "grey";
            grid.AddRow(new Markup(mark), new Markup($"[{color}]{i,2}  {ProvisioningWatch.Steps[i - 1]}[/]"));
        }

        grid.AddRow(new Markup(string.Empty), new Markup($"[grey]{Markup.Escape(_lastLine)}[/]"));
        return grid;
    }
}
