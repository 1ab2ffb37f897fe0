using System.Security.Cryptography;
using JamBox.Ota.Nvs;

namespace JamBox.Tests.Ota.Nvs;

/// <summary>
/// Tests of <see cref="NvsWriter"/>. With <c>JB_NVS_FOLDER</c> set, every case is written there as CSV and as image, named with its size,
/// for a comparison with Espressif's generator: <c>python -m esp_idf_nvs_partition_gen generate NAME.SIZE.csv other.bin SIZE</c>.
/// </summary>
public sealed class NvsWriterTests
{
    private const int RandomCases = 300;

    // Of what esp-idf-nvs-partition-gen 0.2.0 makes of the same CSV.
    private static readonly Dictionary<string, string> s_generated = new(StringComparer.Ordinal)
    {
        ["blob-of-126"] = "cd39d13c4cb9d784e8e8e266881a2c218b6883747a8ec77d97af8a552b12d3ff",
        ["blobs"] = "95bbe5508ac82e9f0f88387961d715e3275c8c5eeb3f6fe01cf2243db8458d15",
        ["empty"] = "3175f9ed50f4cce2fa5af4e293ba05db1d006ffcc0b0fb221387967f51dbed22",
        ["identity"] = "6a424bfc3e6d3592710e119bc0ac8eb6ec5ea3185e73845a886d48337f203702",
        ["integers"] = "6e229741267add4714926b9df83634de8536afb9ec6a7dd90f8fd250af69bb4a",
        ["last-entry-empty"] = "7033584f484cd06dce53c34eebe628355856be103b04dad897c687241a928447",
        ["last-entry"] = "9fe7b1f7bcc57d06e6a46bc1aa9dcc2f49156cc15ece2882732ee5b01235001b",
        ["namespace"] = "66037dc68cbc8a656da3da3be2389ef7886946e86805a6ae8a8a34fa16f6eeff",
        ["namespaces"] = "92467d412e44bf631a8d59b4e5d1daf77627aecb854dc558c625a36137726956",
        ["page-full"] = "8475e9da3902ac2708dbe06c3f4a591ebe41265282f0055e6711971fca56ae5f",
        ["partition-full"] = "5fbbd2cb6ccaf9dac9e8d78e920a011d54ace32595d7a6998978f7265dadab1b",
        ["text-at-end"] = "d1767a131620642cf18115d5811a7279914d80016c4cbb773d640cdd3d7b58cd",
        ["text-leaves-one"] = "b85534e6ab305127d27d454931c4fb19290bca2655e8a7d8295deaa28609f852",
        ["texts"] = "d0bd7760830ca510d5efe029816ce025df9eaeef7564002d6300a6f1a2503e60",
        ["long-blobs"] = "3d7bf9d3e48647ddc819f11a5cbfe751419dd6eee98a3493bb89e4d0064c9644",
    };

