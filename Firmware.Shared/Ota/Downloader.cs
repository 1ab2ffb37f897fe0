using JamBox.Http;
using JamBox.Ports;
using JamBox.Reporting;
using JamBox.Text;

namespace JamBox.Ota;

/// <summary>Fetches the patch, a chunk an exchange, within the budget unless somebody waits for it.</summary>
/// <remarks>
/// What an answer does: 200 with the right length and CRC-16: written, then marked · 200 otherwise: asked for again after a pause, eight times in a
/// row at most · 404, 410: the backend has withdrawn it, and all is as before · other refusals for good: failed · 503 and 429: Retry-After, up to an
/// hour · 401, 403: the longest pause · anything else: back-off.
/// </remarks>
public sealed class Downloader
{
    /// <summary>Answers in a row that are not the chunk, before the update is given up.</summary>
    public const int MaxBadAnswers = 8;

    private const int MaxFlashFailures = 3;
    private const int PathCapacity = 64;
    private const int SeedBits = 0x2545F491;
    private const int NotFound = 404;
    private const int Gone = 410;

    private static readonly byte[] s_path = Ascii.Bytes("/api/ota/chunk?id=");
    private static readonly byte[] s_index = Ascii.Bytes("&chunk=");

    private readonly UpdateState _state;
    private readonly PatchStore _patch;
    private readonly DownloadBudget _budget;
    private readonly IClock _clock;
    private readonly ISystem _system;
    private readonly RetryTimer _retry;
    private readonly ByteWriter _path = new ByteWriter(new byte[PathCapacity]);
    private int _badAnswers;
    private int _flashFailures;

    /// <summary>Initializes a new instance of the <see cref="Downloader"/> class.</summary>
    /// <param name="state">The stored state.</param>
    /// <param name="patch">Where chunks go.</param>
    /// <param name="budget">What it may cost.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Log.</param>
    /// <param name="seed">Random number for the jitter.</param>
    public Downloader(UpdateState state, PatchStore patch, DownloadBudget budget, IClock clock, ISystem system, int seed)
    {
        _state = state;
        _patch = patch;
        _budget = budget;
        _clock = clock;
        _system = system;
        _retry = new RetryTimer(seed ^ SeedBits);
    }

    /// <summary>Gets the bytes of the buffer.</summary>
    public int TableBytes => PathCapacity;

    /// <summary>Tells whether a chunk is to be fetched now.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>true</c> when <see cref="Fetch"/> is to be called.</returns>
    public bool IsDue(long nowMs)
    {
        return _state.IsFetching && !_patch.IsComplete && _retry.IsDue(nowMs) && (_state.IsUrgent || !_budget.IsSpent(nowMs));
    }

    /// <summary>Begins without a pause and without past failures: a new offer, or somebody waits.</summary>
    public void Begin()
    {
        _badAnswers = 0;
        _flashFailures = 0;
        _retry.Reset();
    }

    /// <summary>Fetches the next chunk.</summary>
    /// <param name="http">Requests.</param>
    /// <returns>The status, or one of <see cref="HttpError"/>.</returns>
    public int Fetch(HttpExchange http)
    {
        _path.Clear();
        _path.Bytes(s_path);
        _path.Number(_state.Id);
        _path.Bytes(s_index);
        _path.Number(_patch.Present);
        long beginMs = _clock.UptimeMs;
        int status = http.Get(_path.Buffer, _path.Length);
        long nowMs = _clock.UptimeMs;
        _budget.Spend(nowMs, http.BytesSent + http.BytesReceived, (int)(nowMs - beginMs));
        if (HttpStatus.IsSuccess(status))
        {
            Take(http, nowMs);
        }
        else
        {
            TakeRefusal(status, http.RetryAfterSeconds, nowMs);
        }

        return status;
    }

    private void Take(HttpExchange http, long nowMs)
    {
        byte[] chunk = http.ResponseBody;
        int count = http.ResponseLength;
        int crc = count == _patch.NextLength ? Crc16.Compute(chunk, 0, count) : -1;
        if (crc < 0 || crc != http.CheckSum)
        {
            _system.Log("update: chunk " + _patch.Present.ToString() + " damaged");
            if (++_badAnswers >= MaxBadAnswers)
            {
                _state.End(OtaState.Failed, OtaWhy.BadPatch);
                return;
            }

            _retry.Fail(nowMs, HttpError.BadResponse, 0);
            return;
        }

        if (!_patch.Add(chunk, crc))
        {
            FailFlash(nowMs);
            return;
        }

        Begin();
        if (_patch.IsComplete)
        {
            _state.Enter(OtaState.Verifying);
        }
        else if (_state.State == OtaState.Offered)
        {
            _state.Enter(OtaState.Downloading);
        }
    }

    private void FailFlash(long nowMs)
    {
        _system.Log("update: the flash does not keep a chunk");
        if (++_flashFailures >= MaxFlashFailures)
        {
            _state.End(OtaState.Failed, OtaWhy.Flash);
            return;
        }

        _retry.Fail(nowMs, HttpError.None, 0);
    }

    private void TakeRefusal(int status, int retryAfterSeconds, long nowMs)
    {
        if (status == NotFound || status == Gone)
        {
            _system.Log("update: withdrawn");
            _state.Enter(OtaState.Idle);
        }
        else if (HttpStatus.IsFinalRefusal(status))
        {
            _system.Log("update: chunk refused with " + status.ToString());
            _state.End(OtaState.Failed, OtaWhy.Manifest);
        }
        else
        {
            _retry.Fail(nowMs, UpdateCheck.PauseStatus(status), retryAfterSeconds);
        }
    }
}
