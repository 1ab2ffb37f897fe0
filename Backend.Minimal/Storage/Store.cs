using JamBox.Backend.Observability;
using JamBox.Backend.Operation;

namespace JamBox.Backend.Storage;

/// <summary>
/// The database: one writer with group commit, and readers on threads and connections of their own that never wait for it.
/// </summary>
internal sealed class Store : IDisposable
{
    /// <summary>A write within this time shows that the storage can be written to.</summary>
    private static readonly TimeSpan s_written = TimeSpan.FromSeconds(10);

    /// <summary>What <c>PRAGMA auto_vacuum</c> says of a file that can be made smaller by pieces.</summary>
    private const long Incremental = 2;

    private readonly StorageTarget _target;
    private readonly Writer _writer;
    private readonly Readers _readers;
    private readonly StorageWatch? _watch;
    private FileStream? _serving;

    private Store(StorageTarget target, SqlSession writing, int schemaNumber, StorageOutage outage)
    {
        _target = target;
        Outage = outage;
        DiskRoom? room = outage.IsWatched && target.Path is { } path ? new DiskRoom(path) : null;
        _writer = new Writer(writing, () => target.Open(readOnly: false), outage, room);
        _readers = new Readers(() => target.Open(readOnly: true), outage);
        _watch = outage.IsWatched ? new StorageWatch(target, room, _writer, _readers, outage) : null;
        SchemaNumber = schemaNumber;
    }

    /// <summary>Whether the storage answers.</summary>
    public StorageOutage Outage { get; }

    /// <summary>Number of the newest migration in the database.</summary>
    public int SchemaNumber { get; }

    /// <summary>Changes that wait to be written.</summary>
    public int QueueDepth => _writer.Depth;

    /// <summary>Where the data is.</summary>
    public StorageTarget Target => _target;

    /// <summary>Lets commits be measured.</summary>
    public void Measure(BackendMetrics metrics) => _writer.Metrics = metrics;

    /// <summary>
    /// Lets a feature write later than it is acknowledged, once, before the first change. What is owed is known to this process alone. It
    /// is disposed with the storage.
    /// </summary>
    public void Defer(IDeferred deferred) => _writer.Deferred = deferred;

    /// <summary>Opens the database, makes the file when it is missing and brings the schema up to date.</summary>
    /// <param name="target">Where it is.</param>
    /// <param name="clock">Dates the migrations. Only with the system's clock the storage is watched, see <see
    /// cref="StorageWatch"/>.</param>
    /// <param name="logger">Where outages are said; null = nowhere.</param>
    /// <exception cref="StartupException">It cannot be opened, is no database, or comes from a newer version.</exception>
    public static Store Open(StorageTarget target, TimeProvider clock, ILogger? logger = null)
    {
        SqlSession? session = null;
        FileStream? serving = null;
        try
        {
            serving = target.Path is null ? null : PrepareFiles(target.Path);
            session = target.Open(readOnly: false);
            using MigrationProgress? progress = logger is null ? null : new(logger, () => LogBytes(target.Path));
            int number = Migrations.Apply(session, clock, progress: progress);
            return new Store(target, session, number, new StorageOutage(logger, isWatched: clock == TimeProvider.System))
            {
                _serving = serving,
            };
        }
        catch (Exception e) when (e is StorageException or IOException or UnauthorizedAccessException)
        {
            session?.Dispose();
            serving?.Dispose();
            throw new StartupException(
                target.Key, $"{target.Name} cannot be used: {e.Message}",
                isTransient: target.Path is null && e is StorageException { IsOutage: true });
        }
        catch (StartupException)
        {
            session?.Dispose();
            serving?.Dispose();
            throw;
        }
    }

    /// <summary>A transaction of SQLite grows in the log beside the file; of PostgreSQL's nobody says how far it is.</summary>
    private static long? LogBytes(string? path) =>
        path is not null && new FileInfo(path + "-wal") is { Exists: true } log ? log.Length : null;

