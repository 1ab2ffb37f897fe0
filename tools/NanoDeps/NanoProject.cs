using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace JamBox.NanoDeps;

/// <summary>A reference of a project file to an assembly out of a package.</summary>
/// <param name="Assembly">Its name.</param>
/// <param name="Version">The version that the reference names; <c>null</c> for none.</param>
/// <param name="IsPrivate">Whether it is copied to the output, from where it is deployed.</param>
/// <param name="Package">The package of the hint path; <c>null</c> when there is no such path.</param>
/// <param name="PackageVersion">The version of the hint path.</param>
internal sealed record PackageReference(string Assembly, string? Version, bool IsPrivate, string? Package, string? PackageVersion);

/// <summary>A .nfproj with its packages.config.</summary>
internal sealed class NanoProject
{
    private const string HintPattern = @"packages[\\/]([A-Za-z][A-Za-z0-9_.]*?)\.(\d[0-9A-Za-z.\-]*)[\\/]lib[\\/]";

    private NanoProject(string file, string root)
    {
        File = file;
        Folder = Path.GetDirectoryName(file)!;
        Name = Path.GetRelativePath(root, file).Replace('\\', '/');
        XDocument xml = XDocument.Load(file);
        AssemblyName = Property(xml, "AssemblyName") ?? Path.GetFileNameWithoutExtension(file);
        IsExe = string.Equals(Property(xml, "OutputType"), "Exe", StringComparison.OrdinalIgnoreCase);
        Image = Property(xml, "NanoClrImage");
        Compile = [.. Items(xml, "Compile").Select(Include)];
        References = [.. Items(xml, "Reference").Select(ReadReference)];
        ProjectReferences = [.. Items(xml, "ProjectReference").Select(e => Resolve(Include(e)))];
        Packages = ReadPackages(Path.Combine(Folder, "packages.config"));
        NativeVersion = ReadNativeVersion();
    }

    /// <summary>Gets the full path.</summary>
    public string File { get; }

    /// <summary>Gets its folder.</summary>
    public string Folder { get; }

    /// <summary>Gets the path relative to the solution, for messages.</summary>
    public string Name { get; }

    /// <summary>Gets the name of what it makes.</summary>
    public string AssemblyName { get; }

    /// <summary>Gets a value indicating whether it is an app, which is deployed.</summary>
    public bool IsExe { get; }

    /// <summary>Gets the nanoCLR that it is for, its property <c>NanoClrImage</c>; <c>null</c> for none.</summary>
    public string? Image { get; }

    /// <summary>Gets the patterns of its sources.</summary>
    public IReadOnlyList<string> Compile { get; }

    /// <summary>Gets its references to assemblies.</summary>
    public IReadOnlyList<PackageReference> References { get; }

    /// <summary>Gets the full paths of the projects that it references.</summary>
    public IReadOnlyList<string> ProjectReferences { get; }

    /// <summary>Gets packages.config: versions by id.</summary>
    public IReadOnlyDictionary<string, string> Packages { get; }

    /// <summary>Gets the version of the native side that it needs; <c>null</c> when it has no native methods.</summary>
    public string? NativeVersion { get; }

    /// <summary>Reads a project.</summary>
    /// <param name="file">Its full path.</param>
    /// <param name="root">The folder of the solution.</param>
    /// <returns>The project.</returns>
    public static NanoProject Load(string file, string root) => new(file, root);

    /// <summary>Gives the files that a pattern of sources stands for.</summary>
    /// <param name="pattern">As in the project file.</param>
    /// <returns>Full paths; empty when there is none.</returns>
    public IEnumerable<string> Expand(string pattern)
    {
        string path = pattern.Replace('\\', '/');
        if (!path.Contains('*'))
        {
            string file = Resolve(path);
            return System.IO.File.Exists(file) ? [file] : [];
        }

        string folder = Resolve(Path.GetDirectoryName(path.Split('*')[0]) is { Length: > 0 } start ? start : ".");
        if (!Directory.Exists(folder))
        {
            return [];
        }

        string escaped = Regex.Escape(Resolve(path).Replace('\\', '/'));
        var regex = new Regex("^" + escaped.Replace(@"\*\*/", "(.*/)?").Replace(@"\*", "[^/]*") + "$");
        return Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(f => regex.IsMatch(f.Replace('\\', '/')))
            .Order(StringComparer.Ordinal);
    }

    private static string? Property(XDocument xml, string name) =>
        xml.Descendants().LastOrDefault(e => e.Name.LocalName == name && e.Parent?.Name.LocalName == "PropertyGroup")?.Value;

    private static IEnumerable<XElement> Items(XDocument xml, string name) =>
        xml.Descendants().Where(e => e.Name.LocalName == name && e.Parent?.Name.LocalName == "ItemGroup" && e.Attribute("Include") != null);

    private static string Include(XElement item) => item.Attribute("Include")!.Value;

    private static PackageReference ReadReference(XElement item)
    {
        string[] parts = Include(item).Split(',', StringSplitOptions.TrimEntries);
        string? Child(string name) => item.Elements().FirstOrDefault(e => e.Name.LocalName == name)?.Value;
        string? version = parts.FirstOrDefault(p => p.StartsWith("Version=", StringComparison.Ordinal))?["Version=".Length..];
        bool isPrivate = string.Equals(Child("Private"), "true", StringComparison.OrdinalIgnoreCase);
        Match hint = Regex.Match(Child("HintPath") ?? string.Empty, HintPattern);
        return hint.Success
            ? new PackageReference(parts[0], version, isPrivate, hint.Groups[1].Value, hint.Groups[2].Value)
            : new PackageReference(parts[0], version, isPrivate, null, null);
    }

    private static Dictionary<string, string> ReadPackages(string file)
    {
        var packages = new Dictionary<string, string>();
        foreach (XElement package in System.IO.File.Exists(file) ? XDocument.Load(file).Descendants("package") : [])
        {
            if (package.Attribute("id")?.Value is not { } id
                || package.Attribute("version")?.Value is not { } version
                || !packages.TryAdd(id, version))
            {
                throw new InvalidDataException($"{file}: a package has no id, no version, or is there twice: {package}");
            }
        }

        return packages;
    }

    private string Resolve(string path) => Path.GetFullPath(Path.Combine(Folder, path.Replace('\\', '/')));

    private string? ReadNativeVersion()
    {
        foreach (string file in Compile.SelectMany(Expand))
        {
            Match match = Regex.Match(
                System.IO.File.ReadAllText(file), @"^\s*\[assembly: AssemblyNativeVersion\(""([\d.]+)""\)\]", RegexOptions.Multiline);
            if (match.Success && match.Groups[1].Value != "0.0.0.0")
            {
                return match.Groups[1].Value;
            }
        }

        return null;
    }
}
