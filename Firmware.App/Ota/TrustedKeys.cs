using System;
using JamBox.Ports;
using JamBox.Storage;
using JamBox.Text;

namespace JamBox.Ota;

/// <summary>
/// The keys of releases that the box trusts, two at most: those of the newest key-change record that it has taken, and before the first one
/// those of provisioning. Keys are read when a signature is to be checked, which is rare; only their names are kept.
/// </summary>
/// <remarks>
/// A record is taken when it is ahead of the one before (the epoch first, then the number) and signed by a key that is trusted now, or by
/// the recovery key, which alone can raise the epoch. It is stored twice. When neither copy can be read the keys of provisioning count,
/// until the next check brings the record again: a box that trusted nothing could never be helped over the air.
/// </remarks>
public sealed class TrustedKeys
{
    /// <summary>Key of the first public key in the identity store: X, then Y, big-endian, 64 bytes.</summary>
    public const string FirstKey = "ota_key";

    /// <summary>Key of the second public key in the identity store.</summary>
    public const string SecondKey = "ota_key2";

    /// <summary>Key of the public key of recovery in the identity store.</summary>
    public const string RecoveryKey = "recovery_key";

    /// <summary>Key of the record.</summary>
    public const string Key = "ota_keys";

    /// <summary>Key of its copy.</summary>
    public const string CopyKey = "ota_keys2";

    /// <summary>Bytes of a public key.</summary>
    public const int KeySize = 64;

    /// <summary>Keys at most.</summary>
    public const int MaxKeys = 2;

    private const int Layout = 1;
    private const int NameSize = 2;
    private const int Length = TwinRecord.BodyAt + (MaxKeys * KeySize);

    private readonly IKeyValueStore _store;
    private readonly ICryptography _crypto;
    private readonly byte[] _names = new byte[MaxKeys * NameSize];

    /// <summary>Reads the record, and mends its copy.</summary>
    /// <param name="store">Where record and identity are.</param>
    /// <param name="crypto">Its hash must not be under way.</param>
    public TrustedKeys(IKeyValueStore store, ICryptography crypto)
    {
        _store = store;
        _crypto = crypto;
        TwinRecord record = NewRecord();
        if (record.Load())
        {
            record.Mend();
            Epoch = record.Epoch;
            Number = record.Number;
        }

        NameKeys();
    }

    /// <summary>Gets the epoch of the record; 0 without one.</summary>
    public int Epoch { get; private set; }

    /// <summary>Gets the number of the record; 0 without one.</summary>
    public int Number { get; private set; }

    /// <summary>Gets how many keys there are.</summary>
    public int Count { get; private set; }

    /// <summary>Tells whether there is a key: anything but zeros.</summary>
    /// <param name="bytes">Where it would lie.</param>
    /// <param name="offset">Its first index.</param>
    /// <returns><c>true</c> when there is one.</returns>
    public static bool IsKey(byte[] bytes, int offset)
    {
        for (int i = 0; i < KeySize; i++)
        {
            if (bytes[offset + i] != 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>
    /// Writes the names of the keys, which are the first four hex digits of their SHA-256, with a comma between; <c>-</c> for none.
    /// </summary>
    /// <param name="writer">Where to.</param>
    public void WriteNames(ByteWriter writer)
    {
        if (Count == 0)
        {
            writer.Byte((byte)'-');
        }

        for (int i = 0; i < Count * NameSize; i++)
        {
            if (i == NameSize)
            {
                writer.Byte((byte)',');
            }

            writer.Hex(_names[i], false);
        }
    }

    /// <summary>Tells whether one of the keys signed something. A hash that is under way is forgotten.</summary>
    /// <param name="bytes">What was signed, from index 0, with the signature behind it.</param>
    /// <param name="size">How many bytes were signed.</param>
    /// <returns><c>true</c> when one did.</returns>
    public bool HasSigned(byte[] bytes, int size)
    {
        byte[] digest = HashOf(bytes, size);
        byte[] signature = SignatureOf(bytes, size);
        var key = new byte[KeySize];
        for (int i = 0; i < MaxKeys; i++)
        {
            if (TryGet(i, key) && _crypto.VerifySignature(key, digest, signature))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Takes a key-change record, if it is one to be taken. A hash that is under way is forgotten.</summary>
    /// <param name="bytes">Where it lies, from index 0.</param>
    /// <param name="length">Its bytes.</param>
    /// <returns><c>false</c> when it is refused, or the store did not keep it: all is as before.</returns>
    public bool Take(byte[] bytes, int length)
    {
        if (!KeyChange.IsWellFormed(bytes, length))
        {
            return false;
        }

        int epoch = KeyChange.Epoch(bytes);
        int number = KeyChange.Number(bytes);
        if (!TwinRecord.IsAhead(epoch, number, Epoch, Number))
        {
            return false;
        }

        bool isSigned = KeyChange.IsRecovery(bytes) ? HasRecoverySigned(bytes) : epoch == Epoch && HasSigned(bytes, KeyChange.SignedSize);
        if (!isSigned)
        {
            return false;
        }

        TwinRecord record = NewRecord();
        Array.Copy(bytes, KeyChange.KeysAt, record.Bytes, TwinRecord.BodyAt, MaxKeys * KeySize);
        if (!record.Save(epoch, number))
        {
            return false;
        }

        Epoch = epoch;
        Number = number;
        NameKeys();
        return true;
    }

    private bool HasRecoverySigned(byte[] bytes)
    {
        var key = new byte[KeySize];
        return _store.Get(RecoveryKey, key) == KeySize
            && _crypto.VerifySignature(key, HashOf(bytes, KeyChange.SignedSize), SignatureOf(bytes, KeyChange.SignedSize));
    }

    private bool TryGet(int index, byte[] key)
    {
        TwinRecord record = NewRecord();
        if (!record.Load())
        {
            return Number == 0 && _store.Get(index == 0 ? FirstKey : SecondKey, key) == KeySize;
        }

        Array.Copy(record.Bytes, TwinRecord.BodyAt + (index * KeySize), key, 0, KeySize);
        return IsKey(key, 0);
    }

    private void NameKeys()
    {
        Count = 0;
        var key = new byte[KeySize];
        for (int i = 0; i < MaxKeys; i++)
        {
            if (TryGet(i, key))
            {
                Array.Copy(HashOf(key, KeySize), 0, _names, Count * NameSize, NameSize);
                Count++;
            }
        }
    }

    private byte[] HashOf(byte[] bytes, int size)
    {
        var digest = new byte[Hash.Size];
        _crypto.BeginHash();
        _crypto.AddToHash(bytes, 0, size);
        _crypto.EndHash(digest);
        return digest;
    }

    private static byte[] SignatureOf(byte[] bytes, int size)
    {
        var signature = new byte[Manifest.SignatureSize];
        Array.Copy(bytes, size, signature, 0, signature.Length);
        return signature;
    }

    private TwinRecord NewRecord()
    {
        return new TwinRecord(_store, Key, CopyKey, Layout, Length);
    }
}
