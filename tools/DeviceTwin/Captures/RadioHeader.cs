namespace JamBox.Twin.Captures;

/// <summary>What of the header before an 802.11 frame matters here: where the frame is, how strong, on which channel, and whether it is whole.</summary>
/// <param name="Length">Bytes before the 802.11 frame.</param>
/// <param name="RssiDbm">Signal at the antenna in dBm, 0 = not said.</param>
/// <param name="Channel">Channel in the 2.4 or 5 GHz band, 0 = not said.</param>
/// <param name="HasFcs">The frame ends in its four bytes of FCS.</param>
/// <param name="IsBad">The frame was damaged on air.</param>
internal readonly record struct RadioHeader(int Length, int RssiDbm, int Channel, bool HasFcs, bool IsBad)
{
    /// <summary>The highest channel number of the 5 GHz band.</summary>
    public const int MaxChannel = 177;

    /// <summary>Turns a frequency into a channel number.</summary>
    /// <param name="mhz">Its centre in MHz.</param>
    /// <returns>The channel, 0 for a frequency outside both bands.</returns>
    public static int ChannelOf(int mhz)
    {
        return mhz switch
        {
            2484 => 14,
            >= 2412 and <= 2472 => (mhz - 2407) / 5,
            >= 5160 and <= 5885 => (mhz - 5000) / 5,
            _ => 0,
        };
    }
}
