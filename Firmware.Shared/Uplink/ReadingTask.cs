using JamBox.Counting;
using JamBox.Ports;
using JamBox.Readings;
using JamBox.Text;

namespace JamBox.Uplink;

/// <summary>Sends closed readings, oldest first. A reading leaves the ring only when the backend took it, or refused it for good.</summary>
/// <remarks>
/// What an answer does: 2xx: it is done · 400, 409, 413, 422: this one is set aside and counted in <c>dr</c> (409 too: a repeat is
/// answered 201, so a conflict is a refusal of this reading) · 401, 403: the longest pause, and the LED shows it · 429: Retry-After, up to
/// an hour · anything else: back-off. In a box with a key, of an answer that does not prove who wrote it a yes counts, since whoever can say
/// it could alter the reading too, and a refusal does after twelve of them. On the compact wire several go in one request, and the answer
/// says of each what became of it; they are marked in flash one by one, and what power loss leaves unmarked is repeated.
/// </remarks>
public sealed class ReadingTask : IUplinkTask, IReportPart
{
    /// <summary>
    /// How long a reading of this boot waits for the first sync, seconds, when the backend refuses heartbeats: after that time an undated
    /// reading is worth more than a full ring.
    /// </summary>
    public const int DatePatienceSeconds = 900;

    /// <summary>The greatest <c>age</c> that the wire allows, s.</summary>
    public const int MaxAgeSeconds = 31622400;

    private static readonly string s_path = "/api/reading";

    private readonly ReadingRing _ring;
    private readonly ReadingWriter _writer;
    private readonly IPiggyback _piggyback;
    private readonly UplinkState _state;
    private readonly WallClock _wallClock;
    private readonly IClock _clock;
    private readonly ISystem _system;
    private readonly RetryTimer _retry;
    private readonly CompactReport _report;
    private readonly int _bootId;
    private int _firstRecord;
    private int _sent;

    /// <param name="ring">Readings that wait.</param>
    /// <param name="writer">Writes one.</param>
    /// <param name="piggyback">What goes with each.</param>
    /// <param name="state">Where success and failure are noted.</param>
    /// <param name="wallClock">UTC.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Log.</param>
    /// <param name="report">The compact wire.</param>
    /// <param name="bootId">Random 32 bits that tell this boot from others.</param>
    public ReadingTask(
        ReadingRing ring,
        ReadingWriter writer,
        IPiggyback piggyback,
        UplinkState state,
        WallClock wallClock,
        IClock clock,
        ISystem system,
        CompactReport report,
        int bootId)
    {
        _ring = ring;
        _writer = writer;
        _piggyback = piggyback;
        _state = state;
        _wallClock = wallClock;
        _clock = clock;
        _system = system;
        _report = report;
        _bootId = bootId;
        _retry = new RetryTimer(bootId);
    }

    /// <inheritdoc/>
    public int Rank => UplinkRank.Reading;

    /// <summary>Gets the uptime before which none is sent, because one was refused, ms; 0 when none was.</summary>
    public long RetryAtMs => _retry.AtMs;

    /// <summary>Ends the pause: somebody pressed the button.</summary>
    public void TryNow()
    {
        _retry.TryNow();
    }

    /// <summary>
    /// Tells whether a reading is to be sent now. One of this boot waits a while for its date: sent before the first sync it would be
    /// stored undated, in no chart. While heartbeats get no answer at all it waits until half the ring is full: the connection is to
    /// blame, and a reading that went out undated, its answer lost too, would stay undated when its repeat knows the date.
    /// </summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>true</c> when <see cref="Send"/> is to be called.</returns>
    public bool IsDue(long nowMs)
    {
        int[] row = _ring.Count == 0 || !_retry.IsDue(nowMs) ? null : _ring.ReadOldest();
        return row != null && !WaitsForDate(row, nowMs);
    }

