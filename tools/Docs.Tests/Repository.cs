using System.Runtime.CompilerServices;

namespace JamBox.Docs.Tests;

/// <summary>The files of this repository, without what builds and tools leave behind.</summary>
internal static class Repository
{
    private static readonly HashSet<string> s_leftBehind = new(StringComparer.Ordinal)
    {
        ".git", ".vs", "bin", "obj", "packages", "node_modules", "TestResults", "data",
    };

    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = Path.GetFullPath(Path.Combine(ThisFolder(), "..", ".."));

    /// <summary>Paths of all files from the root, with slashes, in order.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(Root).Order(StringComparer.Ordinal)];

    /// <summary>All pages of Markdown.</summary>
    public static IEnumerable<string> Pages => Files.Where(static file => file.EndsWith(".md", StringComparison.Ordinal));

    /// <summary>Whether a path from the root is a file or a folder with files in it.</summary>
    public static bool Has(string path) =>
        Files.Contains(path, StringComparer.Ordinal)
        || Files.Any(file => file.StartsWith(path.TrimEnd('/') + "/", StringComparison.Ordinal));

    /// <summary>The text of a file.</summary>
    public static string Read(string path) => File.ReadAllText(Path.Combine(Root, path));

    /// <summary>A path that is meant from a file's folder, from the root; null when it leads out of the repository.</summary>
    /// <param name="file">Where it stands.</param>
    /// <param name="path">The path.</param>
    public static string? From(string file, string path)
    {
        string full = Path.GetFullPath(Path.Combine(Root, Path.GetDirectoryName(file)!, path));
        string relative = Path.GetRelativePath(Root, full).Replace('\\', '/');
        return relative.StartsWith("..", StringComparison.Ordinal) ? null : relative;
    }

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(folder))
        {
            yield return Path.GetRelativePath(Root, file).Replace('\\', '/');
        }

        IEnumerable<string> kept = Directory.EnumerateDirectories(folder).Where(
            static path => !s_leftBehind.Contains(Path.GetFileName(path)));
        foreach (string inner in kept)
        {
            foreach (string file in Walk(inner))
            {
                yield return file;
            }
        }
    }

    private static string ThisFolder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
