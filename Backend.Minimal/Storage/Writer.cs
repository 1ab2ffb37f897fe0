using System.Diagnostics;
using System.Threading.Channels;

using JamBox.Backend.Observability;

namespace JamBox.Backend.Storage;

/// <summary>
/// The only one who writes. Changes gather in a bounded queue; a thread takes all that wait, runs them in one transaction and
/// acknowledges them after the commit. One waiting change is committed at once; under load the batch grows while the disk is busy.
/// </summary>
internal sealed class Writer : IDisposable
{
    /// <summary>Changes that may wait; the next one is refused. 64 connections at work never come near.</summary>
    private const int MaxWaiting = 8192;

    /// <summary>Changes in one transaction, so that the first of a long queue does not wait for the last.</summary>
    private const int MaxBatch = 1024;

    /// <summary>Waiting for a change is interrupted at least so often while something is owed, ms.</summary>
    private const int MaxWaitMs = 1000;

    private static readonly List<Change> s_none = [];

    /// <summary>Pause before what is owed is tried again after a failure, ms.</summary>
    private const long OwedAgainMs = 500;

    /// <summary>What waits at the end may take this long: it is a few commits, or a storage that hangs.</summary>
    private static readonly TimeSpan s_end = TimeSpan.FromSeconds(10);

    private readonly Func<SqlSession> _open;
    private readonly Channel<Change> _queue = Channel.CreateBounded<Change>(
        new BoundedChannelOptions(MaxWaiting) { AllowSynchronousContinuations = false });
    private readonly List<Change> _batch = new(MaxBatch);
    private readonly List<Change> _grouped = new(MaxBatch);
    private readonly StorageOutage _outage;
    private readonly DiskRoom? _room;
    private readonly Lock _pending = new();
    private readonly Thread _thread;
    private SqlSession _session;
    private Task<bool>? _waiting;
    private volatile bool _isOwing;
    private volatile WriterPhase _phase;
    private long _phaseSince;
    private long _owedAgainAt;
    private long _committedAt = Stopwatch.GetTimestamp() - (Stopwatch.Frequency * 3600);

    /// <summary>Starts the writer.</summary>
    /// <param name="session">The writing connection, which is the writer's from now on.</param>
    /// <param name="open">Opens another one when that is lost.</param>
    /// <param name="outage">Is told of what is wrong with the storage.</param>
    /// <param name="room">The room on the disk, without which nothing is begun; null = whoever writes finds out.</param>
    public Writer(SqlSession session, Func<SqlSession> open, StorageOutage outage, DiskRoom? room)
    {
        _session = session;
        _open = open;
        _outage = outage;
        _room = room;
        _thread = new Thread(Loop) { IsBackground = true, Name = "storage writer" };
        _thread.Start();
    }

    /// <summary>Queues a change.</summary>
    /// <exception cref="StorageBusyException">The queue is full, or the storage is being closed.</exception>
    public void Add(Change change)
    {
        if (!_queue.Writer.TryWrite(change))
        {
            throw new StorageBusyException();
        }
    }

    /// <summary>Changes that wait.</summary>
    public int Depth => _queue.Reader.Count;

    /// <summary>Where commits are measured; null = nobody wants to know.</summary>
    public BackendMetrics? Metrics { get; set; }

    /// <summary>What is written later than it is acknowledged; set before the first change. Null = nothing is.</summary>
    public IDeferred? Deferred { get; set; }

    /// <summary>Whether something is owed: to be asked by anyone, and so a moment old.</summary>
    public bool IsOwing => _isOwing;

    /// <summary>How long ago it last committed.</summary>
    public TimeSpan SinceCommit => Stopwatch.GetElapsedTime(Interlocked.Read(ref _committedAt));

    /// <summary>What it is at, and for how long.</summary>
    public WriterState State
    {
        get
        {
            WriterPhase phase = _phase;
            return phase is WriterPhase.Idle
                ? default
                : new WriterState(phase, Stopwatch.GetElapsedTime(Interlocked.Read(ref _phaseSince)));
        }
    }

    /// <summary>Refuses what waits; what is at work goes on.</summary>
    /// <param name="reason">Makes what each is told.</param>
    public void FailWaiting(Func<Exception> reason)
    {
        while (_queue.Reader.TryRead(out Change? change))
        {
            change.Fail(reason());
        }
    }

    /// <summary>
    /// Refuses what waits, and answers those whose change is at work: whether it will be made is not known. Changes outside of transactions
    /// go on.
    /// </summary>
    /// <param name="reason">Makes what each is told.</param>
    public void FailPending(Func<Exception> reason)
    {
        FailWaiting(reason);
        lock (_pending)
        {
            _batch.ForEach(change => change.Fail(reason()));
        }
    }

    /// <summary>
    /// Takes no more, writes what waits, and closes the connection. A storage that does not answer is not waited for for ever.
    /// </summary>
    public void Dispose()
    {
        _queue.Writer.TryComplete();
        if (_thread.Join(s_end))
        {
            _session.Dispose();
        }
    }

    private void Loop()
    {
        // A thread of its own waits here: fsync would otherwise hold one of the few pool threads that answer requests.
        while (WaitForWork())
        {
            Change? alone = null;
            while (_batch.Count < MaxBatch && alone is null && _queue.Reader.TryRead(out Change? change))
            {
                if (change.IsAlone)
                {
                    alone = change;
                }
                else
                {
                    lock (_pending)
                    {
                        _batch.Add(change);
                    }
                }
            }

            if (_batch.Count > 0 || IsDue)
            {
                Commit(_batch);
                lock (_pending)
                {
                    _batch.Clear();
                }
            }

            RunAlone(alone);
        }

        if (Deferred is { IsOwed: true })
        {
            TryCommit(s_none);
        }
    }

