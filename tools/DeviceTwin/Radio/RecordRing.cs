using JamBox.Ports;

namespace JamBox.Twin.Radio;

/// <summary>A ring of radio records like the native one: when it is full the newest is refused.</summary>
internal sealed class RecordRing
{
    private readonly byte[] _bytes;
    private readonly int _capacity;
    private int _first;
    private int _count;

    /// <param name="capacity">Records that it holds.</param>
    public RecordRing(int capacity)
    {
        _capacity = capacity;
        _bytes = new byte[capacity * RadioRecord.Size];
    }

    /// <summary>Gets a value indicating whether no record waits.</summary>
    public bool IsEmpty => _count == 0;

    /// <summary>Takes a record in.</summary>
    /// <param name="record">Its 16 bytes.</param>
    /// <returns><c>false</c> when the ring is full.</returns>
    public bool TryPut(ReadOnlySpan<byte> record)
    {
        if (_count == _capacity)
        {
            return false;
        }

        int slot = (_first + _count) % _capacity;
        record.CopyTo(_bytes.AsSpan(slot * RadioRecord.Size));
        _count++;
        return true;
    }

    /// <summary>Hands records over, oldest first.</summary>
    /// <param name="records">Filled from index 0 with whole records.</param>
    /// <returns>How many.</returns>
    public int Drain(byte[] records)
    {
        int wanted = Math.Min(_count, records.Length / RadioRecord.Size);
        int beforeWrap = Math.Min(wanted, _capacity - _first);
        Array.Copy(_bytes, _first * RadioRecord.Size, records, 0, beforeWrap * RadioRecord.Size);
        Array.Copy(_bytes, 0, records, beforeWrap * RadioRecord.Size, (wanted - beforeWrap) * RadioRecord.Size);
        _first = (_first + wanted) % _capacity;
        _count -= wanted;
        return wanted;
    }

    /// <summary>Forgets all records.</summary>
    public void Clear()
    {
        _first = 0;
        _count = 0;
    }
}
