namespace JamBox.Ota.Patch;

/// <summary>
/// LZMA as profile L has it: lc = lp = pb = 0, a dictionary of 4 KB, an end marker. The loops over the bits of a symbol keep the range
/// coder in locals: they are where an update spends its time.
/// </summary>
internal sealed class LzmaStream : PatchStream
{
    /// <summary>How many probabilities there are.</summary>
    public const int Probabilities = Literals + 0x300;

    private const int HeaderSize = 13;
    private const int UnknownSizeAt = 5;
    private const int RangeHeaderSize = 5;
    private const int ProbabilityBits = 11;
    private const int Certain = 1 << ProbabilityBits;
    private const int AdaptShift = 5;
    private const uint Top = 1 << 24;

    private const int States = 12;
    private const int FirstStateAfterMatch = 7;

    // Indices of the probabilities. Trees waste their element 0.
    private const int IsMatch = 0;
    private const int IsRep = IsMatch + States;
    private const int IsRepG0 = IsRep + States;
    private const int IsRepG1 = IsRepG0 + States;
    private const int IsRepG2 = IsRepG1 + States;
    private const int IsRep0Long = IsRepG2 + States;
    private const int Slots = IsRep0Long + States;
    private const int SlotBits = 6;
    private const int LengthClasses = 4;
    private const int Special = Slots + (LengthClasses << SlotBits);
    private const int FirstSpecialSlot = 4;
    private const int FirstAlignSlot = 14;
    private const int Align = Special + 115;
    private const int AlignBits = 4;
    private const int MatchLengths = Align + (1 << AlignBits);
    private const int LengthCoderSize = 2 + 8 + 8 + 256;
    private const int RepLengths = MatchLengths + LengthCoderSize;
    private const int Literals = RepLengths + LengthCoderSize;

    private const int MinLength = 2;

    /// <summary>The marker's distance; as it is past the end of any window no check of its own is needed for it.</summary>
    private const uint EndMarker = 0xFFFFFFFF;

    private readonly ushort[] _probabilities;
    private uint _range;
    private uint _code;
    private int _state;
    private int _total;
    private uint _rep0;
    private uint _rep1;
    private uint _rep2;
    private uint _rep3;

    /// <param name="window">See <see cref="PatchStream"/>.</param>
    /// <param name="input">See <see cref="PatchStream"/>.</param>
    /// <param name="probabilities">Room for <see cref="Probabilities"/>.</param>
    public LzmaStream(byte[] window, byte[] input, ushort[] probabilities)
        : base(window, input)
    {
        _probabilities = probabilities;
    }

    /// <inheritdoc/>
    protected override PatchResult BeginStream()
    {
        if (_end - _at < HeaderSize + RangeHeaderSize)
        {
            return PatchResult.Truncated;
        }

        for (int i = 0; i < HeaderSize; i++)
        {
            // Properties 0, a dictionary of 4,096 bytes (little-endian), and a size that is not known.
            int expected = i == 2 ? 0x10 : i < UnknownSizeAt ? 0 : 0xFF;
            if (_input[_at++] != expected)
            {
                return PatchResult.UnknownFormat;
            }
        }

        // The encoder's first byte is always 0.
        bool isSound = _input[_at] == 0;
        _range = uint.MaxValue;
        _code = 0;
        for (int i = 0; i < RangeHeaderSize; i++)
        {
            _code = (_code << 8) | _input[_at++];
        }

        _state = 0;
        _total = 0;
        _rep0 = 0;
        _rep1 = 0;
        _rep2 = 0;
        _rep3 = 0;
        ResetProbabilities();
        return isSound ? PatchResult.Busy : PatchResult.BadStream;
    }

    /// <inheritdoc/>
    protected override PatchResult Packet()
    {
        int state = _state;
        if (Bit(IsMatch + state) == 0)
        {
            ReadLiteral(state);
        }
        else
        {
            int length = Bit(IsRep + state) == 0 ? ReadMatch(state) : ReadRep(state);
            uint distance = _rep0;
            if (_at > _end)
            {
                return PatchResult.Truncated;
            }

            if (distance >= PatchStream.WindowSize || distance >= (uint)_total)
            {
                // Beyond what there is; or the end marker, which comes too early here.
                return distance == EndMarker ? PatchResult.Truncated : PatchResult.BadStream;
            }

            _total += length;
            PutCopy((int)distance + 1, length);
        }

        return _at > _end ? PatchResult.Truncated : PatchResult.Busy;
    }

    /// <inheritdoc/>
    protected override PatchResult FinishStream()
    {
        if (Bit(IsMatch + _state) == 0 || Bit(IsRep + _state) != 0)
        {
            return PatchResult.TrailingData;
        }

        ReadMatch(_state);
        if (_at > _end)
        {
            return PatchResult.Truncated;
        }

        if (_rep0 != EndMarker || !IsInputOver)
        {
            return PatchResult.TrailingData;
        }

        return _code == 0 ? PatchResult.Done : PatchResult.BadStream;
    }

    private static int AfterLiteral(int state)
    {
        return state < 4 ? 0 : state < 10 ? state - 3 : state - 6;
    }

    private void ResetProbabilities()
    {
        ushort[] probabilities = _probabilities;
        probabilities[0] = Certain / 2;
        for (int ready = 1; ready < Probabilities; ready *= 2)
        {
            int more = Probabilities - ready;
            System.Array.Copy(probabilities, 0, probabilities, ready, more < ready ? more : ready);
        }
    }

    private void ReadLiteral(int state)
    {
        int value = state < FirstStateAfterMatch ? Tree(Literals, 8) : MatchedLiteral();
        _state = AfterLiteral(state);
        _total++;
        PutLiteral((byte)value);
    }

