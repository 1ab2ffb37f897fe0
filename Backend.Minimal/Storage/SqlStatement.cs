using System.Globalization;

using SQLitePCL;

namespace JamBox.Backend.Storage;

/// <summary>A prepared statement and, while it runs, its current row. Disposing it makes it ready for the next use; it stays prepared.</summary>
internal sealed class SqlStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;

    /// <summary>SQLite numbers parameters by first appearance, PostgreSQL by their name ($1, $2 …): ours go by name.</summary>
    private readonly int[] _parameterIndexes;

    /// <summary>Prepares the statement.</summary>
    /// <param name="database">The connection.</param>
    /// <param name="sql">One statement with parameters $1, $2 … .</param>
    public SqlStatement(sqlite3 database, string sql)
    {
        _database = database;
        Check(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
        _parameterIndexes = new int[raw.sqlite3_bind_parameter_count(_statement)];
        for (int i = 0; i < _parameterIndexes.Length; i++)
        {
            _parameterIndexes[i] = raw.sqlite3_bind_parameter_index(_statement, string.Create(CultureInfo.InvariantCulture, $"${i + 1}"));
        }
    }

    /// <summary>Goes to the next row.</summary>
    /// <returns>False at the end.</returns>
    public bool Read()
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

    /// <summary>The whole number in a column of the current row; 0 for null.</summary>
    public long Int64(int column) => raw.sqlite3_column_int64(_statement, column);

    /// <summary>The whole number in a column of the current row; 0 for null.</summary>
    public int Int32(int column) => checked((int)Int64(column));

    /// <summary>The whole number in a column of the current row, or null.</summary>
    public long? Int64OrNull(int column) => IsNull(column) ? null : Int64(column);

    /// <summary>The whole number in a column of the current row, or null.</summary>
    public int? Int32OrNull(int column) => IsNull(column) ? null : Int32(column);

    /// <summary>The text in a column of the current row; empty for null.</summary>
    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string() ?? "";

    /// <summary>The text in a column of the current row, or null.</summary>
    public string? TextOrNull(int column) => IsNull(column) ? null : Text(column);

    /// <summary>The moment in a column of the current row.</summary>
    public DateTime Time(int column) => DateTime.UnixEpoch.AddMilliseconds(Int64(column));

    /// <summary>The moment in a column of the current row, or null.</summary>
    public DateTime? TimeOrNull(int column) => IsNull(column) ? null : Time(column);

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
                _ => raw.sqlite3_bind_null(_statement, index),
            });
        }
    }

    /// <summary>Ends the run; the statement may be bound again.</summary>
    public void Dispose()
    {
        // What step said is repeated by reset: whoever stepped has heard it.
        _ = raw.sqlite3_reset(_statement);
        _ = raw.sqlite3_clear_bindings(_statement);
    }

    /// <summary>Gives the prepared statement back to SQLite.</summary>
    public void Close() => _statement.Dispose();

    private bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    private void Check(int code)
    {
        if (code != raw.SQLITE_OK)
        {
            throw new StorageException(raw.sqlite3_errmsg(_database).utf8_to_string(), code & 0xFF);
        }
    }
}
