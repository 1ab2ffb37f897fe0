namespace JamBox.Flashing;

/// <summary>Addresses and numbers of the ESP32-S3 that flashing needs, from its technical reference manual.</summary>
public static class Esp32S3
{
    /// <summary>Its number in images and in <see cref="RomCommand.SecurityInfo"/>.</summary>
    public const uint ChipId = 9;

    /// <summary>Where each chip of Espressif's has a number of its own.</summary>
    public const uint MagicRegister = 0x4000_1000;

    /// <summary>That number.</summary>
    public const uint Magic = 0x09;

    /// <summary>The lower four bytes of the MAC address; the upper two are in the word behind.</summary>
    public const uint MacRegister = 0x6000_7044;

    /// <summary>Which port the ROM talks through: in its lowest byte 3 for USB-OTG, 4 for USB-Serial-JTAG, others for a UART.</summary>
    public const uint PortRegister = 0x3FCE_F14C;

    /// <summary>USB-Serial-JTAG in <see cref="PortRegister"/>.</summary>
    public const uint UsbSerialJtag = 4;

    /// <summary>Bit 0 makes the next reset end in the loader.</summary>
    public const uint ForceDownloadRegister = 0x6000_812C;

    /// <summary>The watchdog of the real-time clock: bit 31 switches it on.</summary>
    public const uint WatchdogRegister = 0x6000_8098;

    /// <summary>Unlocks <see cref="WatchdogRegister"/>.</summary>
    public const uint WatchdogLockRegister = 0x6000_80B0;

    /// <summary>What unlocks it.</summary>
    public const uint WatchdogKey = 0x50D8_3AA1;

    /// <summary>The super watchdog: bit 31 makes it feed itself.</summary>
    public const uint SuperWatchdogRegister = 0x6000_80B4;

    /// <summary>Unlocks <see cref="SuperWatchdogRegister"/>.</summary>
    public const uint SuperWatchdogLockRegister = 0x6000_80B8;

    /// <summary>What unlocks it.</summary>
    public const uint SuperWatchdogKey = 0x8F1D_312A;

    /// <summary>Begin of the registers of the flash's SPI controller.</summary>
    public const uint SpiBase = 0x6000_2000;

    /// <summary>Erased at a time, and what an offset must be a multiple of, bytes.</summary>
    public const int SectorLength = 4096;

    /// <summary>Names a chip by its number in images.</summary>
    /// <param name="chipId">The number.</param>
    /// <returns>Its name.</returns>
    public static string NameOf(uint chipId) => chipId switch
    {
        0 => "ESP32",
        2 => "ESP32-S2",
        5 => "ESP32-C3",
        9 => "ESP32-S3",
        12 => "ESP32-C2",
        13 => "ESP32-C6",
        16 => "ESP32-H2",
        18 => "ESP32-P4",
        20 => "ESP32-C61",
        23 => "ESP32-C5",
        _ => $"chip number {chipId}",
    };
}
