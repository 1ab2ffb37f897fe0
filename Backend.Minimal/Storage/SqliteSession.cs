using Microsoft.Data.Sqlite;

namespace JamBox.Backend.Storage;

/// <summary>A connection to a SQLite file.</summary>
internal sealed class SqliteSession : SqlSession
{
    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqliteStatement> _statements = new(ByReference.Instance);

    /// <summary>Opens a connection.</summary>
    /// <param name="path">Absolute path of the database file; made when missing, unless <paramref name="readOnly"/>.</param>
    /// <param name="readOnly">True for readers: a write through this session then fails.</param>
    public SqliteSession(string path, bool readOnly)
    {
        SqliteConnectionStringBuilder options = new() { DataSource = path, Pooling = false };
        _connection = new SqliteConnection(options.ToString());
        _connection.Open();
        // FULL: the commit returns only after the log is on the disk; a reading that was answered 201 must survive the power too.
        Execute("PRAGMA busy_timeout = 5000");
        Execute("PRAGMA journal_mode = WAL");
        Execute("PRAGMA synchronous = FULL");
        Execute(readOnly ? "PRAGMA query_only = 1" : "PRAGMA foreign_keys = 1");
        // A checkpoint makes the commit that triggers it wait for two more fsyncs: every 32 MB of log instead of every 4.
        Execute("PRAGMA wal_autocheckpoint = 8000");
        // 16 MB for the writer, 4 for a reader: hot index pages of a large file.
        Execute(readOnly ? "PRAGMA cache_size = -4096" : "PRAGMA cache_size = -16384");
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

        return SQLitePCL.raw.sqlite3_changes(_connection.Handle);
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

            statement = new SqliteStatement(_connection.Handle!, sql);
            _statements.Add(sql, statement);
        }

        statement.Bind(values);
        return statement;
    }

    /// <inheritdoc/>
    public override void ExecuteScript(string script)
    {
        using SqliteCommand command = _connection.CreateCommand();
#pragma warning disable CA2100 // The text is an embedded resource of this assembly.
        command.CommandText = script;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    /// <inheritdoc/>
    public override void LockSchema()
    {
        // BEGIN IMMEDIATE holds the only write lock there is.
    }

    /// <inheritdoc/>
    public override void Vacuum() => Execute("VACUUM");

    /// <inheritdoc/>
    public override void Dispose()
    {
        CloseStatements();
        _connection.Dispose();
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
