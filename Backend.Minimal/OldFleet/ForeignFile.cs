using System.Diagnostics;

using JamBox.Backend.Storage;

using Microsoft.Data.Sqlite;

using SQLitePCL;

namespace JamBox.Backend.OldFleet;

/// <summary>
/// A SQLite file of which nothing is known. A file can hold views, virtual tables and columns that compute, and so make whoever reads it
/// work without end: only ordinary tables are read, nothing in the schema is trusted, a value has a limit, and so has the time of a
/// statement; and
/// all ends when whoever sent it has gone.
/// </summary>
internal sealed class ForeignFile : IDisposable
{
    /// <summary>Bytes of a value and of a row: what is longer than that is no device and no reading.</summary>
    private const int MaxRowBytes = 100_000;

    /// <summary>SQLite's instructions between two looks at the clock.</summary>
    private const int LookEvery = 10_000;

    /// <summary>A slice of a table takes milliseconds.</summary>
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    private readonly SqliteConnection _connection;
    private readonly TimeSpan _limit;
    private readonly delegate_progress _look;
    private readonly CancellationToken _gone;
    private long _startedAt = Stopwatch.GetTimestamp();

    /// <summary>Opens the file.</summary>
    /// <param name="path">Where it is: a copy of our own.</param>
    /// <param name="gone">Set when nobody wants it any more.</param>
    /// <param name="limit">How long a statement may take; 10 s unless said.</param>
    /// <exception cref="ForeignFileException">It is no SQLite file.</exception>
    public ForeignFile(string path, CancellationToken gone, TimeSpan? limit = null)
    {
        _gone = gone;
        _limit = limit ?? s_limit;
        _look = _ => _gone.IsCancellationRequested || Stopwatch.GetElapsedTime(_startedAt) > _limit ? 1 : 0;
        _connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = path, Pooling = false }.ToString());
        try
        {
            _connection.Open();
            sqlite3 handle = _connection.Handle!;
            raw.sqlite3_progress_handler(handle, LookEvery, _look, null);
            raw.sqlite3_limit(handle, raw.SQLITE_LIMIT_LENGTH, MaxRowBytes);
            raw.sqlite3_db_config(handle, raw.SQLITE_DBCONFIG_DEFENSIVE, 1, out _);
            raw.sqlite3_db_config(handle, raw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, out _);
            List("PRAGMA query_only = 1");
            List("PRAGMA cell_size_check = 1");
            List("SELECT count(*) FROM sqlite_schema");
        }
        catch (Exception e) when (e is SqliteException or ForeignFileException)
        {
            _connection.Dispose();
            throw new ForeignFileException("The body must be the predecessor's SQLite file");
        }
    }

    /// <summary>Checks that there is an ordinary table of a name.</summary>
    /// <exception cref="ForeignFileException">There is none, or something else of that name.</exception>
    public void RequireTable(string name)
    {
        const string Ordinary = """
            SELECT 1 FROM sqlite_schema
            WHERE name = $1 COLLATE NOCASE AND type = 'table' AND rootpage > 0 AND sql NOT LIKE 'CREATE VIRTUAL%'
            """;
        if (List(Ordinary, name).Count != 1)
        {
            throw new ForeignFileException($"The body must be the predecessor's SQLite file: it has no table {name}");
        }

        if (List("SELECT name FROM pragma_table_xinfo($1) WHERE hidden <> 0", name).Count > 0)
        {
            throw new ForeignFileException($"The table {name} has columns that compute: only stored ones are read");
        }
    }

    /// <summary>Reads rows.</summary>
    /// <param name="read">Takes a row.</param>
    /// <param name="sql">Constant text.</param>
    /// <param name="values">The values of $1, $2 … .</param>
    /// <exception cref="ForeignFileException">The file is damaged, another one, or takes too long.</exception>
    /// <exception cref="OperationCanceledException">Nobody wants it any more.</exception>
    public void Read(Action<SqliteStatement> read, string sql, params ReadOnlySpan<SqlValue> values)
    {
        _gone.ThrowIfCancellationRequested();
        _startedAt = Stopwatch.GetTimestamp();
        SqliteStatement? statement = null;
        try
        {
            statement = new SqliteStatement(_connection.Handle!, sql);
            statement.Bind(values);
            while (statement.Read())
            {
                read(statement);
            }
        }
        catch (StorageException e)
        {
            _gone.ThrowIfCancellationRequested();
            throw new ForeignFileException(e.Code == raw.SQLITE_INTERRUPT
                ? "The file takes too long to read: it is not the predecessor's"
                : $"The file cannot be read: {e.Message}");
        }
        finally
        {
            statement?.Dispose();
            statement?.Close();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _connection.Dispose();

    private List<string> List(string sql, params ReadOnlySpan<SqlValue> values)
    {
        List<string> rows = [];
        Read(row => rows.Add(row.Text(0)), sql, values);
        return rows;
    }
}

/// <summary>A file that is not what it should be. The message is for whoever sent it.</summary>
internal sealed class ForeignFileException : Exception
{
    /// <summary>Makes the refusal.</summary>
    public ForeignFileException(string message)
        : base(message)
    {
    }
}
