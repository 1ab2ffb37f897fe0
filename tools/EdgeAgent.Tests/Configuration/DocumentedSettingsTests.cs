using System.Text.RegularExpressions;

using JamBox.Edge.Configuration;

namespace JamBox.Edge.Tests.Configuration;

/// <summary>docs/edge.md has every setting, and none that there is not.</summary>
public sealed partial class DocumentedSettingsTests
{
    [Fact]
    public void Every_setting_is_documented_with_who_may_change_it()
    {
        string[] lines = File.ReadAllLines(Document());
        string[] documented =
        [
            .. lines.SkipWhile(static line => line != "## Configuration").TakeWhile(static line => line != "## Secrets")
                .Select(static line => Row().Match(line)).Where(static match => match.Success)
                .Select(static match => match.Groups["name"].Value + match.Groups["mark"].Value),
        ];
        Assert.Equal(
            SettingTable.All.Select(static setting => setting.Name + (setting.IsHarmless ? " *" : string.Empty)), documented);
    }

    private static string Document()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, "docs", "edge.md");
            if (File.Exists(path))
            {
                return path;
            }
        }

        throw new FileNotFoundException("docs/edge.md is not above the tests");
    }

    [GeneratedRegex(@"^\| `(?<name>[A-Za-z.]+)`(?<mark> \*)? \|")]
    private static partial Regex Row();
}
