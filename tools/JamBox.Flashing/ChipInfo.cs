using System.Buffers.Binary;
using System.Numerics;

namespace JamBox.Flashing;

/// <summary>A chip, as its loader describes it.</summary>
/// <param name="Mac">Its MAC address, as <c>f4:12:fa:01:02:03</c>.</param>
/// <param name="FlashBytes">Size of its flash, bytes; 0 when the flash does not say.</param>
/// <param name="FlashId">What the flash says of itself: manufacturer, type, size, from the lowest byte on.</param>
/// <param name="IsNativeUsb">The port is the chip's own: no rate limits it.</param>
public sealed record ChipInfo(string Mac, long FlashBytes, uint FlashId, bool IsNativeUsb)
{
    private const int SecurityInfoLength = 20;
    private const uint SecureDownload = 1 << 2;
    private const uint SpiUser = 1 << 18;
    private const byte ReadId = 0x9F;

    /// <summary>Identifies the chip, prepares it for flashing, and connects its flash.</summary>
    /// <param name="loader">The loader.</param>
    /// <returns>The chip.</returns>
    /// <exception cref="FlashException">It is no ESP32-S3, it is locked, or it does not answer.</exception>
    public static ChipInfo Identify(RomLoader loader)
    {
        CheckSecurity(loader);
        uint magic = loader.ReadRegister(Esp32S3.MagicRegister);
        if (magic != Esp32S3.Magic)
        {
            throw Wrong(loader, $"a chip with the magic number 0x{magic:X8}");
        }

        bool isNativeUsb = (loader.ReadRegister(Esp32S3.PortRegister) & 0xFF) == Esp32S3.UsbSerialJtag;
        if (isNativeUsb)
        {
            StopWatchdogs(loader);
        }

        uint low = loader.ReadRegister(Esp32S3.MacRegister);
        uint high = loader.ReadRegister(Esp32S3.MacRegister + 4);
        Span<byte> mac = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(mac, ((ulong)(high & 0xFFFF) << 32) | low);
        loader.Call(RomCommand.AttachFlash, RomProtocol.Words(0, 0));
        uint id = ReadFlashId(loader);
        long bytes = FlashSize(id);
        if (bytes > 0)
        {
            loader.Call(RomCommand.SetFlashParameters, RomProtocol.Words(0, (uint)bytes, 0x10000, Esp32S3.SectorLength, 256, 0xFFFF));
        }

        return new ChipInfo(Convert.ToHexStringLower(mac[2..]).Colons(), bytes, id, isNativeUsb);
    }

    private static void CheckSecurity(RomLoader loader)
    {
        RomAnswer answer;
        try
        {
            answer = loader.Call(RomCommand.SecurityInfo, [], SecurityInfoLength);
        }
        catch (FlashException e) when (e.Fault == FlashFault.Refused)
        {
            throw Wrong(loader, "an older chip, or one of another make");
        }

        uint chip = BinaryPrimitives.ReadUInt32LittleEndian(answer.Data.AsSpan(12));
        if (chip != Esp32S3.ChipId)
        {
            throw Wrong(loader, Esp32S3.NameOf(chip));
        }

        uint flags = BinaryPrimitives.ReadUInt32LittleEndian(answer.Data);
        if ((flags & SecureDownload) != 0)
        {
            throw new FlashException(
                FlashFault.Locked,
                $"the chip at {loader.Line.Name} is in secure download mode for good: it cannot be flashed here. Take another box.");
        }

        // An odd number of bits means that what the chip reads from flash is deciphered first.
        if (BitOperations.PopCount(answer.Data[4]) % 2 == 1)
        {
            throw new FlashException(
                FlashFault.Locked,
                $"the chip at {loader.Line.Name} encrypts its flash: what is written in plain would not start. Take another box.");
        }
    }

    /// <summary>A reset over USB leaves the watchdogs of the firmware running: they would bite in the middle of a write.</summary>
    private static void StopWatchdogs(RomLoader loader)
    {
        const uint FeedsItself = 1u << 31;
        loader.WriteRegister(Esp32S3.WatchdogLockRegister, Esp32S3.WatchdogKey);
        loader.WriteRegister(Esp32S3.WatchdogRegister, 0);
        loader.WriteRegister(Esp32S3.WatchdogLockRegister, 0);
        loader.WriteRegister(Esp32S3.SuperWatchdogLockRegister, Esp32S3.SuperWatchdogKey);
        loader.WriteRegister(Esp32S3.SuperWatchdogRegister, FeedsItself, FeedsItself);
        loader.WriteRegister(Esp32S3.SuperWatchdogLockRegister, 0);
    }

    /// <summary>Has the SPI controller ask the flash who it is (JEDEC's command 0x9F, 24 bits back).</summary>
    private static uint ReadFlashId(RomLoader loader)
    {
        const uint Base = Esp32S3.SpiBase;
        const uint UserRegister = Base + 0x18;
        const uint User2Register = Base + 0x20;
        const uint CommandAndInput = 0x9000_0000;
        uint user = loader.ReadRegister(UserRegister);
        uint user2 = loader.ReadRegister(User2Register);
        loader.WriteRegister(Base + 0x28, 24 - 1);
        loader.WriteRegister(UserRegister, CommandAndInput);
        loader.WriteRegister(User2Register, (7u << 28) | ReadId);
        loader.WriteRegister(Base + 0x58, 0);
        loader.WriteRegister(Base, SpiUser);
        for (int i = 0; i < 10 && (loader.ReadRegister(Base) & SpiUser) != 0; i++)
        {
        }

        uint id = loader.ReadRegister(Base + 0x58) & 0xFF_FFFF;
        loader.WriteRegister(UserRegister, user);
        loader.WriteRegister(User2Register, user2);
        return id;
    }

    private static long FlashSize(uint id)
    {
        // The third byte is the size as a power of two, as most makers have it; 256 KB to 128 MB.
        int power = (int)(id >> 16);
        return power is >= 0x12 and <= 0x1B ? 1L << power : 0;
    }

    private static FlashException Wrong(RomLoader loader, string what)
    {
        return new FlashException(
            FlashFault.WrongChip, $"{loader.Line.Name} is {what}, not the ESP32-S3 of an AtomS3 Lite. Check that this is the box's port.");
    }
}

/// <summary>Texts of addresses.</summary>
internal static class AddressText
{
    /// <summary>Puts a colon between each two digits.</summary>
    public static string Colons(this string hex) => string.Join(':', hex.Chunk(2).Select(pair => new string(pair)));
}
