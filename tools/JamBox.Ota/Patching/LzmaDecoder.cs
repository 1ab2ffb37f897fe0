namespace JamBox.Ota.Patching;

/// <summary>LZMA as profile L has it: lc = lp = pb = 0, 4 KB dictionary, end marker.</summary>
internal sealed class LzmaDecoder : PatchDecoder
{
    private const uint Top = 1 << 24;
    private const int RangeHeaderSize = 5;

    private readonly byte[] _input;
    private readonly ushort[] _probabilities = new ushort[LzmaModel.Count];
    private readonly byte[] _window = new byte[LzmaModel.DictionarySize];
    private readonly uint[] _reps = new uint[4];
    private int _position;
    private uint _range = uint.MaxValue;
    private uint _code;
    private int _state;
    private int _written;
    private int _copyLeft;
    private bool _isOver;

    /// <param name="input">The patch.</param>
    /// <param name="start">Where the 13 bytes of header begin.</param>
    public LzmaDecoder(byte[] input, int start)
    {
        _input = input;
        Array.Fill(_probabilities, LzmaModel.Even);
        _position = start + LzmaEncoder.Header.Length;
        int codeEnd = _position + RangeHeaderSize;
        if (codeEnd > input.Length)
        {
            Fail(PatchError.Truncated);
            return;
        }

        if (!input.AsSpan(start, LzmaEncoder.Header.Length).SequenceEqual(LzmaEncoder.Header))
        {
            Fail(PatchError.UnknownFormat);
            return;
        }

        for (int i = _position; i < codeEnd; i++)
        {
            _code = (_code << 8) | input[i];
        }

        // The encoder's first byte is always 0.
        Error = input[_position] != 0 ? PatchError.BadStream : PatchError.None;
        _position = codeEnd;
    }

    /// <inheritdoc/>
    public override int Read()
    {
        if (Error != PatchError.None)
        {
            return None;
        }

        if (_copyLeft == 0 && !Packet())
        {
            return None;
        }

        if (_isOver)
        {
            return Fail(PatchError.Truncated);
        }

        if (_copyLeft > 0)
        {
            _copyLeft--;
            Put(_window[(_written - (int)_reps[0] - 1) & (LzmaModel.DictionarySize - 1)]);
        }

        return _window[(_written - 1) & (LzmaModel.DictionarySize - 1)];
    }

    /// <inheritdoc/>
    public override PatchError Finish()
    {
        if (_copyLeft != 0)
        {
            return PatchError.TrailingData;
        }

        if (Bit(LzmaModel.IsMatch + _state) == 0 || Bit(LzmaModel.IsRep + _state) != 0)
        {
            return PatchError.TrailingData;
        }

        Match();
        if (Error == PatchError.Truncated)
        {
            return Error;
        }

        if (!_isOver || _position != _input.Length)
        {
            return PatchError.TrailingData;
        }

        return _code == 0 ? PatchError.None : PatchError.BadStream;
    }

    /// <summary>Reads a packet: a literal is put into the window, a match is left to be copied.</summary>
    private bool Packet()
    {
        if (Bit(LzmaModel.IsMatch + _state) == 0)
        {
            Literal();
        }
        else if (Bit(LzmaModel.IsRep + _state) == 0)
        {
            Match();
        }
        else
        {
            Rep();
        }

        return Error == PatchError.None;
    }

    private void Literal()
    {
        int node = 1;
        if (_state >= LzmaModel.FirstStateAfterMatch)
        {
            int matchByte = _window[(_written - (int)_reps[0] - 1) & (LzmaModel.DictionarySize - 1)];
            int offset = 0x100;
            while (node < 0x100 && offset != 0)
            {
                matchByte <<= 1;
                int matchBit = matchByte & offset;
                int bit = Bit(LzmaModel.Literals + offset + matchBit + node);
                node = (node << 1) | bit;
                offset &= bit != 0 ? matchBit : ~matchBit;
            }
        }

        while (node < 0x100)
        {
            node = (node << 1) | Bit(LzmaModel.Literals + node);
        }

        Put((byte)node);
        _state = LzmaModel.AfterLiteral(_state);
    }

    private void Match()
    {
        int length = Length(LzmaModel.MatchLengths);
        _reps[3] = _reps[2];
        _reps[2] = _reps[1];
        _reps[1] = _reps[0];
        _reps[0] = Distance(LzmaModel.LengthClass(length));
        _state = LzmaModel.AfterMatch(_state);
        if (_reps[0] == LzmaModel.EndMarker)
        {
            _isOver = true;
            return;
        }

        Copy(length);
    }

