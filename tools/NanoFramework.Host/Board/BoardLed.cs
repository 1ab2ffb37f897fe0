namespace JamBox.Board;

/// <summary>The WS2812, which understands pulses: it shows the colour that they say, or goes on as it was when they say nothing.</summary>
public sealed class BoardLed
{
    private const int Bits = 24;
    private const double TickNs = 12.5;

    /// <summary>Gets or sets what is told every colour that is written: red, green, blue.</summary>
    public Action<byte, byte, byte> Shown { get; set; } = static (_, _, _) => { };

    /// <summary>Gets the colour: 0xRRGGBB; −1 before the first.</summary>
    public int Colour { get; private set; } = -1;

    /// <summary>Gets how often it was written.</summary>
    public int Writes { get; private set; }

    /// <summary>Gets how often the pulses were not those of a WS2812.</summary>
    public int BadWrites { get; private set; }

    internal void Write(int pin, int clockDivider, bool hasCarrier, byte[] items)
    {
        if (pin != BoardPinMap.Led)
        {
            return;
        }

        Writes++;
        int grb = 0;
        bool isGood = !hasCarrier && items.Length == Bits * 4;
        for (int i = 0; isGood && i < Bits; i++)
        {
            int high = items[i * 4] | (items[(i * 4) + 1] << 8);
            int low = items[(i * 4) + 2] | (items[(i * 4) + 3] << 8);
            double highNs = (high & 0x7FFF) * TickNs * clockDivider;
            double lowNs = (low & 0x7FFF) * TickNs * clockDivider;
            bool isOne = highNs is >= 580 and <= 950 && lowNs is >= 420 and <= 1000;
            bool isZero = highNs is >= 220 and <= 380 && lowNs is >= 580 and <= 1000;
            isGood = (high & 0x8000) != 0 && (low & 0x8000) == 0 && (isOne || isZero);
            grb = (grb << 1) | (isOne ? 1 : 0);
        }

        if (!isGood)
        {
            BadWrites++;
            return;
        }

        (byte green, byte red, byte blue) = ((byte)(grb >> 16), (byte)(grb >> 8), (byte)grb);
        Colour = (red << 16) | (green << 8) | blue;
        Shown(red, green, blue);
    }
}
