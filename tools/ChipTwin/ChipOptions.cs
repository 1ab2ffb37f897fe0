namespace JamBox.ChipTwin;

/// <summary>What a simulated chip is.</summary>
public sealed record ChipOptions
{
    /// <summary>Gets its MAC address, 48 bits.</summary>
    public ulong Mac { get; init; } = 0xF412_FA00_0001;

    /// <summary>Gets the size of its flash, bytes, a power of two from 1 to 16 MB.</summary>
    public int FlashBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Gets a value indicating whether the port is its own, as on an AtomS3 Lite; else a USB chip and two transistors.</summary>
    public bool IsNativeUsb { get; init; } = true;

    /// <summary>
    /// Gets a value indicating whether it starts in its loader until it is told to reboot: for ports without reset lines, as if somebody
    /// had held the button while it got its power.
    /// </summary>
    public bool StartsInLoader { get; init; }

    /// <summary>Gets its number in images: 9 is an ESP32-S3.</summary>
    public uint ChipId { get; init; } = 9;

    /// <summary>Gets a value indicating whether it is in secure download mode.</summary>
    public bool IsSecureDownload { get; init; }

    /// <summary>Gets the bits that say whether the flash is encrypted: it is with an odd number of them.</summary>
    public byte FlashCryptCount { get; init; }
}

/// <summary>What goes wrong with a command.</summary>
public enum ChipFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The chip does not hear it.</summary>
    Unheard,

    /// <summary>It is carried out, and the answer is lost.</summary>
    AnswerLost,

    /// <summary>It is refused: the command failed.</summary>
    Refused,

    /// <summary>One bit of what is written to flash does not stay.</summary>
    BitLost,
}
