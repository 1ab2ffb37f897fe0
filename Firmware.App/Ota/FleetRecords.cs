using JamBox.Readings;
using JamBox.Storage;
using JamBox.Text;
using JamBox.Uplink;

namespace JamBox.Ota;

/// <summary>
/// Fetches what a check announces and the box does not have yet: key-change records first, then the floor, before the manifest of an offer.
/// What is being fetched and must not be taken any more is dropped.
/// </summary>
/// <remarks>
/// Three tries of each, then the next check announces it again; one that is refused for good is not asked for again before another one is
/// announced, or the box boots. The backend gives the next record that this box can check: a box that missed some takes one after the
/// other, sixteen a check at most.
/// </remarks>
public sealed class FleetRecords : IFleetNames
{
    private const int MaxTries = 3;
    private const int MaxSteps = 16;
    private const int SeedBits = 0x3D4D51CB;

    private readonly UpdateContext _context;
    private readonly UplinkState _uplink;
    private readonly RetryTimer _retry;
    private bool _isOpen;
    private bool _areKeysRefused;
    private bool _isFloorRefused;
    private bool _isExpired;
    private int _keyEpoch;
    private int _keyNumber;
    private int _floorEpoch;
    private int _floorNumber;
    private int _tries;
    private int _steps;

    /// <param name="context">What the steps share.</param>
    /// <param name="uplink">Hears that a heartbeat is wanted when something was taken.</param>
    /// <param name="seed">Random number for the jitter.</param>
    public FleetRecords(UpdateContext context, UplinkState uplink, int seed)
    {
        _context = context;
        _uplink = uplink;
        _retry = new RetryTimer(seed ^ SeedBits);
    }

    /// <summary>Gets a value indicating whether there is something to fetch before anything else of the update goes on.</summary>
    public bool IsPending => AreKeysWanted || IsFloorWanted;

    private bool AreKeysWanted => _isOpen && !_areKeysRefused
        && TwinRecord.IsAhead(_keyEpoch, _keyNumber, _context.Keys.Epoch, _context.Keys.Number);

    private bool IsFloorWanted => _isOpen && !_isFloorRefused
        && TwinRecord.IsAhead(_floorEpoch, _floorNumber, _context.Floor.Epoch, _context.Floor.Number);

    /// <summary>Hears what a check announces.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="body">The bytes that it reads.</param>
    public void Announce(JsonScanner answer, byte[] body)
    {
        _isOpen = true;
        _tries = 0;
        _steps = 0;
        if (TakeName(answer, "kr", body, ref _keyEpoch, ref _keyNumber))
        {
            _areKeysRefused = false;
        }

        if (TakeName(answer, "fl", body, ref _floorEpoch, ref _floorNumber))
        {
            _isFloorRefused = false;
        }
    }

    /// <summary>Tells whether something is to be fetched now.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>true</c> when <see cref="Fetch"/> is to be called.</returns>
    public bool IsDue(long nowMs)
    {
        return IsPending && _retry.IsDue(nowMs);
    }

    /// <summary>Fetches the next record.</summary>
    /// <param name="http">Requests.</param>
    /// <returns>The status, or one of <see cref="HttpError"/>.</returns>
    public int Fetch(HttpExchange http)
    {
        bool isKeys = AreKeysWanted;
        ByteWriter path = _context.Text;
        path.Clear();
        path.Text(isKeys ? "/api/ota/keys?after=" : "/api/ota/floor?after=");
        FleetName.Write(path, isKeys ? _context.Keys.Epoch : _context.Floor.Epoch, isKeys ? _context.Keys.Number : _context.Floor.Number);
        int status = http.Proved(http.Get(path.Buffer, path.Length));

        // Counted, and never kept waiting: a key that was revoked must not be trusted until tomorrow.
        _context.Limits.Spend(http.BytesSent + http.BytesReceived);
        if (HttpStatus.IsSuccess(status))
        {
            Take(http, isKeys);
        }
        else if (!HttpStatus.IsNothingSent(status))
        {
            _context.Log((isKeys ? "the keys" : "the floor") + " did not come: " + HttpStatus.Text(status));
            TakeFailure(isKeys, false, status, http.RetryAfterSeconds);
        }

        return status;
    }

