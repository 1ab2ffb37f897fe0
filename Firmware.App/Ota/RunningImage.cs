using System;
using JamBox.Ota.Patch;
using JamBox.Ports;
using JamBox.Storage;

namespace JamBox.Ota;

/// <summary>
/// The image in deploy, which is what runs: its length, its SHA-256 and the nanoCLR it needs, found out once a boot, a slice at a time. It
/// is the base of every patch. Only the boot copies change it, and they are not at work while the firmware is.
/// </summary>
public sealed class RunningImage : IByteSource
{
    /// <summary>Pieces as large as the scratch buffer that a step hashes.</summary>
    public const int PiecesAStep = 4;

    private readonly IFlashRegion _deploy;
    private readonly ICryptography _crypto;
    private ImageWalk _walk;
    private int _hashed;

    /// <summary>Nothing is read yet.</summary>
    /// <param name="deploy">Where it is.</param>
    /// <param name="crypto">Its hash is under way from the first <see cref="Step"/> until <see cref="IsKnown"/>.</param>
    public RunningImage(IFlashRegion deploy, ICryptography crypto)
    {
        _deploy = deploy;
        _crypto = crypto;
        _walk = new ImageWalk();
        Sha256 = new byte[Hash.Size];
        _walk.Begin(deploy, deploy.Length);
    }

    /// <summary>Gets a value indicating whether everything is found out.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>Gets the bytes of the image; 0 when there is nothing in deploy that could run, or it cannot be read.</summary>
    public int Length { get; private set; }

    /// <summary>Gets its SHA-256; of use once <see cref="IsKnown"/>.</summary>
    public byte[] Sha256 { get; }

    /// <summary>Gets which nanoCLR it needs; 0 for any.</summary>
    public int NativeChecksum { get; private set; }

    /// <inheritdoc/>
    public bool Read(int position, byte[] buffer, int offset, int count)
    {
        return _deploy.Read(position, buffer, offset, count);
    }

    /// <summary>Does a little of what is left: an assembly's header, or some pieces of the hash.</summary>
    /// <param name="scratch">Of <see cref="ImageWalk.HeaderSize"/> bytes or more; is used within the call only. The more, the fewer
    /// reads.</param>
    public void Step(byte[] scratch)
    {
        if (IsKnown)
        {
            return;
        }

        if (_walk != null)
        {
            Walk(scratch);
            return;
        }

        for (int i = 0; i < PiecesAStep && !IsKnown; i++)
        {
            HashPiece(scratch);
        }
    }

    private void HashPiece(byte[] scratch)
    {
        int left = Length - _hashed;
        int count = left < scratch.Length ? left : scratch.Length;
        if (!_deploy.Read(_hashed, scratch, 0, count))
        {
            Length = 0;
            IsKnown = true;
            return;
        }

        _crypto.AddToHash(scratch, 0, count);
        _hashed += count;
        if (_hashed == Length)
        {
            _crypto.EndHash(Sha256);
            IsKnown = true;
        }
    }

    private void Walk(byte[] scratch)
    {
        if (_walk.Step(scratch))
        {
            return;
        }

        Length = _walk.Length;
        NativeChecksum = _walk.NativeChecksum;
        _walk = null;
        IsKnown = Length == 0;
        _crypto.BeginHash();
    }
}

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
