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

    private const int HashAt = 4;
    private const int Length = HashAt + Hash.Size;

    private readonly IKeyValueStore _store;
    private readonly RunningImage _image;
    private readonly int _built;

    /// <summary>Initializes a new instance of the <see cref="OwnRelease"/> class.</summary>
    /// <param name="store">Where it is kept.</param>
    /// <param name="image">What runs.</param>
    /// <param name="builtSequence">What the source of the running image says.</param>
    public OwnRelease(IKeyValueStore store, RunningImage image, int builtSequence)
    {
        _store = store;
        _image = image;
        _built = builtSequence;
    }

    /// <summary>Gets the sequence of what runs, read from the store each time, which is rare; of use once the image is known.</summary>
    public int Sequence
    {
        get
        {
            StoredRecord record = NewRecord();
            return record.Load() && Hash.AreEqual(record.Bytes, HashAt, _image.Sha256, 0) ? ByteOrder.ReadInt(record.Bytes, 0) : _built;
        }
    }

    /// <summary>Stores what the manifest of the confirmed image says. When the store refuses, the source of the image has to do.</summary>
    /// <param name="manifest">The manifest.</param>
    public void Set(Manifest manifest)
    {
        StoredRecord record = NewRecord();
        ByteOrder.WriteInt(record.Bytes, 0, manifest.Sequence);
        Array.Copy(manifest.Bytes, Manifest.ImageHashAt, record.Bytes, HashAt, Hash.Size);
        record.Save();
    }

    private StoredRecord NewRecord()
    {
        return new StoredRecord(_store, Key, Length);
    }
}
