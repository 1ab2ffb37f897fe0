using System.Buffers.Binary;
using JamBox.Flashing;
using JamBox.Ota.Nvs;

namespace JamBox.ChipTwin;

/// <summary>A start from flash: what the second loader does, and what it hands to the firmware.</summary>
public sealed class ChipBoot
{
    private const byte ImageMagic = 0xE9;

    private readonly SimulatedChip _chip;

    internal ChipBoot(SimulatedChip chip) => _chip = chip;

    /// <summary>Gets the partition table.</summary>
    public PartitionTable Table { get; private set; } = PartitionTable.Parse([], 0);

    /// <summary>Reads a partition.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>All of it; nothing when there is no such partition.</returns>
    public byte[] Read(string name) =>
        Table.Find(name) is { } partition ? _chip.Flash.Read(partition.Offset, partition.Length).ToArray() : [];

    /// <summary>Reads a partition in NVS's format.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>What is in it; <c>null</c> when there is no such partition.</returns>
    public NvsImage? ReadNvs(string name) => Table.Find(name) is null ? null : NvsImage.Parse(Read(name));

    /// <summary>Writes a partition anew, as firmware does; where there is none of that name nothing happens.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="bytes">From its beginning on; the rest is erased.</param>
    public void Write(string name, ReadOnlySpan<byte> bytes)
    {
        if (Table.Find(name) is { } partition)
        {
            _chip.Flash.Erase(partition.Offset, partition.Length);
            _chip.Flash.Write(partition.Offset, bytes[..Math.Min(bytes.Length, partition.Length)]);
        }
    }

    /// <summary>Prints a line on the serial port.</summary>
    /// <param name="line">ASCII, without an end of line.</param>
    public void Say(string line) => _chip.Say(line);

    internal bool TryLoad()
    {
        if (_chip.Flash.Read(0, 1)[0] != ImageMagic)
        {
            _chip.Say($"invalid header: 0x{BinaryPrimitives.ReadUInt32LittleEndian(_chip.Flash.Read(0, 4)):x8}");
            return false;
        }

        ReadOnlySpan<byte> table = _chip.Flash.Read(PartitionTable.UsualOffset, PartitionTable.MaxLength);
        Table = PartitionTable.Parse(table, _chip.Flash.Length);
        if (Table.Partitions.Count == 0)
        {
            _chip.Say("E (50) boot: load partition table error!");
            return false;
        }

        if (Table.Application is not { } application || _chip.Flash.Read(application.Offset, 1)[0] != ImageMagic)
        {
            _chip.Say("E (60) boot: No bootable app partitions in the partition table");
            return false;
        }

        _chip.Say($"I (100) boot: Loaded app from partition at offset 0x{application.Offset:x}");
        return true;
    }
}
