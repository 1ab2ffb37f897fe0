using JamBox.App;
using JamBox.Http;
using JamBox.Ports;
using JamBox.Text;

namespace JamBox.Ota;

/// <summary>
/// The update over the air: asks, fetches, verifies, applies, installs, and keeps or gives up what was installed. What needs the network
/// is done in the sessions of <see cref="Uplink"/>, after everything else; the rest in slices from the loop, so that counting goes on.
/// </summary>
/// <remarks>
/// All buffers together have <see cref="TableBytes"/>, 12 KB at most. Chunks and manifests pass through the answer's buffer of
/// <see cref="HttpExchange"/>.
/// </remarks>
public sealed class Updater
{
    private const int TextCapacity = 40;
    private const int HashesKept = 4;

    private readonly IClock _clock;
    private readonly Led _led;
    private readonly UpdateState _state;
    private readonly RunningImage _image;
    private readonly PatchStore _patch;
    private readonly UpdateReview _review;
    private readonly UpdateCheck _check;
    private readonly UpdateReport _report;
    private readonly Downloader _download;
    private readonly Installer _installer;
    private readonly TrialKeeper _trial;
    private readonly ByteWriter _text = new ByteWriter(new byte[TextCapacity]);
    private bool _isBegun;
    private bool _isReviewed;

    /// <summary>Initializes a new instance of the <see cref="Updater"/> class. All memory is allocated here.</summary>
    /// <param name="slots">The flash and the boot record.</param>
    /// <param name="crypto">Hashes and signatures.</param>
    /// <param name="firmware">What the running image is called.</param>
    /// <param name="store">State, offer, own release; and the public key.</param>
    /// <param name="http">Requests.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Log.</param>
    /// <param name="led">Shows that an update is at work.</param>
    /// <param name="heartbeat">Is made due when the long part begins.</param>
    /// <param name="restart">Reboots.</param>
    /// <param name="deviceId">Who the box is, ASCII.</param>
    /// <param name="seed">Random number for the jitter.</param>
    public Updater(
        IFirmwareSlots slots,
        ICryptography crypto,
        FirmwareInfo firmware,
        IKeyValueStore store,
        HttpExchange http,
        IClock clock,
        ISystem system,
        Led led,
        HeartbeatTask heartbeat,
        Restart restart,
        byte[] deviceId,
        int seed)
    {
        _clock = clock;
        _led = led;
        var applier = new PatchApplier();
        var walk = new ImageWalk();
        var offer = new StoredOffer(store);
        _state = new UpdateState(store);
        _image = new RunningImage(slots.Deploy, crypto, walk, applier.Scratch);
        _patch = new PatchStore(slots.Patch);
        var own = new OwnRelease(store, _image, firmware.Sequence);
        int maxImage = slots.Stage.Length < slots.Deploy.Length ? slots.Stage.Length : slots.Deploy.Length;
        var check = new ManifestCheck(store, crypto, _image, own, Ascii.Bytes(firmware.HardwareId), maxImage, _patch.Capacity);
        _review = new UpdateReview(_state, offer, own, _image, check, _patch, slots);
        _download = new Downloader(_state, _patch, new DownloadBudget(DownloadBudget.DefaultBytes, DownloadBudget.DefaultMs), clock, system, seed);
        _check = new UpdateCheck(_state, offer, _review, check, _image, own, _patch, _download, http, clock, system, deviceId, firmware, seed);
        _report = new UpdateReport(_state, deviceId, clock, system, seed);
        _installer = new Installer(_state, offer, check, _image, _patch, applier, walk, slots, crypto, clock, system, heartbeat, restart);
        _trial = new TrialKeeper(_state, _review, slots, restart, system);
    }

    /// <summary>Gets where the update stands.</summary>
    public OtaState State => _state.State;

    /// <summary>Gets why it stands there.</summary>
    public OtaWhy Why => _state.Why;

    /// <summary>Gets a value indicating whether the end of an update has yet to be told to the backend.</summary>
    public bool HasReport => _state.Report != OtaResult.None;

    /// <summary>Gets how the check that was asked for last got on.</summary>
    public TaskOutcome Outcome => _check.Outcome;

    /// <summary>Gets a value indicating whether the loop should come back soon: there is work that needs no network.</summary>
    public bool IsBusy => !_isReviewed || _installer.IsAtWork;