    /// <inheritdoc/>
    public int Send(HttpExchange http)
    {
        _piggyback.Prepare(false);
        if (_report.IsOn)
        {
            return SendCompact(http);
        }

        // Not before: counting went on meanwhile, and a full ring may have another oldest.
        int[] row = _ring.ReadOldest();
        if (row == null)
        {
            // Flash did not give back what was due a moment ago.
            return HttpError.None;
        }

        int number = row[ReadingField.Number];
        int bootId = row[ReadingField.BootId];
        Prepare(row, 0);
        http.KeepOpen |= _ring.Count > 1;
        http.Body.Clear();
        _writer.Write(http.Body, row, _piggyback.State);
        int status = http.Post(s_path);
        _report.HearOfJson(status);
        // While it was under way, counting went on: a full ring may have overwritten this very reading.
        bool isStillOldest = _ring.Count > 0 && _ring.Word(0, ReadingField.Number) == number && _ring
            .Word(0, ReadingField.BootId) == bootId;
        if (HttpStatus.IsSuccess(status))
        {
            // First what it told, then the reading itself: power may fail in between, and the backend knows a repeated reading.
            _ring.ConfirmDropped(_piggyback.State.Dropped);
            if (isStillOldest)
            {
                _ring.RemoveOldest();
            }

            _retry.Reset();
            _state.AcceptedReadings++;
            _state.ProvedReadings += http.Trust == AnswerTrust.Bad ? 0 : 1;
            _state.Failures = 0;
            _piggyback.TakeAnswer(http, null, false);
        }
        else if (HttpStatus.IsBodyRefused(status) && _retry.Obeys(http.Trust))
        {
            // The backend will never take it; the ones behind it must not wait for that.
            _system.Log("the backend refuses reading " + number.ToString() + " with " + status.ToString() + ": it is set aside");
            if (isStillOldest)
            {
                _ring.SetAsideOldest();
            }
        }
        else
        {
            Fail("reading " + number.ToString(), status, http);
        }

        return status;
    }

    /// <inheritdoc/>
    public bool AddTo(CompactReport report)
    {
        _firstRecord = report.Writer.Records;
        _sent = 0;
        long now = _clock.UptimeMs;
        bool goesOn = IsDue(now);
        bool isAll = !goesOn;
        while (goesOn)
        {
            int[] row = _ring.ReadAt(_sent);
            isAll = row == null || WaitsForDate(row, now);
            goesOn = false;
            if (!isAll)
            {
                Prepare(row, _sent);
                goesOn = report.Writer.TryAddReading(row, _piggyback.State);
                _sent += goesOn ? 1 : 0;
            }
        }

        _ring.Send(_sent);
        return !isAll;
    }

    /// <inheritdoc/>
    public void TakeResults(CompactReport report, HttpExchange http, int status)
    {
        if (_sent == 0)
        {
            return;
        }

        if (HttpStatus.IsSuccess(status))
        {
            int accepted = 0;
            bool isRefused = false;
            for (int i = 0; i < _sent; i++)
            {
                int result = report.Answer.Result(_firstRecord + i);
                accepted += CompactAnswer.IsTaken(result) ? 1 : 0;
                isRefused |= result < CompactAnswer.Stored;
            }

            bool obeys = !isRefused || _retry.Obeys(http.Trust);
            if (accepted > 0)
            {
                // First what it told, then the readings themselves: power may fail in between, and the backend knows a repeated one.
                _ring.ConfirmDropped(_piggyback.State.Dropped);
                _state.AcceptedReadings += accepted;
                _state.ProvedReadings += http.Trust == AnswerTrust.Bad ? 0 : accepted;
                _state.Failures = 0;
            }

            for (int i = 0; i < _sent; i++)
            {
                Settle(i, report.Answer.Result(_firstRecord + i), obeys);
            }

            // The oldest must have left: otherwise the same request would follow at once, and again.
            if (obeys && report.Answer.Result(_firstRecord) != CompactAnswer.Later)
            {
                _retry.Reset();
            }
            else
            {
                Fail("all readings", obeys ? HttpStatus.TooManyRequests : HttpError.NotAuthentic, http);
            }
        }
        else if (report.IsOn)
        {
            Fail(_sent == 1 ? "a reading" : _sent.ToString() + " readings", status, http);
        }

        _ring.Send(0);
    }

