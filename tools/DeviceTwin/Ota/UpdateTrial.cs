using System.Globalization;
using System.Text;
using JamBox.App;
using JamBox.Boot;
using JamBox.Ota;
using JamBox.Text;
using JamBox.Twin.Faults;
using JamBox.Twin.Modem;
using JamBox.Twin.Run;
using JamBox.Twin.Soak;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Ota;

/// <summary>How one box got through its update.</summary>
internal sealed record UpdateTrialResult
{
    /// <summary>The losses of power that were planned.</summary>
    public required IReadOnlyList<PowerCut> Cuts { get; init; }

    /// <summary>What the box was at when power went, one for each loss that came.</summary>
    public required IReadOnlyList<string> Phases { get; init; }

    /// <summary>What is wrong; empty = nothing.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Operations on flash and store, over all boots, until the backend knew of the success.</summary>
    public required int Operations { get; init; }

    /// <summary>The number of the first operation on the patch's partition.</summary>
    public required int FirstOperation { get; init; }

    /// <summary>How often the box booted.</summary>
    public required int Boots { get; init; }

    /// <summary>Virtual ms from power-on until the backend knew of the success.</summary>
    public required long VirtualMs { get; init; }

    /// <summary>Readings that are stored.</summary>
    public required int Readings { get; init; }

    /// <summary>Chunks that were fetched, repeats included.</summary>
    public required int Chunks { get; init; }

    /// <summary>Virtual ms that the boot copies took, in all boots.</summary>
    public required long BootCopyMs { get; init; }
}

/// <summary>
/// One box of a fleet from its first boot until the backend knows that it runs the new image, and a few readings beyond; power goes where
/// it is told to. All invariants of the soak are checked, and that the box never boots anything but the old image or the new one.
/// </summary>
internal sealed class UpdateTrial
{
    private const long HourMs = 3_600_000;

    // A reading a minute: every loss of power then meets some that wait.
    private const int ReportIntervalMs = 60_000;

    // So long the box goes on counting after its success is known.
    private const long AfterwardsMs = 150_000;

    // An image that cannot send runs 24 h, and another 24 after each loss of power.
    private const long PatienceMs = 80 * HourMs;
    private const string CompleteRoute = "POST /api/ota/complete";

    // Chunks are marked when their answer is whole: a loss of power costs those of the answer that was under way. A sector of the patch holds
    // seven: the worst damage may cost all of them as well, and one that was fetched before that was noticed.
    private const int MostChunksOfAnAnswer = Downloader.MaxChunks;
    private const int MostChunksSpoilt = 8;

    private readonly UpdateFleet _fleet;
    private readonly string _deviceId;
    private readonly IReadOnlyList<PowerCut> _cuts;
    private readonly VirtualClock _clock;
    private readonly DeviceRun _device;
    private readonly VirtualHttpBridge _bridge;
    private readonly Invariants _invariants;
    private readonly List<string> _phases = [];
    private int _firstOperation;
    private int _operations;
    private long _knownAtMs = -1;
    private int _closedAtSuccess;
    private int _chunks;

    /// <param name="fleet">Backend, release and roll-out. Nothing else may use it meanwhile.</param>
    /// <param name="deviceId">Which box; one that has not been used yet.</param>
    /// <param name="cuts">Where power goes.</param>
    /// <param name="seed">Everything else: the same for all boxes whose operations shall have the same numbers.</param>
    /// <param name="log">Where its log goes.</param>
    /// <param name="copies">Its boot copies; <c>null</c> = the best that there are.</param>
    public UpdateTrial(
        UpdateFleet fleet, string deviceId, IReadOnlyList<PowerCut> cuts, long seed, TextWriter log, IBootCopies? copies = null)
    {
        _fleet = fleet;
        _deviceId = deviceId;
        _cuts = cuts;
        var box = new UpdateBox(fleet, deviceId, seed, new UpdateBoxOptions
        {
            BootCopies = copies,
            ReportIntervalMs = ReportIntervalMs,
            PatienceMs = PatienceMs,
            Log = log,
        });
        _clock = box.Clock;
        _bridge = box.Bridge;
        _device = box.Device;
        _device.Ends = IsOver;
        _invariants =
            new Invariants(
                _device, _bridge, fleet.TokenOf(deviceId), null,
                IsSound ? FaultTable.Named("none")! : FaultProfile.Parse("hangs", ["power.hang = 1"]));
        _device.Watch = new Watches(_device.Watch!, new ImageWatch(_device, fleet.OldImage, fleet.NewImage, _invariants.Problems));
        _bridge.Exchanged += See;
        PowerSwitch power = _device.Parts.Power;
        power.Plan(cuts);
        power.CutInOperation = () => _phases.Add(
            _device.Parts.Chip.IsBooting ? "boot copies" : _device.Box.Updater.State.ToString().ToLowerInvariant());
        LeakProbe? leaks = _device.Parts.Chip.Patch.Written;
        _device.Parts.Chip.Patch.Written = bytes =>
        {
            leaks?.Invoke(bytes);
            _firstOperation = _firstOperation == 0 ? power.Operations + 1 : _firstOperation;
        };
        if (fleet.HasChangedKeys)
        {
            // Keys and floor come before the first chunk.
            _firstOperation = power.Operations + 1;
        }

    }

