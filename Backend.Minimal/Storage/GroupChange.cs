namespace JamBox.Backend.Storage;

/// <summary>A change that is made together with the others of its kind that wait: one pass over a table instead of one each.</summary>
/// <typeparam name="TState">What the SQL needs.</typeparam>
/// <typeparam name="TResult">What the SQL answers.</typeparam>
internal sealed class GroupChange<TState, TResult> : Change
{
    private readonly TaskCompletionSource<TResult> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

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
    public override void Run(SqlSession session) => Group(session, [this]);

    /// <inheritdoc/>
    public override void Acknowledge() => _done.TrySetResult(Result!);

    /// <inheritdoc/>
    public override void Fail(Exception reason) => _done.TrySetException(reason);
}
