namespace JamBox.Twin.Radio;

/// <summary>One interface of a pcapng section.</summary>
/// <param name="LinkType">One of <see cref="LinkTypes"/>.</param>
/// <param name="SnapLength">Longest packet it stored, 0 = any.</param>
/// <param name="TicksPerSecond">Unit of its time stamps.</param>
/// <param name="OffsetSeconds">Added to its time stamps.</param>
internal sealed record PcapNgInterface(int LinkType, uint SnapLength, double TicksPerSecond, long OffsetSeconds)
{
    private const int OptionEnd = 0;
    private const int OptionTimeResolution = 9;
    private const int OptionTimeOffset = 14;

    private const double MaxWholeTicksPerSecond = 1e18;

    // Times beyond the year 2200 come from broken files only; held back so that no later sum overflows.
    private const double MaxUtcUs = 7_258_118_400_000_000;

    /// <summary>Reads the description.</summary>
    /// <param name="source">For the byte order.</param>
    /// <param name="linkType">Read before.</param>
    /// <param name="body">The block's body, at least 8 bytes.</param>
    /// <returns>The interface.</returns>
    public static PcapNgInterface Parse(ByteSource source, int linkType, byte[] body)
    {
        double ticksPerSecond = 1_000_000;
        long offsetSeconds = 0;
        int at = 8;
        while (at + 4 <= body.Length)
        {
            int code = source.UInt16(body.AsSpan(at));
            int length = source.UInt16(body.AsSpan(at + 2));
            at += 4;
            if (code == OptionEnd || at + length > body.Length)
            {
                break;
            }

            if (code == OptionTimeResolution && length >= 1)
            {
                ticksPerSecond = (body[at] & 0x80) != 0 ? Math.Pow(2, body[at] & 0x7F) : Math.Pow(10, body[at]);
            }
            else if (code == OptionTimeOffset && length >= 8)
            {
                uint low = source.UInt32(body.AsSpan(source.IsBigEndian ? at + 4 : at));
                uint high = source.UInt32(body.AsSpan(source.IsBigEndian ? at : at + 4));
                offsetSeconds = (long)(((ulong)high << 32) | low);
            }

            at += (length + 3) & ~3;
        }

        return new PcapNgInterface(linkType, source.UInt32(body.AsSpan(4)), ticksPerSecond, offsetSeconds);
    }

    /// <summary>Turns a time stamp into UTC.</summary>
    /// <param name="ticks">As in the packet block.</param>
    /// <returns>µs since 1970.</returns>
    public long ToUtcUs(ulong ticks)
    {
        if (TicksPerSecond == 1_000_000 && OffsetSeconds == 0 && ticks < (ulong)MaxUtcUs)
        {
            return (long)ticks;
        }

        if (TicksPerSecond >= MaxWholeTicksPerSecond)
        {
            return (long)Math.Clamp(((ticks / TicksPerSecond) + OffsetSeconds) * 1_000_000, 0, MaxUtcUs);
        }

        // Whole seconds and the rest apart: nanoseconds since 1970 are more than a double holds exactly.
        ulong unit = (ulong)TicksPerSecond;
        double us = (((double)(ticks / unit) + OffsetSeconds) * 1_000_000) + Math.Floor(ticks % unit / TicksPerSecond * 1_000_000);
        return (long)Math.Clamp(us, 0, MaxUtcUs);
    }
}
