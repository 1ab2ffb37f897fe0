namespace JamBox.Ota.Patch;

/// <summary>
/// heatshrink with windows up to 12 bits: bits from the highest down; 1 and eight bits are a literal, 0 with offset − 1 and count − 1
/// a copy from the window, which starts as zeros.
/// </summary>
internal sealed class HeatshrinkStream : PatchStream
{
    private const int MaxWindowBits = 12;

    private int _windowBits;
    private int _lookaheadBits;

    // Between packets the last byte's lowest bits, seven at most, have not been used.
    private int _held;
    private int _heldBits;

    /// <param name="window">See <see cref="PatchStream"/>.</param>
    /// <param name="input">See <see cref="PatchStream"/>.</param>
    public HeatshrinkStream(byte[] window, byte[] input)
        : base(window, input)
    {
    }

    /// <inheritdoc/>
    protected override PatchResult BeginStream()
    {
        if (_at == _end)
        {
            return PatchResult.Truncated;
        }

        int header = _input[_at++];
        _windowBits = (header >> 4) + 4;
        _lookaheadBits = (header & 15) + 3;
        _held = 0;
        _heldBits = 0;
        return _windowBits > MaxWindowBits || _lookaheadBits >= _windowBits ? PatchResult.UnknownFormat : PatchResult.Busy;
    }

    /// <inheritdoc/>
    protected override PatchResult Packet()
    {
        byte[] input = _input;
        int at = _at;
        int held = _held;
        int bits = _heldBits;
        if (bits == 0)
        {
            held = input[at++];
            bits = 8;
        }

        bits--;
        if (((held >> bits) & 1) != 0)
        {
            // Seven bits at most are left: a literal always takes one more byte, and leaves as many.
            held = (held << 8) | input[at++];
            PutLiteral((byte)(held >> bits));
        }
        else
        {
            int copyBits = _windowBits + _lookaheadBits;
            while (bits < copyBits)
            {
                held = (held << 8) | input[at++];
                bits += 8;
            }

            bits -= copyBits;
            int distance = (held >> (bits + _lookaheadBits)) & ((1 << _windowBits) - 1);
            int length = (held >> bits) & ((1 << _lookaheadBits) - 1);
            PutCopy(distance + 1, length + 1);
        }

        _at = at;
        _held = held;
        _heldBits = bits;
        return at > _end ? PatchResult.Truncated : PatchResult.Busy;
    }

    /// <inheritdoc/>
    protected override PatchResult FinishStream()
    {
        // At most seven bits fill the last byte, and they are zeros.
        bool isPadding = (_held & ((1 << _heldBits) - 1)) == 0;
        return isPadding && IsInputOver ? PatchResult.Done : PatchResult.TrailingData;
    }
}
