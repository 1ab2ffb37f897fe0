using JamBox.Ports;

namespace JamBox.Twin.Run;

/// <summary>The LED: remembers what it shows.</summary>
internal sealed class TwinIndicator : IIndicator
{
    /// <summary>What it shows, 0xRRGGBB.</summary>
    public int Colour { get; private set; }

    public void Show(byte red, byte green, byte blue) => Colour = (red << 16) | (green << 8) | blue;
}
