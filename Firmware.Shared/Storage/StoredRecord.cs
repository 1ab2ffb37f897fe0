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

    /// <summary>Initializes a new instance of the <see cref="StoredRecord"/> class. Nothing is read yet.</summary>
    /// <param name="store">The store.</param>
    /// <param name="key">1…15 ASCII characters.</param>
    /// <param name="length">Bytes of the value, without the CRC.</param>
    public StoredRecord(IKeyValueStore store, string key, int length)
    {
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
