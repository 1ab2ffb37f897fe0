using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace JamBox.Backend.Firmware;

/// <summary>An entry of a partition table.</summary>
/// <param name="Name">Its label, at most 16 characters.</param>
/// <param name="Address">Where it lies in flash, bytes.</param>
/// <param name="Size">Its bytes.</param>
internal sealed record FlashPartition(string Name, long Address, long Size);

/// <summary>A partition table of ESP-IDF: entries of 32 bytes, then a checksum or empty flash.</summary>
/// <param name="AppOffset">Where the application that a new device starts lies: factory, else the first of those for updates; null =
/// none.</param>
/// <param name="Sha256">SHA-256 of the table, 64 lower hex digits.</param>
internal sealed record PartitionTable(long? AppOffset, string Sha256)
{
    /// <summary>Its bytes.</summary>
    public const int Bytes = 0xC00;

    private const int EntryBytes = 32;
    private const int LabelAt = 12;
    private const int LabelBytes = 16;
    private const byte AppType = 0;
    private const byte Factory = 0;
    private const byte FirstUpdate = 0x10;

    /// <summary>Whether an entry stands there.</summary>
    public static bool IsAt(ReadOnlySpan<byte> bytes) => bytes.Length >= 2 && bytes[0] == 0xAA && bytes[1] == 0x50;

    /// <summary>Reads one.</summary>
    /// <param name="bytes"><see cref="Bytes"/> bytes.</param>
    public static PartitionTable Read(ReadOnlySpan<byte> bytes)
    {
        long? app = null;
        for (int at = 0; at + EntryBytes <= bytes.Length && IsAt(bytes[at..]); at += EntryBytes)
        {
            if (bytes[at + 2] == AppType && (bytes[at + 3] == Factory || (bytes[at + 3] == FirstUpdate && app is null)))
            {
                app = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(at + 4)..]);
                if (bytes[at + 3] == Factory)
                {
                    break;
                }
            }
        }

        return new PartitionTable(app, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    /// <summary>The entries of one, in their order.</summary>
    /// <param name="bytes">At most <see cref="Bytes"/> bytes.</param>
    public static IReadOnlyList<FlashPartition> Entries(ReadOnlySpan<byte> bytes)
    {
        List<FlashPartition> entries = [];
        for (int at = 0; at + EntryBytes <= bytes.Length && IsAt(bytes[at..]); at += EntryBytes)
        {
            ReadOnlySpan<byte> entry = bytes.Slice(at, EntryBytes);
            ReadOnlySpan<byte> label = entry.Slice(LabelAt, LabelBytes);
            int end = label.IndexOf((byte)0);
            entries.Add(new FlashPartition(
                Encoding.ASCII.GetString(end < 0 ? label : label[..end]), BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]),
                BinaryPrimitives.ReadUInt32LittleEndian(entry[8..])));
        }

        return entries;
    }
}

/// <summary>
/// Keeps the part of a merged image in which its partition table stands: at 0x8000 of the flash, which is 0x7000 of a file that begins with
/// the bootloader of a chip whose bootloader lies at 0x1000, as those of MicroPython do.
/// </summary>
internal sealed class PartitionTableWindow
{
    /// <summary>Where the table lies in flash.</summary>
    public const int Address = 0x8000;

    /// <summary>Behind the last byte that is kept.</summary>
    public const int End = Address + PartitionTable.Bytes;

    private const int Shift = 0x1000;
    private const int Start = Address - Shift;

    private readonly byte[] _bytes = new byte[End - Start];

    /// <summary>Takes what of the next bytes is in the window.</summary>
    /// <param name="position">Where they stand in the file.</param>
    /// <param name="data">The bytes.</param>
    public void Append(long position, ReadOnlySpan<byte> data)
    {
        long from = Math.Max(position, Start);
        long to = Math.Min(position + data.Length, End);
        if (from < to)
        {
            data[(int)(from - position)..(int)(to - position)].CopyTo(_bytes.AsSpan((int)(from - Start)));
        }
    }

    /// <summary>Finds the table.</summary>
    /// <param name="imageAt">Where in the file the bootloader begins.</param>
    /// <returns>The table, null when there is none, and the address in flash of the file's first byte.</returns>
    public (PartitionTable? Table, long FileStart) Find(long imageAt)
    {
        ReadOnlySpan<byte> bytes = _bytes;
        return PartitionTable.IsAt(bytes[Shift..]) ? (PartitionTable.Read(bytes[Shift..]), 0)
            : imageAt == 0 && PartitionTable.IsAt(bytes) ? (PartitionTable.Read(bytes[..PartitionTable.Bytes]), Shift)
            : (null, 0);
    }
}
