using JamBox.Backend.Operation;

using Npgsql;

namespace JamBox.Backend.Storage;

/// <summary>Where the data is: a SQLite file, or a PostgreSQL database.</summary>
/// <param name="Path">Absolute path of the SQLite file; null for PostgreSQL.</param>
/// <param name="ConnectionString">Connection string of PostgreSQL; null for SQLite.</param>
internal sealed record StorageTarget(string? Path, string? ConnectionString)
{
    /// <summary>The key to blame when it cannot be used.</summary>
    public string Key => Path is null ? "Storage:ConnectionString" : "Storage:Path";

    /// <summary>For the log: the file, or server and database; never a password.</summary>
    public string Name
    {
        get
        {
            if (Path is not null)
            {
                return $"SQLite file {Path}";
            }

            NpgsqlConnectionStringBuilder options = new(ConnectionString);
            return $"PostgreSQL database {options.Database} at {options.Host}:{options.Port}";
        }
    }

    /// <summary>A SQLite file.</summary>
    public static StorageTarget File(string path) => new(path, null);

    /// <summary>A PostgreSQL database.</summary>
    /// <exception cref="StartupException">The connection string is none.</exception>
    public static StorageTarget Postgres(string connectionString)
    {
        try
        {
            NpgsqlConnectionStringBuilder options = new(connectionString)
            {
                // Sessions are kept by us, with what they have prepared.
                Pooling = false,
                MaxAutoPrepare = 200,
                AutoPrepareMinUsages = 2,
                IncludeErrorDetail = false,
                // A server that says nothing is not asked to cancel either: the connection is given up.
                CancellationTimeout = -1,
                PersistSecurityInfo = false,
            };
            if (!options.ShouldSerialize("Timeout"))
            {
                // A connection to a server that hangs is given up soon: the writer waits for it when the server is back.
                options.Timeout = 5;
            }

            return string.IsNullOrEmpty(options.Host) || string.IsNullOrEmpty(options.Database)
                ? throw new StartupException("Storage:ConnectionString", "needs at least Host and Database.")
                : new StorageTarget(null, options.ToString());
        }
        catch (ArgumentException)
        {
            // The exception's own text may quote a password.
            throw new StartupException("Storage:ConnectionString", "is not a connection string of Npgsql, such as 'Host=localhost;Database=jambox;Username=jambox'.");
        }
    }

    /// <summary>Opens a connection.</summary>
    /// <param name="readOnly">True for readers.</param>
    /// <exception cref="StorageException">It cannot be opened.</exception>
    public SqlSession Open(bool readOnly) => Path is null ? new PostgresSession(ConnectionString!, readOnly) : new SqliteSession(Path, readOnly);

    /// <summary>Opens a connection that gives up after a second or two, for whoever wants to know whether the storage answers.</summary>
    /// <exception cref="StorageException">It cannot be opened.</exception>
    public SqlSession OpenProbe()
    {
        if (Path is not null)
        {
            return new SqliteSession(Path, readOnly: false, busyMs: 300);
        }

        NpgsqlConnectionStringBuilder options = new(ConnectionString) { Timeout = 1, CommandTimeout = 1, MaxAutoPrepare = 0 };
        return new PostgresSession(options.ToString(), readOnly: false);
    }
}
