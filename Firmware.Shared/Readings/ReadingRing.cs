using System;
using JamBox.Text;

namespace JamBox.Readings;

/// <summary>
/// Closed readings that wait to be sent, oldest first. They wait in the log in flash; RAM holds those that flash refused, or a few hours
/// of them in a box without a log. When it is full the oldest gives way, and the loss is counted: the backend learns of it with the next
/// reading (<c>dr</c>).
/// </summary>
/// <remarks>
/// <see cref="Dropped"/> survives a loss of power as long as there is a log: each record notes what has been lost until then, and which
/// reading is given up by it. A boot begins with what earlier ones lost and no accepted reading told.
/// <para>
/// A reading that was closed before the first sync lies undated in flash, and gets its date whenever it is read. When the clock is set,
/// when this boot began is stored beside the log, so that such a reading keeps its date over a reboot that comes before it was sent. Only
/// the last boot is stored: a reading that waits over two reboots, each in a boot with undated readings of its own, goes undated.
/// </para>
/// </remarks>
public sealed class ReadingRing
{
    /// <summary>
    /// Readings that a ring with a log holds: 8 h at five minutes. Fewer where the partition is smaller than the board's.
    /// </summary>
    public const int LoggedCapacity = 96;

    /// <summary>Readings that flash refused and a ring with a log holds all the same: 40 min at five minutes.</summary>
    public const int RefusedCapacity = 8;

    /// <summary>Readings that can be under way at a time: a bit each.</summary>
    public const int MaxUnderWay = 16;

    /// <summary>Readings that a ring without a log holds: 2 h at five minutes, lost with power.</summary>
    public const int UnloggedCapacity = 24;

    private const ushort InRam = 0xFFFF;

    // A slot or a sector that is worn out costs one attempt each; a flash that refuses everything is not asked for ever.
    private const int WriteAttempts = 3;

    private readonly ReadingLog _log;
    private readonly BootTime _bootTime;

    // For each reading that waits, oldest first, its slot in the log, or InRam: those stand in RAM in the same order.
    private readonly ushort[] _places;
    private readonly byte[] _packed;
    private readonly int[] _row = new int[ReadingField.Count];
    private readonly int[] _oldest = new int[ReadingField.Count];
    private readonly int _toldBefore;
    private int _first;
    private int _ramFirst;
    private int _ramCount;
    private bool _isOldestRead;
    private int _undated;
    private int _bootId;
    private long _offsetMs;

    // Of the readings that are under way, oldest first, those that have left the ring since: a bit each.
    private int _underWay;
    private int _gone;

    /// <summary>Readings wait in RAM only.</summary>
    public ReadingRing()
    {
        _places = new ushort[UnloggedCapacity];
        _packed = new byte[UnloggedCapacity * PackedReading.Size];
    }

    /// <summary>Begins with what waited when power was lost.</summary>
    /// <param name="log">The log; nobody else has begun to use it.</param>
    /// <param name="bootTime">When the last boot with undated readings began.</param>
    public ReadingRing(ReadingLog log, BootTime bootTime)
    {
        _log = log;
        _bootTime = bootTime;
        bootTime.Load();
        _places = new ushort[log.Capacity < LoggedCapacity ? log.Capacity : LoggedCapacity];
        _packed = new byte[RefusedCapacity * PackedReading.Size];
        Count = log.Recover(_places);
        int untold = log.Dropped - log.Told;
        if (untold < 0 || untold > ReadingField.CountLimit)
        {
            log.Told = log.Dropped;
            untold = 0;
        }

        _toldBefore = log.Told;
        Lost = untold + log.FoundLost;
        if (log.FoundLost > 0)
        {
            Note(log.Unmarked);
        }
        else
        {
            log.Mark(log.Unmarked);
        }
    }

    /// <summary>Gets the readings that it can hold.</summary>
    public int Capacity => _places.Length;

