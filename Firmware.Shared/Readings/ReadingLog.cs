using JamBox.Ports;
using JamBox.Storage;

namespace JamBox.Readings;

/// <summary>
/// Closed readings in flash, so that a loss of power costs at most the interval that is open. Records of 128 bytes are written one
/// behind the other through all sectors, round and round; a reading that the backend took is marked in place by clearing bits.
/// </summary>
/// <remarks>
/// Layout of a record, numbers little-endian: 0 sequence number (rises by one, never 0xFFFFFFFF) · 4 the fields of the reading
/// (<see cref="ReadingField"/>, 28 × 4) · 116 CRC-32 of bytes 0…115 · 120 reserved, 0xFFFFFFFF · 124 mark: 0xFFFFFFFF waits, anything
/// else is done.
/// <para>
/// Power may fail at any instant: a torn record has a wrong check sum and is passed over; a torn mark is one with some bits cleared and
/// says "done", which is true, because it is written only after the backend's yes; a torn erase leaves records that are older than all
/// others and are passed over or done.
/// </para>
/// <para>
/// Wear: a sector holds 32 readings, the log's 128 KB have 32 sectors. At one reading a minute each sector is erased every 17 hours,
/// 515 times a year; NOR flash stands 100,000 times (datasheets of 25Q64 parts): over 190 years.
/// </para>
/// </remarks>
public sealed class ReadingLog
{
    /// <summary>Bytes a record.</summary>
    public const int RecordSize = 128;

    private const int FieldsAt = 4;
    private const int CrcAt = FieldsAt + (ReadingField.Count * 4);
    private const int MarkAt = RecordSize - 4;
    private const int Free = -1;

    // One loss of power tears one record; many in a row, each while the first reading after the boot is written, tear one each.
    private const int MaxTornRecords = 32;

    private readonly IFlashRegion _flash;
    private readonly byte[] _record = new byte[RecordSize];
    private readonly ushort[] _places;
    private readonly int _records;
    private readonly int _recordsASector;
    private int _next;
    private int _sequence;
    private int _first;

    /// <summary>Initializes a new instance of the <see cref="ReadingLog"/> class.</summary>
    /// <param name="flash">The <c>log</c> partition.</param>
    /// <param name="capacity">How many readings can wait at most: that of the ring in RAM.</param>
    public ReadingLog(IFlashRegion flash, int capacity)
    {
        _flash = flash;
        _recordsASector = flash.SectorSize / RecordSize;
        _records = flash.Length / RecordSize;
        _places = new ushort[capacity];
    }

    /// <summary>Gets the readings that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the bytes of the arrays, as on the board.</summary>
    public int TableBytes => _record.Length + (_places.Length * 2);

    /// <summary>Gets how often the flash refused since start: the reading then lives in RAM only.</summary>
    public int Refusals { get; private set; }

    /// <summary>Finds the readings that waited when power was lost. To be called once, at start.</summary>
    /// <returns>How many there are, at most the capacity; of more the newest. <see cref="Read"/> gives them.</returns>
    public int Recover()
    {
        Count = 0;
        _first = 0;
        int newest = FindNewest();
        _sequence = newest < 0 ? 0 : ReadWord(newest * RecordSize);
        _next = newest < 0 ? 0 : (newest + 1) % _records;
        if (newest >= 0)
        {
            CollectWaiting(newest);
        }

        SkipToWritable();
        return Count;
    }

    /// <summary>Gives a reading that waits, as it was when it was closed.</summary>
    /// <param name="index">0 = the oldest, up to <see cref="Count"/> − 1.</param>
    /// <param name="row">Where to: <see cref="ReadingField.Count"/> fields.</param>
    public void Read(int index, int[] row)
    {
        _flash.Read(Place(index) * RecordSize, _record, 0, RecordSize);
        for (int field = 0; field < ReadingField.Count; field++)
        {
            row[field] = ByteOrder.ReadInt(_record, FieldsAt + (field * 4));
        }
    }

