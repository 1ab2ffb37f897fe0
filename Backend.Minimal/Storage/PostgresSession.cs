using System.Data;

using Npgsql;

namespace JamBox.Backend.Storage;

/// <summary>A connection to a PostgreSQL server.</summary>
internal sealed class PostgresSession : SqlSession
{
    /// <summary>What connections that write call themselves: by it a listener sees which transactions are under way.</summary>
    public const string WriterName = "jambox-writer";

    /// <summary>Any number, the same in every process of ours.</summary>
    private const long SchemaLock = 0x4A424E42;

    private readonly NpgsqlConnection _connection;
    private readonly Dictionary<string, PostgresStatement> _statements = new(ByReference.Instance);
    private NpgsqlTransaction? _transaction;

    /// <summary>Opens a connection.</summary>
    /// <param name="connectionString">As configured, checked by <see cref="StorageTarget"/>.</param>
    /// <param name="readOnly">True for readers: a write through this session then fails.</param>
    public PostgresSession(string connectionString, bool readOnly)
    {
        _connection = new NpgsqlConnection(connectionString);
        try
        {
            _connection.Open();
        }
        catch (Exception e) when (e is NpgsqlException or System.Net.Sockets.SocketException or TimeoutException)
        {
            _connection.Dispose();
            throw PostgresStatement.Wrap(e);
        }

        if (readOnly)
        {
            Execute("SET default_transaction_read_only = on");
        }
        else
        {
            Execute($"SET application_name = '{WriterName}'");
        }
    }

    /// <inheritdoc/>
    public override bool IsBroken => _connection.State != ConnectionState.Open;

    /// <inheritdoc/>
    public override void Begin()
    {
        try
        {
            // Npgsql sends BEGIN together with the first statement: a round trip less.
            _transaction = _connection.BeginTransaction();
        }
        catch (Exception e) when (PostgresStatement.IsOurs(e))
        {
            throw PostgresStatement.Wrap(e);
        }
    }

    /// <inheritdoc/>
    public override void Commit()
    {
        try
        {
            _transaction!.Commit();
            _transaction = null;
        }
        catch (Exception e) when (PostgresStatement.IsOurs(e))
        {
            throw PostgresStatement.Wrap(e);
        }
    }

    /// <inheritdoc/>
    public override void RollBack()
    {
        try
        {
            _transaction?.Rollback();
        }
        catch (Exception e) when (PostgresStatement.IsOurs(e))
        {
            // The connection is gone, and the transaction with it.
        }

        _transaction = null;
    }

    /// <inheritdoc/>
    public override int Execute(string sql, params ReadOnlySpan<SqlValue> values)
    {
        PostgresStatement statement = Prepared(sql);
        statement.Bind(values);
        return statement.Execute();
    }

    /// <inheritdoc/>
    public override void ExecuteMany(string sql, IReadOnlyList<SqlValue[]> rows, Span<int> changed)
    {
        if (rows.Count == 0)
        {
            return;
        }

        try
        {
            using NpgsqlBatch batch = new(_connection);
            foreach (SqlValue[] row in rows)
            {
#pragma warning disable CA2100 // Constant texts of the features.
                NpgsqlBatchCommand command = new(sql);
#pragma warning restore CA2100
                PostgresStatement.AddParameters(command.Parameters, row);
                batch.BatchCommands.Add(command);
            }

            batch.ExecuteNonQuery();
            for (int i = 0; i < rows.Count; i++)
            {
                changed[i] = (int)batch.BatchCommands[i].Rows;
            }
        }
        catch (Exception e) when (PostgresStatement.IsOurs(e))
        {
            throw PostgresStatement.Wrap(e);
        }
    }

    /// <inheritdoc/>
    public override SqlStatement Query(string sql, params ReadOnlySpan<SqlValue> values)
    {
        PostgresStatement statement = Prepared(sql);
        statement.Bind(values);
        statement.Start();
        return statement;
    }

    /// <inheritdoc/>
    public override bool TakesArrays => true;

    /// <inheritdoc/>
    public override int[] ExecuteTogether(IReadOnlyList<ArrayStatement> statements, Action<SqlStatement> last)
    {
        try
        {
            using NpgsqlBatch batch = new(_connection);
            foreach (ArrayStatement statement in statements)
            {
#pragma warning disable CA2100 // Constant texts of the features.
                NpgsqlBatchCommand command = new(statement.Sql);
#pragma warning restore CA2100
                PostgresStatement.AddArrays(command.Parameters, statement.Rows);
                batch.BatchCommands.Add(command);
            }

            using (PostgresStatement rows = new(batch.ExecuteReader()))
            {
                last(rows);
            }

            return [.. batch.BatchCommands.Cast<NpgsqlBatchCommand>().Select(static command => (int)command.Rows)];
        }
        catch (Exception e) when (PostgresStatement.IsOurs(e))
        {
            throw PostgresStatement.Wrap(e);
        }
    }

    /// <inheritdoc/>
    public override SqlStatement QueryMany(string sql, IReadOnlyList<SqlValue[]> rows)
    {
        PostgresStatement statement = Prepared(sql);
        statement.BindArrays(rows);
        statement.Start();
        return statement;
    }

    /// <inheritdoc/>
    public override void ExecuteScript(string script)
    {
        try
        {
#pragma warning disable CA2100 // The text is an embedded resource of this assembly.
            using NpgsqlCommand command = new(Schema.ForPostgres(script), _connection) { CommandTimeout = 0 };
#pragma warning restore CA2100
            command.ExecuteNonQuery();
        }
        catch (Exception e) when (PostgresStatement.IsOurs(e))
        {
            throw PostgresStatement.Wrap(e);
        }
    }

    /// <inheritdoc/>
    public override void LockSchema()
    {
        using SqlStatement row = Query("SELECT pg_advisory_xact_lock($1)", SchemaLock);
        row.Read();
    }

    /// <inheritdoc/>
    public override void Vacuum()
    {
        try
        {
            // As long as it takes: a large table takes more than the 30 s that other statements have.
            using NpgsqlCommand command = new("VACUUM", _connection) { CommandTimeout = 0 };
            command.ExecuteNonQuery();
        }
        catch (Exception e) when (e is NpgsqlException or IOException)
        {
            throw PostgresStatement.Wrap(e);
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => _connection.Dispose();

    private PostgresStatement Prepared(string sql)
    {
        if (!_statements.TryGetValue(sql, out PostgresStatement? statement))
        {
            if (_statements.Count == MaxStatements)
            {
                _statements.Clear();
            }

            statement = new PostgresStatement(_connection, sql);
            _statements.Add(sql, statement);
        }

        return statement;
    }
}
