namespace JamBox.Ota.Patching;

/// <summary>Compresses to LZMA-alone as profile L wants it: lc = lp = pb = 0, 4 KB dictionary, unknown size, end marker.</summary>
internal sealed class LzmaEncoder
{
    private readonly byte[] _data;
    private readonly MemoryStream _output = new();
    private readonly LzmaPrices _prices = new();
    private readonly LzmaRangeEncoder _range;
    private readonly LzmaParser _parser;
    private readonly float[]? _bits;
    private LzmaPath _coder;

    private LzmaEncoder(byte[] data, int effort, float[]? bits)
    {
        _data = data;
        _bits = bits;
        _range = new LzmaRangeEncoder(_output);
        _parser = new LzmaParser(data, _prices, effort);
    }

    /// <summary>Gets the 13 bytes before the stream.</summary>
    public static ReadOnlySpan<byte> Header => [0, 0x00, 0x10, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];

    /// <summary>Compresses.</summary>
    /// <param name="data">What to compress.</param>
    /// <param name="effort">1 is quick; 4 and more find the last percent.</param>
    /// <param name="bits">When given, gets the bits that each byte cost.</param>
    /// <param name="cancellation">Stops the work.</param>
    public static byte[] Encode(byte[] data, int effort, float[]? bits, CancellationToken cancellation)
    {
        var encoder = new LzmaEncoder(data, effort, bits);
        encoder.Run(cancellation);
        return encoder._output.ToArray();
    }

    private void Run(CancellationToken cancellation)
    {
        _output.Write(Header);
        int position = 0;
        while (position < _data.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            _prices.Refresh(_range.Probabilities);
            foreach (LzmaPacket packet in _parser.Next(position, _coder))
            {
                long before = _range.Price;
                Write(packet, position);
                float bits = (_range.Price - before) / (float)LzmaPrices.Scale;
                StreamBits.Account(_bits, _data.AsSpan(position, packet.Length), position, bits);
                position += packet.Length;
            }
        }

        WriteMatch(LzmaModel.EndMarker, LzmaModel.MinLength);
        _range.Finish();
    }

    private void Write(LzmaPacket packet, int position)
    {
        if (packet.Back == LzmaPacket.Literal)
        {
            WriteLiteral(position);
        }
        else if (packet.Back >= LzmaPacket.FirstDistance)
        {
            WriteMatch((uint)(packet.Back - LzmaPacket.FirstDistance), packet.Length);
        }
        else
        {
            WriteRep(packet.Back, packet.Length);
        }
    }

    private void WriteLiteral(int position)
    {
        int value = _data[position];
        _range.Bit(LzmaModel.IsMatch + _coder.State, 0);
        if (_coder.State < LzmaModel.FirstStateAfterMatch)
        {
            _range.Tree(LzmaModel.Literals, 8, value);
        }
        else
        {
            WriteMatchedLiteral(value, _data[position - _coder.Rep0 - 1]);
        }

        _coder.State = LzmaModel.AfterLiteral(_coder.State);
    }

    private void WriteMatchedLiteral(int value, int matchByte)
    {
        int offset = 0x100;
        int symbol = value | 0x100;
        do
        {
            matchByte <<= 1;
            _range.Bit(LzmaModel.Literals + offset + (matchByte & offset) + (symbol >> 8), (symbol >> 7) & 1);
            symbol <<= 1;
            offset &= ~(matchByte ^ symbol);
        }
        while (symbol < 0x10000);
    }

    private void WriteMatch(uint distance, int length)
    {
        _range.Bit(LzmaModel.IsMatch + _coder.State, 1);
        _range.Bit(LzmaModel.IsRep + _coder.State, 0);
        WriteLength(LzmaModel.MatchLengths, length);
        WriteDistance(distance, LzmaModel.LengthClass(length));
        _coder.State = LzmaModel.AfterMatch(_coder.State);
        _coder.Rep3 = _coder.Rep2;
        _coder.Rep2 = _coder.Rep1;
        _coder.Rep1 = _coder.Rep0;
        _coder.Rep0 = (int)distance;
    }

    private void WriteDistance(uint distance, int lengthClass)
    {
        int slot = distance == LzmaModel.EndMarker ? 63 : LzmaDistance.SlotOf((int)distance);
        _range.Tree(LzmaModel.Slot + (lengthClass << LzmaModel.SlotBits), LzmaModel.SlotBits, slot);
        if (slot < LzmaModel.FirstSpecialSlot)
        {
            return;
        }

        int footerBits = (slot >> 1) - 1;
        uint footerBase = (2u | ((uint)slot & 1)) << footerBits;
        uint rest = distance - footerBase;
        if (slot < LzmaModel.FirstAlignSlot)
        {
            _range.ReverseTree(LzmaModel.Special + (int)footerBase - slot - 1, footerBits, rest);
            return;
        }

        _range.Direct(rest >> LzmaModel.AlignBits, footerBits - LzmaModel.AlignBits);
        _range.ReverseTree(LzmaModel.Align, LzmaModel.AlignBits, rest);
    }

    private void WriteRep(int rep, int length)
    {
        _range.Bit(LzmaModel.IsMatch + _coder.State, 1);
        _range.Bit(LzmaModel.IsRep + _coder.State, 1);
        _range.Bit(LzmaModel.IsRepG0 + _coder.State, rep == 0 ? 0 : 1);
        if (rep == 0)
        {
            _range.Bit(LzmaModel.IsRep0Long + _coder.State, length == 1 ? 0 : 1);
            if (length == 1)
            {
                _coder.State = LzmaModel.AfterShortRep(_coder.State);
                return;
            }
        }
        else
        {
            _range.Bit(LzmaModel.IsRepG1 + _coder.State, rep == 1 ? 0 : 1);
            if (rep > 1)
            {
                _range.Bit(LzmaModel.IsRepG2 + _coder.State, rep - 2);
            }

            PullToFront(rep);
        }

        WriteLength(LzmaModel.RepLengths, length);
        _coder.State = LzmaModel.AfterRep(_coder.State);
    }

    private void PullToFront(int rep)
    {
        int distance = rep == 1 ? _coder.Rep1 : rep == 2 ? _coder.Rep2 : _coder.Rep3;
        _coder.Rep3 = rep == 3 ? _coder.Rep2 : _coder.Rep3;
        _coder.Rep2 = rep >= 2 ? _coder.Rep1 : _coder.Rep2;
        _coder.Rep1 = _coder.Rep0;
        _coder.Rep0 = distance;
    }

    private void WriteLength(int coder, int length)
    {
        int rest = length - LzmaModel.MinLength;
        _range.Bit(coder + LzmaModel.Choice, rest < 8 ? 0 : 1);
        if (rest < 8)
        {
            _range.Tree(coder + LzmaModel.Low, 3, rest);
            return;
        }

        _range.Bit(coder + LzmaModel.Choice2, rest < 16 ? 0 : 1);
        if (rest < 16)
        {
            _range.Tree(coder + LzmaModel.Middle, 3, rest - 8);
        }
        else
        {
            _range.Tree(coder + LzmaModel.High, 8, rest - 16);
        }
    }
}
