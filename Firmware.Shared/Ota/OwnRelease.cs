using System;
using JamBox.Ports;
using JamBox.Storage;

namespace JamBox.Ota;

/// <summary>
/// The place of the running image among the releases: what its signed manifest said, kept since it was confirmed together with the image's
/// hash; for any other image what its source says.
/// </summary>
public sealed class OwnRelease
{
    /// <summary>Key of the record.</summary>
    public const string Key = "ota_own";

    /// <summary>Bytes of its buffer.</summary>
    public const int TableBytes = Length + 4;

    private const int HashAt = 4;
    private const int Length = HashAt + Hash.Size;

    private readonly StoredRecord _record;
    private readonly RunningImage _image;
    private readonly int _built;
    private bool _isThere;

    /// <summary>Initializes a new instance of the <see cref="OwnRelease"/> class from the store.</summary>
    /// <param name="store">Where it is kept.</param>
    /// <param name="image">What runs.</param>
    /// <param name="builtSequence">What the source of the running image says.</param>
    public OwnRelease(IKeyValueStore store, RunningImage image, int builtSequence)
    {
        _record = new StoredRecord(store, Key, Length);
        _image = image;
        _built = builtSequence;
        _isThere = _record.Load();
    }

    /// <summary>Gets the sequence of what runs; of use once the image is known.</summary>
    public int Sequence => _isThere && Hash.AreEqual(_record.Bytes, HashAt, _image.Sha256, 0) ? ByteOrder.ReadInt(_record.Bytes, 0) : _built;

    /// <summary>Stores what the manifest of the confirmed image says.</summary>
    /// <param name="manifest">The manifest.</param>
    public void Set(Manifest manifest)
    {
        ByteOrder.WriteInt(_record.Bytes, 0, manifest.Sequence);
        Array.Copy(manifest.Bytes, Manifest.ImageHashAt, _record.Bytes, HashAt, Hash.Size);
        _isThere = true;
        _record.Save();
    }
}