    /// <summary>Gets the readings that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Gets a value indicating whether the next reading costs the oldest.</summary>
    public bool IsFull => Count == _places.Length;

    /// <summary>
    /// Gets the readings that gave way before they could be sent, or that flash did not give back, in this boot; and those lost or set
    /// aside in earlier boots that the backend does not know of.
    /// </summary>
    public int Lost { get; private set; }

    /// <summary>Gets the readings of this boot that the backend refused for good.</summary>
    public int SetAside { get; private set; }

    /// <summary>Gets the readings lost or set aside (<c>dr</c>).</summary>
    public int Dropped => Lost + SetAside;

    /// <summary>Gets the bytes of the arrays and of the log's, as on the board.</summary>
    public int TableBytes =>
        _packed.Length + (_places.Length * 2) + ((_row.Length + _oldest.Length) * 4) + (_log == null ? 0 : _log.TableBytes);

    /// <summary>Gets a value indicating whether readings survive a loss of power.</summary>
    public bool IsLogged => _log != null;

    /// <summary>Gets how often flash refused to keep or to mark a reading.</summary>
    public int LogRefusals => _log == null ? 0 : _log.Refusals;

    /// <summary>Gets the slots of the log that could not be read and were passed over, in this boot.</summary>
    public int LogRecordsSkipped => _log == null ? 0 : _log.Skipped;

    /// <summary>Gets the fields of the reading that was closed last, not dated later; it need not wait any more.</summary>
    public int[] Newest => _row;

    /// <summary>Gives a field of a reading that waits.</summary>
    /// <param name="index">0 = the oldest, up to <see cref="Count"/> − 1. Only for the oldest that costs no reading of flash.</param>
    /// <param name="field">See <see cref="ReadingField"/>.</param>
    /// <returns>Its value; 0 when there is no such reading.</returns>
    public int Word(int index, int field)
    {
        if (index == 0)
        {
            return ReadOldest() == null ? 0 : _oldest[field];
        }

        _isOldestRead = false;
        return Read(index, _oldest) ? _oldest[field] : 0;
    }

    /// <summary>Gives all fields of a reading that waits.</summary>
    /// <param name="index">0 = the oldest, up to <see cref="Count"/> − 1.</param>
    /// <param name="row">Where to, see <see cref="ReadingField"/>.</param>
    /// <returns><c>false</c> when flash does not give it back.</returns>
    public bool Read(int index, int[] row)
    {
        int place = Place(index);
        if (place == InRam)
        {
            PackedReading.Unpack(_packed, RamAt(index), PackedReading.Size, row);
        }
        else if (!_log.Read(place, row))
        {
            return false;
        }

        SetDate(row);
        return true;
    }

    /// <summary>Gives all fields of the oldest reading. What flash does not give back is given up.</summary>
    /// <returns>The fields, see <see cref="ReadingField"/>, good until another one is read; <c>null</c> when none waits.</returns>
    public int[] ReadOldest()
    {
        while (!_isOldestRead && Count > 0)
        {
            if (Read(0, _oldest))
            {
                _isOldestRead = true;
            }
            else
            {
                Lost++;
                Abandon();
            }
        }

        return Count > 0 ? _oldest : null;
    }

    /// <summary>Gives all fields of a reading that waits.</summary>
    /// <param name="index">0 = the oldest, up to <see cref="Count"/> − 1.</param>
    /// <returns>The fields, see <see cref="ReadingField"/>, good until another one is read; <c>null</c> when there is none, or flash does
    /// not give it back.</returns>
    public int[] ReadAt(int index)
    {
        if (index == 0)
        {
            return ReadOldest();
        }

        _isOldestRead = false;
        return index < Count && Read(index, _oldest) ? _oldest : null;
    }

    /// <summary>
    /// Notes that the oldest readings are under way in one request. Counting goes on meanwhile, and a full ring lets some of them go.
    /// </summary>
    /// <param name="count">How many, 0…<see cref="MaxUnderWay"/>.</param>
    public void Send(int count)
    {
        _underWay = count;
        _gone = 0;
    }

