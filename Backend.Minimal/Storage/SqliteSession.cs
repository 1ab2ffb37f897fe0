using System.Globalization;

using SQLitePCL;

namespace JamBox.Backend.Storage;

/// <summary>A connection to a SQLite file.</summary>
internal sealed class SqliteSession : SqlSession
{
    static SqliteSession()
    {
        Batteries_V2.Init();
    }

    private readonly sqlite3 _database;
    private readonly Dictionary<string, SqliteStatement> _statements = new(ByReference.Instance);

    /// <summary>Opens a connection.</summary>
    /// <param name="path">Absolute path of the database file; made when missing, unless <paramref name="readOnly"/>.</param>
    /// <param name="readOnly">True for readers: a write through this session then fails.</param>
    /// <param name="busyMs">How long a lock of somebody else is waited for, ms; less than the 2 s after which whoever asked is told to come
    /// again.</param>
    public SqliteSession(string path, bool readOnly, int busyMs = 1_900)
    {
        // Without SQLite's own locks, which are taken and given back with every value: one thread at a time is what a session is for.
        int code = raw.sqlite3_open_v2(
            path, out _database, raw.SQLITE_OPEN_READWRITE | raw.SQLITE_OPEN_CREATE | raw.SQLITE_OPEN_NOMUTEX, vfs: null);
        try
        {
            SqliteStatement.Check(_database, code);
            Set(readOnly, busyMs);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override void Begin() => Execute("BEGIN IMMEDIATE");

    /// <inheritdoc/>
    public override void Commit() => Execute("COMMIT");

    /// <inheritdoc/>
    public override void RollBack()
    {
        try
        {
            Execute("ROLLBACK");
        }
        catch (StorageException)
        {
            // SQLite has already rolled back by itself (full disk, I/O error), or never began.
        }
    }

    /// <inheritdoc/>
    public override int Execute(string sql, params ReadOnlySpan<SqlValue> values)
    {
        using SqlStatement statement = Query(sql, values);
        while (statement.Read())
        {
            // To the end: SQLite does the work of a statement while it is stepped.
        }

        return raw.sqlite3_changes(_database);
    }

    /// <inheritdoc/>
    public override void ExecuteMany(string sql, IReadOnlyList<SqlValue[]> rows, Span<int> changed)
    {
        for (int i = 0; i < rows.Count; i++)
        {
            changed[i] = Execute(sql, rows[i]);
        }
    }

    /// <inheritdoc/>
    public override SqlStatement Query(string sql, params ReadOnlySpan<SqlValue> values)
    {
        if (!_statements.TryGetValue(sql, out SqliteStatement? statement))
        {
            if (_statements.Count == MaxStatements)
            {
                CloseStatements();
            }

            statement = new SqliteStatement(_database, sql);
            _statements.Add(sql, statement);
        }

        statement.Bind(values);
        return statement;
    }

    /// <inheritdoc/>
    public override void ExecuteScript(string script) => SqliteStatement.Check(_database, raw.sqlite3_exec(_database, script));

    /// <inheritdoc/>
    public override void KeepReferences(bool keep) => Execute(keep ? "PRAGMA foreign_keys = 1" : "PRAGMA foreign_keys = 0");

    /// <inheritdoc/>
    public override void NeverReuseIds()
    {
        foreach ((string table, string sql) in Tables())
        {
            if (SqliteSchema.WithAutoincrement(table, sql) is { } better)
            {
                MakeAnew(table, better);
            }
        }

        using SqlStatement broken = Query("PRAGMA foreign_key_check");
        if (broken.Read())
        {
            throw new StorageException($"a row of {broken.Text(0)} refers to none of {broken.Text(2)}", 0, isOutage: false);
        }
    }

    /// <inheritdoc/>
    public override void LockSchema()
    {
        // BEGIN IMMEDIATE holds the only write lock there is.
    }

    /// <inheritdoc/>
    public override void Vacuum() => Execute("VACUUM");

    /// <inheritdoc/>
    public override void ShrinkLog() => Execute("PRAGMA wal_checkpoint(TRUNCATE)");

    /// <inheritdoc/>
    public override void Dispose()
    {
        CloseStatements();
        _database.Dispose();
    }

    private void Set(bool readOnly, int busyMs)
    {
        // FULL: the commit returns only after the log is on the disk; a reading that was answered 201 must survive the power too.
        Execute(string.Create(CultureInfo.InvariantCulture, $"PRAGMA busy_timeout = {busyMs}"));
        // Of a new file, or from the next VACUUM on: space is given back by pieces, for which nobody waits. Must come before the first
        // table.
        if (!readOnly)
        {
            Execute("PRAGMA auto_vacuum = INCREMENTAL");
        }

        Execute("PRAGMA journal_mode = WAL");
        Execute("PRAGMA synchronous = FULL");
        Execute(readOnly ? "PRAGMA query_only = 1" : "PRAGMA foreign_keys = 1");
        // A checkpoint makes the commit that triggers it wait for two more fsyncs: every 32 MB of log instead of every 4.
        Execute("PRAGMA wal_autocheckpoint = 8000");
        // A reader that took long lets the log grow; the room is given back once it starts over.
        Execute("PRAGMA journal_size_limit = 67108864");
        // 16 MB for the writer, 4 for a reader: hot index pages of a large file.
        Execute(readOnly ? "PRAGMA cache_size = -4096" : "PRAGMA cache_size = -16384");
    }

    private List<(string Table, string Sql)> Tables()
    {
        List<(string Table, string Sql)> tables = [];
        using SqlStatement row = Query(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite~_%' ESCAPE '~' ORDER BY name");
        while (row.Read())
        {
            tables.Add((row.Text(0), row.Text(1)));
        }

        return tables;
    }

    /// <summary>The way that SQLite's documentation gives for changes that ALTER TABLE does not know.</summary>
    private void MakeAnew(string table, string sql)
    {
        List<string> indexes = [];
        using (
            SqlStatement row = Query(
                "SELECT sql FROM sqlite_schema WHERE tbl_name = $1 AND type IN ('index', 'trigger') AND sql IS NOT NULL", table))
        {
            while (row.Read())
            {
                indexes.Add(row.Text(0));
            }
        }

        CloseStatements();
        ExecuteScript($"""
            {sql};
            INSERT INTO {SqliteSchema.Temporary} SELECT * FROM {table};
            DROP TABLE {table};
            ALTER TABLE {SqliteSchema.Temporary} RENAME TO {table};
            """);
        indexes.ForEach(ExecuteScript);
    }

    private void CloseStatements()
    {
        foreach (SqliteStatement statement in _statements.Values)
        {
            statement.Close();
        }

        _statements.Clear();
    }
}
