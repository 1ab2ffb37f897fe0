using System;
using JamBox.Ports;
using JamBox.Storage;

namespace JamBox.Ota;

/// <summary>
/// The offer that is worked on, with its manifest: kept in flash, so that a download goes on after a loss of power without asking again. It
/// is read when something is asked of it, and its memory given back between updates.
/// </summary>
public sealed class StoredOffer
{
    /// <summary>Key of the record.</summary>
    public const string Key = "ota_offer";

    private const int IdAt = Manifest.Size;
    private const int Length = IdAt + 4;

    private readonly IKeyValueStore _store;
    private StoredRecord _record;
    private Manifest _manifest;
    private bool _isThere;

    /// <summary>Initializes a new instance of the <see cref="StoredOffer"/> class. Nothing is read yet.</summary>
    /// <param name="store">Where it is kept.</param>
    public StoredOffer(IKeyValueStore store)
    {
        _store = store;
    }

    /// <summary>Gets a value indicating whether there is one.</summary>
    public bool IsThere
    {
        get
        {
            Open();
            return _isThere;
        }
    }

    /// <summary>Gets its id, or <see cref="UpdateState.NoId"/>.</summary>
    public int Id => IsThere ? ByteOrder.ReadInt(_record.Bytes, IdAt) : UpdateState.NoId;

    /// <summary>Gets its manifest; of use when <see cref="IsThere"/>.</summary>
    public Manifest Manifest
    {
        get
        {
            Open();
            return _manifest;
        }
    }

    /// <summary>Puts another one in its place.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="manifest">Its manifest, from index 0.</param>
    /// <returns><c>false</c> when the store refused: after a loss of power the old one is there.</returns>
    public bool Set(int id, byte[] manifest)
    {
        Open();
        Array.Copy(manifest, 0, _record.Bytes, 0, Manifest.Size);
        ByteOrder.WriteInt(_record.Bytes, IdAt, id);
        _isThere = true;
        return _record.Save();
    }

    /// <summary>Gives its memory back; it is read again when it is needed.</summary>
    public void Release()
    {
        _record = null;
        _manifest = null;
    }

    private void Open()
    {
        if (_record == null)
        {
            _record = new StoredRecord(_store, Key, Length);
            _manifest = new Manifest(_record.Bytes);
            _isThere = _record.Load() && _manifest.IsWellFormed();
        }
    }
}
