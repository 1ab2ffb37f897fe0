using JamBox.Backend.Storage;

namespace JamBox.Backend.Patches;

/// <summary>
/// The bytes of the patches that devices are downloading, in memory: a chunk costs no read of the whole. The patch that was used longest
/// ago makes room for the next.
/// </summary>
internal abstract class PatchBytesCache
{
    private readonly Store _store;
    private readonly Func<SqlSession, long, byte[]?> _read;
    private readonly int _maxPatches;
    private readonly Lock _gate = new();
    private readonly List<(long Id, string Hash, byte[] Bytes)> _latest = [];

    /// <summary>Makes the cache.</summary>
    /// <param name="store">Where the patches are.</param>
    /// <param name="read">Reads one by its id; null when its bytes are not there.</param>
    /// <param name="maxPatches">Patches kept, 1 MB each at most.</param>
    protected PatchBytesCache(Store store, Func<SqlSession, long, byte[]?> read, int maxPatches)
    {
        _store = store;
        _read = read;
        _maxPatches = maxPatches;
    }

    /// <summary>The bytes of a patch; null when they are not there.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="hash">What tells it from another of this id.</param>
    protected async Task<byte[]?> BytesAsync(long id, string hash)
    {
        if (Find(id, hash) is { } kept)
        {
            return kept;
        }

        // Two at once read the same: harmless, and no reader waits for another's.
        byte[]? bytes = await _store.ReadAsync(id, _read).ConfigureAwait(false);
        if (bytes is not null)
        {
            Keep(id, hash, bytes);
        }

        return bytes;
    }

    private byte[]? Find(long id, string hash)
    {
        lock (_gate)
        {
            int at = _latest.FindIndex(patch => patch.Id == id && patch.Hash == hash);
            if (at < 0)
            {
                return null;
            }

            (long Id, string Hash, byte[] Bytes) found = _latest[at];
            _latest.RemoveAt(at);
            _latest.Add(found);
            return found.Bytes;
        }
    }

    private void Keep(long id, string hash, byte[] bytes)
    {
        lock (_gate)
        {
            _latest.RemoveAll(patch => patch.Id == id);
            if (_latest.Count == _maxPatches)
            {
                _latest.RemoveAt(0);
            }

            _latest.Add((id, hash, bytes));
        }
    }
}

/// <summary>
/// The patches of ours that devices are downloading. A patch never changes once it is ready, and no row is ever deleted: one that was
/// pruned and is made again comes from the same two images.
/// </summary>
internal sealed class PatchCache : PatchBytesCache
{
    // A release is rolled out to a few bases at a time.
    private const int MaxPatches = 16;

    /// <summary>Makes the cache.</summary>
    public PatchCache(Store store)
        : base(store, PatchSql.Bytes, MaxPatches)
    {
    }

    /// <summary>The bytes of a patch; null when it is not ready.</summary>
    public Task<byte[]?> BytesAsync(long id) => BytesAsync(id, string.Empty);
}
