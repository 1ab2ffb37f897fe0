using JamBox.Ports;
using JamBox.Storage;

namespace JamBox.Readings;

/// <summary>
/// Closed readings in flash, so that a loss of power costs at most the interval that is open. Records lie in slots of 128 bytes, which are
/// written one behind the other through all sectors, round and round; what is done is marked in place by clearing bits.
/// </summary>
/// <remarks>
/// docs/flash.md, "Reading log", has the layout byte by byte. Each record says of itself which layout it has and how long it is, and each
/// slot is judged alone: whatever lies in one, the slots behind it are read. Power may fail at any instant, and each record is a note of
/// what has been lost so far as well, so that nothing is lost uncounted.
/// <para>
/// Wear: a sector holds 32 readings, the log's 128 KB have 32 sectors. At one reading a minute each sector is erased every 17 hours,
/// 515 times a year; NOR flash stands 100,000 times (datasheets of 25Q64 parts): over 190 years.
/// </para>
/// <para>
/// What a start costs, whatever the content: at most three reads a slot, and a check sum of each that may be a record that waits.
/// </para>
/// </remarks>
public sealed class ReadingLog
{
    /// <summary>Bytes per slot.</summary>
    public const int SlotSize = 128;

    /// <summary>The layout that is written.</summary>
    public const int Layout = 1;

    /// <summary>No slot.</summary>
    public const int None = -1;

    /// <summary>A record that holds a reading.</summary>
    public const int KindReading = 1;

    /// <summary>A record that only notes what was lost.</summary>
    public const int KindNote = 2;

    private const int LengthAt = 1;
    private const int KindAt = 2;
    private const int MagicAt = 3;
    private const int SequenceAt = 4;
    private const int DroppedAt = 8;
    private const int ToldAt = 12;
    private const int GivenUpAt = 16;
    private const int BodyAt = 20;
    private const int MarkAt = SlotSize - 4;
    private const int MaxLength = MarkAt - 4 - BodyAt;

    // Its top bit is set: the firmware before layout 1 takes the first word for a sequence number and passes over negative ones.
    private const byte Magic = 0xB5;
    private const int NoSlot = 0xFFFF;
    private const int Free = -1;

    // Layout 0, which had no layout number: a sequence number that is positive, 28 ints, a check sum, four bytes that were never written.
    private const int OldFieldsAt = 4;
    private const int OldFields = 28;
    private const int OldCrcAt = OldFieldsAt + (OldFields * 4);
    private const int OldReservedAt = OldCrcAt + 4;

    private const int ReadAttempts = 3;

    // One in use, one to be erased next, one for what waits.
    private const int LeastSectors = 3;

    private readonly IFlashRegion _flash;
    private readonly byte[] _slot = new byte[SlotSize];
    private readonly int _slots;
    private readonly int _slotsASector;
    private int _next;
    private int _refusedIn = None;
    private int _sequence;

    /// <param name="flash">The <c>log</c> partition, which <see cref="Fits"/>.</param>
    public ReadingLog(IFlashRegion flash)
    {
        _flash = flash;
        _slotsASector = flash.SectorSize / SlotSize;
        _slots = flash.Length / SlotSize;
    }

    /// <summary>Gets or sets the readings that were given up since the log began, modulo 2^32: each record notes it.</summary>
    public int Dropped { get; set; }

    /// <summary>Gets or sets how many of <see cref="Dropped"/> the backend knows.</summary>
    public int Told { get; set; }

    /// <summary>Gets the slots that held something that could not be read, and were passed over.</summary>
    public int Skipped { get; private set; }

    /// <summary>
    /// Gets the waiting readings that <see cref="Recover"/> found and could not keep: damaged, of a layout it does not know, or too many.
    /// </summary>
    public int FoundLost { get; private set; }

    /// <summary>Gets the last slot that <see cref="Recover"/> passed over and did not mark yet, or <see cref="None"/>.</summary>
    public int Unmarked { get; private set; } = None;

    /// <summary>Gets how often flash refused to keep or to mark something since start.</summary>
    public int Refusals { get; private set; }

    /// <summary>Gets the readings that can wait: one sector may be in use for notes and what was torn, one may be erased next.</summary>
    public int Capacity => _slots - ((LeastSectors - 1) * _slotsASector);