    /// <summary>Tells whether a reading that was sent is the oldest now: it waits still, and those before it do not.</summary>
    /// <param name="sent">Which one of the request, from 0.</param>
    /// <returns><c>false</c> when it has left the ring, or one before it has not.</returns>
    public bool IsOldest(int sent)
    {
        int before = (1 << sent) - 1;
        return sent < _underWay && (_gone & before) == before && (_gone & (1 << sent)) == 0;
    }

    /// <summary>Gives a reading to be filled.</summary>
    /// <returns>Its fields, cleared. When they are filled, <see cref="Keep"/> is to be called: until then the reading does not
    /// wait.</returns>
    public int[] Add()
    {
        Array.Clear(_row, 0, _row.Length);
        return _row;
    }

    /// <summary>
    /// Takes in the reading whose fields <see cref="Add"/> gave, and writes it into flash. When it is full the oldest gives way.
    /// </summary>
    public void Keep()
    {
        if (_row[ReadingField.ClosedUtcSeconds] == 0)
        {
            _undated++;
        }

        int givenUp = ReadingLog.None;
        if (IsFull)
        {
            // It is marked behind the new one, whose record says so: power may fail in between, and neither is lost uncounted.
            Lost++;
            givenUp = Remove(0);
        }

        int place = Store(ReadingLog.KindReading, _row, ref givenUp);
        if (place == ReadingLog.None)
        {
            KeepInRam();
        }
        else
        {
            // A reading that gave way to one that flash refused stays there, and waits again after the next start.
            Append((ushort)place);
            _log.Mark(givenUp);
        }
    }

    /// <summary>Takes the oldest reading out: the backend has it. Does nothing when there is none.</summary>
    public void RemoveOldest()
    {
        if (Count > 0)
        {
            int place = Remove(0);
            if (_log != null)
            {
                _log.Mark(place);
            }
        }
    }

    /// <summary>Takes the oldest reading out: the backend will never have it. Does nothing when there is none.</summary>
    public void SetAsideOldest()
    {
        if (Count > 0)
        {
            SetAside++;
            Abandon();
        }
    }

    /// <summary>Notes that the backend knows what was lost. To be called before the reading that told it is taken out.</summary>
    /// <param name="dropped">What that reading said: <see cref="Dropped"/> when it was sent.</param>
    public void ConfirmDropped(int dropped)
    {
        if (_log != null && _log.Told != _toldBefore + dropped)
        {
            _log.Told = _toldBefore + dropped;
            Note(ReadingLog.None);
        }
    }

    /// <summary>Dates readings of this boot that were closed before UTC was known.</summary>
    /// <param name="bootId">The boot whose uptime <paramref name="offsetMs"/> belongs to.</param>
    /// <param name="offsetMs">UTC minus uptime, ms since 1970.</param>
    public void Date(int bootId, long offsetMs)
    {
        _bootId = bootId;
        _offsetMs = offsetMs;
        _isOldestRead = false;
        if (_undated > 0 && _log != null)
        {
            _bootTime.Save(bootId, offsetMs);
        }
    }

    private void SetDate(int[] row)
    {
        if (row[ReadingField.ClosedUtcSeconds] != 0)
        {
            return;
        }

        // 0 = not known: neither boot began in 1970.
        long offsetMs = 0;
        if (row[ReadingField.BootId] == _bootId)
        {
            offsetMs = _offsetMs;
        }

        if (offsetMs == 0 && _log != null && row[ReadingField.BootId] == _bootTime.BootId)
        {
            offsetMs = _bootTime.OffsetMs;
        }

        if (offsetMs != 0)
        {
            long seconds = ((row[ReadingField.ClosedUptimeSeconds] * 1000L) + offsetMs + 500) / 1000;
            row[ReadingField.ClosedUtcSeconds] = (int)(seconds - UtcTime.SecondsTo2000);
        }
    }