    private void Rep()
    {
        int length = 1;
        if (Bit(LzmaModel.IsRepG0 + _state) == 0)
        {
            if (Bit(LzmaModel.IsRep0Long + _state) == 0)
            {
                _state = LzmaModel.AfterShortRep(_state);
                Copy(1);
                return;
            }
        }
        else
        {
            int rep = Bit(LzmaModel.IsRepG1 + _state) == 0 ? 1 : 2 + Bit(LzmaModel.IsRepG2 + _state);
            uint distance = _reps[rep];
            Array.Copy(_reps, 0, _reps, 1, rep);
            _reps[0] = distance;
        }

        length = Length(LzmaModel.RepLengths);
        _state = LzmaModel.AfterRep(_state);
        Copy(length);
    }

    private void Copy(int length)
    {
        if (_reps[0] >= (uint)Math.Min(_written, LzmaModel.DictionarySize))
        {
            Fail(PatchError.BadStream);
            return;
        }

        _copyLeft = length;
    }

    private int Length(int coder)
    {
        if (Bit(coder + LzmaModel.Choice) == 0)
        {
            return LzmaModel.MinLength + Tree(coder + LzmaModel.Low, 3);
        }

        return Bit(coder + LzmaModel.Choice2) == 0
            ? LzmaModel.MinLength + 8 + Tree(coder + LzmaModel.Middle, 3)
            : LzmaModel.MinLength + 16 + Tree(coder + LzmaModel.High, 8);
    }

    private uint Distance(int lengthClass)
    {
        int slot = Tree(LzmaModel.Slot + (lengthClass << LzmaModel.SlotBits), LzmaModel.SlotBits);
        if (slot < LzmaModel.FirstSpecialSlot)
        {
            return (uint)slot;
        }

        int footerBits = (slot >> 1) - 1;
        uint distance = (2u | ((uint)slot & 1)) << footerBits;
        if (slot < LzmaModel.FirstAlignSlot)
        {
            return distance + ReverseTree(LzmaModel.Special + (int)distance - slot - 1, footerBits);
        }

        distance += Direct(footerBits - LzmaModel.AlignBits) << LzmaModel.AlignBits;
        return distance + ReverseTree(LzmaModel.Align, LzmaModel.AlignBits);
    }

    private int Tree(int first, int bits)
    {
        int node = 1;
        for (int i = 0; i < bits; i++)
        {
            node = (node << 1) | Bit(first + node);
        }

        return node - (1 << bits);
    }

    private uint ReverseTree(int first, int bits)
    {
        int node = 1;
        uint symbol = 0;
        for (int i = 0; i < bits; i++)
        {
            int bit = Bit(first + node);
            node = (node << 1) | bit;
            symbol |= (uint)bit << i;
        }

        return symbol;
    }

    private uint Direct(int bits)
    {
        uint value = 0;
        for (int i = 0; i < bits; i++)
        {
            _range >>= 1;
            uint bit = _code >= _range ? 1u : 0;
            _code -= _range * bit;
            value = (value << 1) | bit;
            Normalize();
        }

        return value;
    }

    private int Bit(int index)
    {
        uint probability = _probabilities[index];
        uint bound = (_range >> LzmaModel.ProbabilityBits) * probability;
        int bit = _code < bound ? 0 : 1;
        if (bit == 0)
        {
            _range = bound;
            _probabilities[index] = (ushort)(probability + (((1 << LzmaModel.ProbabilityBits) - probability) >> LzmaModel.AdaptShift));
        }
        else
        {
            _range -= bound;
            _code -= bound;
            _probabilities[index] = (ushort)(probability - (probability >> LzmaModel.AdaptShift));
        }

        Normalize();
        return bit;
    }

    private void Normalize()
    {
        if (_range >= Top)
        {
            return;
        }

        _range <<= 8;
        if (_position >= _input.Length)
        {
            // A damaged stream is let run on with zeros to the end of the packet, and then it is refused.
            Fail(PatchError.Truncated);
            _code <<= 8;
            return;
        }

        _code = (_code << 8) | _input[_position++];
    }

    private void Put(byte value) => _window[_written++ & (LzmaModel.DictionarySize - 1)] = value;
}
