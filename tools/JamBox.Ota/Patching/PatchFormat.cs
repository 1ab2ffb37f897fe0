namespace JamBox.Ota.Patching;

/// <summary>Constants of the container.</summary>
internal static class PatchFormat
{
    /// <summary>First byte: sequential patch, LZMA.</summary>
    public const int SequentialLzma = 0x01;

    /// <summary>First byte: sequential patch, heatshrink.</summary>
    public const int SequentialHeatshrink = 0x04;

    /// <summary>First byte: as <see cref="SequentialLzma"/>, but the stream begins with a map of references.</summary>
    public const int MappedLzma = 0x71;

    /// <summary>The largest heatshrink window that a device holds.</summary>
    public const int MaxWindowBits = 12;

    /// <summary>
    /// Records without differences and extra that may follow each other: detools makes runs of them to move about in the base.
    /// </summary>
    public const int MaxEmptyRecords = 64;

    /// <summary>Magic, SHA-256 of the base, 28 zeros.</summary>
    public const int EspHeaderSize = 64;

    public static ReadOnlySpan<byte> EspMagic => [0x10, 0xDE, 0xCD, 0xFC];

    /// <summary>heatshrink's header byte.</summary>
    public static byte HeatshrinkHeader(int windowBits, int lookaheadBits) => (byte)(((windowBits - 4) << 4) | (lookaheadBits - 3));
}
