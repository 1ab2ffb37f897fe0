using System.Buffers.Binary;
using System.Text;
using JamBox.Flashing;

namespace JamBox.Tests.Flashing;

/// <summary>Tests of <see cref="PartitionTable"/>.</summary>
public sealed class PartitionTableTests
{
    private const long FlashBytes = 8 * 1024 * 1024;

    [Fact]
    public void PartitionsAreFoundByTheirNames()
    {
        var table = PartitionTable.Parse(
            [
                .. Entry("nvs", 1, 2, 0x9000, 0x6000), .. Entry("factory", 0, 0, 0x10000, 0x1A0000),
                .. Entry("a name of 16 ch.", 1, 6, 0x20, 0x10),
            ],
            FlashBytes);
        Assert.Equal(3, table.Partitions.Count);
        Assert.Equal(new FlashPartition("factory", 0, 0, 0x10000, 0x1A0000), table.Application);
        Assert.Equal(0x10, table.Require("a name of 16 ch.").Length);
        Assert.Null(table.Find("ident"));
        FlashException missing = Assert.Throws<FlashException>(() => table.Require("ident"));
        Assert.Equal(FlashFault.Input, missing.Fault);
        Assert.Contains("it has nvs, factory", missing.Message, StringComparison.Ordinal);
        Assert.Contains("so it is none", Assert.Throws<FlashException>(
            () => PartitionTable.Parse([], FlashBytes).Require("ident")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ItEndsWhereNoPartitionOfThisFlashFollows()
    {
        byte[] first = Entry("nvs", 1, 2, 0x9000, 0x6000);
        Assert.Single(PartitionTable.Parse([.. first, .. new byte[64]], FlashBytes).Partitions);
        Assert.Single(PartitionTable.Parse([.. first, .. Entry("beyond", 1, 2, 0x7FF000, 0x2000)], FlashBytes).Partitions);
        Assert.Single(PartitionTable.Parse([.. first, .. Entry("huge", 1, 2, 0xFFFFF000, 0xFFFFF000)], FlashBytes).Partitions);
        Assert.Single(PartitionTable.Parse([.. first, .. Entry("nothing", 1, 2, 0xF000, 0)], FlashBytes).Partitions);
        Assert.Single(PartitionTable.Parse([.. first, .. first[..31]], FlashBytes).Partitions);
    }

    /// <summary>Any bytes are a table: its partitions lie in the flash.</summary>
    [Fact]
    public void AnyBytesAreRead()
    {
        const int Seed = 5;
        Random random = new(Seed);
        for (int round = 0; round < 2000; round++)
        {
            var bytes = new byte[random.Next(0, 8 * 32)];
            random.NextBytes(bytes);
            for (int at = 0; at + 32 <= bytes.Length && random.Next(8) > 0; at += 32)
            {
                BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), 0x50AA);
                bytes[at + 7] &= (byte)random.Next(2);
                bytes[at + 11] &= (byte)random.Next(2);
            }

            Assert.All(PartitionTable.Parse(bytes, FlashBytes).Partitions, partition => Assert.True(
                partition is { Offset: >= 0, Length: > 0 } && (long)partition.Offset + partition.Length <= FlashBytes,
                $"seed {Seed}, round {round}: {partition}"));
        }
    }

    private static byte[] Entry(string name, byte type, byte subType, uint offset, uint length)
    {
        var entry = new byte[32];
        BinaryPrimitives.WriteUInt16LittleEndian(entry, 0x50AA);
        (entry[2], entry[3]) = (type, subType);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(4), offset);
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(8), length);
        Encoding.ASCII.GetBytes(name, entry.AsSpan(12));
        return entry;
    }
}
