using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace JamBox.Flashing;

/// <summary>A region of the flash, from the partition table.</summary>
/// <param name="Name">Its name, at most 16 characters.</param>
/// <param name="Type">0 an application, 1 data.</param>
/// <param name="SubType">What of it.</param>
/// <param name="Offset">Where it begins, bytes.</param>
/// <param name="Length">Its bytes, above 0.</param>
public sealed record FlashPartition(string Name, byte Type, byte SubType, int Offset, int Length);

/// <summary>The partition table of a board, as it lies in flash: 32 bytes an entry, and behind the last one often an MD5 of them.</summary>
public sealed class PartitionTable
{
    /// <summary>Where it lies in flash, unless a board says otherwise, bytes.</summary>
    public const int UsualOffset = 0x8000;

    /// <summary>How much of the flash it has, bytes.</summary>
    public const int MaxLength = 0xC00;

    private const int EntryLength = 32;
    private const int NameAt = 12;
    private const int MaxNameLength = 16;
    private const ushort EntryMagic = 0x50AA;
    private const byte ApplicationType = 0;

    private PartitionTable(IReadOnlyList<FlashPartition> partitions) => Partitions = partitions;

    /// <summary>Gets the partitions, in the order of the table.</summary>
    public IReadOnlyList<FlashPartition> Partitions { get; }

    /// <summary>Gets the first partition with an application; <c>null</c> when there is none.</summary>
    public FlashPartition? Application => Partitions.FirstOrDefault(static partition => partition.Type == ApplicationType);

    /// <summary>Reads a table. What follows its last entry is not looked at.</summary>
    /// <param name="bytes">From its first entry on.</param>
    /// <param name="flashBytes">Size of the flash in which the partitions must lie.</param>
    /// <returns>The table; without partitions when the bytes are none.</returns>
    public static PartitionTable Parse(ReadOnlySpan<byte> bytes, long flashBytes)
    {
        List<FlashPartition> partitions = [];
        while (bytes.Length >= EntryLength && partitions.Count < MaxLength / EntryLength
            && TryRead(bytes, flashBytes, out FlashPartition? partition))
        {
            partitions.Add(partition);
            bytes = bytes[EntryLength..];
        }

        return new PartitionTable(partitions);
    }

    /// <summary>Finds a partition.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The partition; <c>null</c> when there is none.</returns>
    public FlashPartition? Find(string name) => Partitions.FirstOrDefault(partition => partition.Name == name);

    /// <summary>Finds a partition that must be there.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The partition.</returns>
    /// <exception cref="FlashException">There is none.</exception>
    public FlashPartition Require(string name)
    {
        return Find(name) ?? throw new FlashException(
            FlashFault.Input,
            $"the partition table has no '{name}'" + (Partitions.Count == 0
                ? ": it has no partition at all, so it is none."
                : $"; it has {string.Join(", ", Partitions.Select(partition => partition.Name))}. It is not the one of this firmware."));
    }

    private static bool TryRead(ReadOnlySpan<byte> entry, long flashBytes, [NotNullWhen(true)] out FlashPartition? partition)
    {
        uint offset = BinaryPrimitives.ReadUInt32LittleEndian(entry[4..]);
        uint length = BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]);
        bool isEntry = BinaryPrimitives.ReadUInt16LittleEndian(entry) == EntryMagic && length > 0
            && (long)offset + length <= Math.Min(flashBytes, int.MaxValue);
        string name = Encoding.Latin1.GetString(entry.Slice(NameAt, MaxNameLength)).TrimEnd('\0');
        partition = isEntry ? new FlashPartition(name, entry[2], entry[3], (int)offset, (int)length) : null;
        return isEntry;
    }
}
