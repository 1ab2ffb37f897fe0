using System;

namespace JamBox.Ota.Patch;

/// <summary>
/// A decompressor that goes packet by packet: each step gives a few bytes that lie in the window without a gap, a literal or a part of
/// a copy. What is all zeros is said to be so, because the rest of the applier then need not look at it.
/// </summary>
internal abstract class PatchStream
{
    /// <summary>The largest window: LZMA's dictionary, or heatshrink with 12 bits.</summary>
    public const int WindowSize = 4096;

    /// <summary>Bytes of input that are read at a time.</summary>
    public const int InputSize = 256;

    /// <summary>No packet takes more input: LZMA's longest has 48 bits, few of which cost more than one.</summary>
    public const int LongestPacket = 32;

    // Fields where properties would be calls, which the interpreter cannot inline.
    /// <summary>Index in the window of the bytes that the last step gave.</summary>
    public int Start;

    /// <summary>How many they are.</summary>
    public int Count;

    /// <summary>How many zeros the window ends with, at least.</summary>
    public int TrailingZeros;

    /// <summary>The window: <see cref="WindowSize"/> bytes.</summary>
    protected readonly byte[] _window;

    /// <summary>What has been read of the patch; zeros follow the last byte.</summary>
    protected readonly byte[] _input;

    /// <summary>Index of the next byte of input.</summary>
    protected int _at;

    /// <summary>Index after the last byte of input.</summary>
    protected int _end;

    /// <summary>Index in the window of the next byte to be written.</summary>
    protected int _written;

    /// <summary>Copies of no more bytes are made one by one: a call costs more.</summary>
    private const int FewBytes = 4;

    private IByteSource _source;
    private int _sourcePosition;
    private int _refillAt;
    private int _copyDistance;
    private int _copyLeft;

    /// <summary>Works on buffers that several share, one at a time.</summary>
    /// <param name="window"><see cref="WindowSize"/> bytes.</param>
    /// <param name="input"><see cref="InputSize"/> + <see cref="LongestPacket"/> bytes.</param>
    protected PatchStream(byte[] window, byte[] input)
    {
        _window = window;
        _input = input;
    }

    /// <summary>Gets a value indicating whether the whole input has been taken, exactly.</summary>
    protected bool IsInputOver
    {
        get { return _sourcePosition == _source.Length && _at == _end; }
    }

    /// <summary>Begins with a patch's stream.</summary>
    /// <param name="source">The patch.</param>
    /// <param name="position">Where the stream begins, its own header included.</param>
    /// <returns><see cref="PatchResult.Busy"/>, or what is wrong.</returns>
    public PatchResult Begin(IByteSource source, int position)
    {
        _source = source;
        _sourcePosition = position;
        _copyLeft = 0;
        _at = 0;
        _end = 0;
        _written = 0;
        Count = 0;
        Array.Clear(_window, 0, WindowSize);
        TrailingZeros = WindowSize;
        PatchResult result = Refill();
        return result == PatchResult.Busy ? BeginStream() : result;
    }

    /// <summary>Gives the next bytes.</summary>
    /// <returns><see cref="PatchResult.Busy"/>, or what is wrong.</returns>
    public PatchResult Next()
    {
        if (_copyLeft == 0)
        {
            PatchResult result = _at > _refillAt ? Refill() : PatchResult.Busy;
            if (result == PatchResult.Busy)
            {
                result = Packet();
            }

            if (result != PatchResult.Busy || _copyLeft == 0)
            {
                return result;
            }
        }

        Copy();
        return PatchResult.Busy;
    }

    /// <summary>Checks that the stream ends here, as its encoder would have ended it.</summary>
    /// <returns><see cref="PatchResult.Done"/>, or what is wrong.</returns>
    public PatchResult Finish()
    {
        if (_copyLeft != 0)
        {
            return PatchResult.TrailingData;
        }

        PatchResult result = _at > _refillAt ? Refill() : PatchResult.Busy;
        return result == PatchResult.Busy ? FinishStream() : result;
    }

    /// <summary>Reads the stream's header.</summary>
    /// <returns><see cref="PatchResult.Busy"/>, or what is wrong.</returns>
    protected abstract PatchResult BeginStream();

    /// <summary>Reads a packet: ends with <see cref="PutLiteral"/> or <see cref="PutCopy"/>.</summary>
    /// <returns><see cref="PatchResult.Busy"/>, or what is wrong.</returns>
    protected abstract PatchResult Packet();

    /// <summary>Checks the end of the stream.</summary>
    /// <returns><see cref="PatchResult.Done"/>, or what is wrong.</returns>
    protected abstract PatchResult FinishStream();

