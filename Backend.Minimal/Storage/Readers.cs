using System.Diagnostics;

namespace JamBox.Backend.Storage;

/// <summary>
/// Asks questions, each on a thread and a connection of this pool's own. A storage that hangs then holds these threads, and none of those
/// that answer requests; whoever waits is released by <see cref="FailPending"/>, and the threads that hang are given up: they end when the
/// storage lets go of them.
/// </summary>
internal sealed class Readers : IDisposable
{
    /// <summary>Questions at once; PostgreSQL allows 100 connections unless told otherwise, and several backends share them.</summary>
    private const int MaxThreads = 16;

    /// <summary>Questions that may wait; the next one is refused.</summary>
    private const int MaxWaiting = 1024;

    /// <summary>A thread and its connection without work end after this time.</summary>
    private static readonly TimeSpan s_idle = TimeSpan.FromSeconds(30);

    private readonly Func<SqlSession> _open;
    private readonly StorageOutage _outage;
    private readonly Queue<Question> _waiting = new();
    private readonly HashSet<Question> _running = [];
    private int _threads;
    private int _idle;
    private int _generation;
    private bool _closed;

    /// <summary>Makes the pool; threads and connections are made when they are needed.</summary>
    /// <param name="open">Opens a connection for reading.</param>
    /// <param name="outage">Is told of what is wrong with the storage.</param>
    public Readers(Func<SqlSession> open, StorageOutage outage)
    {
        _open = open;
        _outage = outage;
    }

    /// <summary>How long the oldest question has been waiting for its answer; zero when there is none.</summary>
    public TimeSpan Oldest
    {
        get
        {
            lock (_waiting)
            {
                long oldest = _waiting.TryPeek(out Question? first) ? first.AskedAt : long.MaxValue;
                foreach (Question question in _running)
                {
                    oldest = Math.Min(oldest, question.AskedAt);
                }

                return oldest == long.MaxValue ? TimeSpan.Zero : Stopwatch.GetElapsedTime(oldest);
            }
        }
    }

    /// <summary>Asks.</summary>
    /// <exception cref="StorageBusyException">Too many wait.</exception>
    public Task<TResult> AskAsync<TState, TResult>(TState state, Func<SqlSession, TState, TResult> work)
    {
        Question<TState, TResult> question = new(state, work);
        lock (_waiting)
        {
            if (_closed || _waiting.Count >= MaxWaiting)
            {
                throw new StorageBusyException();
            }

            _waiting.Enqueue(question);
            if (_idle >= _waiting.Count || _threads >= MaxThreads)
            {
                Monitor.Pulse(_waiting);
            }
            else
            {
                _threads++;
                int generation = _generation;
                new Thread(() => Work(generation)) { IsBackground = true, Name = "storage reader" }.Start();
            }
        }

        return question.Done;
    }

    /// <summary>Releases whoever waits for an answer. Threads that are in a question are given up and others take their place.</summary>
    /// <param name="reason">Makes what each is told.</param>
    public void FailPending(Func<Exception> reason)
    {
        List<Question> pending;
        lock (_waiting)
        {
            pending = [.. _waiting, .. _running];
            _waiting.Clear();
            _running.Clear();
            _generation++;
            _threads = 0;
            _idle = 0;
            Monitor.PulseAll(_waiting);
        }

        pending.ForEach(question => question.Fail(reason()));
    }

    /// <summary>Closes the connections that are idle; the others close when their question is answered.</summary>
    public void Dispose()
    {
        lock (_waiting)
        {
            _closed = true;
            Monitor.PulseAll(_waiting);
        }

        // Those that are idle close at once; a file must be closed before its folder can go. One that hangs is left to the process's end.
        SpinWait.SpinUntil(() => Volatile.Read(ref _threads) == 0, TimeSpan.FromSeconds(2));
    }

    private void Work(int generation)
    {
        SqlSession? session = null;
        while (Next(generation) is { } question)
        {
            session = Answer(question, session);
            lock (_waiting)
            {
                _running.Remove(question);
            }
        }

        session?.Dispose();
        lock (_waiting)
        {
            _threads -= generation == _generation ? 1 : 0;
        }
    }

    /// <summary>The next question; null when this thread is to end.</summary>
    private Question? Next(int generation)
    {
        lock (_waiting)
        {
            while (generation == _generation)
            {
                if (_waiting.TryDequeue(out Question? question))
                {
                    _running.Add(question);
                    return question;
                }

                if (_closed)
                {
                    return null;
                }

                _idle++;
                bool called = Monitor.Wait(_waiting, s_idle);
                _idle -= generation == _generation ? 1 : 0;
                if (!called && _waiting.Count == 0)
                {
                    return null;
                }
            }

            return null;
        }
    }

    /// <summary>Runs a question.</summary>
    /// <returns>The connection for the next one; null when it is no longer good.</returns>
    private SqlSession? Answer(Question question, SqlSession? session)
    {
        bool used = session is not null;
        try
        {
            session ??= _open();
            question.Run(session);
            return session;
        }
        catch (StorageException) when (used && session!.IsBroken)
        {
            // The server was restarted since this connection was last used: a new one gets its chance.
            session.Dispose();
            return Answer(question, null);
        }
#pragma warning disable CA1031 // Whatever it is, it belongs to whoever asked.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            if (failure is StorageException { IsOutage: true })
            {
                _outage.Begin(failure.Message);
            }

            session?.Dispose();
            question.Fail(failure);
            return null;
        }
    }

    private abstract class Question
    {
        public long AskedAt { get; } = Stopwatch.GetTimestamp();

        public abstract void Run(SqlSession session);

        public abstract void Fail(Exception reason);
    }

    private sealed class Question<TState, TResult>(TState state, Func<SqlSession, TState, TResult> work) : Question
    {
        /// <summary>Continuations run elsewhere: this thread has the next question to answer.</summary>
        private readonly TaskCompletionSource<TResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<TResult> Done => _done.Task;

        public override void Run(SqlSession session) => _done.TrySetResult(work(session, state));

        public override void Fail(Exception reason) => _done.TrySetException(reason);
    }
}
