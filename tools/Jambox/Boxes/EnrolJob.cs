using System.Globalization;
using JamBox.Bench.Boxes.Flashing;
using JamBox.Bench.Boxes.Ports;
using JamBox.Bench.CommandLine;
using JamBox.Bench.Server;
using JamBox.Flashing;
using Spectre.Console;

namespace JamBox.Bench.Boxes;

/// <summary>
/// Makes boxes out of a carton of boards, one after the other at one port, with one display. Whatever breaks it off, the next run goes on
/// with the box that was begun.
/// </summary>
/// <param name="terminal">The world around.</param>
/// <param name="client">The server.</param>
/// <param name="enrolment">The carton.</param>
internal sealed class EnrolJob(BenchTerminal terminal, BackendClient client, Enrolment enrolment)
{
    private const int MaxSkipped = 3;

    private static readonly TimeSpan s_provisioning = TimeSpan.FromMinutes(20);

    private readonly Manufacturing _manufacturing = new(client);
    private readonly BenchLog _log = new(terminal);

    // Boxes that an earlier run set aside are not among them: they get another try, with this board or another.
    private readonly HashSet<EnrolledBox> _setAside = [];
    private LiveView _view = new(terminal);
    private EnrolledBox? _current;
    private int _skipped;
    private string _doing = string.Empty;
    private double _share;

    /// <summary>The port, from the command line; <c>null</c> = find it.</summary>
    public string? Port { get; init; }

    /// <summary>What is flashed.</summary>
    public required FirmwareFiles Files { get; init; }

    /// <summary>The provisioning firmware, where phase 1 is done along the way; <c>null</c> = it was done.</summary>
    public FirmwareFiles? Provisioning { get; init; }

    /// <summary>What flashes in the place of our own client; <c>null</c> = that.</summary>
    public FlashTools? Tools { get; init; }

    /// <summary>How long the first word of each is waited for.</summary>
    public required TimeSpan Patience { get; init; }

    /// <summary>Whether results are for programs.</summary>
    public bool IsJson { get; init; }

    /// <summary>Does all that is left.</summary>
    /// <param name="stop">Ends it.</param>
    /// <returns>One of <see cref="ExitCode"/>: whether no box was set aside.</returns>
    /// <exception cref="BenchException">The server is away, nobody plugs a box in, or it was stopped after a failure.</exception>
    public async Task<int> RunAsync(CancellationToken stop)
    {
        var swap = new PortSwap(terminal, Port, client.Address) { Tools = Tools };
        while (enrolment.Boxes.Exists(IsOpen))
        {
            if (terminal.IsLive && !IsJson)
            {
                _view = new LiveView(terminal);
            }

            (EnrolledBox? failed, string? why, int exitCode) = await _view.RunAsync(
                () => WorkAsync(swap, stop)).ConfigureAwait(false);
            if (failed is not null)
            {
                Decide(failed, why!, exitCode, swap);
            }
        }

        return _setAside.Count == 0 ? ExitCode.Done : ExitCode.BoxFailed;
    }

    /// <summary>Takes one box after the other until one fails.</summary>
    private async Task<(EnrolledBox? Failed, string? Why, int ExitCode)> WorkAsync(PortSwap swap, CancellationToken stop)
    {
        while (enrolment.Boxes.Exists(IsOpen))
        {
            _current = null;
            Do("waits for a box: plug the next one in", 0);
            using BoxPort port = await swap.NextAsync(stop).ConfigureAwait(false);
            TimeSpan began = port.Clock.Now;
            try
            {
                await OneAsync(port, swap, stop).ConfigureAwait(false);
            }
            catch (Exception e) when (e is FlashException or BenchException { ExitCode: not CommandLine.ExitCode.NoServer })
            {
                int exitCode = e is BenchException bench ? bench.ExitCode : CommandLine.ExitCode.NoBox;
                _log.Note(_current?.DeviceId ?? port.Line.Name, "enroll", e.Message, port.Clock.Now - began);
                return (_current ?? enrolment.Boxes.First(IsOpen), e.Message.TrimEnd('.'), exitCode);
            }
        }

        return (null, null, CommandLine.ExitCode.Done);
    }

    private async Task OneAsync(BoxPort port, PortSwap swap, CancellationToken stop)
    {
        if (Provisioning is not null && !await ProvisionAsync(port, swap, stop).ConfigureAwait(false))
        {
            return;
        }

        var job = new FlashJob(terminal, _manufacturing, port)
        {
            Choose = chip => Begin(chip.Mac).Serial,
            Files = Files,
            Patience = Patience,
            Progress = step => Do($"{step.Part.Name} is flashed", ShareOf(step)),
            Say = text => Do(text.TrimEnd('…', '.'), 1),
        };
        FlashResult result;
        try
        {
            result = await job.RunAsync(stop).ConfigureAwait(false);
        }
        catch (KnownBoxException)
        {
            Skip(swap);
            return;
        }

        EnrolledBox box = _current!;
        if (!result.IsHeard && Patience > TimeSpan.Zero)
        {
            throw new BenchException(FlashCommand.Silence(result, Patience), CommandLine.ExitCode.BoxFailed);
        }

        (box.State, box.Trouble) = (EnrolState.Done, null);
        enrolment.Save(_log.Folder);
        _log.Note(box.DeviceId, "enroll", FlashCommand.ResultOf(result), result.Took);
        if (IsJson)
        {
            terminal.Json(new
            {
                device_id = box.DeviceId, serial = box.Serial, mac = box.Mac, status = result.Device.Status, heard = result.IsHeard,
                seconds = Math.Round(result.Took.TotalSeconds),
            });
        }

        Do($"{box.DeviceId} is done: unplug it", 1);
        swap.Done();
    }

