using System.Diagnostics;

namespace JamBox.Board;

/// <summary>
/// The UART to the modem, from the modem's end, with the two queues of the chip. To the modem: 128 bytes of hardware queue that empty
/// at the speed of the line; what does not fit is sent later, <i>from the caller's array as it then is</i>. From the modem: a ring of
/// the size that the firmware asked for; a byte too many flushes all of it.
/// </summary>
public sealed class BoardUart
{
    /// <summary>Bytes of the hardware queue.</summary>
    public const int HardwareQueueBytes = 128;

    private const double BitsAByte = 10;

    private readonly BoardHost _board;
    private readonly object _lock = new();
    private readonly Queue<byte> _received = new();
    private readonly Queue<byte> _sent = new();
    private readonly Queue<LateWrite> _late = new();
    private long _queuedAt;
    private double _queued;
    private int _capacity;
    private double _bytesAMs = 11.52;
    private bool _isOff;

    internal BoardUart(BoardHost board)
    {
        _board = board;
    }

    /// <summary>Gets the bytes that were not in the hardware queue when the firmware's Write returned.</summary>
    public long LateBytes { get; private set; }

    /// <summary>Gets the bytes of input that overflows threw away.</summary>
    public long FlushedBytes { get; private set; }

    /// <summary>Gets how often the firmware had to wait for bytes that it read.</summary>
    public long Waits { get; private set; }

    /// <summary>Gets a value indicating whether the firmware has opened it on the modem's pins.</summary>
    public bool IsOpen { get; private set; }

    internal int BytesToRead
    {
        get
        {
            lock (_lock)
            {
                return _received.Count;
            }
        }
    }

    /// <summary>Takes what the box has sent.</summary>
    /// <param name="buffer">Where to.</param>
    /// <returns>How many bytes.</returns>
    public int TakeSent(Span<byte> buffer)
    {
        lock (_lock)
        {
            SendLate();
            int count = Math.Min(buffer.Length, _sent.Count);
            for (int i = 0; i < count; i++)
            {
                buffer[i] = _sent.Dequeue();
            }

            return count;
        }
    }

    /// <summary>The modem says something.</summary>
    /// <param name="bytes">What.</param>
    public void Receive(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (!IsOpen)
            {
                return;
            }

            foreach (byte value in bytes)
            {
                if (_received.Count == _capacity)
                {
                    FlushedBytes += _received.Count + 1;
                    _received.Clear();
                    continue;
                }

                _received.Enqueue(value);
            }

            Monitor.PulseAll(_lock);
        }
    }

    internal void Open(int portIndex, int bufferSize, int baudRate)
    {
        lock (_lock)
        {
            (int tx, int rx) = _board.Pins.Uart(portIndex);
            if (tx < 0 || rx < 0)
            {
                throw new ArgumentException("The pins of the port are not set.");
            }

            // As the native side does it; other pins lead nowhere.
            _capacity = Math.Max(bufferSize, HardwareQueueBytes + 1);
            _bytesAMs = baudRate / BitsAByte / 1000;
            IsOpen = tx == BoardPinMap.ModemTx && rx == BoardPinMap.ModemRx;
        }
    }

    internal void Close()
    {
        lock (_lock)
        {
            IsOpen = false;
            _received.Clear();
            Monitor.PulseAll(_lock);
        }
    }

    internal int Read(byte[] buffer, int offset, int count, int timeoutMs)
    {
        lock (_lock)
        {
            long start = Stopwatch.GetTimestamp();
            Waits += _received.Count < count ? 1 : 0;
            while (_received.Count < count)
            {
                int left = timeoutMs == Timeout.Infinite
                    ? Timeout.Infinite
                    : timeoutMs - (int)Stopwatch.GetElapsedTime(start).TotalMilliseconds;
                if ((left != Timeout.Infinite && left <= 0) || !Monitor.Wait(_lock, left))
                {
                    throw new TimeoutException();
                }

                if (_isOff)
                {
                    // The lock is given up by waiting, so that the board's other side does not stop too.
                    Monitor.Wait(_lock, Timeout.Infinite);
                }
            }

            for (int i = 0; i < count; i++)
            {
                buffer[offset + i] = _received.Dequeue();
            }

            return count;
        }
    }

    internal void Write(byte[] buffer, int offset, int count)
    {
        lock (_lock)
        {
            SendLate();
            int room = _late.Count > 0 ? 0 : HardwareQueueBytes - (int)Math.Ceiling(_queued);
            int now = Math.Clamp(count, 0, room);
            Send(buffer, offset, now);
            if (now < count)
            {
                LateBytes += count - now;
                _late.Enqueue(new LateWrite(buffer, offset + now, count - now));
            }
        }
    }

    internal void SwitchOff()
    {
        lock (_lock)
        {
            _isOff = true;
            IsOpen = false;
            Monitor.PulseAll(_lock);
        }
    }

    private void Drain()
    {
        long now = Stopwatch.GetTimestamp();
        _queued = Math.Max(0, _queued - (Stopwatch.GetElapsedTime(_queuedAt, now).TotalMilliseconds * _bytesAMs));
        _queuedAt = now;
    }

    private void Send(byte[] buffer, int offset, int count)
    {
        if (IsOpen)
        {
            for (int i = 0; i < count; i++)
            {
                _sent.Enqueue(buffer[offset + i]);
            }
        }

        _queued += count;
    }

    private void SendLate()
    {
        Drain();
        while (_late.TryPeek(out LateWrite? write))
        {
            int count = Math.Min(write.Count, HardwareQueueBytes - (int)Math.Ceiling(_queued));
            if (count <= 0)
            {
                return;
            }

            Send(write.Buffer, write.Offset, count);
            write.Offset += count;
            write.Count -= count;
            if (write.Count == 0)
            {
                _late.Dequeue();
            }
        }
    }

    private sealed class LateWrite(byte[] buffer, int offset, int count)
    {
        public byte[] Buffer { get; } = buffer;

        public int Offset { get; set; } = offset;

        public int Count { get; set; } = count;
    }
}
