using JamBox.Backend.Storage;

namespace JamBox.Backend.Ota;

/// <summary>The patches of ours that devices are downloading. A patch never changes once it is ready, and no row is ever deleted.</summary>
internal sealed class DeltaCache : PatchBytesCache
{
    // A release is rolled out to a few bases at a time.
    private const int MaxPatches = 16;

    /// <summary>Makes the cache.</summary>
    public DeltaCache(Store store)
        : base(store, DeltaSql.Bytes, MaxPatches)
    {
    }

    /// <summary>The bytes of a patch; null when it is not ready.</summary>
    public byte[]? Bytes(long id) => Bytes(id, string.Empty);
}
