using System.Text.RegularExpressions;

namespace JamBox.Docs.Tests;

/// <summary>
/// nanoCLR takes an element of a <c>string[]</c> that was never set for no null: <c>a[i] == null</c> is false, and comparing it with a text
/// ends the runtime. An element to which null was assigned is as it should be, and so are arrays of everything else. So firmware neither
/// compares elements of text arrays that it makes with a length, nor puts null into an array as it makes it.
/// </summary>
public sealed partial class NanoTextArrayTests
{
    /// <summary>What runs on boards. Its tests are not meant: their arrays are read as far as they were filled, and run on nanoCLR too.</summary>
    private static readonly string[] s_firmware =
        ["Firmware.Shared/", "Firmware.App/", "Firmware.Atoms3/", "Firmware.Stock/", "Firmware.Provisioning/", "tools/samples/Thing.Esp32/"];

    [Fact]
    public void No_firmware_compares_what_it_has_not_set()
    {
        string[] sources =
        [
            .. Repository.Files.Where(static file =>
                file.EndsWith(".cs", StringComparison.Ordinal) && s_firmware.Any(folder => file.StartsWith(folder, StringComparison.Ordinal))),
        ];
        Assert.True(sources.Length > 50, "the firmware was not found");
        Assert.All(sources, static file => Assert.Equal([], FindFaults(Repository.Read(file))));
    }

    [Theory]
    [InlineData("string[] a = new string[4]; if (a[i] == null)", 1)]
    [InlineData("private readonly string[] _a = new string[Max]; bool B(string s) => s != _a[at + 1];", 1)]
    [InlineData("var a = new string[4]; if (a[0] is null) { }", 1)]
    [InlineData("var a = new string[4]; switch (a[0]) { }", 1)]
    [InlineData("var a = new string[4]; string s = string.Compare(a[0], \"x\") == 0 ? \"x\" : null;", 1)]
    [InlineData("var a = new string[4]; if (s.Equals(a[1]) || a[1].Equals(s))", 2)]
    [InlineData("string[] a = { \"x\", null };", 1)]
    [InlineData("string[] a = [\"x\", null];", 1)]
    [InlineData("string[] a = { \"x\", \"y\" }; if (a[1] == s)", 0)]
    [InlineData("var a = new string[4]; a[0] = null; a[1] = s; Send(a[1]); int n = a.Length;", 0)]
    [InlineData("var a = new byte[4][]; if (a[0] == null)", 0)]
    public void What_would_end_nanoCLR_is_found(string source, int faults) => Assert.Equal(faults, FindFaults(source).Count);

    private static List<string> FindFaults(string source)
    {
        List<string> faults = [.. NullInside().Matches(source).Select(static match => match.Value)];
        foreach (string name in Made().Matches(source).Select(static match => match.Groups["name"].Value).Distinct())
        {
            string element = $@"(?<![\w.]){Regex.Escape(name)}\[[^\]]*\]";
            string compared = $@"{element}\s*(==|!=|is\b|\.Equals|\.CompareTo|switch\b)|(==|!=|Equals\(|Compare\(|switch\s*\()\s*{element}";
            faults.AddRange(Regex.Matches(source, compared).Select(static match => match.Value));
        }

        return faults;
    }

    /// <summary>An array of texts that is made with a length.</summary>
    [GeneratedRegex(@"(?<name>\w+)\s*=\s*new\s+string\s*\[[^\]]+\]")]
    private static partial Regex Made();

    /// <summary>An array of texts with a null among its first elements.</summary>
    [GeneratedRegex(@"string\[\]\s+\w+\s*=\s*(new\s*(string)?\[\]\s*)?[\[{][^\]};]*\bnull\b")]
    private static partial Regex NullInside();
}
