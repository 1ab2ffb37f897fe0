using System.Buffers.Binary;

namespace JamBox.Flashing;

/// <summary>Commands of the loader in the ROM of an ESP32-S3, by Espressif's description of the serial protocol.</summary>
public enum RomCommand
{
    /// <summary>Begins a write: bytes to erase, packets, bytes of a packet, offset, 0 for plain.</summary>
    FlashBegin = 0x02,

    /// <summary>A packet of a write.</summary>
    FlashData = 0x03,

    /// <summary>Ends a write: 0 reboots, 1 stays.</summary>
    FlashEnd = 0x04,

    /// <summary>Begins a write to RAM.</summary>
    MemoryBegin = 0x05,

    /// <summary>Ends a write to RAM.</summary>
    MemoryEnd = 0x06,

    /// <summary>A packet of a write to RAM.</summary>
    MemoryData = 0x07,

    /// <summary>Is the loader there, and at which rate.</summary>
    Sync = 0x08,

    /// <summary>Writes a register: address, value, mask, delay in microseconds.</summary>
    WriteRegister = 0x09,

    /// <summary>Reads a register: address.</summary>
    ReadRegister = 0x0A,

    /// <summary>Tells the size of the flash.</summary>
    SetFlashParameters = 0x0B,

    /// <summary>Connects the flash.</summary>
    AttachFlash = 0x0D,

    /// <summary>Reads at most 64 bytes of flash.</summary>
    ReadFlashSlow = 0x0E,

    /// <summary>Changes the rate: the new one, 0.</summary>
    ChangeBaudRate = 0x0F,

    /// <summary>Begins a compressed write: bytes of what is unpacked, packets, bytes of a packet, offset, 0 for plain.</summary>
    DeflateBegin = 0x10,

    /// <summary>A packet of a compressed write.</summary>
    DeflateData = 0x11,

    /// <summary>Ends a compressed write: 0 reboots, 1 stays.</summary>
    DeflateEnd = 0x12,

    /// <summary>MD5 of a region: offset, length, 0, 0.</summary>
    Md5 = 0x13,

    /// <summary>Flags, flash encryption, purposes of keys, chip id.</summary>
    SecurityInfo = 0x14,
}

/// <summary>Numbers and texts of the protocol.</summary>
public static class RomProtocol
{
    /// <summary>Bytes of a request's or answer's head.</summary>
    public const int HeadLength = 8;

    /// <summary>Bytes of data in a packet to flash: all that the ROM takes.</summary>
    public const int FlashBlock = 0x400;

    /// <summary>The rate with which a chip starts, baud.</summary>
    public const int StartBaudRate = 115_200;

    /// <summary>Bytes of the status behind an answer's data.</summary>
    public const int StatusLength = 4;

    /// <summary>The data of <see cref="RomCommand.Sync"/>: 07 07 12 20 and 32 times 55.</summary>
    public static ReadOnlySpan<byte> SyncData =>
    [
        0x07, 0x07, 0x12, 0x20,
        0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55,
        0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55, 0x55,
    ];

    /// <summary>The checksum of a packet's data: all bytes and 0xEF, by exclusive or.</summary>
    /// <param name="data">The data, without the four words before them.</param>
    /// <returns>One byte.</returns>
    public static byte Checksum(ReadOnlySpan<byte> data)
    {
        byte sum = 0xEF;
        foreach (byte b in data)
        {
            sum ^= b;
        }

        return sum;
    }

    /// <summary>Makes a request.</summary>
    /// <param name="command">Which.</param>
    /// <param name="data">Its data.</param>
    /// <param name="checksum">Of packets; else 0.</param>
    /// <returns>Head and data.</returns>
    public static byte[] Request(RomCommand command, ReadOnlySpan<byte> data, byte checksum = 0)
    {
        var request = new byte[HeadLength + data.Length];
        request[1] = (byte)command;
        BinaryPrimitives.WriteUInt16LittleEndian(request.AsSpan(2), (ushort)data.Length);
        request[4] = checksum;
        data.CopyTo(request.AsSpan(HeadLength));
        return request;
    }

    /// <summary>Writes words one behind the other.</summary>
    /// <param name="words">The words.</param>
    /// <returns>Four bytes each, little-endian.</returns>
    public static byte[] Words(params ReadOnlySpan<uint> words)
    {
        var bytes = new byte[4 * words.Length];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(4 * i), words[i]);
        }

        return bytes;
    }

    /// <summary>Says what an error of the loader means.</summary>
    /// <param name="error">Its number.</param>
    /// <returns>In words.</returns>
    public static string ErrorText(byte error) => error switch
    {
        0x01 => "a parameter is invalid",
        0x02 => "it has no memory left",
        0x03 => "it could not send",
        0x04 => "it did not receive all of the message",
        0x05 => "it does not know the command",
        0x06 => "the command failed",
        0x07 => "the checksum was wrong",
        0x08 => "the flash did not keep what was written",
        0x09 => "the flash could not be read",
        0x0A => "the length was wrong",
        0x0B => "what was sent could not be unpacked",
        0x0C => "the checksum of what was unpacked was wrong",
        0x0D => "more or less was unpacked than announced",
        0x0E => "the size of the program is invalid",
        0x0F => "the address of the program is invalid",
        _ => "for an unknown reason",
    };
}
