using System.Text.RegularExpressions;

namespace JamBox.Docs.Tests;

/// <summary>docs/operations.md has every setting of the backend, and none that there is not.</summary>
public sealed partial class SettingsTests
{
    [Fact]
    public void Every_setting_is_documented()
    {
        string[] known = [.. Known().Order(StringComparer.Ordinal)];
        Assert.True(known.Length > 20, "The options are no longer found: have they another shape?");
        Assert.Equal(known, Documented().Order(StringComparer.Ordinal));
    }

    /// <summary>A class of options: its section, and its properties that can be set.</summary>
    private static IEnumerable<string> Known()
    {
        foreach (string file in Repository.Files.Where(static file => file.StartsWith("Backend.Minimal/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal)))
        {
            string text = Repository.Read(file);
            foreach (Match section in SectionPattern().Matches(text))
            {
                int end = text.IndexOf("\n}", section.Index, StringComparison.Ordinal);
                foreach (Match property in PropertyPattern().Matches(text[section.Index..end]))
                {
                    yield return $"{section.Groups["name"].Value}:{property.Groups["name"].Value}";
                }
            }
        }
    }

    private static IEnumerable<string> Documented() =>
        Repository.Read("docs/operations.md").Split('\n')
            .SkipWhile(static line => line != "## Settings").Skip(1).TakeWhile(static line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(static line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(static line => KeyPattern().Matches(line.Split('|')[1]).Select(static match => match.Groups["key"].Value))
            .Where(static key => key.Contains(':'));

    [GeneratedRegex("""const string Section = "(?<name>\w+)";""")]
    private static partial Regex SectionPattern();

    [GeneratedRegex(@"public [\w?<>\[\]]+ (?<name>\w+) \{ get; set; \}")]
    private static partial Regex PropertyPattern();

    [GeneratedRegex("`(?<key>[^`]+)`")]
    private static partial Regex KeyPattern();
}
