using JamBox.Backend.Storage;

namespace JamBox.Backend.Ota;

/// <summary>The bytes of the patches of ours that devices are downloading, in memory. A patch never changes once it is ready.</summary>
internal sealed class DeltaCache
{
    /// <summary>Patches kept, 1 MB each at most: a release is rolled out to a few bases at a time.</summary>
    private const int MaxPatches = 16;

    private readonly Store _store;
    private readonly Lock _gate = new();
    private readonly List<(long Id, byte[] Bytes)> _latest = [];

    /// <summary>Makes the cache.</summary>
    public DeltaCache(Store store)
    {
        _store = store;
    }

    /// <summary>The bytes of a patch; null when it is not ready.</summary>
    public byte[]? Bytes(long id)
    {
        lock (_gate)
        {
            int at = _latest.FindIndex(patch => patch.Id == id);
            if (at >= 0)
            {
                // Used last, goes last.
                (long Id, byte[] Bytes) found = _latest[at];
                _latest.RemoveAt(at);
                _latest.Add(found);
                return found.Bytes;
            }
        }

        if (_store.Read(id, DeltaSql.Bytes) is not { } bytes)
        {
            return null;
        }

        lock (_gate)
        {
            if (_latest.Count >= MaxPatches)
            {
                _latest.RemoveAt(0);
            }

            _latest.Add((id, bytes));
        }

        return bytes;
    }
}
