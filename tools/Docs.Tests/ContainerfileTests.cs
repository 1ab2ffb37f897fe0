using System.Text.RegularExpressions;

namespace JamBox.Docs.Tests;

/// <summary>The container file of the backend copies what the backend is made of.</summary>
public sealed partial class ContainerfileTests
{
    private const string Containerfile = "Backend.Minimal/deploy/Containerfile";

    [Fact]
    public void Everything_that_is_copied_is_there() =>
        Assert.All(Copied(), static path => Assert.True(Repository.Has(path), $"{Containerfile} copies {path}"));

    [Fact]
    public void Every_project_that_the_backend_needs_is_copied()
    {
        string[] copied = [.. Copied()];
        Assert.All(Projects("Backend.Minimal/Backend.Minimal.csproj"), project => Assert.True(
            copied.Any(path => project.StartsWith(path + "/", StringComparison.Ordinal)), $"{Containerfile} does not copy {project}"));
    }

    /// <summary>Sources of the first stage; the second one copies from there.</summary>
    private static IEnumerable<string> Copied() =>
        CopyPattern().Matches(Repository.Read(Containerfile))
            .Where(static match => !match.Value.Contains("--from", StringComparison.Ordinal))
            .SelectMany(static match => match.Groups["paths"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..^1]);

    private static IEnumerable<string> Projects(string project)
    {
        yield return project;
        foreach (Match reference in ReferencePattern().Matches(Repository.Read(project)))
        {
            foreach (string inner in Projects(Repository.From(project, reference.Groups["path"].Value.Replace('\\', '/'))!))
            {
                yield return inner;
            }
        }
    }

    [GeneratedRegex(@"(?m)^COPY (?<paths>.+)$")]
    private static partial Regex CopyPattern();

    [GeneratedRegex("""<ProjectReference Include="(?<path>[^"]+)" """)]
    private static partial Regex ReferencePattern();
}
