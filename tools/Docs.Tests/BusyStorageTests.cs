using System.Text.RegularExpressions;

namespace JamBox.Docs.Tests;

/// <summary>
/// A storage fails in two ways: it is away, or it is busy. A loop in the background that knows the first alone ends with the second, and
/// the process with it, at the very moment when thousands come back after a restart.
/// </summary>
public sealed partial class BusyStorageTests
{
    /// <summary>Who may know one of them alone, and why.</summary>
    private static readonly Dictionary<string, string> s_exempt = new(StringComparer.Ordinal)
    {
        ["Backend.Minimal/OldFleet/ForeignFile.cs"] = "reads a file of its own, that nobody else writes to",
        ["Backend.Minimal/Readings/ReadingEndpoints.cs"] = "tries again while the storage recovers; that it is busy is the answer",
        ["Backend.Minimal/Wire/WireMiddleware.cs"] = "has a clause for each",
    };

    [Fact]
    public void Who_catches_that_the_storage_is_away_catches_that_it_is_busy()
    {
        string[] sources =
        [
            .. Repository.Files.Where(static file =>
                file.StartsWith("Backend.Minimal/", StringComparison.Ordinal) && file.EndsWith(".cs", StringComparison.Ordinal)
                && !file.StartsWith("Backend.Minimal/Storage/", StringComparison.Ordinal)),
        ];
        Assert.True(sources.Length > 200, "the backend was not found");
        Assert.Equal(
            s_exempt.Keys.Order(), sources.Where(static file => AwayAlone().IsMatch(Repository.Read(file))).Order());
    }

    [GeneratedRegex(@"catch \(StorageException\b")]
    private static partial Regex AwayAlone();
}
