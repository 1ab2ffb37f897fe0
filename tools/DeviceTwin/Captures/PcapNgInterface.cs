namespace JamBox.Twin.Captures;

/// <summary>One interface of a pcapng section.</summary>
/// <param name="LinkType">tcpdump.org's number.</param>
/// <param name="SnapLength">Longest packet it stored, 0 = any.</param>
/// <param name="TicksPerSecond">Unit of its time stamps.</param>
/// <param name="OffsetSeconds">Added to its time stamps.</param>
internal sealed record PcapNgInterface(int LinkType, uint SnapLength, double TicksPerSecond, long OffsetSeconds)
{
    private const int OptionEnd = 0;
    private const int OptionTimeResolution = 9;
    private const int OptionTimeOffset = 14;

    private const int UsPerSecond = 1_000_000;

    // The years 1 to 9999, which is what the calendar of .NET knows; beyond them stamps come from broken files only.
    private const long MinUtcUs = -62_135_596_800_000_000;
    private const long MaxUtcUs = 253_402_300_799_000_000;

    /// <summary>Reads the description.</summary>
    /// <param name="source">For the byte order.</param>
    /// <param name="body">The block's body, at least 8 bytes.</param>
    /// <returns>The interface.</returns>
    public static PcapNgInterface Parse(ByteSource source, byte[] body)
    {
        double ticksPerSecond = UsPerSecond;
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
                offsetSeconds = source.Int64(body.AsSpan(at));
            }

            at += (length + 3) & ~3;
        }

        return new PcapNgInterface(source.UInt16(body), source.UInt32(body.AsSpan(4)), ticksPerSecond, offsetSeconds);
    }

    /// <summary>Turns a time stamp into UTC.</summary>
    /// <param name="ticks">As in the packet block.</param>
    /// <returns>µs since 1970.</returns>
    public long ToUtcUs(ulong ticks)
    {
        // 128 bits: nanoseconds since 1970 are more than a double holds exactly, and their product with 10^6 more than a long does.
        Int128 us = TicksPerSecond < ulong.MaxValue
            ? (Int128)ticks * UsPerSecond / (ulong)TicksPerSecond
            : (Int128)(ticks / TicksPerSecond * UsPerSecond);
        return (long)Int128.Clamp(us + ((Int128)OffsetSeconds * UsPerSecond), MinUtcUs, MaxUtcUs);
    }
}
