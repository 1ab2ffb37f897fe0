using System;
using JamBox.Ports;

namespace JamBox.Storage;

/// <summary>
/// A value that is kept under two keys of the store, because the loss of it would take the box back to what it was provisioned with. Each
/// bears an epoch and a number; of two that can be read the one that is ahead counts, the epoch first. Both are written, one after the
/// other: a loss of power in between leaves the old one whole or the new one, and the next boot mends the other.
/// </summary>
/// <remarks>0 layout · 1 zero · 2–3 epoch · 4–7 number · then what the owner makes of it.</remarks>
public sealed class TwinRecord
{
    /// <summary>Where the owner's part begins.</summary>
    public const int BodyAt = 8;

    private const int EpochAt = 2;
    private const int NumberAt = 4;

    private readonly StoredRecord _first;
    private readonly StoredRecord _second;
    private readonly int _layout;
    private StoredRecord _good;

    /// <summary>Nothing is read yet.</summary>
    /// <param name="store">The store.</param>
    /// <param name="firstKey">1…15 ASCII characters.</param>
    /// <param name="secondKey">1…15 ASCII characters, others.</param>
    /// <param name="layout">1…255; one of another layout counts as not there.</param>
    /// <param name="length">Bytes of the value, without the CRC.</param>
    public TwinRecord(IKeyValueStore store, string firstKey, string secondKey, int layout, int length)
    {
        _layout = layout;
        _first = new StoredRecord(store, firstKey, length);
        _second = new StoredRecord(store, secondKey, length);
        _good = _first;
    }

    /// <summary>Gets the value: read by <see cref="Load"/>, written by <see cref="Save"/>.</summary>
    public byte[] Bytes => _good.Bytes;

    /// <summary>Gets the epoch.</summary>
    public int Epoch => EpochOf(_good.Bytes);

    /// <summary>Gets the number.</summary>
    public int Number => ByteOrder.ReadInt(_good.Bytes, NumberAt);

    /// <summary>Tells which of two places is ahead: the epoch counts first, then the number.</summary>
    /// <param name="epoch">Epoch of the one.</param>
    /// <param name="number">Its number.</param>
    /// <param name="otherEpoch">Epoch of the other.</param>
    /// <param name="otherNumber">Its number.</param>
    /// <returns><c>true</c> when the one is ahead.</returns>
    public static bool IsAhead(int epoch, int number, int otherEpoch, int otherNumber)
    {
        return epoch > otherEpoch || (epoch == otherEpoch && number > otherNumber);
    }

    /// <summary>Reads the value.</summary>
    /// <returns><c>false</c> when neither can be read: <see cref="Bytes"/> is then of no use.</returns>
    public bool Load()
    {
        bool isFirst = IsThere(_first);
        bool isSecond = IsThere(_second);
        bool isSecondAhead = isFirst && isSecond
            && IsAhead(
                EpochOf(_second.Bytes), ByteOrder.ReadInt(_second.Bytes, NumberAt), EpochOf(_first.Bytes),
                ByteOrder.ReadInt(_first.Bytes, NumberAt));
        _good = isSecond && (!isFirst || isSecondAhead) ? _second : _first;
        return isFirst || isSecond;
    }

    /// <summary>Writes the value.</summary>
    /// <param name="epoch">0…65,535.</param>
    /// <param name="number">1 or more.</param>
    /// <returns><c>false</c> when the store refused both: the old value is still there.</returns>
    public bool Save(int epoch, int number)
    {
        byte[] bytes = _good.Bytes;
        bytes[0] = (byte)_layout;
        bytes[1] = 0;
        bytes[EpochAt] = (byte)epoch;
        bytes[EpochAt + 1] = (byte)(epoch >> 8);
        ByteOrder.WriteInt(bytes, NumberAt, number);
        StoredRecord other = _good == _first ? _second : _first;
        Array.Copy(bytes, 0, other.Bytes, 0, bytes.Length);
        // The other one first: if the store tears it, what could be read before is still there.
        bool isOther = other.Save();
        return _good.Save() || isOther;
    }

    /// <summary>Makes both what <see cref="Load"/> found, when they differ. For once a boot.</summary>
    public void Mend()
    {
        StoredRecord other = _good == _first ? _second : _first;
        for (int i = 0; i < other.Bytes.Length; i++)
        {
            if (other.Bytes[i] != _good.Bytes[i])
            {
                Array.Copy(_good.Bytes, 0, other.Bytes, 0, other.Bytes.Length);
                other.Save();
                return;
            }
        }
    }

    private static int EpochOf(byte[] bytes)
    {
        return bytes[EpochAt] + (bytes[EpochAt + 1] << 8);
    }

    private bool IsThere(StoredRecord record)
    {
        if (record.Load() && record.Bytes[0] == _layout)
        {
            return true;
        }

        // Whatever was read of it is no value.
        Array.Clear(record.Bytes, 0, record.Bytes.Length);
        return false;
    }
}
