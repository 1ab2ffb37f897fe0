namespace JamBox.Ota;

/// <summary>
/// heatshrink with windows up to 12 bits: bits from the highest down; 1 and eight bits are a literal, 0 with offset − 1 and count − 1
/// a copy from the window, which starts as zeros.
/// </summary>
internal sealed class HeatshrinkStream : PatchStream
{
    private const int MaxWindowBits = 12;

    private int _windowBits;
    private int _lookaheadBits;
    private int _held;
    private int _heldBits;

    /// <summary>Initializes a new instance of the <see cref="HeatshrinkStream"/> class.</summary>
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
        Fetch(1);
        _heldBits--;
        if (((_held >> _heldBits) & 1) != 0)
        {
            PutLiteral((byte)Bits(8));
        }
        else
        {
            int distance = Bits(_windowBits) + 1;
            int length = Bits(_lookaheadBits) + 1;
            PutCopy(distance, length);
        }

        return _at > _end ? PatchResult.Truncated : PatchResult.Busy;
    }

    /// <inheritdoc/>
    protected override PatchResult FinishStream()
    {
        // _at most seven bits fill the last byte, and they are zeros.
        bool isPadding = _heldBits < 8 && (_held & ((1 << _heldBits) - 1)) == 0;
        return isPadding && IsInputOver ? PatchResult.Done : PatchResult.TrailingData;
    }

    private int Bits(int count)
    {
        Fetch(count);
        _heldBits -= count;
        return (_held >> _heldBits) & ((1 << count) - 1);
    }

    private void Fetch(int count)
    {
        while (_heldBits < count)
        {
            _held = ((_held & 0xFFFF) << 8) | _input[_at++];
            _heldBits += 8;
        }
    }
}