    /// <summary>Gets the slots that are erased together.</summary>
    public int SlotsASector => _slotsASector;

    /// <summary>Gets the bytes of the array, as on the board.</summary>
    public int TableBytes => _slot.Length;

    /// <summary>Tells whether a partition can hold a log. One that is missing cannot.</summary>
    /// <param name="flash">The partition, or <c>null</c>.</param>
    /// <returns><c>true</c> for three sectors or more, up to 4 MB.</returns>
    public static bool Fits(IFlashRegion flash)
    {
        return flash != null && flash.Length >= LeastSectors * flash.SectorSize && flash.Length / SlotSize <= NoSlot / 2;
    }

    /// <summary>Finds the readings that waited when power was lost. To be called once, at start.</summary>
    /// <param name="places">Filled from index 0 with the slots of those that wait, oldest first; of too many the newest.</param>
    /// <returns>How many there are.</returns>
    /// <remarks>
    /// What cannot be kept is marked as done, so that it is counted once: all of it but the last slot, which the caller marks behind the
    /// record that notes the loss.
    /// </remarks>
    public int Recover(ushort[] places)
    {
        // At start only, and garbage afterwards: these are not worth memory of their own.
        var broken = new byte[(_slots / 8) + 1];
        var ages = new int[places.Length];
        int newest = FindNewest(broken);
        if (newest != None)
        {
            TakeNotes(newest);
        }

        int found = CollectWaiting(newest == None ? _slots - 1 : newest, places, ages, broken);
        _next = newest == None ? 0 : (newest + 1) % _slots;
        return found;
    }

    /// <summary>Gives a reading that waits, as it was when it was closed.</summary>
    /// <param name="place">Its slot.</param>
    /// <param name="row">Where to: <see cref="ReadingField.Count"/> fields.</param>
    /// <returns><c>false</c> when flash does not give it back.</returns>
    public bool Read(int place, int[] row)
    {
        for (int attempt = 0; attempt < ReadAttempts; attempt++)
        {
            if (ReadSlot(place) && IsWhole() && IsReading())
            {
                Unpack(row);
                return true;
            }
        }

        Skipped++;
        return false;
    }

    /// <summary>Looks for the slot of the next record in the sector that is in use.</summary>
    /// <returns><see cref="None"/> when there is one; else the first slot of the next sector, which is to be erased for it.</returns>
    public int FindSlot()
    {
        // A slot that is not erased holds the remains of a write that power cut off, or something foreign: written over, it would spoil the
        // record.
        for (; _next % _slotsASector != 0; _next = (_next + 1) % _slots)
        {
            if (IsErased(_next))
            {
                return None;
            }
        }

        return _next;
    }

    /// <summary>Passes over the sector that is to be erased.</summary>
    /// <returns>The first slot of the next one.</returns>
    public int SkipSector()
    {
        _next = (_next + _slotsASector) % _slots;
        return _next;
    }

    /// <summary>
    /// Erases the sector that <see cref="FindSlot"/> gave, with all that is in it. That is done when its first record is written, and not
    /// before.
    /// </summary>
    /// <returns><c>false</c> when flash refused: the next sector is tried the next time.</returns>
    public bool EraseSector()
    {
        if (_flash.EraseSector(_next * SlotSize) && IsErased(_next))
        {
            return true;
        }

        Refusals++;
        SkipSector();
        return false;
    }

