using JamBox.Ports;

namespace JamBox.Ota;

/// <summary>
/// Decides whether a manifest is to be believed and followed (OTA.md, device rule 2): before the download, and again before the patch
/// is applied.
/// </summary>
public sealed class ManifestCheck
{
    /// <summary>Key of the public key in the identity store: X, then Y, big-endian, 64 bytes.</summary>
    public const string KeyKey = "ota_key";

    /// <summary>Bytes of key and signature.</summary>
    public const int TableBytes = KeySize + Manifest.SignatureSize;

    private const int KeySize = 64;

    private readonly ICryptography _crypto;
    private readonly RunningImage _image;
    private readonly OwnRelease _own;
    private readonly byte[] _hardwareId;
    private readonly int _maxImage;
    private readonly int _maxPatch;
    private readonly bool _hasKey;
    private readonly byte[] _key = new byte[KeySize];
    private readonly byte[] _signature = new byte[Manifest.SignatureSize];
    private readonly byte[] _hash = new byte[Hash.Size];

    /// <summary>Initializes a new instance of the <see cref="ManifestCheck"/> class.</summary>
    /// <param name="store">Has the public key.</param>
    /// <param name="crypto">Hash and signature; no other hash may be under way during <see cref="Check"/>.</param>
    /// <param name="image">What runs.</param>
    /// <param name="own">Its sequence.</param>
    /// <param name="hardwareId">The board, ASCII.</param>
    /// <param name="maxImage">Bytes of the largest image.</param>
    /// <param name="maxPatch">Bytes of the largest patch.</param>
    public ManifestCheck(IKeyValueStore store, ICryptography crypto, RunningImage image, OwnRelease own, byte[] hardwareId, int maxImage, int maxPatch)
    {
        _crypto = crypto;
        _image = image;
        _own = own;
        _hardwareId = hardwareId;
        _maxImage = maxImage;
        _maxPatch = maxPatch;
        _hasKey = store.Get(KeyKey, _key) == KeySize;
    }

    /// <summary>Checks everything. The signature goes first: before it holds, nothing that it covers says anything about the release.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <returns><see cref="OtaWhy.None"/> when it is to be followed.</returns>
    public OtaWhy Check(Manifest manifest)
    {
        if (!manifest.IsWellFormed())
        {
            return OtaWhy.Manifest;
        }

        if (!_hasKey)
        {
            return OtaWhy.NoKey;
        }

        if (!IsSigned(manifest))
        {
            return OtaWhy.Signature;
        }

        if (!manifest.IsFor(_hardwareId))
        {
            return OtaWhy.Hardware;
        }

        if (manifest.NativeChecksum != _image.NativeChecksum)
        {
            return OtaWhy.Native;
        }

        if (manifest.Sequence <= _own.Sequence)
        {
            return OtaWhy.Sequence;
        }

        if (!manifest.IsFull && !Hash.AreEqual(manifest.Bytes, Manifest.BaseHashAt, _image.Sha256, 0))
        {
            return OtaWhy.Base;
        }

        return manifest.ImageSize > _maxImage || manifest.PatchSize > _maxPatch ? OtaWhy.Size : OtaWhy.None;
    }

    private bool IsSigned(Manifest manifest)
    {
        _crypto.BeginHash();
        _crypto.AddToHash(manifest.Bytes, 0, Manifest.SignedSize);
        _crypto.EndHash(_hash);
        manifest.CopySignature(_signature);
        return _crypto.VerifySignature(_key, _hash, _signature);
    }
}
