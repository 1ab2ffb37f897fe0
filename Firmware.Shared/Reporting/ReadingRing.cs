using System;
using JamBox.Counting;

namespace JamBox.Reporting;

/// <summary>
/// Closed readings that wait to be sent, oldest first. When it is full the oldest is overwritten, and the loss counted: the backend
/// learns of it with the next reading (<c>dr</c>).
/// </summary>
public sealed class ReadingRing
{
    /// <summary>Readings that it holds: 8 h at five minutes (SYSTEM.md §2).</summary>
    public const int Capacity = 96;

    private readonly int[] _rows = new int[Capacity * ReadingField.Count];
    private int _first;

    /// <summary>Gets the readings that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the readings of this boot that were overwritten before they could be sent.</summary>
    public int Lost { get; private set; }

    /// <summary>Gets the array that holds the fields of all readings, see <see cref="ReadingField"/>.</summary>
    public int[] Rows => _rows;

    /// <summary>Gets the bytes of the array, as on the board.</summary>
    public int TableBytes => _rows.Length * 4;

    /// <summary>Gets the index in <see cref="Rows"/> of the oldest reading's first field; −1 when none waits.</summary>
    public int Oldest => Count == 0 ? -1 : At(0);

    /// <summary>Gives the place of a reading that waits.</summary>
    /// <param name="index">0 = the oldest, up to <see cref="Count"/> − 1.</param>
    /// <returns>Index in <see cref="Rows"/> of its first field.</returns>
    public int At(int index)
    {
        return (_first + index) % Capacity * ReadingField.Count;
    }

    /// <summary>Makes room for a reading at the new end.</summary>
    /// <returns>Index in <see cref="Rows"/> of its first field; the fields are cleared.</returns>
    public int Add()
    {
        if (Count == Capacity)
        {
            RemoveOldest();
            Lost++;
        }

        int row = At(Count);
        Count++;
        Array.Clear(_rows, row, ReadingField.Count);
        return row;
    }

    /// <summary>Takes the oldest reading out. Does nothing when there is none.</summary>
    public void RemoveOldest()
    {
        if (Count > 0)
        {
            _first = (_first + 1) % Capacity;
            Count--;
        }
    }

    /// <summary>Dates readings of this boot that were closed before UTC was known.</summary>
    /// <param name="bootId">The boot whose uptime <paramref name="offsetMs"/> belongs to.</param>
    /// <param name="offsetMs">UTC minus uptime, ms since 1970.</param>
    public void Date(int bootId, long offsetMs)
    {
        for (int i = 0; i < Count; i++)
        {
            int row = At(i);
            if (_rows[row + ReadingField.ClosedUtcSeconds] == 0 && _rows[row + ReadingField.BootId] == bootId)
            {
                long seconds = ((_rows[row + ReadingField.ClosedUptimeSeconds] * 1000L) + offsetMs + 500) / 1000;
                _rows[row + ReadingField.ClosedUtcSeconds] = (int)(seconds - UtcTime.SecondsTo2000);
            }
        }
    }
}
