using JamBox.Uplink;

namespace JamBox.Ota;

/// <summary>
/// Fetches the patch, several chunks an exchange, within the budget of an hour unless somebody waits for it, and within that of a day.
/// </summary>
/// <remarks>
/// What an answer does: 200: its chunks are written as they arrive, each whose CRC is right, and marked when the answer is whole and, in a
/// box with a key, proves who wrote it; so a box without key keeps what arrived of an answer that was cut off · not one good chunk, or no
/// HTTP: asked for again after a
/// pause, half as many at a time, eight times in a row at most · 404, 410: the backend has withdrawn it: before the first chunk all is as
/// before, after it the update has failed · other refusals for good: failed · 503 and 429: Retry-After, up to an hour · 401, 403: the longest
/// pause · anything else: back-off, after twelve in a row once an hour.
/// <para>
/// An older backend gives one chunk whatever is asked for, and its CRC-16 in header <c>C</c>.
/// </para>
/// </remarks>
public sealed class Downloader : IBodySink
{
    /// <summary>Answers in a row that have no chunk, before the update is given up.</summary>
    public const int MaxBadAnswers = 8;

    /// <summary>Chunks in an answer: what heads cost, some 350 bytes, is then less than 50 a chunk.</summary>
    public const int MaxChunks = 8;

    private const int CrcSize = 2;
    private const int MaxFlashFailures = 3;

    // Sectors that the chunks of an answer lie in, at most.
    private const int SectorsAnAnswer = 2;

    private const int SeedBits = 0x2545F491;
    private const int NotFound = 404;
    private const int Gone = 410;

    // Of an exchange without the chunks: a request and the head of its answer, both within the longest that docs/wire.md allows.
    private const int MaxHeadBytes = 1024;

    private readonly UpdateContext _context;
    private readonly DownloadBudget _budget;
    private readonly UpdateRetry _retry;
    private readonly byte[] _crcs = new byte[MaxChunks * CrcSize];
    private int _badAnswers;
    private int _flashFailures;
    private int _atOnce = MaxChunks;
    private int _asked;
    private int _arrived;
    private bool _isDamaged;
    private bool _isFlashFailed;

    /// <param name="context">What the steps share.</param>
    /// <param name="budget">What it may cost.</param>
    /// <param name="seed">Random number for the jitter.</param>
    public Downloader(UpdateContext context, DownloadBudget budget, int seed)
    {
        _context = context;
        _budget = budget;
        _retry = new UpdateRetry(seed ^ SeedBits);
    }

    /// <summary>Gets the bytes of all buffers.</summary>
    public int TableBytes => _crcs.Length;

    /// <inheritdoc/>
    public int PieceLength
    {
        get
        {
            int index = _context.Patch.Present + _arrived;
            return (_arrived < _asked ? _context.Patch.LengthOf(index) : PatchStore.ChunkSize) + CrcSize;
        }
    }

    /// <summary>Tells whether chunks are to be fetched now.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>true</c> when <see cref="Fetch"/> is to be called.</returns>
    public bool IsDue(long nowMs)
    {
        return _context.State.IsFetching
            && !_context.Patch.IsComplete
            && _retry.IsDue(nowMs)
            && (_context.State.IsUrgent || !_budget.IsSpent(nowMs))
            && !_context.Limits.IsFetchingOver
            && !_context.Patch.IsWorn;
    }

    /// <summary>Begins without a pause and without past failures: a new offer, or somebody waits.</summary>
    public void Begin()
    {
        _badAnswers = 0;
        _flashFailures = 0;
        _retry.Reset();
    }

