using System.Globalization;

using Npgsql;

using NpgsqlTypes;

namespace JamBox.Backend.Storage;

/// <summary>A statement that Npgsql keeps prepared on the server once it has been used a few times.</summary>
internal sealed class PostgresStatement : SqlStatement
{
    private readonly NpgsqlCommand? _command;
    private NpgsqlDataReader? _reader;

    /// <summary>Makes the statement.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="sql">One statement with parameters $1, $2 … .</param>
    public PostgresStatement(NpgsqlConnection connection, string sql)
    {
#pragma warning disable CA2100 // Constant texts of the features.
        _command = new NpgsqlCommand(sql, connection);
#pragma warning restore CA2100
    }

    /// <summary>Reads the rows of statements that run already.</summary>
    public PostgresStatement(NpgsqlDataReader reader)
    {
        _reader = reader;
    }

    /// <summary>Sets the parameters.</summary>
    public void Bind(ReadOnlySpan<SqlValue> values)
    {
        _command!.Parameters.Clear();
        AddParameters(_command.Parameters, values);
    }

    /// <summary>Sets the parameters to one array per column.</summary>
    public void BindArrays(IReadOnlyList<SqlValue[]> rows)
    {
        _command!.Parameters.Clear();
        AddArrays(_command.Parameters, rows);
    }

    /// <summary>Adds one array per column.</summary>
    public static void AddArrays(NpgsqlParameterCollection parameters, IReadOnlyList<SqlValue[]> rows)
    {
        int columns = rows.Count == 0 ? 0 : rows[0].Length;
        for (int column = 0; column < columns; column++)
        {
            parameters.Add(Array(rows, column));
        }
    }

    /// <summary>Runs it; its rows are not wanted.</summary>
    /// <returns>The number of rows changed.</returns>
    public int Execute()
    {
        try
        {
            return Math.Max(_command!.ExecuteNonQuery(), 0);
        }
        catch (Exception e) when (IsOurs(e))
        {
            throw Wrap(e);
        }
    }

    /// <summary>Runs it and stands before the first row.</summary>
    public void Start()
    {
        try
        {
            _reader = _command!.ExecuteReader();
        }
        catch (Exception e) when (IsOurs(e))
        {
            throw Wrap(e);
        }
    }

    /// <inheritdoc/>
    public override bool Read()
    {
        try
        {
            return _reader!.Read();
        }
        catch (Exception e) when (IsOurs(e))
        {
            throw Wrap(e);
        }
    }

    /// <inheritdoc/>
    public override bool IsNull(int column) => _reader!.IsDBNull(column);

    /// <inheritdoc/>
    public override long Int64(int column) => IsNull(column) ? 0 : _reader!.GetFieldType(column) == typeof(long)
        ? _reader.GetInt64(column)
        : Convert.ToInt64(_reader.GetValue(column), CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override double Real(int column) =>
        IsNull(column) ? 0 : Convert.ToDouble(_reader!.GetValue(column), CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public override string Text(int column) =>
        IsNull(column) ? "" : Convert.ToString(_reader!.GetValue(column), CultureInfo.InvariantCulture) ?? "";

    /// <inheritdoc/>
    public override byte[] Bytes(int column) => IsNull(column) ? [] : _reader!.GetFieldValue<byte[]>(column);

    /// <inheritdoc/>
    public override void Dispose()
    {
        try
        {
            _reader?.Dispose();
        }
        catch (Exception e) when (IsOurs(e))
        {
            // Whoever read has heard it; a transaction that it spoiled will say so again.
        }

        _reader = null;
    }

    /// <summary>Adds parameters by position, each with its type.</summary>
    public static void AddParameters(NpgsqlParameterCollection parameters, ReadOnlySpan<SqlValue> values)
    {
        foreach (SqlValue value in values)
        {
            NpgsqlParameter parameter = value.Kind switch
            {
                SqlValueKind.Number => new NpgsqlParameter<long> { TypedValue = value.Number, NpgsqlDbType = NpgsqlDbType.Bigint },
                SqlValueKind.Text => new NpgsqlParameter<string> { TypedValue = value.Text, NpgsqlDbType = NpgsqlDbType.Text },
                SqlValueKind.Real => new NpgsqlParameter<double> { TypedValue = value.Real, NpgsqlDbType = NpgsqlDbType.Double },
                SqlValueKind.Bytes => new NpgsqlParameter<byte[]> { TypedValue = value.Bytes, NpgsqlDbType = NpgsqlDbType.Bytea },
                SqlValueKind.NullNumber => new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint },
                SqlValueKind.NullReal => new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Double },
                SqlValueKind.NullBytes => new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea },
                _ => new NpgsqlParameter { Value = DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            };
            parameters.Add(parameter);
        }
    }

    /// <summary>Npgsql's exceptions as ours. The message never holds parameter values.</summary>
    public static StorageException Wrap(Exception e) =>
        e is PostgresException refused
            ? new StorageException(
                $"{refused.SqlState} {refused.MessageText}", 1, IsOutage(refused.SqlState), IsConstraint(refused.SqlState))
            : new StorageException(e.InnerException is TimeoutException ? "no answer in time" : e.Message, 1, isOutage: true);

    /// <summary>Class 23: a row that refers to none, is there twice, or lacks something.</summary>
    private static bool IsConstraint(string state) => state.StartsWith("23", StringComparison.Ordinal);

    /// <summary>
    /// Connections (08), resources such as the disk (53), operators (57), the system (58), and a server that is a copy, which only reads
    /// (25006).
    /// </summary>
    private static bool IsOutage(string state) => state[..2] is "08" or "53" or "57" or "58" || state == "25006";

    private static NpgsqlParameter Array(IReadOnlyList<SqlValue[]> rows, int column)
    {
        switch (rows[0][column].Kind)
        {
            case SqlValueKind.Number or SqlValueKind.NullNumber:
                long?[] numbers = new long?[rows.Count];
                for (int i = 0; i < numbers.Length; i++)
                {
                    SqlValue value = rows[i][column];
                    numbers[i] = value.Kind == SqlValueKind.Number ? value.Number : null;
                }

                return new NpgsqlParameter<long?[]> { TypedValue = numbers, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint };
            case SqlValueKind.Text or SqlValueKind.NullText:
                string?[] texts = new string?[rows.Count];
                for (int i = 0; i < texts.Length; i++)
                {
                    texts[i] = rows[i][column].Text;
                }

                return new NpgsqlParameter<string?[]> { TypedValue = texts, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
            case SqlValueKind.Bytes or SqlValueKind.NullBytes:
                byte[]?[] bytes = new byte[]?[rows.Count];
                for (int i = 0; i < bytes.Length; i++)
                {
                    bytes[i] = rows[i][column].Bytes;
                }

                return new NpgsqlParameter<byte[]?[]> { TypedValue = bytes, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea };
            default:
                throw new NotSupportedException("Arrays are of whole numbers, of text or of bytes.");
        }
    }

    /// <summary>Whether it is one that <see cref="Wrap"/> is for.</summary>
    public static bool IsOurs(Exception e) => e is NpgsqlException or IOException or TimeoutException or InvalidOperationException;
}
