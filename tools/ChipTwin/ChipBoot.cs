using System.Buffers.Binary;
using System.Text;
using JamBox.Ota.Nvs;

namespace JamBox.ChipTwin;

/// <summary>A region of the flash, from the partition table.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">0 an application, 1 data.</param>
/// <param name="SubType">What of it.</param>
/// <param name="Offset">Where it begins.</param>
/// <param name="Length">Its bytes.</param>
public sealed record ChipPartition(string Name, byte Type, byte SubType, int Offset, int Length);

/// <summary>A start from flash: what the second loader does, and what it hands to the firmware.</summary>
public sealed class ChipBoot
{
    private const int TableOffset = 0x8000;
    private const int EntryLength = 32;
    private const int MaxEntries = 95;
    private const ushort EntryMagic = 0x50AA;
    private const byte ImageMagic = 0xE9;
    private const byte ApplicationType = 0;

    private readonly SimulatedChip _chip;

    internal ChipBoot(SimulatedChip chip) => _chip = chip;

    /// <summary>Gets the partitions, in the order of the table.</summary>
    public IReadOnlyList<ChipPartition> Partitions { get; private set; } = [];

    /// <summary>Finds a partition.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The partition; <c>null</c> when there is none.</returns>
    public ChipPartition? Find(string name) => Partitions.FirstOrDefault(partition => partition.Name == name);

    /// <summary>Reads a partition.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>All of it; nothing when there is no such partition.</returns>
    public byte[] Read(string name) => Find(name) is { } partition ? _chip.Flash.Read(partition.Offset, partition.Length).ToArray() : [];

    /// <summary>Reads a partition in NVS's format.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>What is in it; <c>null</c> when there is no such partition.</returns>
    public NvsImage? ReadNvs(string name) => Find(name) is null ? null : NvsImage.Parse(Read(name));

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

        Partitions = [.. ReadTable()];
        if (Partitions.Count == 0)
        {
            _chip.Say("E (50) boot: load partition table error!");
            return false;
        }

        ChipPartition? application = Partitions.FirstOrDefault(partition => partition.Type == ApplicationType);
        if (application is null || _chip.Flash.Read(application.Offset, 1)[0] != ImageMagic)
        {
            _chip.Say("E (60) boot: No bootable app partitions in the partition table");
            return false;
        }

        _chip.Say($"I (100) boot: Loaded app from partition at offset 0x{application.Offset:x}");
        return true;
    }

    private IEnumerable<ChipPartition> ReadTable()
    {
        for (int i = 0; i < MaxEntries; i++)
        {
            byte[] entry = _chip.Flash.Read(TableOffset + (i * EntryLength), EntryLength).ToArray();
            uint offset = BinaryPrimitives.ReadUInt32LittleEndian(entry.AsSpan(4));
            uint length = BinaryPrimitives.ReadUInt32LittleEndian(entry.AsSpan(8));
            if (BinaryPrimitives.ReadUInt16LittleEndian(entry) != EntryMagic || !_chip.Flash.Holds(offset, length))
            {
                yield break;
            }

            string name = Encoding.Latin1.GetString(entry, 12, 16).TrimEnd('\0');
            yield return new ChipPartition(name, entry[2], entry[3], (int)offset, (int)length);
        }
    }
}