    /// <summary>Fetches the next chunks.</summary>
    /// <param name="http">Requests.</param>
    /// <returns>The status, or one of <see cref="HttpError"/>.</returns>
    public int Fetch(HttpExchange http)
    {
        int left = _context.Patch.Chunks - _context.Patch.Present;
        _asked = left < _atOnce ? left : _atOnce;
        _arrived = 0;
        _isDamaged = false;
        _isFlashFailed = false;
        _context.Text.Clear();
        _context.Text.Text("/api/ota/chunk?id=");
        _context.Text.Number(_context.State.Id);
        _context.Text.Text("&chunk=");
        _context.Text.Number(_context.Patch.Present);
        _context.Text.Text("&count=");
        _context.Text.Number(_asked);
        _context.Limits.Reserve((_asked * (PatchStore.ChunkSize + CrcSize)) + MaxHeadBytes);
        long beginMs = _context.Clock.UptimeMs;
        int status = http.Get(_context.Text.Buffer, _context.Text.Length, this);
        long nowMs = _context.Clock.UptimeMs;
        int bytes = http.BytesSent + http.BytesReceived;
        _budget.Spend(nowMs, bytes, (int)(nowMs - beginMs));
        _context.Limits.Spend(bytes);
        int proved = http.Proved(status);
        if (HttpStatus.IsSuccess(proved))
        {
            Take(http, nowMs);
        }
        else if (_arrived > 0 && !http.HasMac)
        {
            // The answer was cut off, and nothing is asked of answers.
            MarkArrived();
            _atOnce = Half(_atOnce);
            _retry.FailPatiently(nowMs, status, -1);
        }
        else if (proved == HttpError.BadResponse || proved == HttpError.TooLarge)
        {
            TakeDamaged(nowMs);
        }
        else
        {
            if (_arrived > 0)
            {
                // Somebody's chunks may lie where the backend's are to be written: it is not the flash that will not keep those.
                _flashFailures = -SectorsAnAnswer;
            }

            TakeRefusal(proved, http.RetryAfterSeconds, nowMs);
        }

        return proved;
    }

    /// <summary>Takes a chunk and its CRC-16, which is over its index (two bytes, little-endian) and its bytes.</summary>
    /// <param name="buffer">The chunk, from index 0.</param>
    public void Take(byte[] buffer)
    {
        if (_isDamaged || _isFlashFailed || _arrived >= _asked)
        {
            // What comes behind a bad one cannot be marked; more than was asked for is nobody's.
            _isDamaged = true;
            return;
        }

        int index = _context.Patch.Present + _arrived;
        int count = _context.Patch.LengthOf(index);
        int at = _arrived * CrcSize;
        _crcs[at] = buffer[count];
        _crcs[at + 1] = buffer[count + 1];
        if (Crc16.OfChunk(index, buffer, count) != _crcs[at] + (_crcs[at + 1] << 8))
        {
            _isDamaged = true;
        }
        else if (!_context.Patch.Put(index, buffer))
        {
            _isFlashFailed = true;
        }
        else
        {
            _arrived++;
        }
    }

    private static int Half(int atOnce)
    {
        return atOnce > 1 ? atOnce / 2 : 1;
    }

    private void Take(HttpExchange http, long nowMs)
    {
        bool isSingle = _arrived == 0 && !_isDamaged && !_isFlashFailed && http.CheckSum >= 0;
        if (isSingle)
        {
            TakeSingle(http);
        }

        int before = _context.Patch.Present;
        bool isMarked = MarkArrived();
        if (_isFlashFailed || !isMarked)
        {
            FailFlash(nowMs);
            return;
        }

        if (_context.Patch.Present == before)
        {
            TakeDamaged(nowMs);
            return;
        }

        Begin();
        if (_isDamaged)
        {
            _atOnce = Half(_atOnce);
            _retry.Fail(nowMs, HttpError.BadResponse, 0);
        }
        else if (!isSingle)
        {
            _atOnce = _atOnce * 2 < MaxChunks ? _atOnce * 2 : MaxChunks;
        }
    }

