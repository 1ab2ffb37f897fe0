using System;
using JamBox.Ports;
using JamBox.Storage;

namespace JamBox.Ota;

/// <summary>The offer that is worked on, with its manifest: kept in flash, so that a download goes on after a loss of power without asking again.</summary>
public sealed class StoredOffer
{
    /// <summary>Key of the record.</summary>
    public const string Key = "ota_offer";

    /// <summary>Bytes of its buffer.</summary>
    public const int TableBytes = Length + 4;

    private const int IdAt = Manifest.Size;
    private const int Length = IdAt + 4;

    private readonly StoredRecord _record;

    /// <summary>Initializes a new instance of the <see cref="StoredOffer"/> class from the store.</summary>
    /// <param name="store">Where it is kept.</param>
    public StoredOffer(IKeyValueStore store)
    {
        _record = new StoredRecord(store, Key, Length);
        Manifest = new Manifest(_record.Bytes);
        IsThere = _record.Load() && Manifest.IsWellFormed();
        Id = IsThere ? ByteOrder.ReadInt(_record.Bytes, IdAt) : UpdateState.NoId;
    }

    /// <summary>Gets a value indicating whether there is one.</summary>
    public bool IsThere { get; private set; }

    /// <summary>Gets its id, or <see cref="UpdateState.NoId"/>.</summary>
    public int Id { get; private set; }

    /// <summary>Gets its manifest; of use when <see cref="IsThere"/>.</summary>
    public Manifest Manifest { get; }

    /// <summary>Puts another one in its place.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="manifest">Its manifest, from index 0.</param>
    /// <returns><c>false</c> when the store refused: after a loss of power the old one is there.</returns>
    public bool Set(int id, byte[] manifest)
    {
        Array.Copy(manifest, 0, _record.Bytes, 0, Manifest.Size);
        ByteOrder.WriteInt(_record.Bytes, IdAt, id);
        Id = id;
        IsThere = true;
        return _record.Save();
    }
}
