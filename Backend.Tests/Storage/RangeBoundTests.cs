using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace JamBox.Backend.Tests.Storage;

/// <summary>
/// Of two lower bounds on the time of a row SQLite searches by the first. Where that is the day on which a box came, years of rows are read
/// for a day that is wanted: bounds of the question stand first, or the other one has a plus, which keeps it out of the search.
/// </summary>
public sealed partial class RangeBoundTests
{
    [Fact]
    public void TheDayOnWhichABoxCameIsNoBoundToSearchByWhereThereIsABetterOne()
    {
        List<string> wrong = [];
        int statements = 0;
        foreach (string file in Directory.EnumerateFiles(SourceFolder(), "*.cs", SearchOption.AllDirectories))
        {
            foreach (Match statement in StatementPattern().Matches(File.ReadAllText(file)))
            {
                Match came = CamePattern().Match(statement.Value);
                if (came.Success)
                {
                    statements++;
                    Match better = Regex.Match(statement.Value, $@"\b{Regex.Escape(came.Groups["column"].Value)} >=? (?!s\.from_at)");
                    if (better.Success && better.Index > came.Index)
                    {
                        wrong.Add($"{Path.GetFileName(file)}: {came.Value}");
                    }
                }
            }
        }

        Assert.True(statements >= 3, $"{statements} statements were found: the pattern no longer fits the source");
        Assert.Empty(wrong);
    }

    private static string SourceFolder([CallerFilePath] string here = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "../../Backend.Minimal"));

    /// <summary>A statement in a raw text.</summary>
    [GeneratedRegex("\"\"\"\\s*SELECT(?:(?!\"\"\")[\\s\\S])*\"\"\"")]
    private static partial Regex StatementPattern();

    /// <summary>A bound to search by: one without a plus before it.</summary>
    [GeneratedRegex(@"(?<!\+)\b(?<column>\w+\.\w+) >= s\.from_at")]
    private static partial Regex CamePattern();
}
