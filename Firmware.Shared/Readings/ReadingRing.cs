using System;
using JamBox.Reporting;

namespace JamBox.Readings;

/// <summary>
/// Closed readings that wait to be sent, oldest first. When it is full the oldest is overwritten, and the loss counted: the backend
/// learns of it with the next reading (<c>dr</c>). With a log in flash, ring and log hold the same readings at any time.
/// </summary>
/// <remarks>
/// A reading that was closed before the first sync lies undated in flash. When the clock is set, when this boot began is stored beside
/// the log, so that such a reading keeps its date over a reboot that comes before it was sent. Only the last boot is stored: a reading
/// that waits over two reboots, each in a boot with undated readings of its own, goes undated.
/// </remarks>
public sealed class ReadingRing
{
    /// <summary>Readings that it holds: 8 h at five minutes (SYSTEM.md §2).</summary>
    public const int Capacity = 96;

    private readonly byte[] _packed = new byte[Capacity * PackedReading.Size];
    private readonly int[] _row = new int[ReadingField.Count];
    private int _first;
    private ReadingLog _log;
    private BootTime _bootTime;

    /// <summary>Gets the readings that wait.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the readings of this boot that were overwritten before they could be sent.</summary>
    public int Lost { get; private set; }

    /// <summary>Gets the bytes of the arrays and of the log's, as on the board.</summary>
    public int TableBytes => _packed.Length + (_row.Length * 4) + (_log == null ? 0 : _log.TableBytes);

    /// <summary>Gets a value indicating whether readings survive a loss of power.</summary>
    public bool IsLogged => _log != null;

    /// <summary>Gets how often flash refused to keep or to mark a reading.</summary>
    public int LogRefusals => _log == null ? 0 : _log.Refusals;

    /// <summary>Takes what waited when power was lost, and keeps the readings to come in flash. To be called once, before the first of them.</summary>
    /// <param name="log">The log, of <see cref="Capacity"/>.</param>
    /// <param name="bootTime">When the last boot with undated readings began.</param>
    public void Attach(ReadingLog log, BootTime bootTime)
    {
        _log = log;
        _bootTime = bootTime;
        _first = 0;
        Count = log.Recover();
        for (int i = 0; i < Count; i++)
        {
            log.Read(i, _row);
            PackedReading.Pack(_row, _packed, At(i));
        }

        if (bootTime.Load())
        {
            DateRows(bootTime.BootId, bootTime.OffsetMs);
        }
    }

    /// <summary>Gives a field of a reading that waits.</summary>
    /// <param name="index">0 = the oldest, up to <see cref="Count"/> − 1.</param>
    /// <param name="field">One of the fields that have 32 bits: <see cref="ReadingField.ConfigVersion"/> or one behind it.</param>
    /// <returns>Its value.</returns>
    public int Word(int index, int field)
    {
        return PackedReading.GetWord(_packed, At(index), field);
    }

    /// <summary>Gives all fields of a reading that waits.</summary>
    /// <param name="index">0 = the oldest, up to <see cref="Count"/> − 1.</param>
    /// <param name="row">Where to, see <see cref="ReadingField"/>.</param>
    public void Read(int index, int[] row)
    {
        PackedReading.Unpack(_packed, At(index), row);
    }

    /// <summary>Gives all fields of the oldest reading; there must be one.</summary>
    /// <returns>The fields, see <see cref="ReadingField"/>: good until the next call of this or of <see cref="Add"/>, thus not while the loop is pumped.</returns>
    public int[] ReadOldest()
    {
        Read(0, _row);
        return _row;
    }

    /// <summary>Makes room for a reading at the new end.</summary>
    /// <returns>Its fields, cleared. When they are filled, <see cref="Keep"/> is to be called: until then the reading does not wait.</returns>
    public int[] Add()
    {
        if (Count == Capacity)
        {
            RemoveOldest();
            Lost++;
        }

        Array.Clear(_row, 0, _row.Length);
        return _row;
    }

    /// <summary>Takes in the reading whose fields <see cref="Add"/> gave, and writes it into flash.</summary>
    public void Keep()
    {
        PackedReading.Pack(_row, _packed, At(Count));
        Count++;
        if (_log != null)
        {
            _log.Append(_row);
        }
    }

    /// <summary>Takes the oldest reading out. Does nothing when there is none.</summary>
    public void RemoveOldest()
    {
        if (Count > 0)
        {
            _first = (_first + 1) % Capacity;
            Count--;
            if (_log != null)
            {
                _log.RemoveOldest();
            }
        }
    }

    /// <summary>Dates readings of this boot that were closed before UTC was known.</summary>
    /// <param name="bootId">The boot whose uptime <paramref name="offsetMs"/> belongs to.</param>
    /// <param name="offsetMs">UTC minus uptime, ms since 1970.</param>
    public void Date(int bootId, long offsetMs)
    {
        if (DateRows(bootId, offsetMs) > 0 && _log != null)
        {
            _bootTime.Save(bootId, offsetMs);
        }
    }

    private int DateRows(int bootId, long offsetMs)
    {
        int dated = 0;
        for (int i = 0; i < Count; i++)
        {
            if (Word(i, ReadingField.ClosedUtcSeconds) == 0 && Word(i, ReadingField.BootId) == bootId)
            {
                long seconds = ((Word(i, ReadingField.ClosedUptimeSeconds) * 1000L) + offsetMs + 500) / 1000;
                PackedReading.SetWord(_packed, At(i), ReadingField.ClosedUtcSeconds, (int)(seconds - UtcTime.SecondsTo2000));
                dated++;
            }
        }

        return dated;
    }

    private int At(int index)
    {
        return (_first + index) % Capacity * PackedReading.Size;
    }
}
