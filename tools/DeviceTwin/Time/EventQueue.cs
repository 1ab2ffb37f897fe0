namespace JamBox.Twin.Time;

/// <summary>What is due when: a binary heap over (time, order of entry), so that events of the same instant keep their order.</summary>
internal sealed class EventQueue
{
    private Entry[] _heap = new Entry[64];
    private int _count;
    private long _sequence;

    /// <summary>Gets the time of the first event, <see cref="long.MaxValue"/> when there is none.</summary>
    public long NextTimeMs => _count == 0 ? long.MaxValue : _heap[0].TimeMs;

    /// <summary>Gets how many events wait.</summary>
    public int Count => _count;

    /// <summary>Enters an event.</summary>
    /// <param name="timeMs">When.</param>
    /// <param name="callback">What.</param>
    public void Add(long timeMs, Action callback)
    {
        if (_count == _heap.Length)
        {
            Array.Resize(ref _heap, _count * 2);
        }

        Entry entry = new(timeMs, _sequence++, callback);
        int hole = _count++;
        while (hole > 0)
        {
            int parent = (hole - 1) / 2;
            if (!entry.IsBefore(_heap[parent]))
            {
                break;
            }

            _heap[hole] = _heap[parent];
            hole = parent;
        }

        _heap[hole] = entry;
    }

    /// <summary>Takes the first event out.</summary>
    /// <param name="timeMs">When it is due.</param>
    /// <returns>What is to be done.</returns>
    public Action TakeFirst(out long timeMs)
    {
        if (_count == 0)
        {
            throw new InvalidOperationException("No event waits.");
        }

        Entry first = _heap[0];
        Entry last = _heap[--_count];
        _heap[_count] = default;
        if (_count > 0)
        {
            SiftDown(last);
        }

        timeMs = first.TimeMs;
        return first.Callback;
    }

    private void SiftDown(Entry entry)
    {
        int hole = 0;
        while (true)
        {
            int child = (2 * hole) + 1;
            if (child >= _count)
            {
                break;
            }

            if (child + 1 < _count && _heap[child + 1].IsBefore(_heap[child]))
            {
                child++;
            }

            if (!_heap[child].IsBefore(entry))
            {
                break;
            }

            _heap[hole] = _heap[child];
            hole = child;
        }

        _heap[hole] = entry;
    }

    private readonly record struct Entry(long TimeMs, long Sequence, Action Callback)
    {
        public bool IsBefore(in Entry other)
        {
            return TimeMs < other.TimeMs || (TimeMs == other.TimeMs && Sequence < other.Sequence);
        }
    }
}
