namespace JamBox.Backend.Storage;

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
