namespace JamBox.Backend.Telemetry;

/// <summary>
/// Lies between a WebSocket, which writes frame by frame, and its connection: what is written while the connection is busy leaves together.
/// A hundred listeners at a thousand events a second would otherwise cost a hundred thousand system calls. Bounded: whoever writes waits
/// while too much has gathered.
/// </summary>
internal sealed class GatheringStream(Stream inner, TimeProvider clock) : Stream, IThreadPoolWorkItem
{
    /// <summary>Bytes that may gather.</summary>
    public const int MaxGathered = 256 * 1024;

    private readonly Lock _lock = new();
    private MemoryStream _gathered = new();
    private MemoryStream _leaving = new();
    private TaskCompletionSource? _drained;
    private Exception? _failure;
    private bool _isSending;
    private long _heardAt = clock.GetTimestamp();

    /// <summary>When the other side last said anything; a timestamp of the clock.</summary>
    public long HeardAt => Volatile.Read(ref _heardAt);

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (true)
        {
            Task wait;
            lock (_lock)
            {
                if (_failure is not null)
                {
                    throw new IOException(_failure.Message, _failure);
                }

                if (_gathered.Length <= MaxGathered)
                {
                    _gathered.Write(buffer.Span);
                    if (!_isSending)
                    {
                        _isSending = true;

                        // Not here: what comes right behind it leaves with it.
                        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                    }

                    return;
                }

                wait = Drained();
            }

            await wait.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Waits until all that was written has left, and lets nothing more be written.</summary>
    /// <param name="limit">How long at most.</param>
    /// <returns>Whether it has.</returns>
    public async Task<bool> TryDrainAsync(TimeSpan limit)
    {
        long start = Environment.TickCount64;
        while (true)
        {
            Task wait;
            lock (_lock)
            {
                if (!_isSending || _failure is not null)
                {
                    _failure ??= new ObjectDisposedException(nameof(GatheringStream));
                    return !_isSending;
                }

                wait = Drained();
            }

            TimeSpan left = limit - TimeSpan.FromMilliseconds(Environment.TickCount64 - start);
            if (left <= TimeSpan.Zero || await Task.WhenAny(wait, Task.Delay(left)).ConfigureAwait(false) != wait)
            {
                Fail(new TimeoutException());
                return false;
            }
        }
    }

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        int read = await inner.ReadAsync(buffer, cancellationToken).ConfigureAwait(false);
        Volatile.Write(ref _heardAt, clock.GetTimestamp());
        return read;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public void Execute() => _ = SendAsync();

    /// <summary>
    /// A WebSocket disposes its stream right behind its last word: what has gathered must leave all the same, and the connection is the
    /// request's, which ends it.
    /// </summary>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task SendAsync()
    {
        try
        {
            while (TryTake(out ReadOnlyMemory<byte> leaving))
            {
                await inner.WriteAsync(leaving).ConfigureAwait(false);
                await inner.FlushAsync().ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // Whatever it is, the connection is gone; whoever writes next hears it.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            Fail(failure);
        }
    }

    private bool TryTake(out ReadOnlyMemory<byte> leaving)
    {
        lock (_lock)
        {
            (_gathered, _leaving) = (_leaving, _gathered);
            _gathered.SetLength(0);
            leaving = _leaving.GetBuffer().AsMemory(0, (int)_leaving.Length);
            _isSending = !leaving.IsEmpty && _failure is null;
            _drained?.TrySetResult();
            _drained = null;
            return _isSending;
        }
    }

    private Task Drained() =>
        (_drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    private void Fail(Exception failure)
    {
        lock (_lock)
        {
            _failure ??= failure;
            _drained?.TrySetResult();
            _drained = null;
        }
    }
}
