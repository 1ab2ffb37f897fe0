using System.Numerics;
using JamBox.Flashing;

namespace JamBox.ChipTwin;

/// <summary>The registers that flashers look at; any other one keeps what is written to it.</summary>
internal sealed class ChipRegisters
{
    private const uint StrapRegister = 0x6000_4038;
    private const uint StrapSpiBoot = 1 << 3;
    private const uint SpiUser = 1 << 18;
    private const uint WatchdogOn = 1u << 31;

    // GigaDevice, 25Q; the third byte of the identity is the size as a power of two.
    private const uint FlashMaker = 0x40C8;
    private const uint FlashVendorGigaDevice = 2;
    private const uint EmbeddedFlash8Mb = 1;

    private readonly Dictionary<uint, uint> _values = [];
    private readonly ChipOptions _options;

    public ChipRegisters(ChipOptions options)
    {
        _options = options;
        Reset(isInLoader: false);
    }

    /// <summary>Gets a value indicating whether the watchdog was switched on, and bites.</summary>
    public bool IsWatchdogOn { get; private set; }

    /// <summary>Gets a value indicating whether the next reset ends in the loader.</summary>
    public bool IsDownloadForced => (Read(Esp32S3.ForceDownloadRegister) & 1) != 0;

    /// <summary>All as after a reset; what is burnt in stays.</summary>
    /// <param name="isInLoader">The boot pin was low.</param>
    public void Reset(bool isInLoader)
    {
        _values.Clear();
        IsWatchdogOn = false;
        _values[Esp32S3.MagicRegister] = _options.ChipId == Esp32S3.ChipId ? Esp32S3.Magic : 0x00F0_1D83;
        _values[Esp32S3.PortRegister] = _options.IsNativeUsb ? Esp32S3.UsbSerialJtag : 0;
        _values[Esp32S3.MacRegister] = (uint)_options.Mac;
        _values[Esp32S3.MacRegister + 4] = (uint)(_options.Mac >> 32);

        // Block 1 of the fuses: revision 0.2, package QFN56, flash inside.
        bool hasFlashInside = _options.FlashBytes == 8 * 1024 * 1024;
        _values[Esp32S3.MacRegister + 12] = (2u << 18) | ((hasFlashInside ? EmbeddedFlash8Mb : 0) << 27);
        _values[Esp32S3.MacRegister + 16] = hasFlashInside ? FlashVendorGigaDevice : 0;
        _values[StrapRegister] = isInLoader ? 0 : StrapSpiBoot;
    }

    public uint Read(uint address) => _values.GetValueOrDefault(address);

    public void Write(uint address, uint value, uint mask)
    {
        uint written = (Read(address) & ~mask) | (value & mask);
        if (address == Esp32S3.SpiBase && (written & SpiUser) != 0)
        {
            RunSpi();
            written &= ~SpiUser;
        }

        bool isLocked = Read(Esp32S3.WatchdogLockRegister) != Esp32S3.WatchdogKey;
        if (address == Esp32S3.WatchdogRegister)
        {
            if (isLocked)
            {
                return;
            }

            IsWatchdogOn = (written & WatchdogOn) != 0;
        }

        _values[address] = written;
    }

    /// <summary>The command that a flasher has the SPI controller send: who are you. To others the flash answers with zeros.</summary>
    private void RunSpi()
    {
        uint command = Read(Esp32S3.SpiBase + 0x20) & 0xFF;
        uint size = (uint)BitOperations.Log2((uint)_options.FlashBytes);
        _values[Esp32S3.SpiBase + 0x58] = command == 0x9F ? (size << 16) | FlashMaker : 0;
    }
}
