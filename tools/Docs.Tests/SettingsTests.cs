using System.Text.RegularExpressions;

namespace JamBox.Docs.Tests;

/// <summary>docs/operations.md has every setting and every metric of the backend, and none that there is not.</summary>
public sealed partial class SettingsTests
{
    [Fact]
    public void Every_setting_is_documented()
    {
        string[] known = [.. Known().Order(StringComparer.Ordinal)];
        Assert.True(known.Length > 20, "The options are no longer found: have they another shape?");
        Assert.Equal(known, Documented().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Every_metric_is_documented()
    {
        string[] known =
        [
            .. MetricPattern().Matches(Repository.Read("Backend.Minimal/Observability/BackendMetrics.cs"))
                .Select(static match => match.Value.Trim('"')).Distinct().Order(StringComparer.Ordinal),
        ];
        Assert.True(known.Length > 8, "The metrics are no longer found: have they another shape?");
        IEnumerable<string> documented = Regex.Matches(Repository.Read("docs/operations.md"), @"(?m)^\| `jambox_.*\|$")
            .SelectMany(static row => Regex.Matches(row.Value, "jambox_[a-z_]+").Select(static match => match.Value));
        Assert.Equal(known, documented.Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>A class of options: its section, and its properties that can be set.</summary>
    private static IEnumerable<string> Known()
    {
        IEnumerable<string> files = Repository.Files.Where(static file => Regex.IsMatch(file, @"^Backend\.Minimal/.*\.cs$"));
        foreach (string text in files.Select(Repository.Read))
        {
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
            .SkipWhile(static line => line != "## Settings").Skip(1)
            .TakeWhile(static line => !line.StartsWith("## ", StringComparison.Ordinal))
            .Where(static line => line.StartsWith("| `", StringComparison.Ordinal))
            .SelectMany(static line => KeyPattern().Matches(line.Split('|')[1]).Select(static match => match.Groups["key"].Value))
            .Where(static key => key.Contains(':'));

    [GeneratedRegex("""const string Section = "(?<name>\w+)";""")]
    private static partial Regex SectionPattern();

    [GeneratedRegex(@"public [\w?<>\[\]]+ (?<name>\w+) \{ get; set; \}")]
    private static partial Regex PropertyPattern();

    [GeneratedRegex("\"jambox_[a-z_]+\"")]
    private static partial Regex MetricPattern();

    [GeneratedRegex("`(?<key>[^`]+)`")]
    private static partial Regex KeyPattern();
}
