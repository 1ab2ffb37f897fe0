using JamBox.Ports;
using JamBox.Readings;
using JamBox.Storage;
using JamBox.Text;

namespace JamBox.Uplink;

/// <summary>
/// Writes the records of a request of the compact wire (docs/wire.md): values by position, defaults left out, and what the record before
/// has said not said again. Nothing but bytes.
/// </summary>
public sealed class CompactWriter
{
    /// <summary>The longest body, bytes.</summary>
    public const int MaxLength = ReadingWriter.MaxLength;

    /// <summary>
    /// Records a request: as many as a ring and a request can have under way at a time. Their array's head is one byte, with those before.
    /// </summary>
    public const int MaxRecords = 16;

    /// <summary>Index of the nonce in a body: behind the array's head, the version, and a head of its own.</summary>
    public const int NonceAt = 3;

    private const string Hardware = "atoms3-nb1";
    private const string Idle = "idle";
    private const string Confirmed = "confirmed";
    private const int ConfirmedNumber = 7;

    private const int Version = 1;
    private const int KindReading = 0;
    private const int KindHeartbeat = 1;
    private const int ElementsBefore = 2;
    private const int HeadBytes = 2;
    private const int DefaultIntervalSeconds = 300;
    private const int NotSaid = -1;
    private const int MaxWord = 15;

    private readonly byte[] _version;
    private readonly byte[] _hardware;
    private readonly Health _health;
    private readonly long _bootId;
    private ByteWriter _body;
    private int _recordAt;
    private int _elements;
    private int _saidElements;
    private int _saidEnd;
    private int _readings;

    // What the record before has said, see "as before" in docs/wire.md.
    private bool _isVersionSaid;
    private int _cellRssiDbm;
    private int _configVersion;
    private long _boot;
    private int _number;
    private long _time;
    private int _interval;
    private int _age;

    /// <param name="version">Version of the firmware, ASCII, at most 15 characters.</param>
    /// <param name="hardware">The board that the firmware is for, ASCII, at most 15 characters.</param>
    /// <param name="health">Counters; those that are not 0 are written.</param>
    /// <param name="bootId">Random 32 bits that tell this boot from others.</param>
    public CompactWriter(byte[] version, byte[] hardware, Health health, int bootId)
    {
        _version = version;
        _hardware = hardware;
        _health = health;
        _bootId = bootId & 0xFFFFFFFFL;
    }

    /// <summary>Gets the records that were written since <see cref="Begin"/>.</summary>
    public int Records { get; private set; }

    /// <summary>Begins a request.</summary>
    /// <param name="body">Where to, from its beginning.</param>
    /// <param name="hasNonce">Whether a nonce goes with it; it is written when the request goes out.</param>
    public void Begin(ByteWriter body, bool hasNonce)
    {
        _body = body;
        Records = 0;
        _readings = 0;
        _isVersionSaid = false;
        _cellRssiDbm = 0;
        _configVersion = NotSaid;
        _boot = NotSaid;
        _interval = DefaultIntervalSeconds;
        body.Clear();
        body.Byte(Cbor.ShortArray + ElementsBefore);
        Cbor.Number(body, Version);
        if (!hasNonce)
        {
            body.Byte(Cbor.Null);
            return;
        }

        Cbor.Head(body, Cbor.Bytes, AnswerMac.NonceSize);
        for (int i = 0; i < AnswerMac.NonceSize; i++)
        {
            body.Byte(0);
        }
    }