    private static FileStream PrepareFiles(string path)
    {
        string folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder))
        {
            StorageFiles.CreateFolder(folder);
        }

        FileStream serving = StorageFiles.LockShared(path);
        StorageFiles.Protect(path);
        ScratchFolder.Sweep(folder);
        return serving;
    }

    /// <summary>Makes a change. The task ends when it is committed and on the disk.</summary>
    /// <param name="state">What the SQL needs.</param>
    /// <param name="work">The SQL: a static function of the feature. It may be run again after a rollback.</param>
    /// <exception cref="StorageBusyException">Too many changes wait; nothing was done.</exception>
    /// <exception cref="StorageException">The storage is known not to answer; nothing was done.</exception>
    public Task<TResult> WriteAsync<TState, TResult>(TState state, Func<SqlSession, TState, TResult> work)
    {
        Outage.ThrowIfOn();
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
        Outage.ThrowIfOn();
        GroupChange<TState, TResult> change = new(state, work);
        _writer.Add(change);
        return change.Done;
    }

    /// <summary>
    /// Gives the space of deleted rows back to the file system, a megabyte at a time, so that no change waits for it. PostgreSQL does it by
    /// itself, in the background; when asked for it runs beside the writer, however long it takes.
    /// </summary>
    /// <param name="onlyWhenWorthIt">True = only when a quarter of the file is empty.</param>
    /// <param name="cancel">Stops it between two pieces.</param>
    public async Task VacuumAsync(bool onlyWhenWorthIt, CancellationToken cancel)
    {
        if (_target.Path is null)
        {
            if (!onlyWhenWorthIt)
            {
                await LowPriority.RunAsync(VacuumBeside).ConfigureAwait(false);
            }

            return;
        }

        (bool isIncremental, long free, long all) = await ReadAsync(0, static (session, _) => (
            Pragma(session, "PRAGMA auto_vacuum") == Incremental,
            Pragma(session, "PRAGMA freelist_count"), Pragma(session, "PRAGMA page_count"))).ConfigureAwait(false);
        if (onlyWhenWorthIt && (!isIncremental || free * 4 <= all))
        {
            return;
        }

        if (!isIncremental)
        {
            // A file of before: this once it is written anew as a whole, and changes wait for that. From then on it goes by pieces.
            AloneChange change = new(static session => session.Vacuum());
            _writer.Add(change);
            await change.Done.ConfigureAwait(false);
            return;
        }

        while (free > 0 && !cancel.IsCancellationRequested)
        {
            await WriteAsync(0, static (session, _) => session.Execute("PRAGMA incremental_vacuum(256)")).ConfigureAwait(false);
            long left = await ReadAsync(0, static (session, _) => Pragma(session, "PRAGMA freelist_count")).ConfigureAwait(false);
            if (left >= free)
            {
                break;
            }

            free = left;
        }
    }

    private int VacuumBeside()
    {
        using SqlSession session = _target.Open(readOnly: false);
        session.Vacuum();
        return 0;
    }

    /// <summary>Copies the SQLite file into another one, while everything goes on: a consistent picture of this moment.</summary>
    /// <param name="path">Absolute path of the copy, which does not exist yet.</param>
    public void BackUp(string path)
    {
        using SqlSession session = _target.Open(readOnly: false);
        session.Execute("VACUUM INTO $1", path);
    }

    /// <summary>Asks a question, on a thread of the storage's own. What has been acknowledged is seen.</summary>
    /// <param name="state">What the SQL needs.</param>
    /// <param name="work">The SQL: a static function of the feature. It must have read all its rows when it returns.</param>
    /// <param name="settled">False when the answer does not depend on what is deferred, so that it need not be written first.</param>
    /// <exception cref="StorageBusyException">Too many questions wait.</exception>
    /// <exception cref="StorageException">The storage does not answer: said within 2 s.</exception>
    public Task<TResult> ReadAsync<TState, TResult>(TState state, Func<SqlSession, TState, TResult> work, bool settled = true)
    {
        Outage.ThrowIfOn();
        return settled && _writer.IsOwing ? SettleAndReadAsync(state, work) : _readers.AskAsync(state, work);
    }

    /// <summary>The same for those who cannot await: this thread waits, 2 s at most when the storage does not answer.</summary>
    public TResult Read<TState, TResult>(TState state, Func<SqlSession, TState, TResult> work) =>
        ReadAsync(state, work).GetAwaiter().GetResult();

    /// <summary>Writes, unless something was written just now: whoever asks often makes the disk do no more.</summary>
    /// <exception cref="StorageException">It cannot be written to.</exception>
    public async Task TryWriteAsync()
    {
        if (Outage.Reason is not null || _writer.SinceCommit > s_written)
        {
            await WriteAsync(0, static (session, _) => session.Execute(StorageWatch.ProbeSql)).ConfigureAwait(false);
        }
    }

    private async Task<TResult> SettleAndReadAsync<TState, TResult>(TState state, Func<SqlSession, TState, TResult> work)
    {
        try
        {
            // Any change will do: what is owed is written before it.
            await WriteAsync(0, static (_, _) => 0).ConfigureAwait(false);
        }
        catch (Exception busy) when (busy is StorageBusyException or StorageException)
        {
            // Then the answer lacks the readings of the last moments: better than none.
        }

        return await _readers.AskAsync(state, work).ConfigureAwait(false);
    }

    private static long Pragma(SqlSession session, string sql)
    {
        using SqlStatement row = session.Query(sql);
        row.Read();
        return row.Int64(0);
    }

    /// <summary>Writes what waits and closes every connection.</summary>
    public void Dispose()
    {
        _watch?.Dispose();
        _writer.Dispose();
        _writer.Deferred?.Dispose();
        _readers.Dispose();
        _serving?.Dispose();
    }
}
