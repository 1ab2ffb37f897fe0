using System.Globalization;
using System.Text;
using JamBox.App;
using JamBox.Ota;
using JamBox.Ports;
using JamBox.Text;
using JamBox.Twin.Faults;
using JamBox.Twin.Modem;
using JamBox.Twin.Run;
using JamBox.Twin.Soak;
using JamBox.Twin.Time;

namespace JamBox.Twin.Ota;

/// <summary>
/// The update of one box in a world in which everything goes wrong for an hour, drawn from a seed. All invariants of the soak hold, it
/// never boots anything but the old image or the new one, and in the end box and backend say the same of how it went, with a reason.
/// </summary>
internal sealed class FaultyUpdate
{
    private const long HourMs = 3_600_000;
    private const long FaultsMs = HourMs;
    private const long AfterwardsMs = 10 * 60_000;

    // An image that cannot send runs a day, and another one after each reset.
    private const long PatienceMs = 80 * HourMs;
    
    // An update takes minutes, not a day: what goes wrong has to be quick.
    private const double LeastOfUsual = 4;
    private const double MostOfUsual = 200;
    private const int MaxTrialBoots = 3;

    private readonly UpdateFleet _fleet;
    private readonly UpdateBox _box;
    private readonly DeviceRun _device;
    private readonly FaultyWorld _world;
    private bool _isStopped;
    private readonly FaultProfile _faults;
    private readonly List<string> _trials = [];
    private bool _isQuiet;
    private long _doneAtMs = -1;
    private int _closedAtDone;

    /// <param name="fleet">Backend, release and roll-out, of its own.</param>
    /// <param name="seed">Everything.</param>
    /// <param name="profile">What may go wrong.</param>
    /// <param name="log">Where the box's log goes.</param>
    public FaultyUpdate(UpdateFleet fleet, long seed, FaultProfile profile, TextWriter log)
    {
        _fleet = fleet;
        var random = SeededRandom.For(seed, "update");
        double factor = LeastOfUsual * Math.Pow(MostOfUsual / LeastOfUsual, random.Fraction());
        _faults = profile.Mix(SeededRandom.For(seed, "mix")).Times(factor);
        string id = fleet.DeviceIds[0];
        bool hasManners = profile[FaultKind.ModemDialect] > 0 && random.Chance(0.5);
        _box = new UpdateBox(fleet, id, seed, new UpdateBoxOptions { HasManners = hasManners, PatienceMs = PatienceMs, Log = log });
        _device = _box.Device;
        _device.Ends = IsOver;
        var desk = new Desk(fleet.Backend.Address, fleet.Backend.AdminKey, _box.Clock, id);
        FaultProfile known = fleet.Release.Behaviour == TwinBehaviour.Sound ? _faults : _faults.With(FaultKind.BoxHangs, 1);
        _world = new FaultyWorld(_device, _box.Bridge, fleet.TokenOf(id), desk, _faults, known, fleet.Time, () => _box.Crowd, seed);
        _device.Watch = new Watches(_device.Watch!, new ImageWatch(_device, fleet.OldImage, fleet.NewImage, _world.Invariants.Problems)
        {
            Booting = NoteTrial,
        });
    }

    /// <summary>What is wrong.</summary>
    public IReadOnlyList<string> Problems => _world.Invariants.Problems.Words;

    /// <summary>How it ended, in a word or two, as the backend has it.</summary>
    public string Outcome { get; private set; } = string.Empty;

    /// <summary>Faults that happened.</summary>
    public FaultCounts Faults => _world.Injector.Count();

    /// <summary>How much the firmware allocated after warm-up, of what it may have, per cent.</summary>
    public double AllocatedPercent => 100.0 * _world.Invariants.Memory.Allocated / _world.Invariants.Memory.MostAllocated;

    /// <summary>How often it booted.</summary>
    public int Boots => _device.BootReasons.Count;

    /// <summary>Readings that were closed.</summary>
    public int Readings => _world.Invariants.Rings.Readings.Count;

    /// <summary>Lives it.</summary>
    /// <param name="stop">Ends it early.</param>
    /// <returns>Done.</returns>
    public async Task RunAsync(CancellationToken stop)
    {
        using (_world)
        {
            try
            {
                _device.Run(stop);
                stop.ThrowIfCancellationRequested();
                _world.Invariants.Finish(_fleet.Backend.DatabasePath);
                await JudgeAsync().ConfigureAwait(false);
            }
            catch (InvalidOperationException e)
            {
                Blame(e.Message);
            }
        }
    }

    private void NoteTrial()
    {
        if (_device.Slots.State == SlotState.Trial)
        {
            _trials.Add(_device.BootReasons[^1]);
        }
    }

    private bool IsOver()
    {
        if (!_isQuiet && _box.Clock.NowMs >= FaultsMs)
        {
            _isQuiet = true;
            _world.Injector.Stop();
        }

        Updater updater = _device.Box.Updater;
        bool hasEnded = _isQuiet && updater.State >= OtaState.Confirmed && !updater.HasReport;
        if (hasEnded && _doneAtMs < 0)
        {
            _doneAtMs = _box.Clock.NowMs;
            _closedAtDone = _device.Closed.Count;
        }

        bool isDone = hasEnded && _box.Clock.NowMs >= _doneAtMs + AfterwardsMs && _device.Closed.Count > _closedAtDone
            && _device.Box.Ring.Count == 0;
        return isDone || _box.Clock.NowMs >= PatienceMs;
    }

