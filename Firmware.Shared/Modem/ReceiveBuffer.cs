using System;

namespace JamBox.Modem;

/// <summary>
/// Ring of bytes received. What comes in is pending until the block that it belongs to is complete and the modem has said so; a
/// block that broke off is discarded, so that the text of a modem that restarts is never handed out as payload.
/// </summary>
public sealed class ReceiveBuffer
{
    private readonly byte[] _buffer;
    private int _head;

    /// <param name="buffer">The memory; owned by the caller, used by the ring alone.</param>
    public ReceiveBuffer(byte[] buffer)
    {
        _buffer = buffer;
    }

    /// <summary>Gets the bytes that can be taken.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the bytes of the block that still runs.</summary>
    public int Pending { get; private set; }

    /// <summary>Gets the bytes for which there is room.</summary>
    public int Free => _buffer.Length - Count - Pending;

    /// <summary>Adds a byte to the block that runs.</summary>
    /// <param name="value">The byte.</param>
    /// <returns><c>false</c> when the ring is full: the byte is lost.</returns>
    public bool Put(byte value)
    {
        if (Free == 0)
        {
            return false;
        }

        int at = _head + Count + Pending;
        if (at >= _buffer.Length)
        {
            at -= _buffer.Length;
        }

        _buffer[at] = value;
        Pending++;
        return true;
    }

    /// <summary>The block is complete: it can be taken.</summary>
    public void Commit()
    {
        Count += Pending;
        Pending = 0;
    }

    /// <summary>The block broke off: it is forgotten.</summary>
    public void Discard()
    {
        Pending = 0;
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        _head = 0;
        Count = 0;
        Pending = 0;
    }

    /// <summary>Takes the oldest bytes out.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="offset">First index to write.</param>
    /// <param name="count">How many at most.</param>
    /// <returns>How many were taken.</returns>
    public int Take(byte[] buffer, int offset, int count)
    {
        int taken = count < Count ? count : Count;
        int first = _buffer.Length - _head;
        if (first > taken)
        {
            first = taken;
        }

        Array.Copy(_buffer, _head, buffer, offset, first);
        Array.Copy(_buffer, 0, buffer, offset + first, taken - first);
        _head += taken;
        if (_head >= _buffer.Length)
        {
            _head -= _buffer.Length;
        }

        Count -= taken;
        return taken;
    }
}