    /// <summary>From a backend that does not know of several: one chunk, its CRC-16 in the head.</summary>
    private void TakeSingle(HttpExchange http)
    {
        byte[] chunk = http.ResponseBody;
        int count = http.ResponseLength;
        int crc = count == _context.Patch.NextLength ? Crc16.Compute(chunk, 0, count) : -1;
        if (crc < 0 || crc != http.CheckSum)
        {
            _isDamaged = true;
        }
        else if (!_context.Patch.Put(_context.Patch.Present, chunk))
        {
            _isFlashFailed = true;
        }
        else
        {
            _crcs[0] = (byte)crc;
            _crcs[1] = (byte)(crc >> 8);
            _arrived = 1;
        }
    }

    private bool MarkArrived()
    {
        for (int i = 0; i < _arrived; i++)
        {
            if (!_context.Patch.Mark(_crcs[i * CrcSize] + (_crcs[(i * CrcSize) + 1] << 8)))
            {
                return false;
            }
        }

        if (_arrived > 0)
        {
            NoteProgress();
        }

        return true;
    }

    private void NoteProgress()
    {
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
        _atOnce = Half(_atOnce);
        if (++_badAnswers >= MaxBadAnswers)
        {
            _context.State.End(OtaState.Failed, OtaReason.BadPatch);
            return;
        }

        _retry.Fail(nowMs, HttpError.BadResponse, 0);
    }

    private void FailFlash(long nowMs)
    {
        if (_context.Patch.IsWorn)
        {
            _context.Log("the patch was begun often enough for a day: it waits");
            return;
        }

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
            if (_context.Patch.Present > 0)
            {
                // What was fetched was paid for: it counts, or there would be no end of it.
                _context.State.End(OtaState.Failed, OtaReason.Withdrawn);
            }
            else
            {
                _context.State.Enter(OtaState.Idle);
            }
        }
        else if (HttpStatus.IsFinalRefusal(status))
        {
            _context.Log("the backend refuses its chunks: " + HttpStatus.Text(status));
            _context.State.End(OtaState.Failed, OtaReason.Manifest);
        }
        else
        {
            _atOnce = status == HttpError.NotAuthentic || status == HttpError.Timeout || status == HttpError.Closed ? Half(_atOnce) : _atOnce;
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
    private const int Start = 0xFFFF;

    /// <summary>Computes the check sum of bytes.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="offset">First index.</param>
    /// <param name="count">How many bytes.</param>
    /// <returns>The check sum, 0…65,535.</returns>
    public static int Compute(byte[] buffer, int offset, int count)
    {
        return Add(Start, buffer, offset, count);
    }

    /// <summary>
    /// Computes the check sum of a chunk in an answer of several: over its index as well, so that none can stand in another's place.
    /// </summary>
    /// <param name="index">Its index in the patch, 0…65,535; two bytes, little-endian, before the chunk.</param>
    /// <param name="chunk">The chunk, from index 0.</param>
    /// <param name="count">Its bytes.</param>
    /// <returns>The check sum, 0…65,535.</returns>
    public static int OfChunk(int index, byte[] chunk, int count)
    {
        return Add(Step(Step(Start, (byte)index), (byte)(index >> 8)), chunk, 0, count);
    }

    private static int Add(int crc, byte[] buffer, int offset, int count)
    {
        int end = offset + count;
        for (int i = offset; i < end; i++)
        {
            // Here, and not by a call: of half a thousand bytes each call counts.
            int value = (crc >> 8) ^ buffer[i];
            value ^= value >> 4;
            crc = ((crc << 8) ^ (value << 12) ^ (value << 5) ^ value) & 0xFFFF;
        }

        return crc;
    }

    // The polynomial is x^16 + x^12 + x^5 + 1: eight steps at once are these shifts, and no table is needed.
    private static int Step(int crc, int value)
    {
        value ^= crc >> 8;
        value ^= value >> 4;
        return ((crc << 8) ^ (value << 12) ^ (value << 5) ^ value) & 0xFFFF;
    }
}
