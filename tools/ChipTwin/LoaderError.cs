namespace JamBox.ChipTwin;

/// <summary>Why the loader refuses: the number of the ROM in the upper byte, that of Espressif's flasher stub in the lower.</summary>
internal enum LoaderError
{
    None = 0,
    Parameter = 0x01C2,
    Format = 0x05C0,
    Unknown = 0x05FF,
    Failed = 0x06C6,
    Checksum = 0x07C1,
    Unpacking = 0x0BC7,
    TooLittle = 0x0DC8,
    TooMuch = 0x0DC9,
    ReadLength = 0x0AC0,
    MemoryAddress = 0x0FC2,
    Flash = 0x08C4,
}