    /// <summary>Compares the floor's expiry with the time.</summary>
    /// <param name="utcSeconds">Seconds since 1970; 0 while the time is not known.</param>
    public void NoteTime(long utcSeconds)
    {
        _isExpired = _context.Floor.IsExpired(utcSeconds);
    }

    /// <inheritdoc/>
    public void WriteKeys(ByteWriter writer)
    {
        _context.Keys.WriteNames(writer);
    }

    /// <inheritdoc/>
    public void WriteFloor(ByteWriter writer)
    {
        FleetName.Write(writer, _context.Floor.Epoch, _context.Floor.Number);
        if (_isExpired)
        {
            writer.Byte((byte)'!');
        }
    }

    /// <summary>Reads a name.</summary>
    /// <returns><c>true</c> when it is another one than before.</returns>
    private static bool TakeName(JsonScanner answer, string member, byte[] body, ref int epoch, ref int number)
    {
        int newEpoch = 0;
        int newNumber = 0;
        if (answer.TryGetText(member, out int offset, out int length)
            && !FleetName.TryRead(body, offset, offset + length, out newEpoch, out newNumber))
        {
            newEpoch = 0;
            newNumber = 0;
        }

        bool isOther = newEpoch != epoch || newNumber != number;
        epoch = newEpoch;
        number = newNumber;
        return isOther;
    }

    private void Take(HttpExchange http, bool isKeys)
    {
        bool isTaken = isKeys
            ? _context.Keys.Take(http.ResponseBody, http.ResponseLength)
            : _context.Floor.Take(http.ResponseBody, http.ResponseLength, _context.HardwareId, _context.Keys);
        if (!isTaken)
        {
            // It may have been garbled on its way.
            _context.Log((isKeys ? "the keys" : "the floor") + " that came are refused");
            TakeFailure(isKeys, true, HttpError.BadResponse, -1);
            return;
        }

        _context.Log(isKeys ? "other keys are trusted now" : "the floor is " + _context.Floor.MinimumSequence.ToString());
        _tries = 0;
        _retry.Reset();
        _isOpen = ++_steps < MaxSteps;
        // A floor that other keys signed may be good now.
        _isFloorRefused &= !isKeys;
        _uplink.IsHeartbeatWanted = true;
        DropWhatIsBarred();
    }

    private void TakeFailure(bool isKeys, bool isRefused, int status, int retryAfterSeconds)
    {
        if (!HttpStatus.IsFinalRefusal(status) && ++_tries < MaxTries)
        {
            _retry.Fail(_context.Clock.UptimeMs, UpdateRetry.PauseStatus(status), retryAfterSeconds);
            return;
        }

        _tries = 0;
        _retry.Reset();

        // Only a record that came is refused until another one is announced: whoever is on the line can answer anything else.
        if (!isRefused)
        {
            _isOpen = false;
        }
        else if (isKeys)
        {
            _areKeysRefused = true;
        }
        else
        {
            _isFloorRefused = true;
        }
    }

    /// <summary>A release that is being fetched may be below the new floor, or signed by a key that was revoked.</summary>
    private void DropWhatIsBarred()
    {
        if (!_context.State.IsFetching || _context.Offer.Id != _context.State.Id)
        {
            return;
        }

        OtaReason reason = _context.Check.Check(_context.Offer.Manifest);
        if (reason == OtaReason.Floor || reason == OtaReason.Signature || reason == OtaReason.NoKey)
        {
            _context.Log("it is dropped: ", reason);
            _context.State.End(OtaState.Failed, reason);
        }
    }
}
