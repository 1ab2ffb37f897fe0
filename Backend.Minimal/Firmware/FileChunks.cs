using JamBox.Backend.Storage;

namespace JamBox.Backend.Firmware;

/// <summary>
/// The chunks that were asked for last, for all downloads together: when a fleet fetches one image, each chunk is read once and is in
/// memory once. Chunks never change, so nothing here can be out of date.
/// </summary>
internal sealed class FileChunks
{
    /// <summary>Chunks kept: 16 MB.</summary>
    private const int MaxChunks = 256;

    private readonly Store _store;
    private readonly StorageTurns _turns;
    private readonly Lock _lock = new();
    private readonly Dictionary<(long File, int Number), LinkedListNode<Entry>> _entries = [];
    private readonly LinkedList<Entry> _byUse = [];

    /// <summary>Makes it.</summary>
    public FileChunks(Store store, StorageTurns turns)
    {
        _store = store;
        _turns = turns;
    }

    /// <summary>A chunk of a file.</summary>
    /// <returns>Null when it is gone.</returns>
    public async ValueTask<byte[]?> GetAsync(long file, int number)
    {
        (long, int) key = (file, number);
        Entry entry;
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out LinkedListNode<Entry>? node))
            {
                _byUse.Remove(node);
                _byUse.AddFirst(node);
                entry = node.Value;
            }
            else
            {
                // Whoever comes while it is read waits for the same.
                entry = new Entry(key, _turns.AskAsync(
                    (_store, file, number),
                    static wanted => wanted._store.ReadAsync((wanted.file, wanted.number), FileSql.Chunk, settled: false)));
                _entries[key] = _byUse.AddFirst(entry);
                if (_entries.Count > MaxChunks)
                {
                    _entries.Remove(_byUse.Last!.Value.Key);
                    _byUse.RemoveLast();
                }
            }
        }

        byte[]? data = null;
        try
        {
            data = await entry.Data.ConfigureAwait(false);
        }
        finally
        {
            if (data is null)
            {
                Forget(entry);
            }
        }

        return data;
    }

    private void Forget(Entry entry)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(entry.Key, out LinkedListNode<Entry>? node) && ReferenceEquals(node.Value, entry))
            {
                _entries.Remove(entry.Key);
                _byUse.Remove(node);
            }
        }
    }

    private sealed record Entry((long File, int Number) Key, Task<byte[]?> Data);
}
