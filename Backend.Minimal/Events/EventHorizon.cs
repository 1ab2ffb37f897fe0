using JamBox.Backend.Storage;

namespace JamBox.Backend.Events;

/// <summary>
/// Up to where nothing can come any more. PostgreSQL gives out ids before the commit: with several writers a row may be seen whose
/// predecessor is not there yet, and whoever goes on after it never hears that one. So a position counts only when every transaction that was
/// under way when it was read has ended. SQLite has one writer: there it counts at once.
/// </summary>
internal sealed class EventHorizon(Store store)
{
    /// <summary>
    /// Transactions of all processes that write. A transaction begins before it takes an id: those that are not in this list after an id was
    /// seen cannot take a lower one. (VACUUM takes none, and may last.)
    /// </summary>
    private const string WritersSql = $"""
        SELECT pid, xact_start::text FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = '{PostgresSession.WriterName}' AND xact_start IS NOT NULL
            AND query NOT LIKE 'VACUUM%'
        """;

    private (EventPosition Position, HashSet<string> Writers)? _pending;
    private EventPosition? _settled;

    /// <summary>Looks again.</summary>
    /// <returns>The position; null when there is none yet.</returns>
    public async Task<EventPosition?> LookAsync()
    {
        EventPosition newest = await store.ReadAsync(0, EventSql.Newest).ConfigureAwait(false);
        HashSet<string> writers = store.Target.Path is null ? await store.ReadAsync(0, Writers).ConfigureAwait(false) : [];
        if (writers.Count == 0)
        {
            _settled = newest;
            _pending = null;
        }
        else if (_pending is not { } pending)
        {
            _pending = (newest, writers);
        }
        else if (!pending.Writers.Overlaps(writers))
        {
            _settled = pending.Position;
            _pending = (newest, writers);
        }

        return _settled;
    }

    private static HashSet<string> Writers(SqlSession session, int unused)
    {
        using SqlStatement row = session.Query(WritersSql);
        HashSet<string> writers = [];
        while (row.Read())
        {
            writers.Add($"{row.Int64(0)} {row.Text(1)}");
        }

        return writers;
    }
}
