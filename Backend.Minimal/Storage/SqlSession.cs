using System.Runtime.CompilerServices;

using Microsoft.Data.Sqlite;

namespace JamBox.Backend.Storage;

/// <summary>
/// One connection with its prepared statements; used by one thread at a time. Statements are written in the dialect that
/// SQLite and PostgreSQL share: $1 parameters, ON CONFLICT, RETURNING.
/// </summary>
internal sealed class SqlSession : IDisposable
{
    /// <summary>Statements kept prepared. The SQL of the features is constant, so that this is never reached; it bounds a mistake.</summary>
    private const int MaxStatements = 256;

    private readonly SqliteConnection _connection;
    private readonly Dictionary<string, SqlStatement> _statements = new(ByReference.Instance);

    /// <summary>Opens a connection.</summary>
    /// <param name="path">Absolute path of the database file; made when missing, unless <paramref name="readOnly"/>.</param>
    /// <param name="readOnly">True for readers: a write through this session then fails.</param>
    public SqlSession(string path, bool readOnly)
    {
        SqliteConnectionStringBuilder options = new() { DataSource = path, Pooling = false };
        _connection = new SqliteConnection(options.ToString());
        _connection.Open();
        // FULL: the commit returns only after the log is on the disk; a reading that was answered 201 must survive the power too.
        Execute("PRAGMA busy_timeout = 5000");
        Execute("PRAGMA journal_mode = WAL");
        Execute("PRAGMA synchronous = FULL");
        Execute(readOnly ? "PRAGMA query_only = 1" : "PRAGMA foreign_keys = 1");
    }

    /// <summary>Runs a statement whose rows are not wanted.</summary>
    /// <param name="sql">Constant text: it is the key under which the statement stays prepared.</param>
    /// <param name="values">The values of $1, $2 … .</param>
    /// <returns>The number of rows changed.</returns>
    public int Execute(string sql, params ReadOnlySpan<SqlValue> values)
    {
        using SqlStatement statement = Query(sql, values);
        while (statement.Read())
        {
            // To the end: SQLite does the work of a statement while it is stepped.
        }

        return SQLitePCL.raw.sqlite3_changes(_connection.Handle);
    }

    /// <summary>Starts a statement whose rows are wanted. The caller disposes what it gets before it runs the same text again.</summary>
    /// <param name="sql">Constant text: it is the key under which the statement stays prepared.</param>
    /// <param name="values">The values of $1, $2 … .</param>
    public SqlStatement Query(string sql, params ReadOnlySpan<SqlValue> values)
    {
        if (!_statements.TryGetValue(sql, out SqlStatement? statement))
        {
            if (_statements.Count == MaxStatements)
            {
                CloseStatements();
            }

            statement = new SqlStatement(_connection.Handle!, sql);
            _statements.Add(sql, statement);
        }

        statement.Bind(values);
        return statement;
    }

    /// <summary>Runs several statements from a migration file; they are not kept.</summary>
    public void ExecuteScript(string script)
    {
        using SqliteCommand command = _connection.CreateCommand();
#pragma warning disable CA2100 // The text is an embedded resource of this assembly.
        command.CommandText = script;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CloseStatements();
        _connection.Dispose();
    }

    private void CloseStatements()
    {
        foreach (SqlStatement statement in _statements.Values)
        {
            statement.Close();
        }

        _statements.Clear();
    }

    /// <summary>Constant texts are one object each, so that comparing references spares hashing a kilobyte of SQL per reading.</summary>
    private sealed class ByReference : IEqualityComparer<string>
    {
        public static readonly ByReference Instance = new();

        public bool Equals(string? x, string? y) => ReferenceEquals(x, y);

        public int GetHashCode(string obj) => RuntimeHelpers.GetHashCode(obj);
    }
}
