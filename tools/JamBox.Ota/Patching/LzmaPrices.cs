namespace JamBox.Ota.Patching;

/// <summary>What everything costs at the present probabilities, in 1/64 bit: the tables that the parser looks into.</summary>
internal sealed class LzmaPrices
{
    public const int Scale = 64;

    private const int SlotsInUse = 24;
    private static readonly int[] s_ofProbability = BitPrices();

    private readonly int[] _slot = new int[LzmaModel.LengthClasses * SlotsInUse];
    private readonly int[] _special = new int[128];
    private readonly int[] _align = new int[1 << LzmaModel.AlignBits];
    private readonly int[] _distance = new int[LzmaModel.LengthClasses * 128];
    private readonly int[] _treeScratch = new int[256];
    private ushort[] _probabilities = [];

    /// <summary>Gets the price of a length in a normal match, by length.</summary>
    public int[] MatchLength { get; } = new int[LzmaModel.MaxLength + 1];

    /// <summary>Gets the price of a length in a repeated match, by length.</summary>
    public int[] RepLength { get; } = new int[LzmaModel.MaxLength + 1];

    /// <summary>Gets the price of a literal that follows a literal, by value.</summary>
    public int[] PlainLiteral { get; } = new int[256];

    /// <summary>Gets the price of each packet kind's first bits, by state.</summary>
    public int[] Literal { get; } = new int[LzmaModel.States];

    /// <inheritdoc cref="Literal"/>
    public int[] Match { get; } = new int[LzmaModel.States];

    /// <inheritdoc cref="Literal"/>
    public int[] ShortRep { get; } = new int[LzmaModel.States];

    /// <summary>Gets the prices of the four repeated distances, four to a state.</summary>
    public int[] Rep { get; } = new int[LzmaModel.States * 4];

    /// <summary>The price of one bit.</summary>
    public static int Bit(int probability, int bit) => s_ofProbability[bit == 0 ? probability : 2048 - probability];

    /// <summary>Follows the probabilities.</summary>
    /// <param name="probabilities">The encoder's.</param>
    public void Refresh(ushort[] probabilities)
    {
        _probabilities = probabilities;
        for (int state = 0; state < LzmaModel.States; state++)
        {
            RefreshState(state);
        }

        RefreshLengths(MatchLength, LzmaModel.MatchLengths);
        RefreshLengths(RepLength, LzmaModel.RepLengths);
        RefreshDistances();
        Tree(LzmaModel.Literals, 8, PlainLiteral);
    }

    /// <summary>The price of a distance.</summary>
    /// <param name="lengthClass">Of the match's length.</param>
    /// <param name="distance">Less one.</param>
    public int Distance(int lengthClass, int distance)
    {
        if (distance < 128)
        {
            return _distance[(lengthClass << 7) + distance];
        }

        int slot = LzmaDistance.SlotOf(distance);
        int direct = (slot >> 1) - 1 - LzmaModel.AlignBits;
        return _slot[(lengthClass * SlotsInUse) + slot] + (direct * Scale) + _align[distance & ((1 << LzmaModel.AlignBits) - 1)];
    }

    /// <summary>The price of a literal after a match, coded against the byte that the match would have gone on with.</summary>
    public int MatchedLiteral(int value, int matchByte)
    {
        int price = 0;
        int offset = 0x100;
        int symbol = value | 0x100;
        do
        {
            matchByte <<= 1;
            price += Bit(_probabilities[LzmaModel.Literals + offset + (matchByte & offset) + (symbol >> 8)], (symbol >> 7) & 1);
            symbol <<= 1;
            offset &= ~(matchByte ^ symbol);
        }
        while (symbol < 0x10000);
        return price;
    }

    private static int[] BitPrices()
    {
        // log2 in integers (repeated squaring), so that the same input gives the same patch on every machine.
        var prices = new int[2049];
        for (int probability = 1; probability < prices.Length; probability++)
        {
            long w = probability;
            int log = 0;
            for (int step = 0; step < 6; step++)
            {
                w *= w;
                log <<= 1;
                while (w >= 1 << 16)
                {
                    w >>= 1;
                    log++;
                }
            }

            prices[probability] = Math.Max(1, (LzmaModel.ProbabilityBits * Scale) - (15 * 1) - log);
        }

        prices[0] = LzmaModel.ProbabilityBits * Scale;
        return prices;
    }