    /// <summary>Writes a record into the slot that <see cref="FindSlot"/> found or <see cref="EraseSector"/> erased.</summary>
    /// <param name="kind"><see cref="KindReading"/> or <see cref="KindNote"/>.</param>
    /// <param name="row">The fields of the reading; <c>null</c> for a note.</param>
    /// <param name="givenUp">The slot that is done by this record, or <see cref="None"/>: the caller marks it when the record is
    /// written.</param>
    /// <returns>Its slot; <see cref="None"/> when flash refused or gives back something else.</returns>
    public int Write(int kind, int[] row, int givenUp)
    {
        int place = _next;
        int length = kind == KindReading ? PackedReading.Size : 0;
        Compose(kind, row, length, givenUp);
        _next = (place + 1) % _slots;
        Check.That(place >= 0 && place < _slots, "a slot of the log lies in it");
        if (_flash.Write(place * SlotSize, _slot, 0, SlotSize)
            && ReadSlot(place) && IsWhole() && Sequence() == _sequence && IsDone() == (kind == KindNote))
        {
            _refusedIn = None;
            return place;
        }

        // What may lie there is no reading that waits. Two slots in a row of a sector are a sector that is worn out: asked slot by slot, it would
        // cost the readings of hours.
        Refusals++;
        Mark(place);
        int sector = place / _slotsASector;
        if (sector == _refusedIn)
        {
            _next = (sector + 1) * _slotsASector % _slots;
        }

        _refusedIn = sector;
        return None;
    }

    /// <summary>Marks a reading as done: the backend has it, or it is given up.</summary>
    /// <param name="place">Its slot; nothing is done for <see cref="None"/>.</param>
    public void Mark(int place)
    {
        if (place == None)
        {
            return;
        }

        Check.That(place >= 0 && place < _slots, "a slot that is marked lies in the log");
        ByteOrder.WriteInt(_slot, 0, 0);
        if (!_flash.Write((place * SlotSize) + MarkAt, _slot, 0, 4))
        {
            Refusals++;
        }
    }

    // From the highest slot down: the slots of a round have rising numbers, so that few are better than the best so far, and only for
    // those a check sum is computed; those it does not fit are remembered. Differences instead of sizes: numbers may have wrapped.
    private int FindNewest(byte[] broken)
    {
        int newest = None;
        for (int place = _slots - 1; place >= 0; place--)
        {
            if (!_flash.Read(place * SlotSize, _slot, 0, BodyAt) || !MayBeRecord())
            {
                continue;
            }

            int sequence = Sequence();
            if ((newest != None && sequence - _sequence <= 0) || !ReadSlot(place))
            {
                continue;
            }

            if (IsWhole())
            {
                newest = place;
                _sequence = sequence;
            }
            else
            {
                broken[place >> 3] = (byte)(broken[place >> 3] | (1 << (place & 7)));
            }
        }

        return newest;
    }

    private void TakeNotes(int newest)
    {
        if (!ReadSlot(newest) || !IsWhole() || IsOld())
        {
            return;
        }

        Dropped = ByteOrder.ReadInt(_slot, DroppedAt);
        Told = ByteOrder.ReadInt(_slot, ToldAt);
        int givenUp = _slot[GivenUpAt] | (_slot[GivenUpAt + 1] << 8);
        if (givenUp < _slots && givenUp != newest && ReadSlot(givenUp) && !IsErased() && !IsDone())
        {
            // Power failed between the record and this mark.
            Mark(givenUp);
        }
    }

    // Newest first, and turned round at the end. Sequence numbers say what is newer; backwards through the slots they mostly fall.
    private int CollectWaiting(int newest, ushort[] places, int[] ages, byte[] broken)
    {
        int found = 0;
        for (int i = 0; i < _slots; i++)
        {
            int place = (newest - i + _slots) % _slots;
            if (!ReadSlot(place))
            {
                Skipped++;
            }
            else if (!IsDone() && !IsErased())
            {
                bool isBroken = (broken[place >> 3] & (1 << (place & 7))) != 0 || !IsWhole();
                if (!isBroken && IsReading())
                {
                    found = Keep(place, places, ages, found);
                }
                else
                {
                    Skipped++;
                    PassOver(place, MayBeReading());
                }
            }
        }

        for (int i = 0; i < found / 2; i++)
        {
            int other = found - 1 - i;
            ushort place = places[i];
            places[i] = places[other];
            places[other] = place;
        }

        return found;
    }

    private int Keep(int place, ushort[] places, int[] ages, int found)
    {
        // One that seems newer than the newest is of a round so long ago that the numbers say nothing.
        int age = _sequence - Sequence();
        age = age < 0 ? int.MaxValue : age;
        if (found == places.Length)
        {
            int last = found - 1;
            if (age >= ages[last])
            {
                PassOver(place, true);
                return found;
            }

            PassOver(places[last], true);
            found--;
        }

        int at = found;
        for (; at > 0 && ages[at - 1] > age; at--)
        {
            ages[at] = ages[at - 1];
            places[at] = places[at - 1];
        }

        ages[at] = age;
        places[at] = (ushort)place;
        return found + 1;
    }

