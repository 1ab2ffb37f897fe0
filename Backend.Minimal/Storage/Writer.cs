using System.Diagnostics;
using System.Threading.Channels;

using JamBox.Backend.Telemetry;

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

    private readonly Func<SqlSession> _open;
    private readonly Channel<Change> _queue = Channel.CreateBounded<Change>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, AllowSynchronousContinuations = false });
    private readonly List<Change> _batch = new(MaxBatch);
    private readonly List<Change> _grouped = new(MaxBatch);
    private readonly Thread _thread;
    private SqlSession _session;

    /// <summary>Starts the writer.</summary>
    /// <param name="session">The writing connection, which is the writer's from now on.</param>
    /// <param name="open">Opens another one when that is lost.</param>
    public Writer(SqlSession session, Func<SqlSession> open)
    {
        _session = session;
        _open = open;
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

    /// <summary>Takes no more, writes what waits, and closes the connection.</summary>
    public void Dispose()
    {
        _queue.Writer.TryComplete();
        _thread.Join();
        _session.Dispose();
    }

    private void Loop()
    {
        // A thread of its own waits here: fsync would otherwise hold one of the few pool threads that answer requests.
        while (_queue.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
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
                    _batch.Add(change);
                }
            }

            if (_batch.Count > 0)
            {
                Commit(_batch);
                _batch.Clear();
            }

            RunAlone(alone);
        }
    }

    private void RunAlone(Change? change)
    {
        try
        {
            change?.Run(_session);
            change?.Acknowledge();
        }
        catch (StorageException failure)
        {
            change!.Fail(failure);
        }
    }

    private void Commit(List<Change> batch)
    {
        Exception? failure = TryCommit(batch);
        if (failure is not null && _session.IsBroken)
        {
            // The connection is gone, perhaps for long: on a new one it may be done. What was committed all the same is found by its keys.
            failure = TryCommit(batch);
        }

        if (failure is null)
        {
            batch.ForEach(static change => change.Acknowledge());
        }
        else if (batch.Count == 1)
        {
            batch[0].Fail(failure);
        }
        else
        {
            // One of them is to blame: alone, each one gets what it deserves and the others are not lost with it.
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
            Reconnect();
            _session.Begin();
            RunAll(batch);
            long start = Stopwatch.GetTimestamp();
            _session.Commit();
            Metrics?.CommitSeconds.Record(Stopwatch.GetElapsedTime(start).TotalSeconds);
            Metrics?.BatchSize.Record(batch.Count);
            return null;
        }
#pragma warning disable CA1031 // Whatever it is, it belongs to the request that waits for it, and the writer must live on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _session.RollBack();
            return failure;
        }
    }

    private void RunAll(List<Change> batch)
    {
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
            group(_session, _grouped.TrueForAll(change => change.Group == group) ? _grouped : _grouped.FindAll(change => change.Group == group));
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
