using System.Globalization;
using JamBox.Ota.Nvs;

namespace JamBox.Tests.Ota.Nvs;

/// <summary>Partitions that were made with Espressif's generator too.</summary>
internal static class NvsCases
{
    private const int Small = 0x3000;
    private const int Identity = 0x6000;

    private static readonly NvsType[] s_integers =
    [
        NvsType.U8, NvsType.I8, NvsType.U16, NvsType.I16, NvsType.U32, NvsType.I32, NvsType.U64, NvsType.I64,
    ];

    /// <summary>Makes those with a name.</summary>
    /// <returns>One after the other.</returns>
    public static IEnumerable<NvsCsv> Named()
    {
        yield return new NvsCsv("empty", Small);
        yield return new NvsCsv("namespace", Identity).Namespace("jambox");
        yield return Box(new NvsCsv("identity", Identity));
        yield return Integers(new NvsCsv("integers", Small));
        yield return new NvsCsv("texts", 0x8000).Namespace("texts").Text("empty", "").Text("one", "x").Text("thirty-one", Letters(31))
            .Text("thirty-two", Letters(32)).Text("umlaut", "Zürich – 東京").Text("long", Letters(3967)).Text("longer", Letters(3000))
            .Text("last", Letters(1000));
        yield return new NvsCsv("blobs", 0x8000).Namespace("blobs").Blob("none", []).Blob("one", [0]).Blob("thirty-two", Bytes(32))
            .Blob("page", Bytes(4000)).Blob("pages", Bytes(9000)).Integer("after", NvsType.U8, 1);
        yield return new NvsCsv("blob-of-126", 0x5000).Namespace("a").Blob("exact", Bytes(3936 + 4000)).Text("after", "x");
        yield return Full(new NvsCsv("last-entry", 0x5000), 125).Blob("late", Bytes(5000));
        yield return Full(new NvsCsv("last-entry-empty", 0x5000), 125).Blob("late", []);
        yield return Full(new NvsCsv("text-at-end", 0x5000), 123).Text("fits", "x").Text("next", "y");
        yield return Full(new NvsCsv("text-leaves-one", 0x5000), 124).Text("next", "y");
        yield return Full(new NvsCsv("page-full", 0x5000), 126).Text("next", "y");
        yield return Namespaces(new NvsCsv("namespaces", Identity), 254);
        yield return Full(new NvsCsv("partition-full", Identity), 5 * 126);
        yield return new NvsCsv("long-blobs", 0x40000).Namespace("big").Blob("one", Bytes(60_000)).Blob("two", Bytes(65_000))
            .Blob("three", Bytes(63_999));
    }

    /// <summary>Makes one at random.</summary>
    /// <param name="seed">Which.</param>
    /// <returns>With 1 to 60 values, and pages left over.</returns>
    public static NvsCsv Random(int seed)
    {
        Random random = new(seed);
        NvsCsv csv = new(string.Create(CultureInfo.InvariantCulture, $"random-{seed}"), 0x80000);
        for (int count = random.Next(1, 60), i = 0; i < count; i++)
        {
            if (i == 0 || random.Next(10) == 0)
            {
                csv.Namespace(Name("n", i));
            }

            int length = random.Next(3) == 0 ? random.Next(3968) : random.Next(200);
            _ = random.Next(3) switch
            {
                0 => csv.Integer(Name("i", i), s_integers[random.Next(8)], random.Next(128)),
                1 => csv.Text(Name("t", i), Letters(length)),
                _ => csv.Blob(Name("b", i), Bytes(length * random.Next(1, 4))),
            };
        }

        return csv;
    }

    /// <summary>Makes some bytes, none of them by chance.</summary>
    /// <param name="count">How many.</param>
    /// <returns>The bytes.</returns>
    public static byte[] Bytes(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)((i * 7) ^ (i >> 8)))];

    /// <summary>Makes a text.</summary>
    /// <param name="count">How many characters.</param>
    /// <returns>The text.</returns>
    public static string Letters(int count) => new([.. Enumerable.Range(0, count).Select(i => (char)('a' + (i % 26)))]);

    private static NvsCsv Box(NvsCsv csv)
    {
        return csv.Namespace("jambox").Text("device_id", "JBNB0001").Text("token", Letters(43)).Blob("mac_key", Bytes(32))
            .Text("host", "jambox.example.org").Text("port", "5000").Text("apn", "hologram").Text("bands", "0").Blob("ota_key", Bytes(64));
    }

    private static NvsCsv Integers(NvsCsv csv)
    {
        csv.Namespace("integers");
        foreach (NvsType type in s_integers)
        {
            (Int128 min, Int128 max) = NvsFormat.RangeOf(type);
            csv.Integer($"{type}_min", type, min).Integer($"{type}_max", type, max);
        }

        return csv;
    }

    private static NvsCsv Full(NvsCsv csv, int entries)
    {
        csv.Namespace("full");
        for (int i = 1; i < entries; i++)
        {
            csv.Integer(Name("k", i), NvsType.U32, i);
        }

        return csv;
    }

    private static NvsCsv Namespaces(NvsCsv csv, int count)
    {
        for (int i = 0; i < count; i++)
        {
            csv.Namespace(Name("space", i)).Integer("key", NvsType.U8, i);
        }

        return csv;
    }

    private static string Name(string prefix, int number) => prefix + number.ToString(CultureInfo.InvariantCulture);
}
