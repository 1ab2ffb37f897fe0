namespace JamBox.Ota.Patching;

/// <summary>Says which byte of a stream a packet's bits were spent on.</summary>
internal static class StreamBits
{
    /// <summary>Spreads a packet's price over its bytes.</summary>
    /// <param name="bits">Bits by byte of the stream, or nothing.</param>
    /// <param name="packet">The packet's bytes.</param>
    /// <param name="position">Index of the first.</param>
    /// <param name="price">Of the packet, in bits.</param>
    public static void Account(float[]? bits, ReadOnlySpan<byte> packet, int position, float price)
    {
        if (bits == null)
        {
            return;
        }

        // A run of zeros costs what its start costs: more of them would be free.
        bool isZeroRun = packet.IndexOfAnyExcept((byte)0) < 0;
        bits.AsSpan(position, packet.Length).Fill(isZeroRun ? 0 : price / packet.Length);
        if (isZeroRun)
        {
            bits[position] = price;
        }
    }
}
