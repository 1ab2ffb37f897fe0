namespace JamBox.Ota.Patching;

/// <summary>
/// heatshrink: bits from the highest down; 1 and eight bits are a literal, 0 with offset − 1 and count − 1 a copy from the window, which
/// starts as zeros.
/// </summary>
internal sealed class HeatshrinkDecoder : PatchDecoder
{
    private readonly byte[] _input;
    private readonly int _windowBits;
    private readonly int _lookaheadBits;
    private readonly byte[] _window;
    private long _bit;
    private int _written;
    private int _copyFrom;
    private int _copyLeft;

    /// <param name="input">The patch.</param>
    /// <param name="start">Where the stream begins, after its header byte.</param>
    /// <param name="windowBits">At most 15.</param>
    /// <param name="lookaheadBits">Less than the window's.</param>
    public HeatshrinkDecoder(byte[] input, int start, int windowBits, int lookaheadBits)
    {
        _input = input;
        _bit = (long)start * 8;
        _windowBits = windowBits;
        _lookaheadBits = lookaheadBits;
        _window = new byte[1 << windowBits];
    }

    /// <inheritdoc/>
    public override int Read()
    {
        if (_copyLeft == 0)
        {
            int flag = Bits(1);
            if (flag != 0)
            {
                return flag < 0 ? None : Put(Bits(8));
            }

            int offset = Bits(_windowBits);
            int count = Bits(_lookaheadBits);
            if (offset < 0 || count < 0)
            {
                return None;
            }

            _copyFrom = _written - offset - 1;
            _copyLeft = count + 1;
        }

        _copyLeft--;
        return Put(_window[_copyFrom++ & (_window.Length - 1)]);
    }

    /// <inheritdoc/>
    public override PatchError Finish()
    {
        long left = ((long)_input.Length * 8) - _bit;
        bool isEnd = _copyLeft == 0 && left < 8 && (left == 0 || Bits((int)left) == 0);
        return isEnd ? PatchError.None : PatchError.TrailingData;
    }

    private int Put(int value)
    {
        if (value >= 0)
        {
            _window[_written++ & (_window.Length - 1)] = (byte)value;
        }

        return value;
    }

    private int Bits(int count)
    {
        if (_bit + count > (long)_input.Length * 8)
        {
            return Fail(PatchError.Truncated);
        }

        int value = 0;
        for (int i = 0; i < count; i++, _bit++)
        {
            value = (value << 1) | ((_input[_bit >> 3] >> (7 - (int)(_bit & 7))) & 1);
        }

        return value;
    }
}
