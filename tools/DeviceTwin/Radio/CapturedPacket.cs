namespace JamBox.Twin.Radio;

/// <summary>One packet of a capture file, still with the headers of its link type.</summary>
/// <param name="UtcUs">When it was heard, µs since 1970.</param>
/// <param name="LinkType">One of <see cref="LinkTypes"/>.</param>
/// <param name="Data">The bytes.</param>
internal readonly record struct CapturedPacket(long UtcUs, int LinkType, byte[] Data);
