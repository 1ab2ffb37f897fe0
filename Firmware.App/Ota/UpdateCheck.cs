using System;
using JamBox.Text;
using JamBox.Uplink;

namespace JamBox.Ota;

/// <summary>
/// Asks the backend whether there is an update, and for the manifest of what it offers. An offer that passes every check is stored
/// and then fetched; one that does not is refused by name, and the backend is told.
/// </summary>
/// <remarks>
/// Both questions are repeated after a pause, twelve times at most; then the next heartbeat brings another check. A command hears
/// <c>failed</c> after
/// three tries in vain, and <c>ok</c> as soon as the backend has answered, whatever it said. A manifest that may have been garbled on its
/// way is asked for three times: one refused for good bars its release until an operator allows it.
/// </remarks>
public sealed class UpdateCheck
{
    private const int MaxCommandTries = 3;
    private const int MaxTries = 12;
    private const int MaxManifests = 3;
    private const int HashDigits = 16;
    private const int SeedBits = 0x7FEB352D;
    private const int NotFound = 404;

    private readonly UpdateContext _context;
    private readonly UpdateReview _review;
    private readonly Downloader _download;
    private readonly FleetRecords _fleet;
    private readonly RetryTimer _retry;
    private readonly byte[] _version;
    private readonly byte[] _answer;
    private readonly JsonScanner _scanner;
    private readonly byte[] _target = new byte[Manifest.TextSize];
    private bool _isWanted;
    private bool _isUrgent;
    private int _manifestId = UpdateState.NoId;
    private int _tries;
    private int _refusals;

    /// <param name="context">What the steps share.</param>
    /// <param name="review">Knows what the boot record is about.</param>
    /// <param name="download">Fetches what is offered.</param>
    /// <param name="fleet">Hears which keys and which floor there are.</param>
    /// <param name="answer">Where a manifest arrives: the answer's buffer of <see cref="HttpExchange"/>.</param>
    /// <param name="scanner">Reads an answer; free again when <see cref="Ask"/> returns.</param>
    /// <param name="version">Version of the running image, ASCII.</param>
    /// <param name="seed">Random number for the jitter.</param>
    public UpdateCheck(
        UpdateContext context, UpdateReview review, Downloader download, FleetRecords fleet, byte[] answer, JsonScanner scanner,
        byte[] version, int seed)
    {
        _context = context;
        _review = review;
        _download = download;
        _fleet = fleet;
        _answer = answer;
        _scanner = scanner;
        _version = version;
        _retry = new RetryTimer(seed ^ SeedBits);
    }

    /// <summary>Gets how the check that a command asked for got on.</summary>
    public TaskOutcome Outcome { get; private set; }

    /// <summary>Gets the bytes of all buffers.</summary>
    public int TableBytes => _target.Length;

    /// <summary>Asks for a check.</summary>
    /// <param name="isUrgent">Whether somebody waits for it: at once, and what it brings is fetched without a budget.</param>
    public void Want(bool isUrgent)
    {
        _isWanted = true;
        _isUrgent = isUrgent || _isUrgent;
        _tries = 0;
        _retry.TryNow();
        if (isUrgent)
        {
            Outcome = TaskOutcome.Pending;
        }
    }

    /// <summary>Tells whether there is something to ask now.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>true</c> when <see cref="Ask"/> is to be called.</returns>
    public bool IsDue(long nowMs)
    {
        // Whether its manifest is to be believed may hang on what is announced with it.
        return (_isWanted || (_manifestId != UpdateState.NoId && !_fleet.IsPending)) && _context.Image.Length > 0 && _retry.IsDue(nowMs);
    }

    /// <summary>Hears that the check waits behind an end that the backend did not take: a try in vain, for a command.</summary>
    public void TakeBlock()
    {
        if (Outcome == TaskOutcome.Pending && ++_tries >= MaxCommandTries)
        {
            Outcome = TaskOutcome.Failed;
        }
    }

    /// <summary>Asks whether there is an update, or for the manifest of the one there is.</summary>
    /// <param name="http">Requests.</param>
    /// <returns>The status, or one of <see cref="HttpError"/>.</returns>
    public int Ask(HttpExchange http)
    {
        bool isManifest = _manifestId != UpdateState.NoId;
        int status = http.Proved(isManifest ? GetManifest(http) : PostCheck(http));
        if (isManifest || _isUrgent)
        {
            // Not the checks that heartbeats bring: they are how a box hears of an update that is worth waiting for.
            _context.Limits.Spend(http.BytesSent + http.BytesReceived);
        }

        if (HttpStatus.IsSuccess(status))
        {
            _tries = 0;
            _retry.Reset();
            if (isManifest)
            {
                TakeManifest(http.ResponseLength);
            }
            else
            {
                TakeAnswer(http);
            }

            return status;
        }

        _context.Log("the backend was not asked: " + HttpStatus.Text(status));
        TakeFailure(status, http.RetryAfterSeconds);
        return status;
    }

