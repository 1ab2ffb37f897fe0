namespace JamBox.Backend.Storage;

/// <summary>One waiting change, as the writer sees it.</summary>
internal abstract class Change
{
    /// <summary>Whether it must run outside of any transaction.</summary>
    public virtual bool IsAlone => false;

    /// <summary>Makes all changes of this kind together, after the others; null = each on its own.</summary>
    public virtual Action<SqlSession, IReadOnlyList<Change>>? Group => null;

    /// <summary>From where it was asked for; see <see cref="Storage.Origin"/>.</summary>
    public string? Origin { get; init; }

    /// <summary>Runs the SQL. May be called again after a rollback, so it keeps nothing from the first time.</summary>
    public abstract void Run(SqlSession session);

    /// <summary>
    /// Whether whoever waits goes on at once, within <see cref="Acknowledge"/>: then that must not be called on the writer's thread.
    /// </summary>
    public virtual bool ContinuesAtOnce => false;

    /// <summary>Tells the waiting request that its change is on the disk.</summary>
    public abstract void Acknowledge();

    /// <summary>Tells the waiting request that its change was not made.</summary>
    public abstract void Fail(Exception reason);
}

/// <summary>A change with what goes into it and what comes out of it.</summary>
/// <typeparam name="TState">What the SQL needs.</typeparam>
/// <typeparam name="TResult">What the SQL answers.</typeparam>
internal sealed class Change<TState, TResult> : Change
{
    private readonly TState _state;
    private readonly Func<SqlSession, TState, TResult> _work;

    /// <summary>Continuations run elsewhere: the writer must not spend its time on building HTTP answers.</summary>
    private readonly TaskCompletionSource<TResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TResult? _result;

    /// <summary>Makes the change.</summary>
    public Change(TState state, Func<SqlSession, TState, TResult> work)
    {
        _state = state;
        _work = work;
    }

    /// <summary>Ends when the change is on the disk, or has failed.</summary>
    public Task<TResult> Done => _done.Task;

    /// <inheritdoc/>
    public override void Run(SqlSession session) => _result = _work(session, _state);

    /// <inheritdoc/>
    public override void Acknowledge() => _done.TrySetResult(_result!);

    /// <inheritdoc/>
    public override void Fail(Exception reason) => _done.TrySetException(reason);
}

/// <summary>What cannot run in a transaction, with nobody else at work: VACUUM.</summary>
internal sealed class AloneChange : Change
{
    private readonly Action<SqlSession> _work;
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Makes it.</summary>
    public AloneChange(Action<SqlSession> work)
    {
        _work = work;
    }

    /// <summary>Ends when it is done, or has failed.</summary>
    public Task Done => _done.Task;

    /// <inheritdoc/>
    public override bool IsAlone => true;

    /// <inheritdoc/>
    public override void Run(SqlSession session) => _work(session);

    /// <inheritdoc/>
    public override void Acknowledge() => _done.TrySetResult();

    /// <inheritdoc/>
    public override void Fail(Exception reason) => _done.TrySetException(reason);
}

/// <summary>A change that is made together with the others of its kind that wait: one pass over a table instead of one each.</summary>
/// <typeparam name="TState">What the SQL needs.</typeparam>
/// <typeparam name="TResult">What the SQL answers.</typeparam>
internal sealed class GroupChange<TState, TResult> : Change
{
    private readonly TaskCompletionSource<TResult> _done = new();

    /// <summary>Makes the change.</summary>
    /// <param name="state">What the SQL needs.</param>
    /// <param name="work">The SQL: the same static delegate for all of a kind. It must set <see cref="Result"/> of each.</param>
    public GroupChange(TState state, Action<SqlSession, IReadOnlyList<Change>> work)
    {
        State = state;
        Group = work;
    }

    /// <inheritdoc/>
    public override Action<SqlSession, IReadOnlyList<Change>> Group { get; }

    /// <summary>What the SQL needs.</summary>
    public TState State { get; }

    /// <summary>What the SQL answers.</summary>
    public TResult? Result { get; set; }

    /// <summary>Ends when the change is on the disk, or has failed.</summary>
    public Task<TResult> Done => _done.Task;

    /// <inheritdoc/>
    public override bool ContinuesAtOnce => true;

    /// <inheritdoc/>
    public override void Run(SqlSession session) => Group(session, [this]);

    /// <inheritdoc/>
    public override void Acknowledge() => _done.TrySetResult(Result!);

    /// <inheritdoc/>
    public override void Fail(Exception reason) => ThreadPool.UnsafeQueueUserWorkItem(
        static failed => failed.Done.TrySetException(failed.Reason), (Done: _done, Reason: reason), preferLocal: false);
}

/// <summary>
/// Tells some requests that their changes are on the disk, one after the other, on one thread of the pool: waking one for each would cost
/// more than most of them have left to do.
/// </summary>
internal sealed class Acknowledgement : IThreadPoolWorkItem
{
    /// <summary>Requests that one thread tells: of a large batch, several threads tell some each.</summary>
    private const int Most = 16;

    private readonly Change[] _changes;

    private Acknowledgement(Change[] changes)
    {
        _changes = changes;
    }

    /// <summary>Tells those whose changes were committed.</summary>
    public static void Of(List<Change> committed)
    {
        List<Change> some = new(Math.Min(committed.Count, Most));
        foreach (Change change in committed)
        {
            if (!change.ContinuesAtOnce)
            {
                change.Acknowledge();
                continue;
            }

            some.Add(change);
            if (some.Count == Most)
            {
                Queue(some);
            }
        }

        if (some.Count > 0)
        {
            Queue(some);
        }
    }

    /// <inheritdoc/>
    public void Execute()
    {
        foreach (Change change in _changes)
        {
            change.Acknowledge();
        }
    }

    private static void Queue(List<Change> some)
    {
        ThreadPool.UnsafeQueueUserWorkItem(new Acknowledgement([.. some]), preferLocal: false);
        some.Clear();
    }
}
