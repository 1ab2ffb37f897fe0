using System.Collections.Concurrent;

using JamBox.Backend.Operation;
using JamBox.Backend.Telemetry;

using Microsoft.Data.Sqlite;

namespace JamBox.Backend.Storage;

/// <summary>The database: one writer with group commit, and readers on connections of their own that never wait for it.</summary>
internal sealed class Store : IDisposable
{
    /// <summary>Idle reading connections that are kept; more are opened under load and closed afterwards.</summary>
    private const int MaxIdleReaders = 8;

    private readonly StorageTarget _target;
    private readonly Writer _writer;
    private readonly ConcurrentBag<SqlSession> _readers = [];

    private Store(StorageTarget target, SqlSession writing, int schemaNumber)
    {
        _target = target;
        _writer = new Writer(writing, () => target.Open(readOnly: false));
        SchemaNumber = schemaNumber;
    }

    /// <summary>Number of the newest migration in the database.</summary>
    public int SchemaNumber { get; }

    /// <summary>Changes that wait to be written.</summary>
    public int QueueDepth => _writer.Depth;

    /// <summary>Where the data is.</summary>
    public StorageTarget Target => _target;

    /// <summary>Lets commits be measured.</summary>
    public void Measure(BackendMetrics metrics) => _writer.Metrics = metrics;

    /// <summary>Opens the database, makes the file when it is missing and brings the schema up to date.</summary>
    /// <param name="target">Where it is.</param>
    /// <param name="clock">Dates the migrations.</param>
    /// <exception cref="StartupException">It cannot be opened, is no database, or comes from a newer version.</exception>
    public static Store Open(StorageTarget target, TimeProvider clock)
    {
        SqlSession? session = null;
        try
        {
            if (target.Path is not null)
            {
                Directory.CreateDirectory(Path.GetDirectoryName(target.Path)!);
            }

            session = target.Open(readOnly: false);
            int number = Migrations.Apply(session, clock);
            return new Store(target, session, number);
        }
        catch (Exception e) when (e is StorageException or SqliteException or IOException or UnauthorizedAccessException)
        {
            session?.Dispose();
            throw new StartupException(target.Key, $"{target.Name} cannot be used: {e.Message}");
        }
        catch (StartupException)
        {
            session?.Dispose();
            throw;
        }
    }

    /// <summary>Makes a change. The task ends when it is committed and on the disk.</summary>
    /// <param name="state">What the SQL needs.</param>
    /// <param name="work">The SQL: a static function of the feature. It may be run again after a rollback.</param>
    /// <exception cref="StorageBusyException">Too many changes wait; nothing was done.</exception>
    public Task<TResult> WriteAsync<TState, TResult>(TState state, Func<SqlSession, TState, TResult> work)
    {
        Change<TState, TResult> change = new(state, work) { Origin = Origin.Address };
        _writer.Add(change);
        return change.Done;
    }

    /// <summary>Makes a change together with all others of its kind that wait.</summary>
    /// <param name="state">What the SQL needs.</param>
    /// <param name="work">The SQL: one static delegate.</param>
    /// <exception cref="StorageBusyException">Too many changes wait; nothing was done.</exception>
    public Task<TResult> WriteGroupedAsync<TState, TResult>(TState state, Action<SqlSession, IReadOnlyList<Change>> work)
    {
        GroupChange<TState, TResult> change = new(state, work);
        _writer.Add(change);
        return change.Done;
    }

    /// <summary>Gives the space of deleted rows back to the file system. Changes wait meanwhile: a second per some hundred megabytes.</summary>
    /// <param name="onlyWhenWorthIt">True = only when a quarter of the file is empty. (PostgreSQL does it by itself, in the background.)</param>
    public async Task VacuumAsync(bool onlyWhenWorthIt)
    {
        if (onlyWhenWorthIt && (_target.Path is null || !Read(0, static (session, _) => Pragma(session, "PRAGMA freelist_count") * 4 > Pragma(session, "PRAGMA page_count"))))
        {
            return;
        }

        AloneChange change = new(static session => session.Vacuum());
        _writer.Add(change);
        await change.Done.ConfigureAwait(false);
    }

    /// <summary>Copies the SQLite file into another one, while everything goes on: a consistent picture of this moment.</summary>
    /// <param name="path">Absolute path of the copy, which does not exist yet.</param>
    public void BackUp(string path)
    {
        // One that a killed process left behind.
        File.Delete(path);
        using SqlSession session = _target.Open(readOnly: false);
        session.Execute("VACUUM INTO $1", path);
    }

    /// <summary>Asks a question. What has been acknowledged is seen.</summary>
    /// <param name="state">What the SQL needs.</param>
    /// <param name="work">The SQL: a static function of the feature. It must have read all its rows when it returns.</param>
    public TResult Read<TState, TResult>(TState state, Func<SqlSession, TState, TResult> work)
    {
        while (true)
        {
            bool idle = _readers.TryTake(out SqlSession? session);
            session ??= _target.Open(readOnly: true);
            bool whole = false;
            try
            {
                TResult result = work(session, state);
                whole = true;
                return result;
            }
            catch (StorageException) when (idle && session.IsBroken)
            {
                // The server was restarted since this connection was last used: a new one gets its chance.
            }
            finally
            {
                Return(session, whole);
            }
        }
    }

    private static long Pragma(SqlSession session, string sql)
    {
        using SqlStatement row = session.Query(sql);
        row.Read();
        return row.Int64(0);
    }

    private void Return(SqlSession session, bool whole)
    {
        if (whole && _readers.Count < MaxIdleReaders)
        {
            _readers.Add(session);
        }
        else
        {
            session.Dispose();
        }
    }

    /// <summary>Writes what waits and closes every connection.</summary>
    public void Dispose()
    {
        _writer.Dispose();
        while (_readers.TryTake(out SqlSession? session))
        {
            session.Dispose();
        }
    }
}