    private int PostCheck(HttpExchange http)
    {
        ByteWriter body = http.Body;
        body.Clear();
        body.Text("{\"d\":\"");
        body.Bytes(_context.DeviceId);
        body.Text("\",\"v\":\"");
        body.Bytes(_version);
        body.Text("\",\"bh\":\"");
        for (int i = 0; i < HashDigits / 2; i++)
        {
            body.Hex(_context.Image.Sha256[i], false);
        }

        body.Text("\",\"hw\":\"");
        body.Bytes(_context.HardwareId);
        body.Text("\",\"seq\":");
        body.Number(_context.Own.Sequence);
        body.Text(",\"p\":\"RLHE\"}");
        return http.Post("/api/ota/check");
    }

    private int GetManifest(HttpExchange http)
    {
        _context.Text.Clear();
        _context.Text.Text("/api/ota/manifest?id=");
        _context.Text.Number(_manifestId);
        return http.Get(_context.Text.Buffer, _context.Text.Length);
    }

    private void TakeFailure(int status, int retryAfterSeconds)
    {
        if (HttpStatus.IsNothingSent(status))
        {
            return;
        }

        bool isFinal = HttpStatus.IsFinalRefusal(status);
        if (isFinal && status == NotFound && _manifestId != UpdateState.NoId)
        {
            _context.Log("the backend has withdrawn it");
        }

        _tries++;
        if (Outcome == TaskOutcome.Pending && (isFinal || _tries >= MaxCommandTries))
        {
            Outcome = TaskOutcome.Failed;
        }

        if (isFinal || _tries >= MaxTries)
        {
            Close();
            return;
        }

        _retry.Fail(_context.Clock.UptimeMs, UpdateRetry.PauseStatus(status), retryAfterSeconds);
    }

    private void TakeAnswer(HttpExchange http)
    {
        _isWanted = false;
        Outcome = Outcome == TaskOutcome.Pending ? TaskOutcome.Done : Outcome;
        _scanner.Set(http.ResponseBody, 0, http.ResponseLength);
        _fleet.Announce(_scanner, http.ResponseBody);
        bool isOffer = _scanner.TryGetBool("update_available", out bool isAvailable) && isAvailable;
        if (!isOffer || !_scanner.TryGetInt("id", out int id) || id < 0)
        {
            Close();
            return;
        }

        if (_context.Limits.IsFetchingOver || (_context.State.IsFetching && id == _context.State.Id))
        {
            // What is being fetched already, or could not be in this day.
            Close();
            return;
        }

        if (!_context.Limits.TryOffer())
        {
            _context.Log("there were offers enough for a day: it waits");
            Close();
            return;
        }

        TakeTarget(http.ResponseBody);
        _manifestId = id;
    }

    /// <summary>What the offer leads to, so that it can be named even when its manifest is of no use.</summary>
    private void TakeTarget(byte[] body)
    {
        Array.Clear(_target, 0, _target.Length);
        _target[0] = (byte)'?';
        if (!_scanner.TryGetText("target", out int offset, out int length) || length == 0 || length >= Manifest.TextSize)
        {
            return;
        }

        for (int i = 0; i < length; i++)
        {
            byte value = body[offset + i];
            _target[i] = value > 32 && value < 127 && value != (byte)'"' && value != (byte)'\\' ? value : (byte)'?';
        }
    }

    private void TakeManifest(int length)
    {
        int id = _manifestId;
        var received = new Manifest(_answer);
        OtaReason reason = length == Manifest.Size ? _context.Check.Check(received) : OtaReason.Manifest;
        if (MayBeGarbled(reason) && ++_refusals < MaxManifests)
        {
            _context.Log(id.ToString() + " is asked for again: ", reason);
            _retry.Fail(_context.Clock.UptimeMs, HttpError.BadResponse, -1);
            return;
        }

        bool isUrgent = _isUrgent;
        Close();
        if (reason != OtaReason.None)
        {
            _context.Log(id.ToString() + " is refused: ", reason);
            _context.State.Name(id, _target, 0);
            _context.State.End(OtaState.Failed, reason);
            return;
        }

        Accept(id, isUrgent);
    }

    /// <summary>What the signature covers is as it was signed, once the signature holds.</summary>
    private static bool MayBeGarbled(OtaReason reason)
    {
        return reason == OtaReason.Manifest || reason == OtaReason.Signature || reason == OtaReason.Base || reason == OtaReason.Size;
    }

    /// <summary>The offer first, then the state that names it: when power goes in between, the next check brings the offer again.</summary>
    private void Accept(int id, bool isUrgent)
    {
        _context.Offer.Set(id, _answer);
        Manifest manifest = _context.Offer.Manifest;
        _context.Patch.Open(manifest.Bytes, Manifest.PatchHashAt, manifest.PatchSize);
        OtaState state =
            _context.Patch.IsComplete ? OtaState.Verifying : _context.Patch.Present > 0 ? OtaState.Downloading : OtaState.Offered;
        _context.State.Begin(id, manifest.Bytes, Manifest.VersionAt, state, _review.IsOfferInSlots, isUrgent);
        _download.Begin();
        _context.Log(
            id.ToString() + " has " + manifest.PatchSize.ToString() + " bytes, " + _context.Patch.Present
                .ToString() + " of " + _context.Patch.Chunks.ToString() + " chunks are there");
    }

    private void Close()
    {
        _isWanted = false;
        _isUrgent = false;
        _manifestId = UpdateState.NoId;
        _tries = 0;
        _refusals = 0;
        _retry.Reset();
    }
}
