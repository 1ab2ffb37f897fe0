using JamBox.Backend.Storage;

namespace JamBox.Backend.Ota;

/// <summary>The bytes of the patches that devices are downloading, in memory: a chunk costs no read of the whole.</summary>
internal sealed class PatchCache
{
    /// <summary>Patches kept; an old fleet downloads one or two at a time.</summary>
    private const int MaxPatches = 4;

    private readonly Store _store;
    private readonly Lock _gate = new();
    private readonly List<(long Id, byte[] Bytes)> _latest = [];

    /// <summary>Makes the cache.</summary>
    public PatchCache(Store store)
    {
        _store = store;
    }

    /// <summary>The bytes of a patch; null when they were never uploaded.</summary>
    public byte[]? Bytes(long id)
    {
        lock (_gate)
        {
            int at = _latest.FindIndex(patch => patch.Id == id);
            if (at >= 0)
            {
                return _latest[at].Bytes;
            }
        }

        if (_store.Read(id, OtaSql.Bytes) is not { } bytes)
        {
            return null;
        }

        lock (_gate)
        {
            if (_latest.Count == MaxPatches)
            {
                _latest.RemoveAt(0);
            }

            _latest.Add((id, bytes));
        }

        return bytes;
    }
}
