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
    /// <summary>Updates in a row without a good end, after which heartbeats bring a check once in <see cref="PauseMs"/> of uptime only.</summary>
    public const int MaxFailures = 3;

    /// <summary>The pause between checks after too many failures, ms: each may erase half the flash, and a box that goes back boots, and so asks.</summary>
    public const int PauseMs = 86400000;

    private readonly UpdateParts _parts;
    private readonly Led _led;
    private readonly UpdateReview _review;
    private readonly UpdateCheck _check;
    private readonly UpdateReport _report;
    private readonly Downloader _download;
    private readonly Installer _installer;
    private readonly TrialKeeper _trial;
    private bool _isBegun;
    private bool _isReviewed;
    private long _askedMs;

    /// <summary>Initializes a new instance of the <see cref="Updater"/> class. All memory is allocated here.</summary>
    /// <param name="parts">What the steps share.</param>
    /// <param name="http">Requests.</param>
    /// <param name="led">Shows that an update is at work.</param>
    /// <param name="heartbeat">Is made due when the long part begins.</param>
    /// <param name="scanner">Reads an answer; free again when <see cref="Exchange"/> returns.</param>
    /// <param name="version">Version of the running image, ASCII.</param>
    /// <param name="seed">Random number for the jitter.</param>
    public Updater(UpdateParts parts, HttpExchange http, Led led, HeartbeatTask heartbeat, JsonScanner scanner, byte[] version, int seed)
    {
        _parts = parts;
        _led = led;
        _review = new UpdateReview(parts);
        _download = new Downloader(parts, new DownloadBudget(DownloadBudget.DefaultBytes, DownloadBudget.DefaultMs), seed);
        _check = new UpdateCheck(parts, _review, _download, http.ResponseBody, scanner, version, seed);
        _report = new UpdateReport(parts, seed);
        _installer = new Installer(parts, heartbeat);
        _trial = new TrialKeeper(parts, _review);
    }

    /// <summary>Gets where the update stands.</summary>
    public OtaState State => _parts.State.State;

    /// <summary>Gets why it stands there.</summary>
    public OtaWhy Why => _parts.State.Why;

    /// <summary>Gets a value indicating whether the end of an update has yet to be told to the backend.</summary>
    public bool HasReport => _parts.State.Report != OtaResult.None;

    /// <summary>Gets how the check that was asked for last got on.</summary>
    public TaskOutcome Outcome => HasNothing ? TaskOutcome.Failed : _check.Outcome;

    /// <summary>Gets a value indicating whether the loop should come back soon: there is work that needs no network.</summary>
    public bool IsBusy => !_isReviewed || _installer.IsAtWork;

    /// <summary>Gets the bytes of all buffers, as on the board.</summary>
    public int TableBytes => _parts.TableBytes + _check.TableBytes;

    private bool HasNothing => _parts.Image.IsKnown && _parts.Image.Length == 0;

    // While copies have not ended, stage may be what they need.
    private bool CanCheck => (_parts.State.State < OtaState.Verifying || _parts.State.State > OtaState.Trial) && !_review.IsBootWanted;

    /// <summary>Tells whether the LED is to say that an update is at work: now, not in a pause.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>true</c> when it is.</returns>
    public bool IsAtWork(long nowMs)
    {
        return _installer.IsAtWork || _parts.State.State == OtaState.Staged || CountDue(nowMs) > 0;
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
            if (!_installer.IsAtWork && _parts.State.State != OtaState.Staged)
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
        if (!CanCheck || HasNothing)
        {
            return false;
        }

        if (_parts.State.IsFetching)
        {
            _parts.State.Hurry();
        }

        _download.Begin();
        _report.TryNow();
        _check.Want(true);
        return true;
    }

    /// <summary>Hears that the backend took a heartbeat: the time to ask whether there is an update.</summary>
    public void TakeHeartbeat()
    {
        long now = _parts.Clock.UptimeMs;
        if (CanCheck && (_parts.State.Failures < MaxFailures || now - _askedMs >= PauseMs))
        {
            _askedMs = now;
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

        return _download.IsDue(nowMs) ? _parts.Patch.Chunks - _parts.Patch.Present : 0;
    }

    /// <summary>Does one exchange: reports, asks, or fetches a chunk.</summary>
    /// <param name="http">Requests.</param>
    /// <returns>The status, or one of <see cref="HttpError"/>.</returns>
    public int Exchange(HttpExchange http)
    {
        long now = _parts.Clock.UptimeMs;
        if (_report.IsDue(now))
        {
            int status = _report.Post(http);
            if (HasReport)
            {
                _check.TakeBlock();
            }

            return status;
        }

        return CanCheck && _check.IsDue(now) ? _check.Ask(http) : _download.Fetch(http);
    }

    /// <summary>Gives the state as a heartbeat names it (<c>ob</c>).</summary>
    /// <returns>Up to 40 characters; of use until the next call.</returns>
    public ByteWriter StateText()
    {
        OtaState state = _parts.State.State;
        ByteWriter text = _parts.Text;
        text.Clear();
        text.Text(OtaWords.Of(state));
        if (state == OtaState.Downloading)
        {
            text.Byte((byte)':');
            text.Number(_parts.Patch.Present);
            text.Byte((byte)'/');
            text.Number(_parts.Patch.Chunks);
        }
        else if (_parts.State.Why != OtaWhy.None)
        {
            text.Byte((byte)':');
            text.Text(OtaWords.Of(_parts.State.Why));
        }

        return text;
    }

    private void Review()
    {
        _parts.Image.Step();
        if (_parts.Image.IsKnown)
        {
            _isReviewed = true;
            if (_parts.Image.Length > 0)
            {
                _review.End();
            }
        }
    }
}
