using System.Buffers;
using System.IO.Pipelines;

using MQTTnet.Formatter;
using MQTTnet.Packets;

namespace JamBox.Backend.Mqtt.Embedded;

/// <summary>
/// What goes out on a connection, in the order in which it was written. What is written while the bytes before it go out is sent with one
/// call; a connection on which nothing waits holds no buffer.
/// </summary>
internal sealed class BrokerOutput(PipeWriter writer, TimeProvider clock) : IThreadPoolWorkItem
{
    /// <summary>Past it nothing is read from the sender and no message is begun, bytes: it does not take what it is sent.</summary>
    public const int ManyBytes = 32 * 1024;

    private const int FirstBytes = 256;

    private readonly Lock _lock = new();
    private byte[]? _buffer;
    private int _count;
    private bool _isSending;
    private bool _isOver;
    private long _sendingSince;
    private TaskCompletionSource? _idle;

    /// <summary>Called whenever bytes have gone out.</summary>
    public Action? Sent { get; set; }

    /// <summary>Called when nothing can go out any more.</summary>
    public Action? Failed { get; set; }

    /// <summary>The protocol.</summary>
    public MqttProtocolVersion Version { get; set; } = MqttProtocolVersion.V311;

    /// <summary>Bytes that wait.</summary>
    public int Waiting => Volatile.Read(ref _count);

    /// <summary>Whether something is on its way to the connection.</summary>
    public bool IsSending
    {
        get
        {
            lock (_lock)
            {
                return _isSending;
            }
        }
    }

    /// <summary>For how long the connection has taken nothing of what waits.</summary>
    public TimeSpan StuckFor
    {
        get
        {
            lock (_lock)
            {
                return _isSending ? clock.GetElapsedTime(_sendingSince) : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Writes a packet; it goes out at once, or after what is going out.</summary>
    public void Write(MqttPacket packet)
    {
        lock (_lock)
        {
            if (_isOver)
            {
                return;
            }

            PacketCodec.Encode(packet, Version, this, static (output, bytes) => output.Append(bytes));
            if (_isSending)
            {
                return;
            }

            _isSending = true;
            _sendingSince = clock.GetTimestamp();
        }

        // Not from here: the caller may hold a lock, and what a connection does when it breaks would run in it.
        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: true);
    }

    /// <inheritdoc/>
    void IThreadPoolWorkItem.Execute() => _ = SendAsync();

    /// <summary>Waits until everything has gone out.</summary>
    /// <param name="limit">How long at most.</param>
    /// <returns>Whether it has.</returns>
    public async Task<bool> DrainAsync(TimeSpan limit)
    {
        Task idle;
        lock (_lock)
        {
            if (!_isSending)
            {
                return true;
            }

            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            idle = _idle.Task;
        }

        try
        {
            await idle.WaitAsync(limit, clock).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private void Append(MqttPacketBuffer bytes)
    {
        int needed = _count + bytes.Length;
        if (_buffer is null || _buffer.Length < needed)
        {
            byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, FirstBytes));
            _buffer?.AsSpan(0, _count).CopyTo(larger);
            if (_buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
            }

            _buffer = larger;
        }

        bytes.Packet.AsSpan().CopyTo(_buffer.AsSpan(_count));
        bytes.Payload.CopyTo(_buffer.AsSpan(_count + bytes.Packet.Count));
        _count = needed;
    }

    private async Task SendAsync()
    {
        bool isOver = false;
        while (TakeAll() is ({ } buffer, var count))
        {
            try
            {
                isOver = (await writer.WriteAsync(buffer.AsMemory(0, count)).ConfigureAwait(false)).IsCompleted;
            }
#pragma warning disable CA1031 // Whatever a broken connection throws: it is over.
            catch (Exception)
#pragma warning restore CA1031
            {
                isOver = true;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }

            if (isOver)
            {
                End();
                return;
            }

            Sent?.Invoke();
        }
    }

    private (byte[]? Buffer, int Count) TakeAll()
    {
        TaskCompletionSource? idle;
        lock (_lock)
        {
            if (_count > 0)
            {
                (byte[]? buffer, int count) = (_buffer, _count);
                (_buffer, _count) = (null, 0);
                _sendingSince = clock.GetTimestamp();
                return (buffer, count);
            }

            _isSending = false;
            idle = _idle;
            _idle = null;
        }

        idle?.SetResult();
        return default;
    }

    private void End()
    {
        TaskCompletionSource? idle;
        lock (_lock)
        {
            _isOver = true;
            _isSending = false;
            if (_buffer is not null)
            {
                ArrayPool<byte>.Shared.Return(_buffer);
            }

            (_buffer, _count) = (null, 0);
            idle = _idle;
            _idle = null;
        }

        idle?.SetResult();
        Failed?.Invoke();
    }
}