    private int SendCompact(HttpExchange http)
    {
        _report.Begin(http);
        bool hasMore = AddTo(_report);
        if (_sent == 0)
        {
            // Flash did not give back what was due a moment ago.
            return HttpError.None;
        }

        http.KeepOpen |= hasMore;
        int status = _report.Post(http);
        TakeResults(_report, http, status);
        if (HttpStatus.IsSuccess(status))
        {
            _piggyback.TakeAnswer(http, _report.Answer, false);
        }

        return status;
    }

    /// <summary>Takes a reading that was sent out of the ring, when its result says so, and it and none before it is still there.</summary>
    private void Settle(int sent, int result, bool obeysRefusals)
    {
        bool isRefused = result < CompactAnswer.Stored && obeysRefusals;
        if (isRefused)
        {
            _system.Log("the backend refuses value " + (-1 - result).ToString() + " of a reading: it is set aside");
        }

        if (!_ring.IsOldest(sent))
        {
            return;
        }

        if (isRefused)
        {
            _ring.SetAsideOldest();
        }
        else if (CompactAnswer.IsTaken(result))
        {
            _ring.RemoveOldest();
        }
    }

    private void Fail(string what, int status, HttpExchange http)
    {
        _system.Log("the backend did not take " + what + ": " + HttpStatus.Text(status));
        _state.Failures += HttpStatus.IsConnectionFailure(status) ? 0 : 1;
        _retry.Fail(_clock.UptimeMs, status, http.RetryAfterSeconds);
    }

    /// <summary>Whether a reading of this boot is to wait for its date, see <see cref="IsDue"/>.</summary>
    private bool WaitsForDate(int[] row, long nowMs)
    {
        bool hasNoDate = !_wallClock.IsSet && row[ReadingField.ClosedUtcSeconds] == 0 && row[ReadingField.BootId] == _bootId;
        bool isPatient = _state.IsHeartbeatRefused
            ? (nowMs / 1000) - row[ReadingField.ClosedUptimeSeconds] < DatePatienceSeconds
            : _ring.Count < _ring.Capacity / 2;
        return hasNoDate && isPatient;
    }

    private void Prepare(int[] row, int index)
    {
        SendState state = _piggyback.State;
        state.AgeSeconds = AgeSeconds(row);
        state.Depth = _ring.Count - 1 - index;
        state.Failures = Limited(_state.Failures);
        state.Dropped = Limited(_ring.Dropped);
        state.BootUtcSeconds = _wallClock.IsSet ? _wallClock.OffsetMs / 1000 : 0;
    }

    /// <summary>
    /// Seconds since a reading was closed. For one of an earlier boot by UTC, when both are known; else this boot's uptime: it is older
    /// than that, how much nobody knows.
    /// </summary>
    private int AgeSeconds(int[] row)
    {
        long uptime = _clock.UptimeMs / 1000;
        long age;
        if (row[ReadingField.BootId] == _bootId)
        {
            age = uptime - row[ReadingField.ClosedUptimeSeconds];
        }
        else
        {
            int closedUtc = row[ReadingField.ClosedUtcSeconds];
            bool isKnown = closedUtc != 0 && _wallClock.IsSet;
            age = isKnown ? ((_clock.UptimeMs + _wallClock.OffsetMs) / 1000) - UtcTime.SecondsTo2000 - closedUtc : uptime;
            age = age < 1 ? 1 : age;
        }

        return age < 0 ? 0 : (age > MaxAgeSeconds ? MaxAgeSeconds : (int)age);
    }

    private static int Limited(int count)
    {
        return count > ReadingField.CountLimit ? ReadingField.CountLimit : count;
    }
}
