using JamBox.Ports;

namespace JamBox.Ota;

/// <summary>
/// Decides whether a manifest is to be believed and followed (docs/ota.md): before the download, and again before the patch
/// is applied.
/// </summary>
public sealed class ManifestCheck
{
    /// <summary>Key of the public key in the identity store: X, then Y, big-endian, 64 bytes.</summary>
    public const string KeyKey = "ota_key";

    private const int KeySize = 64;

    private readonly UpdateParts _parts;
    private readonly IKeyValueStore _store;

    /// <summary>Initializes a new instance of the <see cref="ManifestCheck"/> class.</summary>
    /// <param name="parts">What the steps share; used when something is checked.</param>
    /// <param name="store">Has the public key.</param>
    public ManifestCheck(UpdateParts parts, IKeyValueStore store)
    {
        _parts = parts;
        _store = store;
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

        // Key and signature are read when they are needed: a check is rare.
        var key = new byte[KeySize];
        if (_store.Get(KeyKey, key) != KeySize)
        {
            return OtaWhy.NoKey;
        }

        if (!IsSigned(manifest, key))
        {
            return OtaWhy.Signature;
        }

        if (!manifest.IsFor(_parts.HardwareId))
        {
            return OtaWhy.Hardware;
        }

        if (manifest.NativeChecksum != _parts.Image.NativeChecksum)
        {
            return OtaWhy.Native;
        }

        if (manifest.Sequence <= _parts.Own.Sequence)
        {
            return OtaWhy.Sequence;
        }

        if (!manifest.IsFull && !Hash.AreEqual(manifest.Bytes, Manifest.BaseHashAt, _parts.Image.Sha256, 0))
        {
            return OtaWhy.Base;
        }

        return manifest.ImageSize > _parts.Slots.Stage.Length || manifest.ImageSize > _parts.Slots.Deploy.Length || manifest.PatchSize > _parts.Patch.Capacity
            ? OtaWhy.Size
            : OtaWhy.None;
    }

    private bool IsSigned(Manifest manifest, byte[] key)
    {
        _parts.Crypto.BeginHash();
        _parts.Crypto.AddToHash(manifest.Bytes, 0, Manifest.SignedSize);
        _parts.Crypto.EndHash(_parts.Digest);
        var signature = new byte[Manifest.SignatureSize];
        manifest.CopySignature(signature);
        return _parts.Crypto.VerifySignature(key, _parts.Digest, signature);
    }
}