    private void PassOver(int place, bool isLoss)
    {
        FoundLost += isLoss ? 1 : 0;
        Mark(Unmarked);
        Unmarked = place;
    }

    private void Compose(int kind, int[] row, int length, int givenUp)
    {
        for (int i = 0; i < SlotSize; i += 4)
        {
            ByteOrder.WriteInt(_slot, i, Free);
        }

        _slot[0] = Layout;
        _slot[LengthAt] = (byte)length;
        _slot[KindAt] = (byte)kind;
        _slot[MagicAt] = Magic;
        ByteOrder.WriteInt(_slot, SequenceAt, ++_sequence);
        ByteOrder.WriteInt(_slot, DroppedAt, Dropped);
        ByteOrder.WriteInt(_slot, ToldAt, Told);
        ByteOrder.WriteInt(_slot, GivenUpAt, givenUp == None ? NoSlot : givenUp);
        if (kind == KindReading)
        {
            PackedReading.Pack(row, _slot, BodyAt);
        }
        else
        {
            // A note waits for nothing.
            ByteOrder.WriteInt(_slot, MarkAt, 0);
        }

        ByteOrder.WriteInt(_slot, BodyAt + length, Sum(BodyAt + length));
    }

    private void Unpack(int[] row)
    {
        if (!IsOld())
        {
            PackedReading.Unpack(_slot, BodyAt, _slot[LengthAt], row);
            return;
        }

        for (int field = 0; field < row.Length; field++)
        {
            row[field] = field < OldFields ? ByteOrder.ReadInt(_slot, OldFieldsAt + (field * 4)) : ReadingField.NotKnown;
        }
    }

    private bool ReadSlot(int place)
    {
        return _flash.Read(place * SlotSize, _slot, 0, SlotSize);
    }

    // Needs the first words of the slot, and no more.
    private bool MayBeRecord()
    {
        return _slot[MagicAt] == Magic ? _slot[0] != 0 && _slot[LengthAt] <= MaxLength && (_slot[LengthAt] & 3) == 0 : IsOld();
    }

    private bool MayBeReading()
    {
        return MayBeRecord() && (IsOld() || _slot[KindAt] == KindReading);
    }

    private bool IsOld()
    {
        return ByteOrder.ReadInt(_slot, 0) > 0;
    }

    private int Sequence()
    {
        return ByteOrder.ReadInt(_slot, IsOld() ? 0 : SequenceAt);
    }

    private bool IsWhole()
    {
        if (!MayBeRecord())
        {
            return false;
        }

        int crcAt = IsOld() ? OldCrcAt : BodyAt + _slot[LengthAt];
        return ByteOrder.ReadInt(_slot, crcAt) == Sum(crcAt);
    }

    private bool IsReading()
    {
        return IsOld() || (_slot[0] == Layout && _slot[KindAt] == KindReading);
    }

    private int Sum(int count)
    {
        return (int)(long)Crc32.Compute(_slot, 0, count);
    }

    // A byte without any bit says "done": a bit that flipped does not, and what a torn mark leaves is marked again after it was sent again.
    // In layout 0 every bit counts, and the four bytes before the mark were never written: what differs there is no record of it.
    private bool IsDone()
    {
        if (MayBeRecord() && IsOld())
        {
            return ByteOrder.ReadInt(_slot, MarkAt) != Free || ByteOrder.ReadInt(_slot, OldReservedAt) != Free;
        }

        return _slot[MarkAt] == 0 || _slot[MarkAt + 1] == 0 || _slot[MarkAt + 2] == 0 || _slot[MarkAt + 3] == 0;
    }

    private bool IsErased(int place)
    {
        return ReadSlot(place) && IsErased();
    }

    private bool IsErased()
    {
        for (int i = 0; i < SlotSize; i += 4)
        {
            if (ByteOrder.ReadInt(_slot, i) != Free)
            {
                return false;
            }
        }

        return true;
    }
}
