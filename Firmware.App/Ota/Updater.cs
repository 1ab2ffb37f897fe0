using System;
using JamBox.Ota.Patch;
using JamBox.Storage;
using JamBox.Text;
using JamBox.Uplink;

namespace JamBox.Ota;

/// <summary>
/// The update over the air: asks, fetches, verifies, applies, installs, and keeps or gives up what was installed. What needs the network
/// is done as a task of the uplink, after everything else as a rule; the rest in slices from the loop, so that counting goes on.
/// </summary>
/// <remarks>
/// Between updates the buffers have <see cref="TableBytes"/>; while an image is made <see cref="Installer"/> has
/// <see cref="PatchApplier.TableBytes"/> more. When there is no room for them the state is kept, the box reboots, and the next boot takes
/// them
/// before anything runs; that a bounded number of times an update. Chunks and manifests pass through the answer's buffer of
/// <see cref="HttpExchange"/>.
/// </remarks>
public sealed class Updater : IUplinkTask
{
    /// <summary>
    /// Updates in a row without a good end, after which heartbeats bring a check once in <see cref="PauseMs"/> of uptime only.
    /// </summary>
    public const int MaxFailures = 3;

    /// <summary>
    /// The pause between checks after too many failures, ms: each may erase half the flash, and a box that goes back boots, and so asks.
    /// </summary>
    public const int PauseMs = 86400000;

    /// <summary>How long after a boot a backend is asked that refuses heartbeats, ms of uptime.</summary>
    public const int RefusedMs = 3600000;

    private readonly UpdateContext _context;
    private readonly UplinkState _uplink;
    private readonly UpdateReview _review;
    private readonly UpdateCheck _check;
    private readonly UpdateReport _report;
    private readonly FleetRecords _fleet;
    private readonly Downloader _download;
    private readonly TrialKeeper _trial;

    // There only while an image is made.
    private Installer _installer;
    private bool _isShortOfMemory;

    // For what is found out at start.
    private byte[] _scratch = new byte[PatchApplier.OutputSize];
    private bool _isBegun;
    private bool _isReviewed;
    private long _askedMs;
    private int _heartbeats;

    /// <summary>When a boot finds an image in the making, the memory for it is taken here.</summary>
    /// <param name="context">What the steps share.</param>
    /// <param name="http">Requests.</param>
    /// <param name="uplink">Says what the backend took; hears that a heartbeat is wanted when the long part begins.</param>
    /// <param name="scanner">Reads an answer; free again when <see cref="Send"/> returns.</param>
    /// <param name="version">Version of the running image, ASCII.</param>
    /// <param name="seed">Random number for the jitter.</param>
    public Updater(UpdateContext context, HttpExchange http, UplinkState uplink, JsonScanner scanner, byte[] version, int seed)
    {
        _context = context;
        _uplink = uplink;
        _review = new UpdateReview(context);
        _download = new Downloader(context, new DownloadBudget(DownloadBudget.DefaultBytes, DownloadBudget.DefaultMs), seed);
        _fleet = new FleetRecords(context, uplink, seed);
        _check = new UpdateCheck(context, _review, _download, _fleet, http.ResponseBody, scanner, version, seed);
        _report = new UpdateReport(context, seed);
        _trial = new TrialKeeper(context, _review);
        if (IsMaking)
        {
            TakeMemory();
        }
    }

    /// <summary>Gets where the update stands.</summary>
    public OtaState State => _context.State.State;

    /// <summary>Gets why it stands there.</summary>
    public OtaReason Reason => _context.State.Reason;

    /// <summary>Gets a value indicating whether the end of an update has yet to be told to the backend.</summary>
    public bool HasReport => _context.State.Report != OtaResult.None;

    /// <summary>Gets how the check that was asked for last got on.</summary>
    public TaskOutcome Outcome => HasNothing ? TaskOutcome.Failed : _check.Outcome;

