using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Runtime.CompilerServices;

using JamBox.Backend.Firmware;
using JamBox.Backend.Manufacturing;
using JamBox.Backend.Tests.Firmware;

namespace JamBox.Backend.Tests.Manufacturing;

/// <summary>The boards, and what their partition tables say.</summary>
public sealed class BoardTests
{
    private const int Seed = 16;

    /// <summary>The firmware's own list of partitions, with which the people counter is flashed.</summary>
    public static (byte Type, byte Subtype, uint Address, uint Size, string Label)[] PeopleCounter([CallerFilePath] string file = "") =>
    [
        .. File.ReadLines(Path.Combine(Path.GetDirectoryName(file)!, "../../Firmware.Atoms3/Native/esp32/partitions_jambox_8mb.csv"))
            .Where(static line => !line.StartsWith('#') && line.Contains(','))
            .Select(static line => line.Split(',', StringSplitOptions.TrimEntries))
            .Select(static cells => (cells[1] == "app" ? (byte)0 : (byte)1, (byte)0, Hex(cells[3]), Hex(cells[4]), cells[0])),
    ];

    [Fact]
    public void ThePeopleCountersPartitionsLieWhereItsFirmwareLooks()
    {
        Dictionary<string, (uint Address, uint Size)> partitions = PeopleCounter()
            .ToDictionary(static entry => entry.Label, static entry => (entry.Address, entry.Size));
        BoardFlash unknown = new(Board.People, null, null, []);
        Assert.Equal(
            (partitions["ident"].Address, partitions["ident"].Size), ((uint)unknown.Identity!.Address, (uint)unknown.Identity.Size));
        Assert.Equal(Board.DeploymentAddress, partitions[Board.DeploymentPartition].Address);
    }

    [Fact]
    public void ATableSaysWhereWhatLies()
    {
        IReadOnlyList<FlashPartition> entries = PartitionTable.Entries(EspImages.Table(PeopleCounter()));
        Assert.Equal(11, entries.Count);
        Assert.Equal(new FlashPartition("ident", 0x694000, 0x6000), entries.Single(static entry => entry.Name == "ident"));
        Assert.Equal(new FlashPartition("deploy", 0x1B0000, 0x140000), entries.Single(static entry => entry.Name == "deploy"));
    }

    [Fact]
    public void AnyBytesAreReadAsATable()
    {
        Random random = new(Seed);
        for (int round = 0; round < 500; round++)
        {
            byte[] bytes = new byte[random.Next(0, 0xC40)];
            random.NextBytes(bytes);
            for (int at = 0; at + 1 < bytes.Length && random.Next(20) > 0; at += 32)
            {
                (bytes[at], bytes[at + 1]) = (0xAA, 0x50);
            }

            IReadOnlyList<FlashPartition> entries = PartitionTable.Entries(bytes);
            Assert.True(entries.Count <= bytes.Length / 32, $"seed {Seed}, round {round}: {entries.Count} of {bytes.Length} bytes");
            Assert.All(entries, static entry => Assert.InRange(entry.Name.Length, 0, 16));
        }
    }

    [Theory]
    [InlineData(0x5000, 0x5000)]
    [InlineData(0x100_0000, 0x100_0000)]
    [InlineData(0x2000, 0x6000)]
    [InlineData(0x5001, 0x6000)]
    [InlineData(0x200_0000, 0x6000)]
    public void AnIdentityIsOfTheSizeOfItsPartitionWhereThatCanBe(long inTable, int bytes)
    {
        Board board = new BoardSettings { Platform = "esp32c3" }.Over(null);
        BoardFlash flash = new(board, null, null, [new FlashPartition("nvs", 0x9000, inTable)]);
        Assert.Equal(bytes, flash.NvsBytes);
        Assert.Equal(0x4000, (flash with { Board = board with { NvsBytes = 0x4000 } }).NvsBytes);
    }

    [Fact]
    public void WhatIsSaidOfTheBoardThatEverybodyHasChangesOnlyThat()
    {
        ManufacturingOptions options = new() { Boards = { ["nb"] = new BoardSettings { NvsBytes = 0x8000 } } };
        Assert.Equal(Board.People with { NvsBytes = 0x8000 }, options.Board("NB"));
        Assert.Equal(["NB"], options.BoardNames);
        Assert.Null(options.Board("CL"));
    }

    [Theory]
    [InlineData("Prefix: must be two capital letters.", "jb", null, null, null)]
    [InlineData("Host: 'host' must be printable ASCII without blanks, quotation marks and backslashes.", "JB", "a b", null, null)]
    [InlineData("Apn: 'apn' must have 1 to 63 characters; it has 0.", "JB", "count.example.org", "", null)]
    [InlineData("Bands: 'bands' must be digits and commas, such as 0,2,4,12.", "JB", "count.example.org", "iot", "B8")]
    public void AWrongConfigurationIsRefusedByItsKey(string fault, string prefix, string? host, string? apn, string? bands) =>
        Assert.Equal([fault], Faults(new ManufacturingOptions { Prefix = prefix, Host = host, Apn = apn, Bands = bands }));

    [Fact]
    public void AWrongBoardIsRefusedByName()
    {
        Expect("'C1' must be two letters.", "C1", new() { Platform = "esp32" });
        Expect("'CL' needs a Platform, such as esp32c3.", "CL", new());
        Expect("'CL' NvsBytes must be a multiple of 4,096 from 12,288 to 16,777,216.", "CL", new()
        {
            Platform = "esp32", NvsBytes = 0x2000,
        });
        Expect("'CL' IdentityAddress must be a multiple of 4,096 behind the partition table.", "CL", new()
        {
            Platform = "esp32", IdentityAddress = 0x9001,
        });
        Expect("'CL' Partition must have 1 to 15 characters.", "CL", new() { Platform = "esp32", Partition = "sixteencharacter" });
        Expect("'CL' Namespace must have 1 to 15 characters.", "CL", new() { Platform = "esp32", Namespace = "" });

        static void Expect(string fault, string name, BoardSettings settings) =>
            Assert.Equal([$"Boards: {fault}"], Faults(new ManufacturingOptions { Boards = { [name] = settings } }));
    }

    private static string[] Faults(ManufacturingOptions options) =>
    [
        .. options.Validate(new ValidationContext(options))
            .Select(static fault => $"{fault.MemberNames.Single()}: {fault.ErrorMessage}"),
    ];

    private static uint Hex(string text) => uint.Parse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
