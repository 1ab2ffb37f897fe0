using System.Globalization;

using SQLitePCL;

namespace JamBox.Backend.Storage;

/// <summary>A statement that SQLite keeps prepared.</summary>
internal sealed class SqliteStatement : SqlStatement
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    /// <summary>SQLite numbers parameters by first appearance, PostgreSQL by their name ($1, $2 …): ours go by name.</summary>
    private readonly int[] _parameterIndexes;

    /// <summary>Prepares the statement.</summary>
    /// <param name="database">The connection.</param>
    /// <param name="sql">One statement with parameters $1, $2 … .</param>
    public SqliteStatement(sqlite3 database, string sql)
    {
        _database = database;
        Check(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
        _parameterIndexes = new int[raw.sqlite3_bind_parameter_count(_statement)];
        for (int i = 0; i < _parameterIndexes.Length; i++)
        {
            _parameterIndexes[i] = raw.sqlite3_bind_parameter_index(_statement, string.Create(CultureInfo.InvariantCulture, $"${i + 1}"));
        }
    }

    /// <inheritdoc/>
    public override bool Read()
    {
        int code = raw.sqlite3_step(_statement);
        if (code == raw.SQLITE_ROW)
        {
            return true;
        }

        if (code != raw.SQLITE_DONE)
        {
            Check(code);
        }

        return false;
    }

    /// <inheritdoc/>
    public override long Int64(int column) => raw.sqlite3_column_int64(_statement, column);

    /// <inheritdoc/>
    public override double Real(int column) => raw.sqlite3_column_double(_statement, column);

    /// <inheritdoc/>
    public override string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string() ?? "";

    /// <inheritdoc/>
    public override byte[] Bytes(int column) => raw.sqlite3_column_blob(_statement, column).ToArray();

    /// <inheritdoc/>
    public override bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    /// <summary>
    /// Whether a column of the current row holds a number: SQLite keeps text in columns of numbers too, and reads it as 0.
    /// </summary>
    public bool IsNumber(int column) =>
        raw.sqlite3_column_type(_statement, column) is var type && (type == raw.SQLITE_INTEGER || type == raw.SQLITE_FLOAT);

    /// <summary>Sets the parameters and stands before the first row.</summary>
    public void Bind(ReadOnlySpan<SqlValue> values)
    {
        if (values.Length != _parameterIndexes.Length)
        {
            throw new ArgumentException("Not as many values as the statement has parameters.", nameof(values));
        }

        for (int i = 0; i < values.Length; i++)
        {
            int index = _parameterIndexes[i];
            Check(values[i].Kind switch
            {
                SqlValueKind.Number => raw.sqlite3_bind_int64(_statement, index, values[i].Number),
                SqlValueKind.Text => raw.sqlite3_bind_text(_statement, index, values[i].Text),
                SqlValueKind.Real => raw.sqlite3_bind_double(_statement, index, values[i].Real),
                SqlValueKind.Bytes => raw.sqlite3_bind_blob(_statement, index, values[i].Bytes),
                _ => raw.sqlite3_bind_null(_statement, index),
            });
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        // What step said is repeated by reset: whoever stepped has heard it.
        _ = raw.sqlite3_reset(_statement);
        _ = raw.sqlite3_clear_bindings(_statement);
    }

    /// <summary>Gives the prepared statement back to SQLite.</summary>
    public void Close() => _statement.Dispose();

    /// <summary>Whether a primary result code says that the storage is out of order, and not that it was asked something wrong.</summary>
    public static bool IsOutage(int code) =>
        code == raw.SQLITE_BUSY || code == raw.SQLITE_LOCKED || code == raw.SQLITE_FULL || code == raw.SQLITE_IOERR
            || code == raw.SQLITE_CANTOPEN
        || code == raw.SQLITE_READONLY || code == raw.SQLITE_PROTOCOL || code == raw.SQLITE_NOMEM;

    /// <summary>Throws what a result code says, unless it says that all is well.</summary>
    /// <exception cref="StorageException">It does not.</exception>
    public static void Check(sqlite3 database, int code)
    {
        if (code != raw.SQLITE_OK)
        {
            int primary = code & 0xFF;
            throw new StorageException(raw.sqlite3_errmsg(database).utf8_to_string(), primary, IsOutage(primary));
        }
    }

    private void Check(int code) => Check(_database, code);
}
