using JamBox.Uplink;

namespace JamBox.Ota;

/// <summary>Fetches the patch, a chunk an exchange, within the budget unless somebody waits for it.</summary>
/// <remarks>
/// What an answer does: 200 with the right length and CRC-16: written, then marked · 200 otherwise, or no HTTP: asked for again after a
/// pause, eight times in a row at most · 404, 410: the backend has withdrawn it, and all is as before · other refusals for good: failed ·
/// 503 and 429:
/// Retry-After, up to an
/// hour · 401, 403: the longest pause · anything else: back-off, after twelve in a row once an hour.
/// </remarks>
public sealed class Downloader
{
    /// <summary>Answers in a row that are not the chunk, before the update is given up.</summary>
    public const int MaxBadAnswers = 8;

    private const int MaxFlashFailures = 3;
    private const int SeedBits = 0x2545F491;
    private const int NotFound = 404;
    private const int Gone = 410;

    private readonly UpdateContext _context;
    private readonly DownloadBudget _budget;
    private readonly UpdateRetry _retry;
    private int _badAnswers;
    private int _flashFailures;

    /// <param name="context">What the steps share.</param>
    /// <param name="budget">What it may cost.</param>
    /// <param name="seed">Random number for the jitter.</param>
    public Downloader(UpdateContext context, DownloadBudget budget, int seed)
    {
        _context = context;
        _budget = budget;
        _retry = new UpdateRetry(seed ^ SeedBits);
    }

    /// <summary>Tells whether a chunk is to be fetched now.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>true</c> when <see cref="Fetch"/> is to be called.</returns>
    public bool IsDue(long nowMs)
    {
        return _context.State.IsFetching
            && !_context.Patch.IsComplete
            && _retry.IsDue(nowMs)
            && (_context.State.IsUrgent || !_budget.IsSpent(nowMs));
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
        _context.Text.Clear();
        _context.Text.Text("/api/ota/chunk?id=");
        _context.Text.Number(_context.State.Id);
        _context.Text.Text("&chunk=");
        _context.Text.Number(_context.Patch.Present);
        long beginMs = _context.Clock.UptimeMs;
        int status = http.Proved(http.Get(_context.Text.Buffer, _context.Text.Length));
        long nowMs = _context.Clock.UptimeMs;
        _budget.Spend(nowMs, http.BytesSent + http.BytesReceived, (int)(nowMs - beginMs));
        if (HttpStatus.IsSuccess(status))
        {
            Take(http, nowMs);
        }
        else if (status == HttpError.BadResponse || status == HttpError.TooLarge)
        {
            TakeDamaged(nowMs);
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
        int crc = count == _context.Patch.NextLength ? Crc16.Compute(chunk, 0, count) : -1;
        if (crc < 0 || crc != http.CheckSum)
        {
            TakeDamaged(nowMs);
            return;
        }

        if (!_context.Patch.Add(chunk, crc))
        {
            FailFlash(nowMs);
            return;
        }

        Begin();
        if (_context.Patch.IsComplete)
        {
            _context.State.Enter(OtaState.Verifying);
        }
        else if (_context.State.State == OtaState.Offered)
        {
            _context.State.Enter(OtaState.Downloading);
        }
    }

    private void TakeDamaged(long nowMs)
    {
        _context.Log("chunk " + _context.Patch.Present.ToString() + " arrived damaged");
        if (++_badAnswers >= MaxBadAnswers)
        {
            _context.State.End(OtaState.Failed, OtaReason.BadPatch);
            return;
        }

        _retry.Fail(nowMs, HttpError.BadResponse, 0);
    }

    private void FailFlash(long nowMs)
    {
        _context.Log("the flash did not keep a chunk");
        if (++_flashFailures >= MaxFlashFailures)
        {
            _context.State.End(OtaState.Failed, OtaReason.Flash);
            return;
        }

        _retry.Fail(nowMs, HttpError.None, 0);
    }

    private void TakeRefusal(int status, int retryAfterSeconds, long nowMs)
    {
        if (status == NotFound || status == Gone)
        {
            _context.Log("the backend has withdrawn it");
            _context.State.Enter(OtaState.Idle);
        }
        else if (HttpStatus.IsFinalRefusal(status))
        {
            _context.Log("the backend refuses its chunks: " + HttpStatus.Text(status));
            _context.State.End(OtaState.Failed, OtaReason.Manifest);
        }
        else
        {
            _retry.FailPatiently(nowMs, status, retryAfterSeconds);
        }
    }
}

/// <summary>What fetching an update may cost in an hour, so that it does not eat a SIM's tariff nor the air that readings need.</summary>
public sealed class DownloadBudget
{
    /// <summary>Bytes of HTTP an hour, both ways.</summary>
    public const int DefaultBytes = 65536;

    /// <summary>Time on the network an hour, ms.</summary>
    public const int DefaultMs = 600000;

    private const int HourMs = 3600000;

    private readonly int _maxBytes;
    private readonly int _maxMs;
    private long _hourEndMs;
    private int _bytes;
    private int _ms;

    /// <param name="maxBytes">Bytes an hour.</param>
    /// <param name="maxMs">Time on the network an hour, ms.</param>
    public DownloadBudget(int maxBytes, int maxMs)
    {
        _maxBytes = maxBytes;
        _maxMs = maxMs;
    }

    /// <summary>Tells whether nothing more may be fetched now.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>true</c> until the hour is over that began with the first byte.</returns>
    public bool IsSpent(long nowMs)
    {
        return nowMs < _hourEndMs && (_bytes >= _maxBytes || _ms >= _maxMs);
    }

    /// <summary>Books an exchange.</summary>
    /// <param name="nowMs">Uptime at its end, ms.</param>
    /// <param name="bytes">Bytes both ways.</param>
    /// <param name="durationMs">How long it took, ms.</param>
    public void Spend(long nowMs, int bytes, int durationMs)
    {
        if (nowMs >= _hourEndMs)
        {
            _hourEndMs = nowMs + HourMs;
            _bytes = 0;
            _ms = 0;
        }

        _bytes += bytes;
        _ms += durationMs;
    }
}

/// <summary>
/// CRC-16/CCITT-FALSE (polynomial 0x1021, start 0xFFFF, no reflection, no final XOR): the check sum of a chunk. Of <c>123456789</c> it is
/// 0x29B1.
/// </summary>
public static class Crc16
{
    /// <summary>Computes the check sum of bytes.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="offset">First index.</param>
    /// <param name="count">How many bytes.</param>
    /// <returns>The check sum, 0…65,535.</returns>
    public static int Compute(byte[] buffer, int offset, int count)
    {
        int crc = 0xFFFF;
        int end = offset + count;
        for (int i = offset; i < end; i++)
        {
            // The polynomial is x^16 + x^12 + x^5 + 1: eight steps at once are these shifts, and no table is needed.
            int value = (crc >> 8) ^ buffer[i];
            value ^= value >> 4;
            crc = ((crc << 8) ^ (value << 12) ^ (value << 5) ^ value) & 0xFFFF;
        }

        return crc;
    }
}