    /// <summary>
    /// Gets a value indicating whether an image is being made, or is to be installed by the reboot that comes: the LED shows it.
    /// </summary>
    public bool IsInstalling => _isReviewed && (CanMake || _context.State.State == OtaState.Staged);

    /// <summary>Gets a value indicating whether the loop should come back soon: there is work that needs no network.</summary>
    public bool IsBusy => !_isReviewed || CanMake;

    /// <summary>Gets the bytes of all buffers that are kept between updates, as on the board.</summary>
    public int TableBytes => _context.TableBytes + _check.TableBytes + _download.TableBytes;

    /// <summary>Gets what a heartbeat says of keys and floor.</summary>
    public FleetRecords Fleet => _fleet;

    /// <inheritdoc/>
    public int Rank => UplinkRank.Update;

    private bool IsMaking => _context.State.State == OtaState.Verifying || _context.State.State == OtaState.Applying;

    // Enough images for a day: the next one waits, and the memory for it is given back meanwhile.
    private bool CanMake => IsMaking && (_context.State.State == OtaState.Applying || !_context.Limits.IsApplyingOver);

    private bool HasNothing => _context.Image.IsKnown && _context.Image.Length == 0;

    // While copies have not ended, stage may be what they need.
    private bool CanCheck => (_context.State.State < OtaState.Verifying || _context.State.State > OtaState.Trial) && !_review.IsBootWanted;

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
        else if (IsMaking)
        {
            Make();
        }

        if (_uplink.ProvedReadings > 0)
        {
            // This is what a trial waits for: an image whose answers prove nothing would take no command, nor the next update.
            _trial.TakeReading();
        }

