using System.Security.Cryptography;
using JamBox.Bench.Boxes.Flashing;
using JamBox.Flashing;

namespace JamBox.Bench.Tests.Boxes;

/// <summary>Partition tables out of their source.</summary>
public sealed class PartitionCsvTests
{
    /// <summary>Written out by hand after ESP-IDF's description: entry, entry, and the MD5 of both.</summary>
    [Fact]
    public void TheBytesAreThoseOfEspIdf()
    {
        byte[] table = PartitionCsv.Make(
            """
            # Name, Type, SubType, Offset, Size
            nvs, data, nvs, 0x9000, 0x6000
            factory, app, factory, 65536, 0x1A0000   # with a word behind it
            """);
        byte[] entries = Convert.FromHexString(
            "AA500102" + "00900000" + "00600000" + "6E767300000000000000000000000000" + "00000000"
            + "AA500000" + "00000100" + "00001A00" + "666163746F7279000000000000000000" + "00000000");
        Assert.Equal(entries, table[..64]);
        Assert.Equal("EBEBFFFFFFFFFFFFFFFFFFFFFFFFFFFF", Convert.ToHexString(table[64..80]));
#pragma warning disable CA5351 // It is what the chip's loader checks.
        Assert.Equal(MD5.HashData(entries), table[80..96]);
#pragma warning restore CA5351
        Assert.Equal(0xC00, table.Length);
        Assert.DoesNotContain(table[96..], static b => b != 0xFF);
    }

    [Fact]
    public void TheBoardsTableHasWhatIsFlashed()
    {
        var table = PartitionTable.Parse(PartitionCsv.OfBoard(), 8 * 1024 * 1024);
        Assert.Equal(11, table.Partitions.Count);
        Assert.Equal(0x694000, table.Require("ident").Offset);
        Assert.Equal(0x1B0000, table.Require("deploy").Offset);
        Assert.Equal("factory", table.Application!.Name);
    }

    [Theory]
    [InlineData("ident, data, nvs, 0x694000")]
    [InlineData("ident, data, nothing, 0x694000, 0x6000")]
    [InlineData("ident, thing, nvs, 0x694000, 0x6000")]
    [InlineData("ident, data, nvs, soon, 0x6000")]
    [InlineData("ident, data, nvs, 0x694000, 0")]
    [InlineData("a name of 17 chrs, data, nvs, 0x694000, 0x6000")]
    [InlineData("ident, data, 0x100, 0x694000, 0x6000")]
    public void ALineThatCannotBeReadIsNamed(string line)
    {
        FlashException e = Assert.Throws<FlashException>(() => PartitionCsv.Make($"nvs, data, nvs, 0x9000, 0x6000\n\n{line}"));
        Assert.Contains("line 3", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void MoreThanATableHoldsIsRefused()
    {
        string line = "x, data, nvs, 0x9000, 0x6000\n";
        Assert.Throws<FlashException>(() => PartitionCsv.Make(string.Concat(Enumerable.Repeat(line, 96))));
        Assert.Equal(0xC00, PartitionCsv.Make(string.Concat(Enumerable.Repeat(line, 95))).Length);
    }
}
