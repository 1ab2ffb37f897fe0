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
/// it could alter the reading too, and a refusal does after twelve of them.
/// </remarks>
public sealed class ReadingTask : IUplinkTask
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
    private readonly int _bootId;

    /// <param name="ring">Readings that wait.</param>
    /// <param name="writer">Writes one.</param>
    /// <param name="piggyback">What goes with each.</param>
    /// <param name="state">Where success and failure are noted.</param>
    /// <param name="wallClock">UTC.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Log.</param>
    /// <param name="bootId">Random 32 bits that tell this boot from others.</param>
    public ReadingTask(
        ReadingRing ring,
        ReadingWriter writer,
        IPiggyback piggyback,
        UplinkState state,
        WallClock wallClock,
        IClock clock,
        ISystem system,
        int bootId)
    {
        _ring = ring;
        _writer = writer;
        _piggyback = piggyback;
        _state = state;
        _wallClock = wallClock;
        _clock = clock;
        _system = system;
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
        if (_ring.Count == 0 || !_retry.IsDue(nowMs))
        {
            return false;
        }

        bool hasNoDate = !_wallClock.IsSet
            && _ring.Word(0, ReadingField.ClosedUtcSeconds) == 0
            && _ring.Word(0, ReadingField.BootId) == _bootId;
        bool isPatient = _state.IsHeartbeatRefused
            ? (nowMs / 1000) - _ring.Word(0, ReadingField.ClosedUptimeSeconds) < DatePatienceSeconds
            : _ring.Count < _ring.Capacity / 2;
        return !(hasNoDate && isPatient);
    }

    /// <inheritdoc/>
    public int Send(HttpExchange http)
    {
        _piggyback.Prepare(false);
        // Not before: counting went on meanwhile, and a full ring may have another oldest.
        int[] row = _ring.ReadOldest();
        if (row == null)
        {
            // Flash did not give back what was due a moment ago.
            return HttpError.None;
        }

        int number = row[ReadingField.Number];
        int bootId = row[ReadingField.BootId];
        Prepare(row);
        http.KeepOpen |= _ring.Count > 1;
        http.Body.Clear();
        _writer.Write(http.Body, row, _piggyback.State);
        int status = http.Post(s_path);
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
            _piggyback.TakeAnswer(http, false);
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
            _system.Log("the backend did not take reading " + number.ToString() + ": " + HttpStatus.Text(status));
            _state.Failures += HttpStatus.IsConnectionFailure(status) ? 0 : 1;
            _retry.Fail(_clock.UptimeMs, status, http.RetryAfterSeconds);
        }

        return status;
    }

    private void Prepare(int[] row)
    {
        SendState state = _piggyback.State;
        state.AgeSeconds = AgeSeconds(row);
        state.Depth = _ring.Count - 1;
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