    public static TheoryData<string> Cases => [.. NvsCases.Named().Select(csv => csv.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void EveryByteIsTheGenerators(string name)
    {
        NvsCsv csv = NvsCases.Named().Single(csv => csv.Name == name);
        Assert.Equal(csv.Length, csv.Image.Length);
        Assert.Equal(s_generated[name], Convert.ToHexStringLower(SHA256.HashData(csv.Image)));
    }

    [Fact]
    public void CasesAreWrittenForAComparison()
    {
        string? folder = Environment.GetEnvironmentVariable("JB_NVS_FOLDER");
        foreach (NvsCsv csv in NvsCases.Named().Concat(Enumerable.Range(0, RandomCases).Select(NvsCases.Random)))
        {
            Assert.Equal(csv.Length, csv.Image.Length);
            if (folder is not null)
            {
                csv.Save(folder);
            }
        }
    }

    [Theory]
    [InlineData(3968)]
    [InlineData(3999)]
    public void ATextThatFillsAPageGetsOne(int length)
    {
        NvsWriter writer = new NvsWriter(0x5000).Namespace("n").Text("before", "x");
        writer.Text("long", NvsCases.Letters(length)).Text("after", "y");
        byte[] image = writer.ToImage();
        NvsImage read = NvsImage.Parse(image);
        Assert.Empty(read.Problems);
        Assert.Equal(["before", "long", "after"], read.Entries.Select(entry => entry.Key));
        Assert.Equal(NvsCases.Letters(length), read.Find("n", "long")!.Text);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0x2000)]
    [InlineData(0x3001)]
    [InlineData(NvsFormat.MaxLength + NvsFormat.PageLength)]
    public void OtherSizesAreRefused(int length)
    {
        NvsException e = Assert.Throws<NvsException>(() => new NvsWriter(length));
        Assert.Contains("12288 to 16777216 bytes, a multiple of 4096", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("sixteen-letters!")]
    [InlineData("a blank")]
    [InlineData("ümlaut")]
    public void OtherNamesAreRefused(string name)
    {
        Assert.Contains("1 to 15 printable", Refusal(w => w.Namespace(name)), StringComparison.Ordinal);
        Assert.Contains("1 to 15 printable", Refusal(w => w.Namespace("n").Text(name, "x")), StringComparison.Ordinal);
    }

    [Fact]
    public void WhatComesTwiceIsRefused()
    {
        Assert.Equal("namespace 'n' comes twice: put its keys together", Refusal(w => w.Namespace("n").Namespace("m").Namespace("n")));
        Assert.Equal("'n/k' comes twice", Refusal(w => w.Namespace("n").Text("k", "x").Integer("k", NvsType.U8, 1)));
        new NvsWriter(0x3000).Namespace("n").Text("k", "x").Namespace("m").Text("k", "x");
    }

    [Theory]
    [InlineData(NvsType.U8, 256)]
    [InlineData(NvsType.U8, -1)]
    [InlineData(NvsType.I8, 128)]
    [InlineData(NvsType.I16, -32769)]
    [InlineData(NvsType.U32, 4294967296)]
    [InlineData(NvsType.U64, -1)]
    public void AnIntegerOutOfItsRangeIsRefused(NvsType type, long value)
    {
        string refusal = Refusal(w => w.Namespace("n").Integer("k", type, value));
        Assert.StartsWith($"'n/k' is out of the range of {type}", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void WhatIsNoValueIsRefused()
    {
        AssertRefused("3999 is the most", w => w.Namespace("n").Text("k", NvsCases.Letters(4000)));
        AssertRefused("zero character", w => w.Namespace("n").Text("k", "a\0b"));
        AssertRefused("half a character", w => w.Namespace("n").Text("k", "\uD800"));
        AssertRefused("no type of integers", w => w.Namespace("n").Integer("k", NvsType.Blob, 1));
        AssertRefused("no type of integers", w => w.Namespace("n").Integer("k", (NvsType)3, 1));
        AssertRefused("in no namespace", w => w.Text("k", "x"));
        AssertRefused("127 pieces at most", w => w.Namespace("n").Blob("k", new byte[600_000]), 0x200000);
        AssertRefused("254 at most", w => Enumerable.Range(0, 255).Aggregate(w, (x, i) => x.Namespace($"n{i}")));
    }

    [Fact]
    public void WhatDoesNotFitIsRefused()
    {
        const string Refused = "the values do not fit into 12288 bytes";
        AssertRefused(Refused, w => w.Namespace("n").Blob("k", new byte[8000]), 0x3000);
        AssertRefused(
            Refused, w => Enumerable.Range(0, 252).Aggregate(w.Namespace("n"), (x, i) => x.Integer($"k{i}", NvsType.U8, 1)), 0x3000);
    }

    [Fact]
    public void ARefusalKeepsSecrets()
    {
        Assert.DoesNotContain("SECRET", Refusal(w => w.Namespace("n").Text("token", "SECRET\0")), StringComparison.Ordinal);
    }

    private static void AssertRefused(string message, Action<NvsWriter> write, int length = 0x6000)
    {
        Assert.Contains(message, Refusal(write, length), StringComparison.Ordinal);
    }

    private static string Refusal(Action<NvsWriter> write, int length = 0x6000)
    {
        return Assert.Throws<NvsException>(() => write(new NvsWriter(length))).Message;
    }
}
