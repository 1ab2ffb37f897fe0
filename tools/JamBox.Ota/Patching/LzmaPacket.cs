namespace JamBox.Ota.Patching;

/// <summary>A packet of the LZMA stream.</summary>
/// <param name="Back"><see cref="Literal"/>, 0–3 for a repeated distance, <see cref="FirstDistance"/> + distance (less one) for a
/// match.</param>
/// <param name="Length">Bytes that it covers; a repeated distance 0 of one byte is a short rep.</param>
internal readonly record struct LzmaPacket(int Back, int Length)
{
    public const int Literal = -1;
    public const int FirstDistance = 4;
}