    /// <summary>Adds a reading.</summary>
    /// <param name="row">Its fields, see <see cref="ReadingField"/>.</param>
    /// <param name="state">How things stand at the moment of sending. The readings of a request follow each other in the ring, so that
    /// each has one less behind it than the one before.</param>
    /// <returns><c>false</c> when there is no room for it: nothing was added.</returns>
    public bool TryAddReading(int[] row, SendState state)
    {
        bool isFirst = _readings == 0;
        bool isDated = row[ReadingField.ClosedUtcSeconds] != 0;
        int number = row[ReadingField.Number];
        int interval = row[ReadingField.IntervalSeconds];
        long time = ReadingWriter.LastSecond(row, isDated);
        long later = isFirst ? time : time - _time;
        BeginRecord(KindReading);
        Put(number & 0xFFFFFFFFL, !isFirst && number == _number + 1);
        Put(later, !isFirst && later == interval);
        PutBoot(row[ReadingField.BootId] & 0xFFFFFFFFL);
        PutCounts(row, ReadingField.Impressions, ReadingField.ProbeRssiAvg);
        int level = row[ReadingField.ProbeRssiAvg];
        PutCount(level);
        Put(row[ReadingField.ProbeRssiStrongest] - level, row[ReadingField.ProbeRssiStrongest] == 0);
        Put(level - row[ReadingField.ProbeRssiWeakest], row[ReadingField.ProbeRssiWeakest] == 0);
        PutCellRssi(state.CellRssiDbm);
        PutCounts(row, ReadingField.Dwell, ReadingField.Zone + 3);
        int near = row[ReadingField.Zone] + row[ReadingField.Zone + 1] + row[ReadingField.Zone + 2];
        PutCount(row[ReadingField.Zone + 3] - (row[ReadingField.Unique] - near));
        PutCounts(row, ReadingField.BleImpressions, ReadingField.BleOther);
        Put(row[ReadingField.BleAppleInUse], row[ReadingField.BleAppleInUse] == ReadingField.NotKnown);
        PutCount(row[ReadingField.BleOther] - (row[ReadingField.BleUnique] - row[ReadingField.BleApple]));
        PutCount(row[ReadingField.BleRssiAvg]);
        Put(interval - row[ReadingField.ListenSeconds], false);
        Put(interval, interval == _interval);
        PutVersion();
        PutConfigVersion(row[ReadingField.ConfigVersion]);
        long expectedAge = isFirst ? 0 : _age - later;
        Put(state.AgeSeconds, state.AgeSeconds == (expectedAge > 0 ? expectedAge : 0));
        Put(0, isDated);
        Put(state.Depth, !isFirst || state.Depth == 0);
        Put(state.Failures, !isFirst || state.Failures == 0);
        Put(state.Dropped, !isFirst || state.Dropped == 0);
        PutCount(row[ReadingField.Overflow]);
        PutCount(row[ReadingField.DwellOverflow]);
        PutCount(row[ReadingField.RingLoss]);
        PutAck(state);
        if (!TryEndRecord())
        {
            return false;
        }

        _readings++;
        _number = number;
        _time = time;
        _interval = interval;
        _age = state.AgeSeconds;
        _boot = row[ReadingField.BootId] & 0xFFFFFFFFL;
        Remember(state, row[ReadingField.ConfigVersion]);
        return true;
    }

    /// <summary>Adds a heartbeat.</summary>
    /// <param name="uptimeSeconds">Seconds since boot.</param>
    /// <param name="configVersion">Version of the configuration in force.</param>
    /// <param name="system">The chip: heap, reset reason, and the part of the board that does not work.</param>
    /// <param name="state">How things stand: the cell's signal, the update, and the command to be acknowledged.</param>
    public void AddHeartbeat(long uptimeSeconds, int configVersion, ISystem system, SendState state)
    {
        BeginRecord(KindHeartbeat);
        PutBoot(_bootId);
        Put(uptimeSeconds, false);
        PutCellRssi(state.CellRssiDbm);
        PutConfigVersion(configVersion);
        Put(system.FreeHeapBytes, false);
        PutVersion();
        PutKnown(_hardware, _hardware.Length, Hardware, 1);
        PutWord(system.ResetReason);
        if (state.Update == null)
        {
            Put(0, true);
        }
        else
        {
            PutUpdate(state.Update.Buffer, state.Update.Length);
        }

        PutWord(system.BoardFault);
        PutCounters();
        PutAck(state);
        if (state.Fleet != null)
        {
            int at = BeginName();
            state.Fleet.WriteKeys(_body);
            EndName(at);
            at = BeginName();
            state.Fleet.WriteFloor(_body);
            EndName(at);
        }

        // The first of a request always has room.
        TryEndRecord();
        _boot = _bootId;
        Remember(state, configVersion);
    }

    /// <summary>Ends the request: its array's head says how many there are.</summary>
    public void End()
    {
        _body.Buffer[0] = (byte)(Cbor.ShortArray + ElementsBefore + Records);
    }

    private void BeginRecord(int kind)
    {
        _recordAt = _body.Length;
        _elements = 0;
        _body.Byte(Cbor.CountedArray);
        _body.Byte(0);
        Put(kind, false);
    }

    /// <summary>Leaves out the defaults at the end, or the whole record when there is no room for it.</summary>
    private bool TryEndRecord()
    {
        if (_saidEnd > MaxLength || Records == MaxRecords || _body.HasOverflowed)
        {
            _body.TakeBack(_recordAt);
            return false;
        }

        _body.TakeBack(_saidEnd);
        _body.Buffer[_recordAt + HeadBytes - 1] = (byte)_saidElements;
        Records++;
        return true;
    }

