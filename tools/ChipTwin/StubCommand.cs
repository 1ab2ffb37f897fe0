namespace JamBox.ChipTwin;

/// <summary>Commands that only Espressif's flasher stub knows.</summary>
internal enum StubCommand
{
    EraseFlash = 0xD0,
    EraseRegion = 0xD1,
    ReadFlash = 0xD2,
    RunFirmware = 0xD3,
}
