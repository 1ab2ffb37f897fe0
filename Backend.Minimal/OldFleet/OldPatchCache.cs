using JamBox.Backend.Patches;
using JamBox.Backend.Storage;

namespace JamBox.Backend.OldFleet;

/// <summary>The ready-made patches that devices of the old fleet are downloading.</summary>
internal sealed class OldPatchCache : PatchBytesCache
{
    // An old fleet downloads one or two at a time.
    private const int MaxPatches = 4;

    /// <summary>Makes the cache.</summary>
    public OldPatchCache(Store store)
        : base(store, OldFleetSql.Bytes, MaxPatches)
    {
    }

    /// <summary>The bytes of a patch; null when they were never uploaded.</summary>
    public byte[]? Bytes(OldPatch patch) => Bytes(patch.Id, patch.Sha256);
}

/// <summary>A patch as it is offered.</summary>
/// <param name="Id">Its row; a new upload gets a new one.</param>
/// <param name="To">The version that it leads to.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Chunks">Chunks of 512 bytes.</param>
/// <param name="Sha256">SHA-256, hex.</param>
internal sealed record OldPatch(long Id, string To, int Size, int Chunks, string Sha256);