    /// <summary>Gets the bytes of all buffers, as on the board.</summary>
    public int TableBytes => PatchApplier.TableBytes + (Hash.Size * HashesKept) + _patch.TableBytes + _check.TableBytes + _download.TableBytes + TextCapacity
        + UpdateState.TableBytes + StoredOffer.TableBytes + OwnRelease.TableBytes + ManifestCheck.TableBytes;

    private bool CanCheck => _state.State < OtaState.Verifying || _state.State > OtaState.Trial;

    /// <summary>Tells whether the LED is to say that an update is at work: now, not in a pause.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>true</c> when it is.</returns>
    public bool IsAtWork(long nowMs)
    {
        return _installer.IsAtWork || _state.State == OtaState.Staged || CountDue(nowMs) > 0;
    }

    /// <summary>Does a slice of what needs no network. For the loop, also while a request is under way.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    public void Step(long nowMs)
    {
        if (!_isBegun)
        {
            _isBegun = true;
            _review.Begin();
        }

        if (!_isReviewed)
        {
            Review();
        }
        else if (_installer.IsAtWork)
        {
            _led.Show(LedState.Ota);
            _installer.Step();
            if (!_installer.IsAtWork && _state.State != OtaState.Staged)
            {
                _led.Show(LedState.Counting);
            }
        }

        _trial.Step(nowMs);
    }

    /// <summary>Asks for a check at once, and for what it brings without a budget: command <c>ota_check</c>, or the long press.</summary>
    /// <returns><c>false</c> when none can be done now: the image is on trial, or an update is being made, or there is nothing to update.</returns>
    public bool CheckNow()
    {
        if (!CanCheck || (_image.IsKnown && _image.Length == 0))
        {
            return false;
        }

        if (_state.IsFetching && !_state.IsUrgent)
        {
            _state.IsUrgent = true;
            _state.Save();
        }

        _download.Begin();
        _check.Want(true);
        return true;
    }

    /// <summary>Hears that the backend took a heartbeat: the time to ask whether there is an update.</summary>
    public void TakeHeartbeat()
    {
        if (CanCheck)
        {
            _check.Want(false);
        }
    }

    /// <summary>Hears that the backend took a reading, which is what a trial waits for.</summary>
    public void TakeReading()
    {
        _trial.TakeReading();
    }

    /// <summary>Tells how many exchanges are due.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns>0 for none; 2 or more when the connection should be kept for the next.</returns>
    public int CountDue(long nowMs)
    {
        if (!_isReviewed)
        {
            return 0;
        }

        // An end that the backend does not know of goes before the next offer, which might be the same again.
        if (HasReport)
        {
            return _report.IsDue(nowMs) ? 1 : 0;
        }

        if (CanCheck && _check.IsDue(nowMs))
        {
            return 2;
        }

        return _download.IsDue(nowMs) ? _patch.Chunks - _patch.Present : 0;
    }

    /// <summary>Does one exchange: reports, asks, or fetches a chunk.</summary>
    /// <param name="http">Requests.</param>
    /// <returns>The status, or one of <see cref="HttpError"/>.</returns>
    public int Exchange(HttpExchange http)
    {
        long now = _clock.UptimeMs;
        if (_report.IsDue(now))
        {
            return _report.Post(http);
        }

        return CanCheck && _check.IsDue(now) ? _check.Ask(http) : _download.Fetch(http);
    }

    /// <summary>Gives the state as a heartbeat names it (<c>ob</c>).</summary>
    /// <returns>Up to 40 characters; of use until the next call.</returns>
    public ByteWriter StateText()
    {
        OtaState state = _state.State;
        _text.Clear();
        _text.Bytes(OtaWords.Of(state));
        if (state == OtaState.Downloading)
        {
            _text.Byte((byte)':');
            _text.Number(_patch.Present);
            _text.Byte((byte)'/');
            _text.Number(_patch.Chunks);
        }
        else if (_state.Why != OtaWhy.None)
        {
            _text.Byte((byte)':');
            _text.Bytes(OtaWords.Of(_state.Why));
        }

        return _text;
    }

    private void Review()
    {
        _image.Step();
        if (_image.IsKnown)
        {
            _isReviewed = true;
            if (_image.Length > 0)
            {
                _review.End();
            }
        }
    }
}
