using JamBox.Ports;

namespace JamBox.Storage;

/// <summary>
/// A value of fixed length in the key-value store, with a CRC-32 behind it: what cannot be read back as it was written counts as
/// not there.
/// </summary>
public sealed class StoredRecord
{
    private const int CrcLength = 4;

    private readonly IKeyValueStore _store;
    private readonly string _key;

    /// <summary>Nothing is read yet.</summary>
    /// <param name="store">The store.</param>
    /// <param name="key">1…15 ASCII characters.</param>
    /// <param name="length">Bytes of the value, without the CRC.</param>
    public StoredRecord(IKeyValueStore store, string key, int length)
    {
        Check.That(key.Length >= 1 && key.Length <= 15, "a key of the store has 1 to 15 characters");
        _store = store;
        _key = key;
        Bytes = new byte[length + CrcLength];
    }

    /// <summary>Gets the value: read by <see cref="Load"/>, written by <see cref="Save"/>. The last 4 bytes are the CRC.</summary>
    public byte[] Bytes { get; }

    /// <summary>Gets a value indicating whether there was something under the key that is not a value of ours.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Reads the value.</summary>
    /// <returns><c>false</c> when there is none, or it is damaged: <see cref="Bytes"/> is then of no use.</returns>
    public bool Load()
    {
        IsDamaged = false;
        int length = _store.Get(_key, Bytes);
        if (length < 0)
        {
            return false;
        }

        bool isWhole = length == Bytes.Length && ByteOrder.ReadInt(Bytes, length - CrcLength) == Crc();
        IsDamaged = !isWhole;
        return isWhole;
    }

    /// <summary>Writes the value.</summary>
    /// <returns><c>false</c> when the store refused: the old value is still there.</returns>
    public bool Save()
    {
        ByteOrder.WriteInt(Bytes, Bytes.Length - CrcLength, Crc());
        return _store.Set(_key, Bytes, Bytes.Length);
    }

    private int Crc()
    {
        return (int)(long)Crc32.Compute(Bytes, 0, Bytes.Length - CrcLength);
    }
}

/// <summary>
/// A key-value store that counts what it did not keep. Whoever writes goes on as well as it can; so that it is not forgotten, the heartbeat
/// has the count.
/// </summary>
public sealed class WatchedStore : IKeyValueStore
{
    private readonly IKeyValueStore _store;
    private readonly Health _health;

    /// <param name="store">The store.</param>
    /// <param name="health">Counts.</param>
    public WatchedStore(IKeyValueStore store, Health health)
    {
        _store = store;
        _health = health;
    }

    /// <inheritdoc/>
    public int Get(string key, byte[] buffer)
    {
        return _store.Get(key, buffer);
    }

    /// <inheritdoc/>
    public bool Set(string key, byte[] buffer, int count)
    {
        if (_store.Set(key, buffer, count))
        {
            return true;
        }

        _health.Count(Health.StoreRefusals);
        return false;
    }
}

/// <summary>Numbers in byte arrays, little-endian, without the arrays that <c>BitConverter.GetBytes</c> allocates.</summary>
public static class ByteOrder
{
    /// <summary>Writes a number.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="offset">Index of its lowest byte.</param>
    /// <param name="value">The number.</param>
    public static void WriteInt(byte[] buffer, int offset, int value)
    {
        buffer[offset] = (byte)value;
        buffer[offset + 1] = (byte)(value >> 8);
        buffer[offset + 2] = (byte)(value >> 16);
        buffer[offset + 3] = (byte)(value >> 24);
    }

    /// <summary>Reads a number.</summary>
    /// <param name="buffer">Where from.</param>
    /// <param name="offset">Index of its lowest byte.</param>
    /// <returns>The number.</returns>
    public static int ReadInt(byte[] buffer, int offset)
    {
        return System.BitConverter.ToInt32(buffer, offset);
    }
}