    private void Remember(SendState state, int configVersion)
    {
        _isVersionSaid = true;
        _cellRssiDbm = Known(state.CellRssiDbm);
        _configVersion = configVersion;
    }

    private static int Known(int dbm)
    {
        return dbm == SendState.UnknownDbm ? 0 : dbm;
    }

    private void Put(long value, bool isDefault)
    {
        if (isDefault)
        {
            _body.Byte(Cbor.Null);
            _elements++;
        }
        else
        {
            Cbor.Number(_body, value);
            Say();
        }
    }

    private void Say()
    {
        _elements++;
        _saidElements = _elements;
        _saidEnd = _body.Length;
    }

    private void PutCount(int value)
    {
        Put(value, value == 0);
    }

    private void PutCounts(int[] row, int from, int to)
    {
        for (int field = from; field < to; field++)
        {
            PutCount(row[field]);
        }
    }

    private void PutBoot(long boot)
    {
        Put(boot, boot == _boot);
    }

    private void PutCellRssi(int dbm)
    {
        Put(Known(dbm), Known(dbm) == _cellRssiDbm);
    }

    private void PutConfigVersion(int version)
    {
        Put(version, version == _configVersion);
    }

    private void PutVersion()
    {
        if (_isVersionSaid)
        {
            Put(0, true);
        }
        else
        {
            PutText(_version, _version.Length);
        }
    }

    private void PutText(byte[] text, int length)
    {
        Cbor.Head(_body, Cbor.Text, length);
        _body.Bytes(text, 0, length);
        Say();
    }

    /// <summary>The states that a box is in for years, by the numbers of docs/wire.md; the others as text.</summary>
    private void PutUpdate(byte[] text, int length)
    {
        if (Ascii.Equals(text, 0, length, Idle))
        {
            Put(0, false);
            return;
        }

        PutKnown(text, length, Confirmed, ConfirmedNumber);
    }

    private void PutKnown(byte[] text, int length, string known, int number)
    {
        if (Ascii.Equals(text, 0, length, known))
        {
            Put(number, false);
        }
        else
        {
            PutText(text, length);
        }
    }

    /// <summary>A word that comes from outside of this library; what is no ASCII is replaced.</summary>
    private void PutWord(string word)
    {
        if (word == null)
        {
            Put(0, true);
            return;
        }

        int length = word.Length < MaxWord ? word.Length : MaxWord;
        Cbor.Head(_body, Cbor.Text, length);
        for (int i = 0; i < length; i++)
        {
            char value = word[i];
            _body.Byte(value > 32 && value < 127 ? (byte)value : (byte)'?');
        }

        Say();
    }

    /// <summary>A text of up to 23 characters, whose length is known when it is written.</summary>
    private int BeginName()
    {
        _body.Byte(Cbor.Text << 5);
        return _body.Length;
    }

    private void EndName(int at)
    {
        _body.Buffer[at - 1] = (byte)((Cbor.Text << 5) + _body.Length - at);
        Say();
    }

    private void PutCounters()
    {
        int counters = 0;
        for (int counter = 0; counter < Health.Counters; counter++)
        {
            counters += IsCounted(counter) ? 1 : 0;
        }

        if (counters == 0)
        {
            Put(0, true);
            return;
        }

        Cbor.Head(_body, Cbor.Map, counters);
        for (int counter = 0; counter < Health.Counters; counter++)
        {
            if (IsCounted(counter))
            {
                string name = HeartbeatWriter.NameOf(counter);
                Cbor.Head(_body, Cbor.Text, name.Length);
                _body.Text(name);
                Cbor.Number(_body, _health.Value(counter));
            }
        }

        Say();
    }

    private bool IsCounted(int counter)
    {
        return _health.Value(counter) != 0 && HeartbeatWriter.NameOf(counter) != null;
    }

    /// <summary>The first record of a request acknowledges for all.</summary>
    private void PutAck(SendState state)
    {
        if (Records > 0 || state.AckId == SendState.NoCommand)
        {
            Put(0, true);
            Put(0, true);
            return;
        }

        // ok, failed, unknown: their first letters differ.
        char first = state.AckResult[0];
        int result = first == 'o' ? 0 : (first == 'f' ? 1 : 2);
        Put(state.AckId, false);
        Put(result, result == 0);
    }
}
