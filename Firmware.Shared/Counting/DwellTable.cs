using System;

namespace JamBox.Counting;

/// <summary>
/// How long devices stay: minutes from first to last sighting, both included. A device unheard for ten minutes leaves the table and is
/// counted once, in the reading then open. Fixed arrays, open addressing with linear probing; removal moves the followers back, so
/// there are no tombstones and look-ups stay short for years.
/// </summary>
public sealed class DwellTable
{
    /// <summary>Devices that the table holds (SYSTEM.md §1).</summary>
    public const int Capacity = 1000;

    /// <summary>A device unheard for so many minutes has left.</summary>
    public const int GoneAfterMinutes = 10;

    // A fifth more slots than devices keeps probe sequences short when the table is full.
    private const int Slots = 1216;

    // A stay is kept up to here; the longest threshold is 30 minutes.
    private const int LongestStay = 255;

    // Minutes are kept modulo 11: no entry gets older than ten minutes. Stored as 1…11, so that 0 says "free".
    private const int Codes = GoneAfterMinutes + 1;

    private readonly uint[] _keys = new uint[Slots];
    private readonly byte[] _moreKeys = new byte[Slots];
    private readonly byte[] _lastMinutes = new byte[Slots];
    private readonly byte[] _stays = new byte[Slots];

    // Boxed once, for Array.IndexOf: a native search instead of 1,216 interpreted steps a minute.
    private readonly object[] _minuteCodes = new object[Codes];

    // A field and not an automatic property: in the interpreter each access to one is a call.
    private int _count;

    /// <summary>Initializes a new instance of the <see cref="DwellTable"/> class.</summary>
    public DwellTable()
    {
        for (int i = 0; i < _minuteCodes.Length; i++)
        {
            _minuteCodes[i] = (byte)(i + 1);
        }
    }

    /// <summary>Gets the devices in the table.</summary>
    public int Count => _count;

    /// <summary>Gets the bytes of the arrays.</summary>
    public int TableBytes => (_keys.Length * 4) + _moreKeys.Length + _lastMinutes.Length + _stays.Length;

    /// <summary>Gives a minute the form in which <see cref="Touch"/> wants it, so that it is made once a minute and not once a device.</summary>
    /// <param name="minute">Ordinal of the minute, 0 or more.</param>
    /// <returns>1…11.</returns>
    public static int Code(int minute)
    {
        return (minute % Codes) + 1;
    }

    /// <summary>Notes that a device was heard. To be called once a device-minute.</summary>
    /// <param name="key">32 bits of the salted hash of its address; the slot follows from the upper 16.</param>
    /// <param name="moreKey">8 more bits.</param>
    /// <param name="code"><see cref="Code"/> of the minute, which does not decrease.</param>
    /// <returns><c>false</c> when it is not in the table and the table is full.</returns>
    public bool Touch(uint key, byte moreKey, int code)
    {
        byte[] lastMinutes = _lastMinutes;
        int slot = (int)((key >> 16) * Slots >> 16);
        int last = lastMinutes[slot];
        // Ends at a free slot at the latest: there are always at least Slots − Capacity of them.
        while (last != 0)
        {
            if (_keys[slot] == key && _moreKeys[slot] == moreKey)
            {
                int stay = _stays[slot] + (code >= last ? code - last : code - last + Codes);
                _stays[slot] = (byte)(stay > LongestStay ? LongestStay : stay);
                lastMinutes[slot] = (byte)code;
                return true;
            }

            if (++slot == Slots)
            {
                slot = 0;
            }

            last = lastMinutes[slot];
        }

        if (_count == Capacity)
        {
            return false;
        }

        _keys[slot] = key;
        _moreKeys[slot] = moreKey;
        _stays[slot] = 0;
        lastMinutes[slot] = (byte)code;
        _count++;
        return true;
    }

    /// <summary>Takes out the devices that were last heard ten minutes before a minute that ends now.</summary>
    /// <param name="minute">Ordinal of the minute that ends. To be called for every minute in turn.</param>
    /// <param name="thresholds">Where the dwell classes end.</param>
    /// <param name="counts">The four dwell counts, to which the devices are added.</param>
    /// <param name="offset">Index of the first of the four.</param>
    public void ExpireAt(int minute, Thresholds thresholds, int[] counts, int offset)
    {
        if (_count == 0)
        {
            return;
        }

        // Ten minutes ago, modulo eleven.
        object code = _minuteCodes[(minute + 1) % Codes];
        int slot = 0;
        while (_count > 0 && slot < Slots && (slot = Array.IndexOf(_lastMinutes, code, slot)) >= 0)
        {
            counts[offset + Class(_stays[slot] + 1, thresholds)]++;
            // Another one that leaves may move into this slot: the search goes on here, not behind it.
            Remove(slot);
        }
    }

    private static int Class(int minutes, Thresholds thresholds)
    {
        if (minutes <= thresholds.ShortMinutes)
        {
            return 0;
        }

        if (minutes <= thresholds.MediumMinutes)
        {
            return 1;
        }

        return minutes <= thresholds.LongMinutes ? 2 : 3;
    }

    private void Remove(int hole)
    {
        _count--;
        int slot = hole;
        while (true)
        {
            if (++slot == Slots)
            {
                slot = 0;
            }

            if (_lastMinutes[slot] == 0)
            {
                _lastMinutes[hole] = 0;
                return;
            }

            // An entry may move back to the hole unless its home lies behind the hole (cyclically).
            int home = (int)((_keys[slot] >> 16) * Slots >> 16);
            int fromHome = slot - home;
            int fromHole = slot - hole;
            if (fromHome < 0)
            {
                fromHome += Slots;
            }

            if (fromHole < 0)
            {
                fromHole += Slots;
            }

            if (fromHome >= fromHole)
            {
                _keys[hole] = _keys[slot];
                _moreKeys[hole] = _moreKeys[slot];
                _lastMinutes[hole] = _lastMinutes[slot];
                _stays[hole] = _stays[slot];
                hole = slot;
            }
        }
    }
}
