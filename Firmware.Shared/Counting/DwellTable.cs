using System;

namespace JamBox.Counting;

/// <summary>
/// How long devices stay: minutes from first to last sighting, both included. A device unheard for ten minutes leaves the table and is
/// counted once, in the reading then open. Fixed arrays, kept in the order of <see cref="KeyTable"/>; removal moves the followers back,
/// so there are no tombstones, look-ups stay short for years, and a device that finds the table full costs no more than one that is in it.
/// </summary>
public sealed class DwellTable
{
    /// <summary>Devices that the table holds (docs/counting.md).</summary>
    public const int Capacity = 1000;

    /// <summary>A device unheard for so many minutes has left.</summary>
    public const int GoneAfterMinutes = 10;

    // A third more homes than devices keeps searches short when the table is full.
    private const int Homes = 1360;
    private const int LastSlot = Homes + KeyTable.Tail - 1;

    // A stay is kept up to here; the longest threshold is 30 minutes.
    private const int LongestStay = 255;

    // Minutes are kept modulo 11: no entry gets older than ten minutes. Stored as 1…11, so that 0 says "free".
    private const int Codes = GoneAfterMinutes + 1;

    private readonly uint[] _keys = new uint[Homes + KeyTable.Tail];
    private readonly byte[] _lastMinutes = new byte[Homes + KeyTable.Tail];
    private readonly byte[] _stays = new byte[Homes + KeyTable.Tail];

    // By code: how long ago that minute was, made once a minute.
    private readonly byte[] _minutesSince = new byte[Codes + 1];

    // A field and not an automatic property: in the interpreter each access to one is a call.
    private int _count;
    private byte _code = 1;
    private int _overflow;

    /// <summary>Gets the devices in the table.</summary>
    public int Count => _count;

    /// <summary>Gets the bytes of the arrays.</summary>
    public int TableBytes => (_keys.Length * 4) + _lastMinutes.Length + _stays.Length;

    /// <summary>Begins a minute: devices are now heard in it.</summary>
    /// <param name="minute">Ordinal of the minute, 0 or more; does not decrease.</param>
    public void BeginMinute(int minute)
    {
        _code = (byte)((minute % Codes) + 1);
        for (int code = 1; code <= Codes; code++)
        {
            int minutes = _code - code;
            _minutesSince[code] = (byte)(minutes < 0 ? minutes + Codes : minutes);
        }
    }

    /// <summary>Notes that a device was heard. To be called once a device-minute; what finds the table full is counted.</summary>
    /// <param name="key">32 bits of the salted hash of its address; not 0.</param>
    public void Touch(uint key)
    {
        uint[] keys = _keys;
        int slot = (int)((~key >> 16) * Homes >> 16);
        while (keys[slot] > key)
        {
            slot++;
        }

        if (keys[slot] == key)
        {
            int stay = _stays[slot] + _minutesSince[_lastMinutes[slot]];
            _stays[slot] = (byte)(stay > LongestStay ? LongestStay : stay);
            _lastMinutes[slot] = _code;
        }
        else if (_count == Capacity || ((keys[slot] != 0 || slot == LastSlot) && !MakeRoom(slot)))
        {
            _overflow++;
        }
        else
        {
            // The stay of a free slot is 0.
            keys[slot] = key;
            _lastMinutes[slot] = _code;
            _count++;
        }
    }

    /// <summary>Gives how often a device found the table full since the last call.</summary>
    /// <returns>Device-minutes.</returns>
    public int TakeOverflow()
    {
        int overflow = _overflow;
        _overflow = 0;
        return overflow;
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

        // Ten minutes ago, modulo eleven. In a box, for Array.IndexOf: a native search instead of 1,416 interpreted steps; 24 bytes of
        // garbage a minute instead of 432 bytes for ever.
        object code = (byte)(((minute + 1) % Codes) + 1);
        int slot = 0;
        while (_count > 0 && slot < _keys.Length && (slot = Array.IndexOf(_lastMinutes, code, slot)) >= 0)
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

    private bool MakeRoom(int slot)
    {
        int moved = KeyTable.MakeRoom(_keys, _lastMinutes, slot);
        if (moved == 0)
        {
            return false;
        }

        Array.Copy(_stays, slot, _stays, slot + 1, moved);
        _stays[slot] = 0;
        return true;
    }

    private void Remove(int hole)
    {
        // The keys are in order, so that those behind the hole move back up to the first that stands at its home.
        uint[] keys = _keys;
        int end = hole + 1;
        while (keys[end] != 0 && (int)((~keys[end] >> 16) * Homes >> 16) < end)
        {
            end++;
        }

        int count = end - hole - 1;
        Array.Copy(keys, hole + 1, keys, hole, count);
        Array.Copy(_lastMinutes, hole + 1, _lastMinutes, hole, count);
        Array.Copy(_stays, hole + 1, _stays, hole, count);
        keys[end - 1] = 0;
        _stays[end - 1] = 0;
        _lastMinutes[end - 1] = 0;
        _count--;
    }
}
