using JamBox.Backend.Storage;

namespace JamBox.Backend.Firmware;

/// <summary>The SQL of a mirror.</summary>
internal static class MirrorSql
{
    /// <summary>How long a process that has begun is left alone without another word, ms.</summary>
    public const long LeaseMs = 2 * 60 * 1000;

    /// <summary>Takes the work, unless another process is at it.</summary>
    /// <returns>The last release that was taken over; null = another process is at it.</returns>
    public static long? TryBegin(SqlSession session, (string Source, string Holder, long Now) wanted)
    {
        session.Execute("INSERT INTO mirror_state (source) VALUES ($1) ON CONFLICT DO NOTHING", wanted.Source);

        // What was begun of another source, which is none any more.
        session.Execute("DELETE FROM mirror_parts WHERE source <> $1", wanted.Source);
        int taken = session.Execute(
            "UPDATE mirror_state SET holder = $2, held_until = $3, tried_at = $4 WHERE source = $1 AND (held_until <= $4 OR holder = $2)",
            wanted.Source, wanted.Holder, wanted.Now + LeaseMs, wanted.Now);
        if (taken == 0)
        {
            return null;
        }

        using SqlStatement row = session.Query("SELECT last_id FROM mirror_state WHERE source = $1", wanted.Source);
        row.Read();
        return row.Int64(0);
    }

    /// <summary>Ends a turn.</summary>
    public static int End(SqlSession session, (string Source, string Holder, string? Error, long Now) wanted) => session.Execute("""
        UPDATE mirror_state SET held_until = 0, error = $3, succeeded_at = CASE WHEN $3 IS NULL THEN $4 ELSE succeeded_at END
        WHERE source = $1 AND holder = $2
        """, wanted.Source, wanted.Holder, wanted.Error, wanted.Now);

    /// <summary>The file that a part is fetched into: the one that was begun, or a new one.</summary>
    /// <returns>The file, and the bytes that are there.</returns>
    public static (long File, long Have) FileOf(
        SqlSession session, (string Source, long Release, string Part, string Sha256, long Now) wanted)
    {
        using (SqlStatement row = session.Query("""
            SELECT p.file_id, f.size FROM mirror_parts p JOIN firmware_files f ON f.id = p.file_id
            WHERE p.source = $1 AND p.release_id = $2 AND p.part = $3 AND p.sha256 = $4
            """, wanted.Source, wanted.Release, wanted.Part, wanted.Sha256))
        {
            if (row.Read())
            {
                return (row.Int64(0), row.Int64(1));
            }
        }

        long file = FileSql.Begin(session, wanted.Now);
        session.Execute("""
            INSERT INTO mirror_parts (source, release_id, part, sha256, file_id) VALUES ($1, $2, $3, $4, $5)
            ON CONFLICT (source, release_id, part) DO UPDATE SET sha256 = excluded.sha256, file_id = excluded.file_id
            """, wanted.Source, wanted.Release, wanted.Part, wanted.Sha256, file);
        return (file, 0);
    }

    /// <summary>Adds a chunk, and keeps the work.</summary>
    public static int Add(SqlSession session, (long File, int Number, byte[] Data, string Source, string Holder, long Now) chunk)
    {
        session.Execute(
            "UPDATE mirror_state SET held_until = $3 WHERE source = $1 AND holder = $2", chunk.Source, chunk.Holder, chunk.Now + LeaseMs);
        return FileSql.Add(session, (chunk.File, chunk.Number, chunk.Data, chunk.Now));
    }

    /// <summary>Drops what was fetched of a part: it is not what it should be.</summary>
    public static int Drop(SqlSession session, (string Source, long Release, string Part) wanted)
    {
        using (SqlStatement row = session.Query(
            "SELECT file_id FROM mirror_parts WHERE source = $1 AND release_id = $2 AND part = $3", wanted.Source, wanted.Release,
            wanted.Part))
        {
            if (!row.Read())
            {
                return 0;
            }

            long file = row.Int64(0);
            row.Dispose();
            FileSql.Abandon(session, file);
        }

        return session.Execute(
            "DELETE FROM mirror_parts WHERE source = $1 AND release_id = $2 AND part = $3", wanted.Source, wanted.Release, wanted.Part);
    }

    /// <summary>Keeps a release whose parts are all here, and goes on behind it.</summary>
    /// <returns>The release of that version that was here before, if it is another one.</returns>
    public static Release? Keep(SqlSession session, (string Source, long SourceId, Release? Release, (long, string)[] Files) wanted)
    {
        Release? other = null;
        if (wanted.Release is { } release)
        {
            (Release? kept, Release? conflict) = ReleaseSql.Add(session, (release, wanted.Files, true));
            other = kept is null && conflict!.App.Sha256 != release.App.Sha256 ? conflict : null;
        }

        session.Execute(
            "UPDATE mirror_state SET last_id = $2 WHERE source = $1 AND last_id < $2", wanted.Source, wanted.SourceId);
        session.Execute("DELETE FROM mirror_parts WHERE source = $1 AND release_id <= $2", wanted.Source, wanted.SourceId);
        return other;
    }

    /// <summary>Says how a mirror stands; null = it has not begun.</summary>
    public static MirrorStatus? Status(SqlSession session, string source)
    {
        using SqlStatement row = session.Query("""
            SELECT last_id, tried_at, succeeded_at, error, (SELECT count(*) FROM firmware_releases),
                (SELECT coalesce(sum(f.size), 0) FROM mirror_parts p JOIN firmware_files f ON f.id = p.file_id WHERE p.source = $1)
            FROM mirror_state WHERE source = $1
            """, source);
        return row.Read()
            ? new MirrorStatus(source, row.Int64(0), row.TimeOrNull(1), row.TimeOrNull(2), row.TextOrNull(3), row.Int64(4), row.Int64(5))
            : null;
    }
}
