namespace JamBox.Ota.Patching;

/// <summary>LZMA's range encoder, with the probabilities that it adapts. It also adds up the price of what was written.</summary>
internal sealed class LzmaRangeEncoder
{
    private const uint Top = 1 << 24;

    private readonly MemoryStream _output;
    private ulong _low;
    private uint _range = uint.MaxValue;
    private byte _cache;
    private long _pending = 1;

    public LzmaRangeEncoder(MemoryStream output)
    {
        _output = output;
        Array.Fill(Probabilities, LzmaModel.Even);
    }

    /// <summary>Gets the adaptive probabilities.</summary>
    public ushort[] Probabilities { get; } = new ushort[LzmaModel.Count];

    /// <summary>Gets the price of everything so far, in 1/64 bit.</summary>
    public long Price { get; private set; }

    /// <summary>Writes a bit and adapts its probability.</summary>
    public void Bit(int index, int bit)
    {
        int probability = Probabilities[index];
        Price += LzmaPrices.Bit(probability, bit);
        uint bound = (_range >> LzmaModel.ProbabilityBits) * (uint)probability;
        if (bit == 0)
        {
            _range = bound;
            Probabilities[index] = (ushort)(probability + (((1 << LzmaModel.ProbabilityBits) - probability) >> LzmaModel.AdaptShift));
        }
        else
        {
            _low += bound;
            _range -= bound;
            Probabilities[index] = (ushort)(probability - (probability >> LzmaModel.AdaptShift));
        }

        Normalize();
    }

    /// <summary>Writes a symbol through a tree, highest bit first.</summary>
    public void Tree(int first, int bits, int symbol)
    {
        int node = 1;
        for (int i = bits - 1; i >= 0; i--)
        {
            int bit = (symbol >> i) & 1;
            Bit(first + node, bit);
            node = (node << 1) | bit;
        }
    }

    /// <summary>Writes a symbol through a tree, lowest bit first.</summary>
    public void ReverseTree(int first, int bits, uint symbol)
    {
        int node = 1;
        for (int i = 0; i < bits; i++)
        {
            int bit = (int)((symbol >> i) & 1);
            Bit(first + node, bit);
            node = (node << 1) | bit;
        }
    }

    /// <summary>Writes bits without statistics, highest first.</summary>
    public void Direct(uint value, int bits)
    {
        Price += bits * LzmaPrices.Scale;
        for (int i = bits - 1; i >= 0; i--)
        {
            _range >>= 1;
            if (((value >> i) & 1) != 0)
            {
                _low += _range;
            }

            Normalize();
        }
    }

    /// <summary>Writes what is still held back.</summary>
    public void Finish()
    {
        for (int i = 0; i < 5; i++)
        {
            ShiftLow();
        }
    }

    private void Normalize()
    {
        while (_range < Top)
        {
            _range <<= 8;
            ShiftLow();
        }
    }

    private void ShiftLow()
    {
        // A byte may still get a carry from later ones: it waits, with the 0xFF bytes that would pass the carry on.
        if (_low < 0xFF000000 || _low > uint.MaxValue)
        {
            byte carry = (byte)(_low >> 32);
            byte next = _cache;
            do
            {
                _output.WriteByte((byte)(next + carry));
                next = 0xFF;
            }
            while (--_pending != 0);
            _cache = (byte)(_low >> 24);
        }

        _pending++;
        _low = (_low & 0x00FFFFFF) << 8;
    }
}