    /// <summary>Puts one byte.</summary>
    /// <param name="value">The byte.</param>
    protected void PutLiteral(byte value)
    {
        int at = _written;
        _window[at] = value;
        Start = at;
        Count = 1;
        _written = (at + 1) & (WindowSize - 1);
        TrailingZeros = value == 0 ? TrailingZeros + 1 : 0;
    }

    /// <summary>Asks for a copy, which is made by and by.</summary>
    /// <param name="distance">How far back, from 1 to the window's size.</param>
    /// <param name="length">How many bytes.</param>
    protected void PutCopy(int distance, int length)
    {
        _copyDistance = distance;
        _copyLeft = length;
    }

    /// <summary>Makes as much of a copy as neither wraps around the window's end nor the source's.</summary>
    private void Copy()
    {
        int at = _written;
        int distance = _copyDistance;
        int from = (at - distance) & (WindowSize - 1);
        int count = WindowSize - (at > from ? at : from);
        if (count > _copyLeft)
        {
            count = _copyLeft;
        }

        if (distance <= TrailingZeros)
        {
            // The usual case, a run of zeros: nothing is looked at.
            Array.Clear(_window, at, count);
            TrailingZeros += count;
        }
        else
        {
            CopyBytes(from, at, count, distance);
            CountZeros(at, count);
        }

        _copyLeft -= count;
        Start = at;
        Count = count;
        _written = (at + count) & (WindowSize - 1);
    }

    private void CopyBytes(int from, int at, int count, int distance)
    {
        byte[] window = _window;
        if (count <= FewBytes)
        {
            for (int i = 0; i < count; i++)
            {
                window[at + i] = window[from + i];
            }

            return;
        }

        // A copy that overlaps itself repeats its first bytes: each pass doubles what can be copied at once.
        int ready = from < at && distance < count ? distance : count;
        Array.Copy(window, from, window, at, ready);
        while (ready < count)
        {
            int more = ready < count - ready ? ready : count - ready;
            Array.Copy(window, at, window, at + ready, more);
            ready += more;
        }
    }

    /// <summary>Zeros at the end of what was copied, eight at a time; when it is all zeros, those before count too.</summary>
    private void CountZeros(int at, int count)
    {
        byte[] window = _window;
        int i = at + count;
        while (i - 8 >= at && BitConverter.ToInt64(window, i - 8) == 0)
        {
            i -= 8;
        }

        while (i > at && window[i - 1] == 0)
        {
            i--;
        }

        TrailingZeros = i == at ? TrailingZeros + count : at + count - i;
    }

    /// <summary>Moves what is left to the front and reads on; at the end of the patch zeros follow, for a packet to run into.</summary>
    private PatchResult Refill()
    {
        int left = _end - _at;
        if (left > 0 && _at > 0)
        {
            Array.Copy(_input, _at, _input, 0, left);
        }

        int count = _source.Length - _sourcePosition;
        if (count > InputSize - left)
        {
            count = InputSize - left;
        }

        if (count > 0 && !_source.Read(_sourcePosition, _input, left, count))
        {
            return PatchResult.ReadFailed;
        }

        _sourcePosition += count;
        _at = 0;
        _end = left + count;
        Array.Clear(_input, _end, LongestPacket);

        // When there is nothing more to be had there is nothing more to be asked for.
        _refillAt = _sourcePosition < _source.Length ? _end - LongestPacket : int.MaxValue;
        return PatchResult.Busy;
    }
}

/// <summary>Bytes that can be read from any place: a patch in flash, the base image.</summary>
public interface IByteSource
{
    /// <summary>Gets how many bytes there are.</summary>
    int Length { get; }

    /// <summary>Reads bytes.</summary>
    /// <param name="position">First byte, from 0; with <paramref name="count"/> never past <see cref="Length"/>.</param>
    /// <param name="buffer">Where to.</param>
    /// <param name="offset">First index to write.</param>
    /// <param name="count">How many bytes.</param>
    /// <returns><c>false</c> when the medium refused.</returns>
    bool Read(int position, byte[] buffer, int offset, int count);
}

/// <summary>Takes the new image from its first byte to its last: writes it into flash, and hashes it on the way.</summary>
public interface IByteSink
{
    /// <summary>Takes the next bytes: <see cref="PatchApplier.OutputSize"/> each time, and what is left the last time.</summary>
    /// <param name="buffer">Where from.</param>
    /// <param name="count">How many bytes, from index 0.</param>
    /// <returns><c>false</c> when the medium refused.</returns>
    bool Write(byte[] buffer, int count);
}
