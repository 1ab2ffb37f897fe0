using JamBox.Backend.Storage;

namespace JamBox.Backend.Firmware;

/// <summary>The SQL of files: in chunks, so that nobody holds more of one than that.</summary>
internal static class FileSql
{
    /// <summary>Bytes of a chunk; the last one is shorter.</summary>
    public const int ChunkBytes = 64 * 1024;

    /// <summary>What came and belongs to nothing after this time goes, ms.</summary>
    public const long AbandonedMs = 60 * 60 * 1000;

    /// <summary>Files that are looked at in one go.</summary>
    private const int SweepFiles = 20;

    /// <summary>Chunks that are removed in one go, 16 MB: so long the writer is held up.</summary>
    private const int SweepChunks = 256;

    /// <summary>Begins a file.</summary>
    /// <returns>Its id.</returns>
    public static long Begin(SqlSession session, long now)
    {
        using SqlStatement row = session.Query("INSERT INTO firmware_files (touched_at) VALUES ($1) RETURNING id", now);
        row.Read();
        return row.Int64(0);
    }

    /// <summary>Adds the next chunk.</summary>
    public static int Add(SqlSession session, (long File, int Number, byte[] Data, long Now) chunk)
    {
        session.Execute("INSERT INTO firmware_chunks (file_id, number, data) VALUES ($1, $2, $3)", chunk.File, chunk.Number, chunk.Data);
        return session.Execute(
            "UPDATE firmware_files SET size = size + $2, touched_at = $3 WHERE id = $1 AND sha256 IS NULL", chunk.File, chunk.Data.Length,
            chunk.Now);
    }

    /// <summary>Says that a file is whole.</summary>
    public static void End(SqlSession session, long file, string sha256) =>
        session.Execute("UPDATE firmware_files SET sha256 = $2 WHERE id = $1", file, sha256);

    /// <summary>A chunk of a file; null when it is gone.</summary>
    public static byte[]? Chunk(SqlSession session, (long File, int Number) wanted)
    {
        using SqlStatement row = session.Query(
            "SELECT data FROM firmware_chunks WHERE file_id = $1 AND number = $2", wanted.File, wanted.Number);
        return row.Read() ? row.Bytes(0) : null;
    }

    /// <summary>Lets a file go that nothing is in: at the next sweep.</summary>
    public static int Abandon(SqlSession session, long file) =>
        session.Execute("UPDATE firmware_files SET touched_at = 0, sha256 = NULL WHERE id = $1", file);

    /// <summary>Removes some of what belongs to no release.</summary>
    /// <returns>Rows removed; 0 = there is nothing left.</returns>
    public static int Sweep(SqlSession session, long now)
    {
        List<long> files = [];
        using (SqlStatement row = session.Query("""
            SELECT id FROM firmware_files f WHERE touched_at < $1 AND NOT EXISTS (SELECT 1 FROM firmware_parts p WHERE p.file_id = f.id)
                AND NOT EXISTS (SELECT 1 FROM mirror_parts m WHERE m.file_id = f.id)
            ORDER BY id LIMIT $2
            """, now - AbandonedMs, SweepFiles))
        {
            while (row.Read())
            {
                files.Add(row.Int64(0));
            }
        }

        int removed = 0;
        foreach (long file in files)
        {
            removed += session.Execute(
                "DELETE FROM firmware_chunks WHERE file_id = $1 AND number IN (SELECT number FROM firmware_chunks WHERE file_id = $1 ORDER BY number LIMIT $2)",
                file, SweepChunks - removed);
            if (removed >= SweepChunks)
            {
                return removed;
            }

            removed += session.Execute("DELETE FROM firmware_files WHERE id = $1", file);
        }

        return removed;
    }
}

/// <summary>Writes a file chunk by chunk as it comes; each chunk is on the disk before the next one is read.</summary>
internal sealed class FileWriter
{
    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly byte[] _chunk = new byte[FileSql.ChunkBytes];
    private int _have;
    private int _number;

    private FileWriter(Store store, TimeProvider clock, long id)
    {
        _store = store;
        _clock = clock;
        Id = id;
    }

    /// <summary>The id of the file.</summary>
    public long Id { get; }

    /// <summary>Begins a file.</summary>
    public static async Task<FileWriter> BeginAsync(Store store, TimeProvider clock) =>
        new(store, clock, await store.WriteAsync(clock.GetUtcNow().ToUnixTimeMilliseconds(), FileSql.Begin).ConfigureAwait(false));

    /// <summary>Takes the next bytes.</summary>
    public async ValueTask AppendAsync(ReadOnlyMemory<byte> data)
    {
        while (!data.IsEmpty)
        {
            int part = Math.Min(data.Length, _chunk.Length - _have);
            data[..part].CopyTo(_chunk.AsMemory(_have));
            _have += part;
            data = data[part..];
            if (_have == _chunk.Length)
            {
                await FlushAsync().ConfigureAwait(false);
            }
        }
    }

    /// <summary>Writes what is left.</summary>
    public ValueTask EndAsync() => _have > 0 ? FlushAsync() : ValueTask.CompletedTask;

    private async ValueTask FlushAsync()
    {
        byte[] data = _have == _chunk.Length ? _chunk : _chunk[.._have];
        await _store.WriteAsync((Id, _number, data, _clock.GetUtcNow().ToUnixTimeMilliseconds()), FileSql.Add).ConfigureAwait(false);
        _number++;
        _have = 0;
    }
}
