using System.Buffers.Binary;
using JamBox.Interop;

namespace JamBox.Boot;

/// <summary>
/// The records in the first three sectors of the boot region: the newest valid one counts, the next goes over the oldest. Part of the
/// model of <c>jb_boot.c</c>.
/// </summary>
internal static class BootRecords
{
    /// <summary>Bytes of a record.</summary>
    public const int RecordBytes = 92;

    private const int Slots = 3;
    private const int CrcAt = 88;
    private const int Tries = 3;
    private const byte Format = 1;

    private static ReadOnlySpan<byte> Magic => "JBBT"u8;

    /// <summary>Reads all and finds the one that counts.</summary>
    /// <param name="flash">The flash.</param>
    /// <param name="entry">The record; state <see cref="BootState.None"/> and zeros without any.</param>
    /// <param name="slot">Where it is; 3 without any.</param>
    /// <returns><see cref="BootResult.Ok"/> or <see cref="BootResult.Flash"/>.</returns>
    public static BootResult Load(IBootFlash flash, out BootEntry entry, out int slot)
    {
        entry = new BootEntry();
        slot = Slots;
        Span<byte> bytes = stackalloc byte[RecordBytes];
        for (int i = 0; i < Slots; i++)
        {
            if (!flash.Read(BootRegion.Boot, i * flash.SectorBytes, bytes))
            {
                return BootResult.Flash;
            }

            // The difference is taken modulo 2^32, so that a wrap would not turn the order round.
            if (Decode(bytes) is { } candidate && (slot == Slots || unchecked(candidate.Sequence - entry.Sequence) < 0x80000000u))
            {
                entry = candidate;
                slot = i;
            }
        }

        return BootResult.Ok;
    }

    /// <summary>Writes a record with the next number over the oldest, never over the one that counts nor the one before it.</summary>
    /// <param name="flash">The flash.</param>
    /// <param name="entry">The record; its number is not looked at.</param>
    /// <returns><see cref="BootResult.Ok"/> or <see cref="BootResult.Flash"/>.</returns>
    public static BootResult Store(IBootFlash flash, BootEntry entry)
    {
        BootResult result = Load(flash, out BootEntry current, out int slot);
        if (result != BootResult.Ok)
        {
            return result;
        }

        Span<byte> bytes = stackalloc byte[RecordBytes];
        Span<byte> back = stackalloc byte[RecordBytes];
        Encode(entry with { Sequence = unchecked(current.Sequence + 1) }, bytes);
        int address = (slot + 1) % Slots * flash.SectorBytes;
        for (int i = 0; i < Tries; i++)
        {
            flash.Feed();
            if (flash.Erase(BootRegion.Boot, address) && flash.Write(BootRegion.Boot, address, bytes)
                && flash.Read(BootRegion.Boot, address, back) && bytes.SequenceEqual(back))
            {
                return BootResult.Ok;
            }
        }

        return BootResult.Flash;
    }

    // CRC-32 of zlib, bit by bit: records are few.
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte octet in bytes)
        {
            crc ^= octet;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320u : 0);
            }
        }

        return ~crc;
    }

    /// <summary>Makes the bytes of a record.</summary>
    /// <param name="entry">The record.</param>
    /// <param name="bytes">92 bytes or more.</param>
    public static void Encode(BootEntry entry, Span<byte> bytes)
    {
        bytes.Clear();
        Magic.CopyTo(bytes);
        bytes[4] = Format;
        bytes[6] = (byte)entry.State;
        bytes[7] = (byte)entry.Reason;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], entry.Sequence);
        bytes[12] = entry.TrialBoots;
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[16..], entry.NewLength);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[20..], entry.OldLength);
        entry.NewHash.CopyTo(bytes[24..]);
        entry.OldHash.CopyTo(bytes[56..]);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[CrcAt..], Crc(bytes[..CrcAt]));
    }

    private static BootEntry? Decode(ReadOnlySpan<byte> bytes)
    {
        if (!bytes.StartsWith(Magic) || bytes[4] != Format || bytes[5] != 0 || bytes[6] > (byte)BootState.Failed
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[CrcAt..]) != Crc(bytes[..CrcAt]))
        {
            return null;
        }

        return new BootEntry
        {
            State = (BootState)bytes[6],
            Reason = (BootReason)bytes[7],
            Sequence = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]),
            TrialBoots = bytes[12],
            NewLength = BinaryPrimitives.ReadUInt32LittleEndian(bytes[16..]),
            OldLength = BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]),
            NewHash = bytes[24..56].ToArray(),
            OldHash = bytes[56..88].ToArray(),
        };
    }
}

/// <summary>A record of the boot partition: <c>jb_boot_record</c> of <c>jb_boot.h</c>.</summary>
public sealed record BootEntry
{
    /// <summary>Bytes per SHA-256.</summary>
    public const int HashSize = 32;

    /// <summary>Gets its number, which grows by one with every record.</summary>
    public uint Sequence { get; init; }

    /// <summary>Gets the length of the image that is or was installed, bytes.</summary>
    public uint NewLength { get; init; }

    /// <summary>Gets the length of the image before it, bytes.</summary>
    public uint OldLength { get; init; }

    /// <summary>Gets where the installation stands.</summary>
    public BootState State { get; init; }

    /// <summary>Gets why.</summary>
    public BootReason Reason { get; init; }

    /// <summary>Gets the boots of the trial so far.</summary>
    public byte TrialBoots { get; init; }

    /// <summary>Gets the SHA-256 of the image that is or was installed. Not to be changed.</summary>
    public byte[] NewHash { get; init; } = new byte[HashSize];

    /// <summary>Gets the SHA-256 of the image before it. Not to be changed.</summary>
    public byte[] OldHash { get; init; } = new byte[HashSize];
}
