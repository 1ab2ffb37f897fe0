using JamBox.Backend.Storage;

namespace JamBox.Backend.Ota;

/// <summary>The ready-made patches that devices of the old fleet are downloading.</summary>
internal sealed class PatchCache : PatchBytesCache
{
    // An old fleet downloads one or two at a time.
    private const int MaxPatches = 4;

    /// <summary>Makes the cache.</summary>
    public PatchCache(Store store)
        : base(store, OtaSql.Bytes, MaxPatches)
    {
    }

    /// <summary>The bytes of a patch; null when they were never uploaded.</summary>
    public byte[]? Bytes(Patch patch) => Bytes(patch.Id, patch.Sha256);
}