    private async Task JudgeAsync()
    {
        if (_box.Bridge.Failure is { } failure)
        {
            Blame($"the way to the backend failed: {failure.Message}");
        }

        ByteWriter words = _device.Box.Updater.StateText();
        string said = Encoding.ASCII.GetString(words.Buffer, 0, words.Length).Replace(':', ' ');
        (string state, string why) = await _fleet.LastAttemptAsync(_device.DeviceId).ConfigureAwait(false);
        Outcome = $"{state} {why}".Trim();
        // What is not there any more is not at the next check either: it says idle.
        if (Outcome != said && !(Outcome == "failed withdrawn" && said == "idle"))
        {
            Blame($"the box says '{said}', the backend '{Outcome}'");
        }

        bool isNew = _device.Firmware?.Version == _fleet.Release.Version;
        if (isNew != (state == "confirmed"))
        {
            Blame($"{_device.Firmware?.Version} runs, and the backend has the update as {Outcome}");
        }

        // A box that nobody heard of for hours stops the roll-out, and with it what it still fetches.
        _isStopped = await _fleet.RolloutStateAsync().ConfigureAwait(false) == "stopped";
        if (Reproach() is { } reproach)
        {
            Blame(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"'{Outcome}' of an image that is {_fleet.Release.Behaviour}, trial boots by {string.Join(", ", _trials)}: {reproach}"));
        }
    }

    // An end other than the one that was wished for needs a reason that lies in what went wrong.
    private string? Reproach()
    {
        bool isSound = _fleet.Release.Behaviour == TwinBehaviour.Sound;
        return Outcome switch
        {
            "confirmed" => isSound ? null : "it cannot have been confirmed",
            "rolled_back trial_boots" => _trials.Count < MaxTrialBoots ? "it had fewer than three boots" : null,
            "rolled_back no_send" => _fleet.Release.Behaviour == TwinBehaviour.CannotSend ? null : "a day cannot have passed",
            "failed manifest" or "failed bad_patch" => HasBadAnswers ? null : "no answer was bad",
            "failed flash" or "failed refused" or "failed image_hash" => HasBadSectors ? null : "no sector was bad",
            "failed withdrawn" => _isStopped || IsDenied ? null : "the roll-out goes on, and nobody else said that it is not there any more",
            "rolled_back flash" => _device.Parts.Chip.Deploy.BadSectors > 0 ? null : "no sector of deploy was bad",
            _ => "nothing explains that",
        };
    }

    private bool HasBadSectors => _device.Parts.Chip.All.Any(partition => partition.BadSectors > 0);

    // A box with a key believes only its backend.
    private bool IsDenied => _world.Injector.Denials > 0 && !_device.Parts.Store.Values.ContainsKey(BoxIdentity.MacKeyKey);

    private bool HasBadAnswers =>
        _faults[FaultKind.AnswerBroken] + _faults[FaultKind.Answer400] + _faults[FaultKind.Answer409] + _faults[FaultKind.Answer413] > 0;

    private void Blame(string what) => _world.Invariants.Problems.Add(_box.Clock.NowMs, what);
}

/// <summary>At each boot what lies in deploy is the old image or the new one, to the last byte, and nothing else behind it.</summary>
internal sealed class ImageWatch(DeviceRun device, byte[] oldImage, byte[] newImage, Problems problems) : IBoxWatch
{
    private bool _hasConfirmed;

    /// <summary>Told of every boot.</summary>
    public Action? Booting { get; init; }

    /// <summary>Whether it is the new image that runs.</summary>
    public bool IsNew { get; private set; }

    /// <inheritdoc/>
    public void Booted(Box box)
    {
        byte[] deploy = device.Parts.Chip.Deploy.Content;
        IsNew = Holds(deploy, newImage);
        if (!IsNew && !Holds(deploy, oldImage))
        {
            problems.Add(device.VirtualMs, "the box boots what is neither the old image nor the new one");
        }

        Booting?.Invoke();
        SlotState state = device.Slots.State;
        bool isRefused = state == SlotState.Refused && !HasBadImageSectors;
        if (isRefused || state == SlotState.Failed || (_hasConfirmed && !IsNew))
        {
            problems.Add(
                device.VirtualMs,
                $"the boot copies ended with {state}, {device.Slots.Reason}, and the {(IsNew ? "new" : "old")} image runs");
        }
    }

    /// <inheritdoc/>
    public void Closed(ReadOnlySpan<int> fields)
    {
    }

    /// <inheritdoc/>
    public void Look(bool isLast)
    {
    }

    /// <inheritdoc/>
    public void Died(BoxDiedException death) => _hasConfirmed |= device.Slots.State == SlotState.Confirmed;

    // An image that cannot be read, no room for the one before it, or no journal: the old one runs on.
    private bool HasBadImageSectors =>
        device.Parts.Chip.Stage.BadSectors + device.Parts.Chip.Previous.BadSectors + device.Parts.Chip.Boot.BadSectors > 0;

    private static bool Holds(ReadOnlySpan<byte> deploy, ReadOnlySpan<byte> image) =>
        deploy.StartsWith(image) && !deploy[image.Length..].ContainsAnyExcept((byte)0xFF);
}
