namespace JamBox.Backend.Storage;

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