    private bool IsSound => _fleet.Release.Behaviour is TwinBehaviour.Sound or TwinBehaviour.CountsNothing;

    /// <summary>Lives it.</summary>
    /// <param name="stop">Ends it early.</param>
    /// <returns>How it went.</returns>
    public async Task<UpdateTrialResult> RunAsync(CancellationToken stop)
    {
        try
        {
            _device.Run(stop);
            stop.ThrowIfCancellationRequested();
            _invariants.Finish(_fleet.Backend.DatabasePath);
            await JudgeAsync().ConfigureAwait(false);
        }
        catch (InvalidOperationException e)
        {
            // Nothing to boot from, or the firmware breaks the rules of a port: one life, not the run.
            _invariants.Problems.Add(_clock.NowMs, e.Message);
        }

        return new UpdateTrialResult
        {
            Cuts = _cuts,
            Phases = _phases,
            Problems = _invariants.Problems.Words,
            Operations = _operations,
            FirstOperation = _firstOperation,
            Boots = _device.BootReasons.Count,
            VirtualMs = _knownAtMs,
            Readings = _invariants.Rings.Readings.Count,
            BootCopyMs = _device.BootCopyMs,
            Chunks = _chunks,
        };
    }

    private void See(byte[] request, byte[]? response, bool isFromBackend)
    {
        string route = HttpText.Route(request);
        _chunks += ChunkAnswer.Of(request, response).Chunks;
        if (_knownAtMs < 0 && isFromBackend && route == CompleteRoute && HttpText.Status(response) is >= 200 and < 300)
        {
            _knownAtMs = _clock.NowMs;
            _operations = _device.Parts.Power.Operations;
            _closedAtSuccess = _device.Closed.Count;
        }
    }

    private bool IsOver()
    {
        bool isKnown = _knownAtMs >= 0 && !_device.Box.Updater.HasReport;
        if (isKnown && _operations < _device.Parts.Power.Operations && _clock.NowMs < _knownAtMs + 1_000)
        {
            _operations = _device.Parts.Power.Operations; // what the box writes when it has told the backend
        }

        bool isDone = isKnown && _clock.NowMs >= _knownAtMs + AfterwardsMs && _device.Closed.Count > _closedAtSuccess
            && _device.Box.Ring.Count == 0;
        return isDone || _clock.NowMs >= PatienceMs;
    }

    /// <summary>Whatever the power did, in the end both copies of both records are the new ones, whole.</summary>
    private void JudgeKeys(Problems problems)
    {
        var text = new ByteWriter(new byte[64]);
        _device.Box.Updater.Fleet.WriteKeys(text);
        text.Byte((byte)' ');
        _device.Box.Updater.Fleet.WriteFloor(text);
        string said = Encoding.ASCII.GetString(text.Buffer, 0, text.Length);
        if (said != $"{_fleet.NextKey.Public.Fingerprint} 0.1")
        {
            problems.Add(_clock.NowMs, $"keys and floor are {said}, not {_fleet.NextKey.Public.Fingerprint} 0.1");
        }
    }

    private string StateText()
    {
        ByteWriter text = _device.Box.Updater.StateText();
        return Encoding.ASCII.GetString(text.Buffer, 0, text.Length);
    }

    private async Task JudgeAsync()
    {
        Problems problems = _invariants.Problems;
        if (_bridge.Failure is { } failure)
        {
            problems.Add(_clock.NowMs, $"the way to the backend failed: {failure.Message}");
        }

        if (_cuts.Count > 0 && _phases.Count == 0)
        {
            problems.Add(_clock.NowMs, $"power did not go: there were {_device.Parts.Power.Operations} operations only");
        }

        int most = _fleet.PatchChunks + _cuts.Sum(
            cut => MostChunksOfAnAnswer + (cut.Tear is TearKind.Wild or TearKind.Any ? MostChunksSpoilt : 0));
        if (_chunks > most)
        {
            problems.Add(_clock.NowMs, $"{_chunks} chunks were fetched for a patch of {_fleet.PatchChunks}: it was not resumed");
        }

        string version = IsSound ? _fleet.Release.Version : FirmwareVersion.Text;
        if (_device.Firmware?.Version != version || _knownAtMs < 0)
        {
            problems.Add(_clock.NowMs, string.Create(
                CultureInfo.InvariantCulture,
                $"after {_clock.NowMs / (double)HourMs:N1} h the box runs {_device.Firmware?.Version}, {StateText()}, slots {_device.Slots.State}"));
        }

        if (_fleet.HasChangedKeys)
        {
            JudgeKeys(problems);
        }

        (string state, string why) = await _fleet.LastAttemptAsync(_deviceId).ConfigureAwait(false);
        string expected =
            _fleet.Release.Behaviour switch { TwinBehaviour.Hangs => "rolled_back trial_boots",
                TwinBehaviour.CannotSend => "rolled_back no_send", _ => "confirmed" };
        if ($"{state} {why}".Trim() != expected)
        {
            problems.Add(_clock.NowMs, $"the backend has the update as {state} {why}, not {expected}");
        }
    }
}
