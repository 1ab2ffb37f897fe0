using System.Text.RegularExpressions;

namespace JamBox.Docs.Tests;

/// <summary>The solution that Visual Studio opens.</summary>
public sealed partial class SolutionTests
{
    [Fact]
    public void Every_project_has_an_id_of_its_own()
    {
        string[] ids = [.. Project().Matches(Repository.Read("nanoFramework.sln")).Select(static match => match.Groups[1].Value)];
        Assert.InRange(ids.Length, 40, 200);
        Assert.Equal([], ids.GroupBy(static id => id).Where(static group => group.Count() > 1).Select(static group => group.Key));
    }

    [GeneratedRegex("""^Project\(.*, "(\{[0-9A-F-]+\})"\r?$""", RegexOptions.Multiline)]
    private static partial Regex Project();
}