    // The oldest, counted already, is given up for good.
    private void Abandon()
    {
        int place = Remove(0);
        if (_log != null)
        {
            Note(place);
        }
    }

    // Notes in flash what is lost and what is told, and marks the reading that is given up by it.
    private void Note(int givenUp)
    {
        int place = Store(ReadingLog.KindNote, null, ref givenUp);
        if (place != ReadingLog.None)
        {
            _log.Mark(givenUp);
        }
    }

    private int Store(int kind, int[] row, ref int givenUp)
    {
        for (int attempt = 0; attempt < WriteAttempts && _log != null; attempt++)
        {
            int sector = _log.FindSlot();
            if (sector != ReadingLog.None && !Erase(sector, ref givenUp))
            {
                continue;
            }

            _log.Dropped = _toldBefore + Dropped;
            int place = _log.Write(kind, row, givenUp);
            if (place != ReadingLog.None)
            {
                return place;
            }
        }

        return ReadingLog.None;
    }

    private bool Erase(int sector, ref int givenUp)
    {
        // The one to come is the oldest, and what is in it was sent long ago; but for very many losses of power, or foreign content.
        int first = sector;
        while (CountWaiting(sector) > 0)
        {
            sector = _log.SkipSector();
            if (sector == first)
            {
                break;
            }
        }

        if (!_log.EraseSector())
        {
            return false;
        }

        int end = sector + _log.SlotsASector;
        if (givenUp >= sector && givenUp < end)
        {
            givenUp = ReadingLog.None;
        }

        for (int index = Count - 1; index >= 0; index--)
        {
            if (Place(index) >= sector && Place(index) < end)
            {
                Remove(index);
                Lost++;
            }
        }

        return true;
    }

    private int CountWaiting(int sector)
    {
        int waiting = 0;
        for (int index = 0; index < Count; index++)
        {
            waiting += Place(index) >= sector && Place(index) < sector + _log.SlotsASector ? 1 : 0;
        }

        return waiting;
    }

    private void KeepInRam()
    {
        int capacity = _packed.Length / PackedReading.Size;
        if (_ramCount == capacity)
        {
            int oldest = 0;
            while (Place(oldest) != InRam)
            {
                oldest++;
            }

            Remove(oldest);
            Lost++;
        }

        PackedReading.Pack(_row, _packed, (_ramFirst + _ramCount) % capacity * PackedReading.Size);
        _ramCount++;
        Append(InRam);
    }

    private void Append(ushort place)
    {
        _places[(_first + Count) % _places.Length] = place;
        Count++;
    }

    // Gives the slot of what was taken out, or None when it stood in RAM. Of those in RAM only the oldest is ever taken out.
    private int Remove(int index)
    {
        int place = Place(index);
        for (int i = index; i > 0; i--)
        {
            _places[(_first + i) % _places.Length] = _places[(_first + i - 1) % _places.Length];
        }

        NoteGone(index);
        _first = (_first + 1) % _places.Length;
        Count--;
        _isOldestRead = _isOldestRead && index > 0;
        if (place != InRam)
        {
            return place;
        }

        _ramFirst = (_ramFirst + 1) % (_packed.Length / PackedReading.Size);
        _ramCount--;
        return ReadingLog.None;
    }

    private void NoteGone(int index)
    {
        // Of those that are still there, the one at that index.
        for (int sent = 0; sent < _underWay; sent++)
        {
            if ((_gone & (1 << sent)) != 0)
            {
                continue;
            }

            if (index == 0)
            {
                _gone |= 1 << sent;
                return;
            }

            index--;
        }
    }

    private int Place(int index)
    {
        return _places[(_first + index) % _places.Length];
    }

    private int RamAt(int index)
    {
        int before = 0;
        for (int i = 0; i < index; i++)
        {
            before += Place(i) == InRam ? 1 : 0;
        }

        return (_ramFirst + before) % (_packed.Length / PackedReading.Size) * PackedReading.Size;
    }
}