        _context.Limits.Step(nowMs);
        _trial.Step(nowMs);
        if (_isReviewed && !_context.State.IsActive && _context.State.State != OtaState.Trial)
        {
            _context.Offer.Release();
            _context.Patch.Release();
        }
    }

    /// <summary>Asks for a check at once, and for what it brings without a budget: command <c>ota_check</c>, or the long press.</summary>
    /// <returns><c>false</c> when none can be done now: the image is on trial, or an update is being made, or there is nothing to
    /// update, or what updates may fetch in a day is spent.</returns>
    public bool CheckNow()
    {
        if (!CanCheck || HasNothing || _context.Limits.IsFetchingOver)
        {
            return false;
        }

        if (_context.State.IsFetching)
        {
            _context.State.Hurry();
        }

        _download.Begin();
        _report.TryNow();
        _check.Want(true);
        return true;
    }

    /// <inheritdoc/>
    public bool IsDue(long nowMs)
    {
        AskWhenTime(nowMs);
        if (!_isReviewed)
        {
            return false;
        }

        // An end that the backend does not know of goes before the next offer, which might be the same again.
        if (HasReport)
        {
            return _report.IsDue(nowMs);
        }

        return (CanCheck && (_fleet.IsDue(nowMs) || _check.IsDue(nowMs))) || (!_fleet.IsPending && _download.IsDue(nowMs));
    }

    /// <summary>Does one exchange: reports, asks, or fetches a chunk.</summary>
    /// <param name="http">Requests.</param>
    /// <returns>The status, or one of <see cref="HttpError"/>.</returns>
    public int Send(HttpExchange http)
    {
        long now = _context.Clock.UptimeMs;
        if (_report.IsDue(now))
        {
            int status = _report.Post(http);
            if (HasReport)
            {
                _check.TakeBlock();
            }

            return status;
        }

        if (CanCheck && _fleet.IsDue(now))
        {
            http.KeepOpen |= _check.IsDue(now);
            return _fleet.Fetch(http);
        }

        if (CanCheck && _check.IsDue(now))
        {
            // An offer brings the question for its manifest.
            http.KeepOpen = true;
            return _check.Ask(http);
        }

        http.KeepOpen |= _context.Patch.Chunks - _context.Patch.Present > 1;
        return _download.Fetch(http);
    }

    /// <summary>Says what updates cost, in this day and ever.</summary>
    /// <param name="health">Where to.</param>
    public void CountInto(Health health)
    {
        UpdateLimits limits = _context.Limits;
        health.Restore(Health.UpdateKilobytes, (limits.Bytes + 1023) / 1024);
        health.Restore(Health.UpdateApplies, limits.Applies);
        health.Restore(Health.UpdateErases, limits.Erases);
        health.Restore(Health.UpdateLifeErases, limits.LifeErases);
    }

    /// <summary>Gives the state as a heartbeat names it (<c>ob</c>).</summary>
    /// <returns>Up to 40 characters; of use until the next call.</returns>
    public ByteWriter StateText()
    {
        OtaState state = _context.State.State;
        ByteWriter text = _context.Text;
        text.Clear();
        text.Text(OtaWords.Of(state));
        if (state == OtaState.Downloading)
        {
            text.Byte((byte)':');
            text.Number(_context.Patch.Present);
            text.Byte((byte)'/');
            text.Number(_context.Patch.Chunks);
        }
        else if (_context.State.Reason != OtaReason.None)
        {
            text.Byte((byte)':');
            text.Text(OtaWords.Of(_context.State.Reason));
        }

        return text;
    }

    /// <summary>
    /// A heartbeat that the backend took is the time to ask whether there is an update. A backend that refuses heartbeats is asked all the
    /// same, since the update may be what it takes to be understood: <see cref="RefusedMs"/> after the boot, and then once in <see
    /// cref="PauseMs"/>.
    /// </summary>
    private void AskWhenTime(long nowMs)
    {
        bool isTaken = _uplink.AcceptedHeartbeats != _heartbeats;
        bool isRefused = _uplink.RefusedHeartbeats > 0 && nowMs - _askedMs >= (_askedMs == 0 ? RefusedMs : PauseMs);
        _heartbeats = _uplink.AcceptedHeartbeats;
        if ((isTaken || isRefused) && CanCheck && (_context.State.Failures < MaxFailures || nowMs - _askedMs >= PauseMs))
        {
            _askedMs = nowMs;
            _check.Want(false);
        }
    }

    private void Review()
    {
        _context.Image.Step(_scratch);
        if (_context.Image.IsKnown)
        {
            _isReviewed = true;
            _scratch = null;
            if (_context.Image.Length > 0)
            {
                _review.End();
            }

            if (!IsMaking)
            {
                _installer = null;
            }
        }
    }

    private void Make()
    {
        if (!CanMake)
        {
            _installer = null;
            return;
        }

        if (_installer == null && (_isShortOfMemory || !TakeMemory()))
        {
            RebootForMemory();
            return;
        }

        if (!TryStep())
        {
            RebootForMemory();
            return;
        }

        if (!IsMaking)
        {
            _installer = null;
        }
    }

    /// <summary>The last small objects are made on the way.</summary>
    private bool TryStep()
    {
        try
        {
            _installer.Step();
            return true;
        }
        catch (OutOfMemoryException)
        {
            _installer = null;
            return false;
        }
    }

    private bool TakeMemory()
    {
        try
        {
            _installer = new Installer(_context, _uplink);
            return true;
        }
        catch (OutOfMemoryException)
        {
            return false;
        }
    }

    /// <summary>
    /// A heap that has been in use for days may have no block that is large enough, although there is room in all: blocks of the CLR's own
    /// do not move. After a boot they are not in the way.
    /// </summary>
    private void RebootForMemory()
    {
        if (_isShortOfMemory)
        {
            // On the way.
            return;
        }

        if (_context.State.TryCountMemoryReboot())
        {
            _isShortOfMemory = true;
            _context.Log("there is no memory for it: the box reboots and tries again");
            _context.Restart.WantForMemory();
            return;
        }

        _context.Log("it failed: ", OtaReason.Memory);
        _context.State.End(OtaState.Failed, OtaReason.Memory);
    }
}
