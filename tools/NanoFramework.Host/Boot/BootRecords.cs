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

    /// <summary>Reads all and finds the one that counts. A sector that cannot be read is passed over.</summary>
    /// <param name="flash">The flash.</param>
    /// <param name="entry">The record; state <see cref="BootState.None"/> and zeros without any.</param>
    /// <returns><see cref="BootResult.Ok"/>, or <see cref="BootResult.Flash"/> when none can be read.</returns>
    public static BootResult Load(IBootFlash flash, out BootEntry entry) => Load(flash, out entry, out _, out _);

    /// <summary>
    /// Writes a record with the next number over the oldest, or, where that sector is bad, over the one before the one that counts; never
    /// over that one.
    /// </summary>
    /// <param name="flash">The flash.</param>
    /// <param name="entry">The record; its number is not looked at.</param>
    /// <returns><see cref="BootResult.Ok"/> or <see cref="BootResult.Flash"/>.</returns>
    public static BootResult Store(IBootFlash flash, BootEntry entry)
    {
        BootResult result = Load(flash, out BootEntry current, out int slot, out int hidden);
        if (result != BootResult.Ok)
        {
            return result;
        }

        Span<byte> bytes = stackalloc byte[RecordBytes];
        Encode(entry with { Sequence = unchecked(current.Sequence + 1 + (uint)hidden) }, bytes);
        int others = slot == Slots ? Slots : Slots - 1;
        for (int i = 1; i <= others; i++)
        {
            if (Write(flash, (slot + i) % Slots, bytes))
            {
                return BootResult.Ok;
            }
        }

        return BootResult.Flash;
    }

    private static BootResult Load(IBootFlash flash, out BootEntry entry, out int slot, out int hidden)
    {
        entry = new BootEntry();
        slot = Slots;
        hidden = 0;
        Span<byte> bytes = stackalloc byte[RecordBytes];
        for (int i = 0; i < Slots; i++)
        {
            if (!Read(flash, i, bytes))
            {
                hidden++;
                continue;
            }

            // The difference is taken modulo 2^32, so that a wrap would not turn the order round.
            if (Decode(bytes) is { } candidate && (slot == Slots || unchecked(candidate.Sequence - entry.Sequence) < 0x80000000u))
            {
                entry = candidate;
                slot = i;
            }
        }

        return hidden < Slots ? BootResult.Ok : BootResult.Flash;
    }

    private static bool Read(IBootFlash flash, int slot, Span<byte> bytes)
    {
        for (int i = 0; i < Tries; i++)
        {
            if (flash.Read(BootRegion.Boot, slot * flash.SectorBytes, bytes))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Write(IBootFlash flash, int slot, ReadOnlySpan<byte> bytes)
    {
        int address = slot * flash.SectorBytes;
        Span<byte> back = stackalloc byte[RecordBytes];
        for (int i = 0; i < Tries; i++)
        {
            flash.Feed();
            if (flash.Erase(BootRegion.Boot, address) && flash.Write(BootRegion.Boot, address, bytes)
                && flash.Read(BootRegion.Boot, address, back) && bytes.SequenceEqual(back))
            {
                return true;
            }
        }

        return false;
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
        bytes[13] = entry.WithoutJournal;
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
            WithoutJournal = bytes[13],
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

    /// <summary>Gets 1 when the journal's sector could not be erased: its marks say nothing then.</summary>
    public byte WithoutJournal { get; init; }

    /// <summary>Gets the SHA-256 of the image that is or was installed. Not to be changed.</summary>
    public byte[] NewHash { get; init; } = new byte[HashSize];

    /// <summary>Gets the SHA-256 of the image before it. Not to be changed.</summary>
    public byte[] OldHash { get; init; } = new byte[HashSize];
}
