using System.Text.RegularExpressions;

namespace JamBox.Docs.Tests;

/// <summary>Files that documents name are there, and so are documents that code names.</summary>
public sealed partial class NamedFileTests
{
    private static readonly string[] s_code =
    [
        ".cs", ".csproj", ".nfproj", ".props", ".c", ".h", ".cpp", ".cmake", ".txt", ".csv", ".sql", ".http", ".sh", ".py", ".js", ".css",
        ".html", "_defconfig", ".esp32s3", "Containerfile", ".service", ".ci/run",
    ];

    /// <summary>Not the pages inside of projects: those speak of other repositories' files too.</summary>
    public static TheoryData<string> Documents =>
        [.. Repository.Pages.Where(static page => !page.Contains('/') || page.StartsWith("docs/", StringComparison.Ordinal))];

    /// <summary>A path between backticks, at least a folder and a file of a kind that only this repository has.</summary>
    [Theory]
    [MemberData(nameof(Documents))]
    public void Every_file_that_a_document_names_is_there(string page)
    {
        IEnumerable<string> named = new MarkdownPage(Repository.Read(page)).Code
            .Select(static code => FilePattern().Match(code)).Where(static match => match.Success).Select(static match => match.Value);
        Assert.All(named, path => Assert.True(IsThere(page, path), $"{page} names {path}, which is not in the repository"));
    }

    [Fact]
    public void Every_document_that_code_names_is_there()
    {
        List<string> missing = [];
        foreach (string file in Repository.Files.Where(IsCode))
        {
            missing.AddRange(DocumentPattern().Matches(Repository.Read(file)).Select(static match => match.Value)
                .Where(name => !IsThere(file, name)).Select(name => $"{file} names {name}"));
        }

        Assert.True(missing.Count == 0, string.Join(Environment.NewLine, missing));
    }

    [Fact]
    public void A_missing_file_is_found()
    {
        Assert.True(IsThere("docs/wire.md", "Counting/PeopleCounter.cs"));
        Assert.True(IsThere("Firmware.Atoms3/Native/tests/filter_text.h", "README.md"));
        Assert.False(IsThere("docs/wire.md", "Counting/NobodyCounter.cs"));
        Assert.False(IsThere("Firmware.App/App/Box.cs", "NOWHERE.md"));
        Assert.Matches(DocumentPattern(), "// as NOWHERE.md has it");
    }

    private static bool IsCode(string file) =>
        s_code.Any(end => file.EndsWith(end, StringComparison.Ordinal)) && !file.StartsWith("tools/Docs.Tests/", StringComparison.Ordinal);

    /// <summary>From the root or docs/, from the folder of whoever names it or one above, or the end of a longer path.</summary>
    private static bool IsThere(string file, string path)
    {
        if (Repository.Has(path) || Repository.Has("docs/" + path)
            || Repository.Files.Any(known => path.Contains('/') && known.EndsWith("/" + path, StringComparison.Ordinal)))
        {
            return true;
        }

        for (string? folder = Path.GetDirectoryName(file); !string.IsNullOrEmpty(folder); folder = Path.GetDirectoryName(folder))
        {
            if (Repository.From(folder.Replace('\\', '/') + "/x", path) is { } here && Repository.Has(here))
            {
                return true;
            }
        }

        return false;
    }

    [GeneratedRegex(@"^[A-Za-z][\w.-]*(/[\w.-]+)+\.(cs|c|h|cpp|csproj|nfproj|csv|cmake|sql|http|service|sh)$")]
    private static partial Regex FilePattern();

    [GeneratedRegex(@"(?<![\w/.*-])(\.\./)*[A-Za-z][\w./-]*\.md\b")]
    private static partial Regex DocumentPattern();
}
