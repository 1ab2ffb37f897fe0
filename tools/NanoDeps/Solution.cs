using System.Text.RegularExpressions;

namespace JamBox.NanoDeps;

/// <summary>A .sln: its nanoFramework projects, and which of them <i>Deploy solution</i> deploys.</summary>
internal sealed class Solution
{
    private Solution(string file)
    {
        Name = Path.GetFileName(file);
        Root = Path.GetDirectoryName(file)!;
        string text = File.ReadAllText(file);
        foreach (
            Match match in Regex.Matches(
                text, "^Project\\(\"[^\"]*\"\\) = \"[^\"]*\", \"([^\"]+\\.nfproj)\", \"(\\{[^}]+\\})\"", RegexOptions.Multiline))
        {
            string path = Path.GetFullPath(Path.Combine(Root, match.Groups[1].Value.Replace('\\', '/')));
            NanoProject project = NanoProject.Load(path, Root);
            Projects.Add(project);
            foreach (Match line in Regex.Matches(text, Regex.Escape(match.Groups[2].Value) + @"\.([^\r\n=]+)\.Deploy\.0 ="))
            {
                string configuration = line.Groups[1].Value;
                Deployed.TryAdd(configuration, []);
                Deployed[configuration].Add(project);
            }
        }

        if (Projects.Count == 0)
        {
            // Nothing would be missing in it.
            throw new InvalidDataException($"{file} names no .nfproj");
        }
    }

    /// <summary>Gets the name of the file.</summary>
    public string Name { get; }

    /// <summary>Gets the folder.</summary>
    public string Root { get; }

    /// <summary>Gets the projects.</summary>
    public List<NanoProject> Projects { get; } = [];

    /// <summary>Gets, by configuration, what is deployed.</summary>
    public Dictionary<string, List<NanoProject>> Deployed { get; } = [];

    /// <summary>Reads a solution.</summary>
    /// <param name="file">Its path.</param>
    /// <returns>The solution.</returns>
    public static Solution Load(string file) => new(Path.GetFullPath(file));
}
