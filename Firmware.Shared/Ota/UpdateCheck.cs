using System;
using JamBox.App;
using JamBox.Http;
using JamBox.Ports;
using JamBox.Reporting;
using JamBox.Text;

namespace JamBox.Ota;

/// <summary>
/// Asks the backend whether there is an update, and for the manifest of what it offers. An offer that passes every check is stored
/// and then fetched; one that does not is refused by name, and the backend is told.
/// </summary>
/// <remarks>
/// Both questions are repeated after a pause, twelve times at most; then the next heartbeat brings another check. A command hears <c>failed</c> after
/// three tries in vain, and <c>ok</c> as soon as the backend has answered, whatever it said.
/// </remarks>
public sealed class UpdateCheck
{
    private const int MaxCommandTries = 3;
    private const int MaxTries = 12;
    private const int PathCapacity = 48;
    private const int HashDigits = 16;
    private const int SeedBits = 0x7FEB352D;
    private const int NotFound = 404;
    private const int Unavailable = 503;

    private static readonly byte[] s_path = Ascii.Bytes("/api/ota/check");
    private static readonly byte[] s_manifestPath = Ascii.Bytes("/api/ota/manifest?id=");
    private static readonly byte[] s_device = Ascii.Bytes("{\"d\":\"");
    private static readonly byte[] s_version = Ascii.Bytes("\",\"v\":\"");
    private static readonly byte[] s_baseHash = Ascii.Bytes("\",\"bh\":\"");
    private static readonly byte[] s_hardware = Ascii.Bytes("\",\"hw\":\"");
    private static readonly byte[] s_sequence = Ascii.Bytes("\",\"seq\":");
    private static readonly byte[] s_profiles = Ascii.Bytes(",\"p\":\"LHE\"}");
    private static readonly byte[] s_isAvailable = Ascii.Bytes("update_available");
    private static readonly byte[] s_id = Ascii.Bytes("id");
    private static readonly byte[] s_target = Ascii.Bytes("target");
    private static readonly byte[] s_hex = Ascii.Bytes("0123456789abcdef");

    private readonly UpdateState _state;
    private readonly StoredOffer _offer;
    private readonly UpdateReview _review;
    private readonly ManifestCheck _check;
    private readonly RunningImage _image;
    private readonly OwnRelease _own;
    private readonly PatchStore _patch;
    private readonly Downloader _download;
    private readonly IClock _clock;
    private readonly ISystem _system;
    private readonly RetryTimer _retry;
    private readonly byte[] _deviceId;
    private readonly byte[] _versionText;
    private readonly byte[] _hardwareId;
    private readonly Manifest _received;
    private readonly JsonScanner _answer = new JsonScanner();
    private readonly ByteWriter _path = new ByteWriter(new byte[PathCapacity]);
    private readonly byte[] _target = new byte[Manifest.TextSize];
    private bool _isWanted;
    private bool _isUrgent;
    private int _manifestId = UpdateState.NoId;
    private int _tries;

    /// <summary>Initializes a new instance of the <see cref="UpdateCheck"/> class.</summary>
    /// <param name="state">The stored state.</param>
    /// <param name="offer">The stored offer.</param>
    /// <param name="review">Knows what the boot record is about.</param>
    /// <param name="check">Checks manifests.</param>
    /// <param name="image">What runs.</param>
    /// <param name="own">Its sequence.</param>
    /// <param name="patch">Looks how much of a patch is there already.</param>
    /// <param name="download">Fetches it.</param>
    /// <param name="http">Its answer's buffer is where a manifest is looked at.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Log.</param>
    /// <param name="deviceId">Who the box is, ASCII.</param>
    /// <param name="firmware">What the running image is called.</param>
    /// <param name="seed">Random number for the jitter.</param>
    public UpdateCheck(
        UpdateState state,
        StoredOffer offer,
        UpdateReview review,
        ManifestCheck check,
        RunningImage image,
        OwnRelease own,
        PatchStore patch,
        Downloader download,
        HttpExchange http,
        IClock clock,
        ISystem system,
        byte[] deviceId,
        FirmwareInfo firmware,
        int seed)
    {
        _state = state;
        _offer = offer;
        _review = review;
        _check = check;
        _image = image;
        _own = own;
        _patch = patch;
        _download = download;
        _clock = clock;
        _system = system;
        _deviceId = deviceId;
        _versionText = Ascii.Bytes(firmware.Version);
        _hardwareId = Ascii.Bytes(firmware.HardwareId);
        _received = new Manifest(http.ResponseBody);
        _retry = new RetryTimer(seed ^ SeedBits);
    }

    /// <summary>Gets how the check that a command asked for got on.</summary>
    public TaskOutcome Outcome { get; private set; }

    /// <summary>Gets the bytes of all buffers.</summary>
    public int TableBytes => PathCapacity + Manifest.TextSize;

