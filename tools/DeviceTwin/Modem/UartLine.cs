namespace JamBox.Twin.Modem;

/// <summary>One direction of the serial line, 115200 8N1: bytes leave it one after the other, 87 µs each.</summary>
internal sealed class UartLine
{
    private const long NsPerMs = 1_000_000;

    // Ten bits at 115200 a second.
    private const long NsPerByte = 86_806;

    private readonly Queue<(long StartNs, int Count)> _chunks = new();
    private byte[] _ring = new byte[4_096];
    private int _first;
    private int _count;
    private int _takenOfChunk;
    private long _freeAtNs;

    /// <summary>Gets the bytes on the line, arrived or not.</summary>
    public int Count => _count;

    /// <summary>Puts bytes on the line.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="nowMs">The present time.</param>
    /// <returns>When the last one has arrived, ms rounded up.</returns>
    public long Send(ReadOnlySpan<byte> bytes, long nowMs)
    {
        long startNs = Math.Max(_freeAtNs, nowMs * NsPerMs);
        _freeAtNs = startNs + (bytes.Length * NsPerByte);
        if (bytes.Length > 0)
        {
            _chunks.Enqueue((startNs, bytes.Length));
            Append(bytes);
        }

        return (_freeAtNs + NsPerMs - 1) / NsPerMs;
    }

    /// <summary>Counts the bytes that have arrived.</summary>
    /// <param name="nowMs">The present time.</param>
    /// <returns>How many can be taken.</returns>
    public int Arrived(long nowMs)
    {
        long nowNs = nowMs * NsPerMs;
        int arrived = -_takenOfChunk;
        foreach ((long startNs, int count) in _chunks)
        {
            long through = (nowNs - startNs) / NsPerByte;
            if (through < count)
            {
                return arrived + (int)Math.Max(through, 0);
            }

            arrived += count;
        }

        return arrived;
    }

    /// <summary>Takes bytes that have arrived.</summary>
    /// <param name="buffer">Where to; its length says how many, at most <see cref="Arrived"/>.</param>
    public void Take(Span<byte> buffer)
    {
        int beforeWrap = Math.Min(buffer.Length, _ring.Length - _first);
        _ring.AsSpan(_first, beforeWrap).CopyTo(buffer);
        _ring.AsSpan(0, buffer.Length - beforeWrap).CopyTo(buffer[beforeWrap..]);
        _first = (_first + buffer.Length) % _ring.Length;
        _count -= buffer.Length;
        _takenOfChunk += buffer.Length;
        while (_chunks.Count > 0 && _takenOfChunk >= _chunks.Peek().Count)
        {
            _takenOfChunk -= _chunks.Dequeue().Count;
        }
    }

    /// <summary>The sender stops in the middle: what has not left it yet never will.</summary>
    /// <param name="nowMs">The present time.</param>
    public void Cut(long nowMs)
    {
        byte[] arrived = new byte[Arrived(nowMs)];
        Take(arrived);
        _chunks.Clear();
        _takenOfChunk = 0;
        _first = 0;
        _count = 0;
        if (arrived.Length > 0)
        {
            _chunks.Enqueue((long.MinValue / 4, arrived.Length));
            Append(arrived);
        }

        _freeAtNs = nowMs * NsPerMs;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        if (_count + bytes.Length > _ring.Length)
        {
            byte[] larger = new byte[Math.Max(_ring.Length * 2, _count + bytes.Length)];
            for (int i = 0; i < _count; i++)
            {
                larger[i] = _ring[(_first + i) % _ring.Length];
            }

            _ring = larger;
            _first = 0;
        }

        int at = (_first + _count) % _ring.Length;
        int beforeWrap = Math.Min(bytes.Length, _ring.Length - at);
        bytes[..beforeWrap].CopyTo(_ring.AsSpan(at));
        bytes[beforeWrap..].CopyTo(_ring);
        _count += bytes.Length;
    }
}