    /// <summary>A literal after a match is coded against the byte that the match would have gone on with.</summary>
    private int MatchedLiteral()
    {
        ushort[] probabilities = _probabilities;
        byte[] input = _input;
        uint range = _range;
        uint code = _code;
        int at = _at;
        int matchByte = _window[(_written - (int)_rep0 - 1) & (WindowSize - 1)];
        int offset = 0x100;
        int node = 1;
        while (node < 0x100)
        {
            matchByte <<= 1;
            int matchBit = matchByte & offset;
            int index = Literals + offset + matchBit + node;
            uint probability = probabilities[index];
            uint bound = (range >> ProbabilityBits) * probability;
            node <<= 1;
            if (code < bound)
            {
                range = bound;
                probabilities[index] = (ushort)(probability + ((Certain - probability) >> AdaptShift));
                offset &= ~matchBit;
            }
            else
            {
                range -= bound;
                code -= bound;
                probabilities[index] = (ushort)(probability - (probability >> AdaptShift));
                node++;
                offset &= matchBit;
            }

            if (range < Top)
            {
                range <<= 8;
                code = (code << 8) | input[at++];
            }
        }

        _range = range;
        _code = code;
        _at = at;
        return node & 0xFF;
    }

    private int ReadMatch(int state)
    {
        int length = Length(MatchLengths);
        _rep3 = _rep2;
        _rep2 = _rep1;
        _rep1 = _rep0;
        int lengthClass = length - MinLength;
        _rep0 = Distance(lengthClass < LengthClasses ? lengthClass : LengthClasses - 1);
        _state = state < FirstStateAfterMatch ? 7 : 10;
        return length;
    }

    private int ReadRep(int state)
    {
        if (Bit(IsRepG0 + state) == 0)
        {
            if (Bit(IsRep0Long + state) == 0)
            {
                _state = state < FirstStateAfterMatch ? 9 : 11;
                return 1;
            }
        }
        else
        {
            uint distance = _rep1;
            if (Bit(IsRepG1 + state) != 0)
            {
                if (Bit(IsRepG2 + state) == 0)
                {
                    distance = _rep2;
                }
                else
                {
                    distance = _rep3;
                    _rep3 = _rep2;
                }

                _rep2 = _rep1;
            }

            _rep1 = _rep0;
            _rep0 = distance;
        }

        _state = state < FirstStateAfterMatch ? 8 : 11;
        return Length(RepLengths);
    }

    private int Length(int coder)
    {
        if (Bit(coder) == 0)
        {
            return MinLength + Tree(coder + 2, 3);
        }

        return Bit(coder + 1) == 0 ? MinLength + 8 + Tree(coder + 2 + 8, 3) : MinLength + 16 + Tree(coder + 2 + 8 + 8, 8);
    }

    private uint Distance(int lengthClass)
    {
        int slot = Tree(Slots + (lengthClass << SlotBits), SlotBits);
        if (slot < FirstSpecialSlot)
        {
            return (uint)slot;
        }

        int footerBits = (slot >> 1) - 1;
        uint distance = (uint)(2 | (slot & 1)) << footerBits;
        if (slot < FirstAlignSlot)
        {
            return distance + (uint)ReverseTree(Special + (int)distance - slot - 1, footerBits);
        }

        distance += Direct(footerBits - AlignBits) << AlignBits;
        return distance + (uint)ReverseTree(Align, AlignBits);
    }

    private int Bit(int index)
    {
        uint probability = _probabilities[index];
        uint range = _range;
        uint bound = (range >> ProbabilityBits) * probability;
        int bit = 0;
        if (_code < bound)
        {
            range = bound;
            _probabilities[index] = (ushort)(probability + ((Certain - probability) >> AdaptShift));
        }
        else
        {
            range -= bound;
            _code -= bound;
            _probabilities[index] = (ushort)(probability - (probability >> AdaptShift));
            bit = 1;
        }

        if (range < Top)
        {
            range <<= 8;
            _code = (_code << 8) | _input[_at++];
        }

        _range = range;
        return bit;
    }

    private int Tree(int first, int bits)
    {
        ushort[] probabilities = _probabilities;
        byte[] input = _input;
        uint range = _range;
        uint code = _code;
        int at = _at;
        int end = 1 << bits;
        int node = 1;
        while (node < end)
        {
            int index = first + node;
            uint probability = probabilities[index];
            uint bound = (range >> ProbabilityBits) * probability;
            node <<= 1;
            if (code < bound)
            {
                range = bound;
                probabilities[index] = (ushort)(probability + ((Certain - probability) >> AdaptShift));
            }
            else
            {
                range -= bound;
                code -= bound;
                probabilities[index] = (ushort)(probability - (probability >> AdaptShift));
                node++;
            }

            if (range < Top)
            {
                range <<= 8;
                code = (code << 8) | input[at++];
            }
        }

        _range = range;
        _code = code;
        _at = at;
        return node - end;
    }

    private int ReverseTree(int first, int bits)
    {
        int node = 1;
        int symbol = 0;
        for (int i = 0; i < bits; i++)
        {
            int bit = Bit(first + node);
            node = (node << 1) | bit;
            symbol |= bit << i;
        }

        return symbol;
    }

    private uint Direct(int bits)
    {
        uint value = 0;
        for (int i = 0; i < bits; i++)
        {
            _range >>= 1;
            value <<= 1;
            if (_code >= _range)
            {
                _code -= _range;
                value |= 1;
            }

            if (_range < Top)
            {
                _range <<= 8;
                _code = (_code << 8) | _input[_at++];
            }
        }

        return value;
    }
}