    /// <summary>Gives the status that a pause is chosen by: 503 with Retry-After is a backend that asks for patience, as 429 is.</summary>
    /// <param name="status">A status or one of <see cref="HttpError"/>.</param>
    /// <returns>The status for <see cref="RetryTimer.Fail"/>.</returns>
    public static int PauseStatus(int status)
    {
        return status == Unavailable ? HttpStatus.TooManyRequests : status;
    }

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
        return (_isWanted || _manifestId != UpdateState.NoId) && _image.Length > 0 && _retry.IsDue(nowMs);
    }

    /// <summary>Asks whether there is an update, or for the manifest of the one there is.</summary>
    /// <param name="http">Requests.</param>
    /// <returns>The status, or one of <see cref="HttpError"/>.</returns>
    public int Ask(HttpExchange http)
    {
        bool isManifest = _manifestId != UpdateState.NoId;
        int status = isManifest ? GetManifest(http) : PostCheck(http);
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

        _system.Log("update: not asked, " + status.ToString());
        TakeFailure(status, http.RetryAfterSeconds);
        return status;
    }

    private int PostCheck(HttpExchange http)
    {
        ByteWriter body = http.Body;
        body.Clear();
        body.Bytes(s_device);
        body.Bytes(_deviceId);
        body.Bytes(s_version);
        body.Bytes(_versionText);
        body.Bytes(s_baseHash);
        for (int i = 0; i < HashDigits; i++)
        {
            int value = _image.Sha256[i / 2];
            body.Byte(s_hex[(i & 1) == 0 ? value >> 4 : value & 15]);
        }

        body.Bytes(s_hardware);
        body.Bytes(_hardwareId);
        body.Bytes(s_sequence);
        body.Number(_own.Sequence);
        body.Bytes(s_profiles);
        return http.Post(s_path);
    }

    private int GetManifest(HttpExchange http)
    {
        _path.Clear();
        _path.Bytes(s_manifestPath);
        _path.Number(_manifestId);
        return http.Get(_path.Buffer, _path.Length);
    }

    private void TakeFailure(int status, int retryAfterSeconds)
    {
        bool isFinal = HttpStatus.IsFinalRefusal(status);
        if (isFinal && status == NotFound && _manifestId != UpdateState.NoId)
        {
            _system.Log("update: withdrawn");
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

        _retry.Fail(_clock.UptimeMs, PauseStatus(status), retryAfterSeconds);
    }

    private void TakeAnswer(HttpExchange http)
    {
        _isWanted = false;
        Outcome = Outcome == TaskOutcome.Pending ? TaskOutcome.Done : Outcome;
        _answer.Set(http.ResponseBody, 0, http.ResponseLength);
        bool isOffer = _answer.TryGetBool(s_isAvailable, out bool isAvailable) && isAvailable;
        if (!isOffer || !_answer.TryGetInt(s_id, out int id) || id < 0)
        {
            Close();
            return;
        }

        if (_state.IsFetching && id == _state.Id)
        {
            // What is being fetched already.
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
        if (!_answer.TryGetText(s_target, out int offset, out int length) || length == 0 || length >= Manifest.TextSize)
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
        OtaWhy why = length == Manifest.Size ? _check.Check(_received) : OtaWhy.Manifest;
        bool isUrgent = _isUrgent;
        Close();
        if (why != OtaWhy.None)
        {
            byte[] word = OtaWords.Of(why);
            _system.Log("update " + id.ToString() + " refused: " + System.Text.Encoding.UTF8.GetString(word, 0, word.Length));
            _state.Name(id, _target, 0);
            _state.End(OtaState.Failed, why);
            return;
        }

        Accept(id, isUrgent);
    }

    /// <summary>The offer first, then the state that names it: when power goes in between, the next check brings the offer again.</summary>
    private void Accept(int id, bool isUrgent)
    {
        _offer.Set(id, _received.Bytes);
        _patch.Open(_offer.Manifest.Bytes, Manifest.PatchHashAt, _offer.Manifest.PatchSize);
        _state.Begin(id, _offer.Manifest.Bytes, Manifest.VersionAt, _review.IsOfferInSlots, isUrgent);
        _download.Begin();
        _system.Log("update " + id.ToString() + ": " + _offer.Manifest.PatchSize.ToString() + " bytes to fetch, " + _patch.Present.ToString() + " of " + _patch.Chunks.ToString() + " chunks are there");
        if (_patch.IsComplete)
        {
            _state.Enter(OtaState.Verifying);
        }
        else if (_patch.Present > 0)
        {
            _state.Enter(OtaState.Downloading);
        }
    }

    private void Close()
    {
        _isWanted = false;
        _isUrgent = false;
        _manifestId = UpdateState.NoId;
        _tries = 0;
        _retry.Reset();
    }
}
