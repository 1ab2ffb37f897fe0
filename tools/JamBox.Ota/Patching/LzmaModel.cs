namespace JamBox.Ota.Patching;

/// <summary>
/// The adaptive probabilities of LZMA for lc = lp = pb = 0, and the state machine of its packet kinds. One flat array, so that
/// encoder, price tables and decoder speak of the same indices.
/// </summary>
internal static class LzmaModel
{
    public const int DictionarySize = 4096;
    public const int MinLength = 2;
    public const int MaxLength = 273;
    public const int States = 12;

    /// <summary>Bits of a probability: it is the chance of a zero, of 2,048.</summary>
    public const int ProbabilityBits = 11;
    public const int AdaptShift = 5;
    public const ushort Even = 1 << (ProbabilityBits - 1);

    // Indices into the array. Trees waste their element 0, as everywhere with LZMA.
    public const int IsMatch = 0;
    public const int IsRep = IsMatch + States;
    public const int IsRepG0 = IsRep + States;
    public const int IsRepG1 = IsRepG0 + States;
    public const int IsRepG2 = IsRepG1 + States;
    public const int IsRep0Long = IsRepG2 + States;
    public const int Slot = IsRep0Long + States;
    public const int SlotBits = 6;
    public const int LengthClasses = 4;
    public const int Special = Slot + (LengthClasses << SlotBits);
    public const int FirstSpecialSlot = 4;
    public const int FirstAlignSlot = 14;
    public const int Align = Special + 115;
    public const int AlignBits = 4;
    public const int MatchLengths = Align + (1 << AlignBits);
    public const int RepLengths = MatchLengths + LengthCoderSize;
    public const int Literals = RepLengths + LengthCoderSize;
    public const int Count = Literals + 0x300;

    // A length coder: two choices and three trees.
    public const int Choice = 0;
    public const int Choice2 = 1;
    public const int Low = 2;
    public const int Middle = Low + 8;
    public const int High = Middle + 8;
    public const int LengthCoderSize = High + 256;

    /// <summary>The distance (less one) that ends the stream.</summary>
    public const uint EndMarker = 0xFFFFFFFF;

    /// <summary>The first states follow a literal.</summary>
    public const int FirstStateAfterMatch = 7;

    public static int AfterLiteral(int state) => state < 4 ? 0 : state < 10 ? state - 3 : state - 6;

    public static int AfterMatch(int state) => state < FirstStateAfterMatch ? 7 : 10;

    public static int AfterRep(int state) => state < FirstStateAfterMatch ? 8 : 11;

    public static int AfterShortRep(int state) => state < FirstStateAfterMatch ? 9 : 11;

    /// <summary>Short matches have distance statistics of their own.</summary>
    public static int LengthClass(int length) => Math.Min(length - MinLength, LengthClasses - 1);
}
