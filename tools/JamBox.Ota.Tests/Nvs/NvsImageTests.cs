using JamBox.Ota.Nvs;

namespace JamBox.Tests.Ota.Nvs;

/// <summary>Tests of <see cref="NvsImage"/>.</summary>
public sealed class NvsImageTests
{
    public static TheoryData<string> Cases => [.. NvsCases.Named().Select(csv => csv.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void WhatIsWrittenIsRead(string name)
    {
        NvsCsv csv = NvsCases.Named().Single(csv => csv.Name == name);
        AssertHolds(csv, NvsImage.Parse(csv.Image));
    }

    [Fact]
    public void WhatIsWrittenAtRandomIsRead()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            NvsCsv csv = NvsCases.Random(seed);
            AssertHolds(csv, NvsImage.Parse(csv.Image));
        }
    }

    [Fact]
    public void ErasedFlashIsEmpty()
    {
        byte[] erased = new byte[0x6000];
        Array.Fill(erased, (byte)0xFF);
        NvsImage image = NvsImage.Parse(erased);
        Assert.Empty(image.Entries);
        Assert.Empty(image.Problems);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(4097)]
    [InlineData(NvsFormat.MaxLength + NvsFormat.PageLength)]
    public void OtherSizesAreRefused(int length)
    {
        NvsException e = Assert.Throws<NvsException>(() => NvsImage.Parse(new byte[length]));
        Assert.Contains("no NVS partition", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ADamagedHeaderCostsItsPage()
    {
        byte[] image = TwoTexts();
        image[4]++;
        NvsImage read = NvsImage.Parse(image);
        Assert.Empty(read.Entries);
        Assert.Equal("page 0: the checksum of its header is wrong", Assert.Single(read.Problems));
    }

    [Fact]
    public void DamagedDataCostTheirValueAlone()
    {
        byte[] image = TwoTexts();
        image[DataOf(image, "first")] ^= 1;
        NvsImage read = NvsImage.Parse(image);
        Assert.Equal("second", Assert.Single(read.Entries).Key);
        Assert.Equal("page 0, entry 1: the data of 'first' is damaged", Assert.Single(read.Problems));
    }

    [Fact]
    public void ADamagedHeadCostsItsItem()
    {
        byte[] image = TwoTexts();
        image[HeadOf(image, "first") + 2]++;
        NvsImage read = NvsImage.Parse(image);
        Assert.Equal("second", Assert.Single(read.Entries).Key);
        Assert.Contains("page 0, entry 1: its checksum is wrong", read.Problems);
    }

    [Fact]
    public void ErasedEntriesAreGone()
    {
        byte[] image = TwoTexts();
        Erase(image, 1, 2);
        NvsImage read = NvsImage.Parse(image);
        Assert.Equal("second", Assert.Single(read.Entries).Key);
        Assert.Empty(read.Problems);
    }

    [Fact]
    public void WithoutItsNamespaceAValueIsNobodys()
    {
        byte[] image = TwoTexts();
        Erase(image, 0, 1);
        NvsImage read = NvsImage.Parse(image);
        Assert.Empty(read.Entries);
        Assert.Equal(2, read.Problems.Count);
        Assert.Contains("namespace 1, which has no name", read.Problems[0], StringComparison.Ordinal);
    }

    [Fact]
    public void ABlobThatLacksAPieceIsNone()
    {
        byte[] image = new NvsWriter(0x6000).Namespace("n").Blob("blob", NvsCases.Bytes(9000)).Text("text", "x").ToImage();
        Array.Fill(image, (byte)0xFF, NvsFormat.PageLength, NvsFormat.PageLength);
        NvsImage read = NvsImage.Parse(image);
        Assert.Equal("text", Assert.Single(read.Entries).Key);
        Assert.Equal("'n/blob': a piece of the blob is missing", Assert.Single(read.Problems));
    }

    [Fact]
    public void PagesAreReadInTheOrderOfTheirNumbersNotOfTheirPlaces()
    {
        // Wear levelling moves pages; the value that was written last counts.
        byte[] older = new NvsWriter(0x3000).Namespace("n").Text("key", "old").ToImage();
        byte[] newer = new NvsWriter(0x3000).Namespace("n").Text("key", "new").ToImage();
        byte[] both = [.. Numbered(newer, 7), .. Numbered(older, 3), .. older[NvsFormat.PageLength..(2 * NvsFormat.PageLength)]];
        Assert.Equal("new", NvsImage.Parse(both).Find("n", "key")!.Text);
    }

    [Fact]
    public void AnEntryKeepsItsSecretToItself()
    {
        byte[] image = new NvsWriter(0x3000).Namespace("jambox").Text("token", "SECRET").ToImage();
        NvsEntry entry = NvsImage.Parse(image).Find("jambox", "token")!;
        Assert.Equal("jambox/token (Text, 6 bytes)", entry.ToString());
        Assert.Throws<InvalidOperationException>(() => entry.Integer);
    }

    private static void AssertHolds(NvsCsv csv, NvsImage image)
    {
        Assert.Empty(image.Problems);
        string name = "";
        int values = 0;
        foreach (string[] cells in csv.Csv.TrimEnd('\n').Split('\n').Skip(1).Select(line => line.Split(',')))
        {
            if (cells[1] == "namespace")
            {
                name = cells[0];
                continue;
            }

            NvsEntry? entry = image.Find(name, cells[0]);
            Assert.NotNull(entry);
            string value = entry.Type switch
            {
                NvsType.Text => entry.Text,
                NvsType.Blob => Convert.ToHexStringLower(entry.Bytes),
                _ => entry.Integer.ToString(System.Globalization.CultureInfo.InvariantCulture),
            };
            Assert.Equal(cells[3], value);
            values++;
        }

        Assert.Equal(values, image.Entries.Count);
    }

    private static byte[] TwoTexts() => new NvsWriter(0x3000).Namespace("n").Text("first", "one").Text("second", "two").ToImage();

    private static int HeadOf(byte[] image, string key)
    {
        return image.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(key + '\0')) - NvsFormat.KeyOffset;
    }

    private static int DataOf(byte[] image, string key) => HeadOf(image, key) + NvsFormat.EntryLength;

    private static void Erase(byte[] image, int entry, int count)
    {
        for (int i = entry; i < entry + count; i++)
        {
            image[NvsFormat.BitmapOffset + (i / 4)] &= (byte)~(3 << (i % 4 * 2));
        }
    }

    private static byte[] Numbered(byte[] image, uint sequence)
    {
        byte[] page = image[..NvsFormat.PageLength];
        NvsFormat.WriteUInt32(page, 4, sequence);
        NvsFormat.WriteUInt32(page, NvsFormat.PageCrcOffset, NvsFormat.PageCrc(page));
        return page;
    }
}