    private bool IsDue => Deferred is { IsOwed: true } deferred && Math.Max(deferred.DueAt, _owedAgainAt) <= Environment.TickCount64;

    /// <summary>Waits for a change, and no longer than until what is owed is due.</summary>
    /// <returns>False when there will be no more.</returns>
    private bool WaitForWork()
    {
        _waiting ??= _queue.Reader.WaitToReadAsync().AsTask();
        if (Deferred is { IsOwed: true } deferred && !_waiting.IsCompleted)
        {
            long ms = Math.Clamp(Math.Max(deferred.DueAt, _owedAgainAt) - Environment.TickCount64, 0, MaxWaitMs);
            if (!_waiting.Wait((int)ms))
            {
                return true;
            }
        }

        bool more = _waiting.GetAwaiter().GetResult();
        _waiting = null;
        return more;
    }

    private void RunAlone(Change? change)
    {
        if (change is null)
        {
            return;
        }

        try
        {
            Enter(WriterPhase.Alone);
            change.Run(_session);
            change.Acknowledge();
        }
#pragma warning disable CA1031 // Whatever it is, it belongs to whoever waits for it, and the writer must live on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            change.Fail(failure);
        }
        finally
        {
            Enter(WriterPhase.Idle);
        }
    }

    private void Enter(WriterPhase phase)
    {
        Interlocked.Exchange(ref _phaseSince, Stopwatch.GetTimestamp());
        _phase = phase;
    }

    private void Commit(List<Change> batch)
    {
        Exception? failure = TryCommit(batch);
        if (failure is not null && _session.IsBroken)
        {
            // The connection is gone, perhaps for long: on a new one it may be done. What was committed all the same is found by its keys.
            failure = TryCommit(batch);
        }

        if (failure is not null && batch.Count == 0)
        {
            // What is owed alone, in a storage that is out of order: not again and again without a pause.
            _owedAgainAt = Environment.TickCount64 + OwedAgainMs;
        }

        if (failure is null)
        {
            Acknowledgement.Of(batch);
        }
        else if (batch.Count == 1 || failure is StorageException { IsOutage: true })
        {
            // One that is to blame itself, or a storage that is: then the others would fare no better, each for itself.
            batch.ForEach(change => change.Fail(failure));
        }
        else
        {
            // None: what is owed stays owed. Else one of them is to blame: alone, each one gets what it deserves and the others are not
            // lost with it.
            foreach (Change change in batch)
            {
                Commit([change]);
            }
        }
    }

    private Exception? TryCommit(List<Change> batch)
    {
        try
        {
            Enter(WriterPhase.Beginning);
            if (_room?.FindShortage() is { } shortage)
            {
                throw new StorageException(shortage, 0, isOutage: true);
            }

            Reconnect();
            _session.Begin();
            Enter(WriterPhase.Working);
            RunAll(batch);
            Enter(WriterPhase.Committing);
            long start = Stopwatch.GetTimestamp();
            _session.Commit();
            Deferred?.Committed();
            _isOwing = Deferred is { IsOwed: true };
            Interlocked.Exchange(ref _committedAt, Stopwatch.GetTimestamp());
            Metrics?.CommitSeconds.Record(Stopwatch.GetElapsedTime(start).TotalSeconds);
            Metrics?.BatchSize.Record(batch.Count);
            return null;
        }
#pragma warning disable CA1031 // Whatever it is, it belongs to the request that waits for it, and the writer must live on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _session.RollBack();
            Deferred?.RolledBack();
            if (failure is StorageException { IsOutage: true } && !_session.IsBroken)
            {
                _outage.Begin(failure.Message);
            }

            return failure;
        }
        finally
        {
            Enter(WriterPhase.Idle);
        }
    }

    private void RunAll(List<Change> batch)
    {
        if (Deferred is { IsOwed: true } deferred && (batch.Count == 0 || IsDue || batch.Exists(static change => change.Group is null)))
        {
            // What is not one of many of a kind may want to see it.
            deferred.Write(_session);
        }

        _session.Deferred = Deferred;
        _grouped.Clear();
        foreach (Change change in batch)
        {
            if (change.Group is null)
            {
                _session.Origin = change.Origin;
                change.Run(_session);
            }
            else
            {
                _grouped.Add(change);
            }
        }

        _session.Origin = null;

        // There is one kind that is worth grouping, readings; the loop is for the day when there are two.
        while (_grouped.Count > 0)
        {
            Action<SqlSession, IReadOnlyList<Change>> group = _grouped[0].Group!;
            group(
                _session,
                _grouped.TrueForAll(change => change.Group == group) ? _grouped : _grouped.FindAll(change => change.Group == group));
            _grouped.RemoveAll(change => change.Group == group);
        }
    }

    private void Reconnect()
    {
        if (_session.IsBroken)
        {
            _session.Dispose();
            _session = _open();
        }
    }
}

/// <summary>What the writer is at.</summary>
internal enum WriterPhase
{
    /// <summary>Nothing.</summary>
    Idle,

    /// <summary>A transaction begins: it waits for a lock of another process, or for a connection.</summary>
    Beginning,

    /// <summary>The statements of a transaction.</summary>
    Working,

    /// <summary>The commit with its fsync.</summary>
    Committing,

    /// <summary>What cannot run in a transaction and may take its time: VACUUM.</summary>
    Alone,
}

/// <summary>The writer at a moment.</summary>
/// <param name="Phase">What it is at.</param>
/// <param name="For">For how long; zero when idle.</param>
internal readonly record struct WriterState(WriterPhase Phase, TimeSpan For);