    /// <summary>Phase 1, unless that chip is a box already.</summary>
    private async Task<bool> ProvisionAsync(BoxPort port, PortSwap swap, CancellationToken stop)
    {
        Do("phase 1: the chip is looked at", 0);
        string mac = (await Task.Run(BoxFlasher.For(terminal, port, static _ => { }).Connect, CancellationToken.None)
            .ConfigureAwait(false)).Mac;
        if (enrolment.Boxes.Exists(box => box.Mac == mac && box.State == EnrolState.Done))
        {
            Skip(swap);
            return false;
        }

        Begin(mac);
        var job = new ProvisioningJob(terminal, port)
        {
            Files = Provisioning, Patience = s_provisioning, Progress = step => Do($"phase 1: {step.Part.Name} is flashed", 0),
        };
        string? why = await job.RunQuietlyAsync(ShowStep, stop).ConfigureAwait(false);
        return why is null ? true : throw new BenchException(why, CommandLine.ExitCode.BoxFailed);
    }

    /// <summary>A board that is a box already is unplugged again. A simulated one is there again at once, and so not for ever.</summary>
    private void Skip(PortSwap swap)
    {
        if (++_skipped > MaxSkipped && PortOptions.IsTwin(Port))
        {
            throw new BenchException(
                $"{Port} is the same simulated box each time, and that is done: --port {PortOptions.Twin} makes another each time",
                CommandLine.ExitCode.BadInput);
        }

        Do("that box is done already: plug in the next one", 0);
        swap.Done();
    }

    private void ShowStep(int step)
    {
        const double Half = 24;
        string what = step == 0 ? "the firmware starts" : $"step {step} of 12, {Serial.ProvisioningWatch.Steps[step - 1]}";
        Do($"phase 1: {what}", step / Half);
    }

    private EnrolledBox Begin(string mac)
    {
        EnrolledBox box = enrolment.BoxFor(mac, _setAside) ?? throw new KnownBoxException();
        _setAside.Remove(box);
        (box.Mac, box.State, box.Trouble) = (mac, EnrolState.Begun, null);
        enrolment.Save(_log.Folder);
        _current = box;
        _skipped = 0;
        return box;
    }

    private bool IsOpen(EnrolledBox box) => box.State != EnrolState.Done && !_setAside.Contains(box);

    /// <summary>Asks what to do about a box that failed; where nobody is there, all stops, to go on later.</summary>
    private void Decide(EnrolledBox box, string why, int exitCode, PortSwap swap)
    {
        const string GoOn = "The same command goes on from here.";
        string title = $"{box.DeviceId}: {why}.";
        switch (IsJson ? null : terminal.AskChoice(
            title, ["Try this box again", "Set it aside, and go on with the next", "Stop; the same command goes on later"]))
        {
            case 0:
                swap.Again();
                return;
            case 1:
                (box.State, box.Trouble) = (EnrolState.SetAside, why);
                enrolment.Save(_log.Folder);
                _setAside.Add(box);
                swap.Done();
                return;
            default:
                throw new BenchException($"{title} {GoOn}", exitCode);
        }
    }

    private void Do(string what, double share)
    {
        (_doing, _share) = (what, share);
        if (IsJson)
        {
            return;
        }

        // A log has each step once; what only a drawing can show is none.
        string about = _current?.DeviceId ?? string.Empty;
        string line = about.Length == 0 || what.StartsWith(about, StringComparison.Ordinal) ? what : $"{about}: {what}";
        _view.Show(Draw, what.EndsWith("is flashed", StringComparison.Ordinal) ? [] : [(about, line)]);
    }

    private Grid Draw()
    {
        Grid grid = new Grid().AddColumn().AddColumn().AddColumn();
        int rows = Math.Max(1, _view.Rows - 2);
        int next = enrolment.Boxes.FindIndex(static box => box.State != EnrolState.Done);
        int first = Math.Clamp(next - (rows / 2), 0, Math.Max(0, enrolment.Boxes.Count - rows));
        foreach (EnrolledBox box in enrolment.Boxes.Skip(first).Take(rows))
        {
            (string color, string word) = box == _current && box.State == EnrolState.Begun ? ("yellow", _doing) : box.State switch
            {
                EnrolState.Done => ("green", "done"),
                EnrolState.SetAside => ("red", $"set aside: {box.Trouble}"),
                EnrolState.Begun => ("yellow", "begun"),
                _ => ("grey", "waits"),
            };
            double share = box.State == EnrolState.Done ? 1 : box == _current ? _share : 0;
            grid.AddRow(
                new Markup(Markup.Escape(box.DeviceId)), new Markup(Bar.Markup(share, color, _view.IsUnicode)),
                new Markup($"[{color}]{Markup.Escape(word)}[/]"));
        }

        int done = enrolment.Boxes.Count(static box => box.State == EnrolState.Done);
        grid.AddRow(
            new Markup("[bold]all[/]"),
            new Markup(Bar.Markup((double)done / enrolment.Boxes.Count, "green", _view.IsUnicode)),
            new Markup(string.Create(
                CultureInfo.InvariantCulture,
                $"{done} of {enrolment.Boxes.Count}{(_current is null ? $", {Markup.Escape(_doing)}" : string.Empty)}")));
        return grid;
    }

    private static double ShareOf(FlashProgress step) =>
        step.State == FlashState.Writing && step.Total > 0 ? 0.9 * step.Sent / step.Total : 0.9;

    /// <summary>The chip at the port is one of the boxes that are done.</summary>
    private sealed class KnownBoxException : Exception;
}