    private void RefreshState(int state)
    {
        int isMatch = _probabilities[LzmaModel.IsMatch + state];
        int isRep = _probabilities[LzmaModel.IsRep + state];
        int g0 = _probabilities[LzmaModel.IsRepG0 + state];
        int g1 = _probabilities[LzmaModel.IsRepG1 + state];
        int g2 = _probabilities[LzmaModel.IsRepG2 + state];
        int isLong = _probabilities[LzmaModel.IsRep0Long + state];
        Literal[state] = Bit(isMatch, 0);
        Match[state] = Bit(isMatch, 1) + Bit(isRep, 0);
        int rep = Bit(isMatch, 1) + Bit(isRep, 1);
        ShortRep[state] = rep + Bit(g0, 0) + Bit(isLong, 0);
        Rep[state * 4] = rep + Bit(g0, 0) + Bit(isLong, 1);
        Rep[(state * 4) + 1] = rep + Bit(g0, 1) + Bit(g1, 0);
        Rep[(state * 4) + 2] = rep + Bit(g0, 1) + Bit(g1, 1) + Bit(g2, 0);
        Rep[(state * 4) + 3] = rep + Bit(g0, 1) + Bit(g1, 1) + Bit(g2, 1);
    }

    private void RefreshLengths(int[] prices, int coder)
    {
        int choice = _probabilities[coder + LzmaModel.Choice];
        int choice2 = _probabilities[coder + LzmaModel.Choice2];
        Tree(coder + LzmaModel.Low, 3, _treeScratch);
        for (int i = 0; i < 8; i++)
        {
            prices[LzmaModel.MinLength + i] = Bit(choice, 0) + _treeScratch[i];
        }

        Tree(coder + LzmaModel.Middle, 3, _treeScratch);
        for (int i = 0; i < 8; i++)
        {
            prices[LzmaModel.MinLength + 8 + i] = Bit(choice, 1) + Bit(choice2, 0) + _treeScratch[i];
        }

        Tree(coder + LzmaModel.High, 8, _treeScratch);
        for (int i = 0; i < 256; i++)
        {
            prices[LzmaModel.MinLength + 16 + i] = Bit(choice, 1) + Bit(choice2, 1) + _treeScratch[i];
        }
    }

    private void RefreshDistances()
    {
        for (int lengthClass = 0; lengthClass < LzmaModel.LengthClasses; lengthClass++)
        {
            Tree(LzmaModel.Slot + (lengthClass << LzmaModel.SlotBits), LzmaModel.SlotBits, _treeScratch);
            Array.Copy(_treeScratch, 0, _slot, lengthClass * SlotsInUse, SlotsInUse);
        }

        for (int distance = 4; distance < 128; distance++)
        {
            int slot = LzmaDistance.SlotOf(distance);
            int footerBits = (slot >> 1) - 1;
            int footerBase = (2 | (slot & 1)) << footerBits;
            _special[distance] = ReverseTree(LzmaModel.Special + footerBase - slot - 1, footerBits, distance - footerBase);
        }

        for (int distance = 0; distance < 128; distance++)
        {
            for (int lengthClass = 0; lengthClass < LzmaModel.LengthClasses; lengthClass++)
            {
                _distance[(lengthClass << 7) + distance] = _slot[(lengthClass * SlotsInUse) + LzmaDistance.SlotOf(distance)]
                    + _special[distance];
            }
        }

        for (int i = 0; i < _align.Length; i++)
        {
            _align[i] = ReverseTree(LzmaModel.Align, LzmaModel.AlignBits, i);
        }
    }

    /// <summary>The prices of all leaves, from the root down.</summary>
    private void Tree(int first, int bits, int[] prices)
    {
        for (int symbol = 0; symbol < 1 << bits; symbol++)
        {
            int price = 0;
            int node = 1;
            for (int i = bits - 1; i >= 0; i--)
            {
                int bit = (symbol >> i) & 1;
                price += Bit(_probabilities[first + node], bit);
                node = (node << 1) | bit;
            }

            prices[symbol] = price;
        }
    }

    private int ReverseTree(int first, int bits, int symbol)
    {
        int price = 0;
        int node = 1;
        for (int i = 0; i < bits; i++)
        {
            int bit = (symbol >> i) & 1;
            price += Bit(_probabilities[first + node], bit);
            node = (node << 1) | bit;
        }

        return price;
    }
}