    /// <summary>Appends a reading. When the capacity is reached the oldest that waits is given up, as in the ring.</summary>
    /// <param name="row">Its fields.</param>
    public void Append(int[] row)
    {
        if (Count == _places.Length)
        {
            RemoveOldest();
        }

        ByteOrder.WriteInt(_record, 0, ++_sequence);
        for (int field = 0; field < ReadingField.Count; field++)
        {
            ByteOrder.WriteInt(_record, FieldsAt + (field * 4), row[field]);
        }

        ByteOrder.WriteInt(_record, CrcAt, (int)(long)Crc32.Compute(_record, 0, CrcAt));
        ByteOrder.WriteInt(_record, CrcAt + 4, Free);
        ByteOrder.WriteInt(_record, MarkAt, Free);
        int place = _next;
        PrepareSector(place);
        if (!_flash.Write(place * RecordSize, _record, 0, RecordSize))
        {
            Refusals++;
        }

        _places[(_first + Count) % _places.Length] = (ushort)place;
        Count++;
        _next = (place + 1) % _records;
    }

    /// <summary>Marks the oldest reading that waits as done.</summary>
    public void RemoveOldest()
    {
        if (Count == 0)
        {
            return;
        }

        ByteOrder.WriteInt(_record, 0, 0);
        if (!_flash.Write((Place(0) * RecordSize) + MarkAt, _record, 0, 4))
        {
            Refusals++;
        }

        _first = (_first + 1) % _places.Length;
        Count--;
    }

    private int Place(int index)
    {
        return _places[(_first + index) % _places.Length];
    }

    private bool ReadRecord(int place)
    {
        return _flash.Read(place * RecordSize, _record, 0, RecordSize)
            && Crc32.Compute(_record, 0, CrcAt) == System.BitConverter.ToUInt32(_record, CrcAt);
    }

    // By sequence numbers alone: computing 1,024 check sums would take a board many seconds. Only the highest is checked, and when
    // power tore it the next one, and so on.
    private int FindNewest()
    {
        // At start only, and garbage afterwards: it is not worth memory of its own.
        var tornPlaces = new int[MaxTornRecords];
        for (int torn = 0; torn < tornPlaces.Length; torn++)
        {
            int newest = -1;
            int highest = 0;
            for (int place = 0; place < _records; place++)
            {
                int sequence = ReadWord(place * RecordSize);
                if (sequence > highest && !IsTorn(place, tornPlaces, torn))
                {
                    highest = sequence;
                    newest = place;
                }
            }

            if (newest < 0 || ReadRecord(newest))
            {
                return newest;
            }

            tornPlaces[torn] = newest;
        }

        return -1;
    }

    private static bool IsTorn(int place, int[] tornPlaces, int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (tornPlaces[i] == place)
            {
                return true;
            }
        }

        return false;
    }

    // Backwards from the newest, so that of too many the newest are kept; they are turned round at the end.
    private void CollectWaiting(int newest)
    {
        int found = 0;
        for (int i = 0; i < _records && found < _places.Length; i++)
        {
            int place = (newest - i + _records) % _records;
            int sequence = ReadWord(place * RecordSize);
            bool isOfThisRound = sequence > 0 && sequence <= _sequence;
            if (isOfThisRound && ReadWord((place * RecordSize) + MarkAt) == Free && ReadRecord(place))
            {
                _places[found++] = (ushort)place;
            }
        }

        for (int i = 0; i < found / 2; i++)
        {
            int other = found - 1 - i;
            ushort place = _places[i];
            _places[i] = _places[other];
            _places[other] = place;
        }

        Count = found;
    }

    private int ReadWord(int address)
    {
        return _flash.Read(address, _record, 0, 4) ? ByteOrder.ReadInt(_record, 0) : Free;
    }

    // The place behind the newest record may hold the remains of a write that power cut off: written over, they would spoil the record.
    private void SkipToWritable()
    {
        while (_next % _recordsASector != 0 && !IsErased(_next))
        {
            _next = (_next + 1) % _records;
        }
    }

    private bool IsErased(int place)
    {
        _flash.Read(place * RecordSize, _record, 0, RecordSize);
        for (int i = 0; i < RecordSize; i++)
        {
            if (_record[i] != 0xFF)
            {
                return false;
            }
        }

        return true;
    }

    private void PrepareSector(int place)
    {
        // A sector is erased when its first record is written, and not before: until then it may hold readings that wait.
        if (place % _recordsASector == 0 && !_flash.EraseSector(place * RecordSize))
        {
            Refusals++;
        }
    }
}
