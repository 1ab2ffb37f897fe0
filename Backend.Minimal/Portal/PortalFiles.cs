using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace JamBox.Backend.Portal;

/// <summary>A file as browsers get it.</summary>
/// <param name="ContentType">Its type.</param>
/// <param name="Plain">Its bytes.</param>
/// <param name="Zipped">The same, compressed once.</param>
internal sealed record PortalFile(string ContentType, byte[] Plain, byte[] Zipped);

/// <summary>All files of the portal: joined, compressed and named by what is in them, so that browsers may keep them for ever.</summary>
internal sealed class PortalFiles
{
    /// <summary>Where they lie in the assembly.</summary>
    private const string Root = "portal/";

    /// <summary>Folders whose modules become one each.</summary>
    private static readonly string[] s_joined = ["app", "core", "parts"];

    /// <summary>Styles in the order in which they hold.</summary>
    private static readonly string[] s_styles = ["tokens", "base", "parts", "fleet", "people", "releases", "things", "activate", "print"];

    private readonly Dictionary<string, PortalFile> _files = new(StringComparer.Ordinal);

    private PortalFiles(Dictionary<string, string> sources)
    {
        Dictionary<string, string> files = Assemble(sources);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((string path, string text) in files.OrderBy(static file => file.Key, StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(path + '\n' + text));
        }

        hash.AppendData(Encoding.UTF8.GetBytes(sources["shell.html"]));
        Base = "/p/" + Convert.ToHexStringLower(hash.GetHashAndReset())[..16];
        foreach ((string path, string text) in files)
        {
            _files[path] = Pack(text, TypeOf(path));
        }

        Shell = Pack(sources["shell.html"].Replace("{base}", Base, StringComparison.Ordinal), "text/html; charset=utf-8");
    }

    /// <summary>Where they are served: <c>/p/HASH</c>.</summary>
    public string Base { get; }

    /// <summary>The page that is given for every address of a page.</summary>
    public PortalFile Shell { get; }

    /// <summary>The address of the styles, for pages that are made without a script.</summary>
    public string Styles => Base + "/portal.css";

    /// <summary>The files of this build.</summary>
    public static PortalFiles OfAssembly()
    {
        Assembly assembly = Assembly.GetExecutingAssembly();
        Dictionary<string, string> sources = new(StringComparer.Ordinal);
        foreach (string name in assembly.GetManifestResourceNames().Where(static name => name.StartsWith(Root, StringComparison.Ordinal)))
        {
            using StreamReader reader = new(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
            sources[name[Root.Length..].Replace('\\', '/')] = reader.ReadToEnd();
        }

        return new PortalFiles(sources);
    }

    /// <summary>The files of a folder, as they are now: for whoever works on them.</summary>
    public static PortalFiles OfFolder(string folder)
    {
        Dictionary<string, string> sources = new(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .Where(static file => Path.GetExtension(file) is ".html" or ".css" or ".js"))
        {
            sources[Path.GetRelativePath(folder, file).Replace('\\', '/')] = File.ReadAllText(file);
        }

        return new PortalFiles(sources);
    }

    /// <summary>A file by its path below <see cref="Base"/>.</summary>
    public PortalFile? Find(string path) => _files.GetValueOrDefault(path);

    private static Dictionary<string, string> Assemble(Dictionary<string, string> sources)
    {
        Dictionary<string, string> files = new(StringComparer.Ordinal)
        {
            ["portal.css"] = PortalBundle.WithoutComments(
                string.Join('\n', s_styles.Select(name => sources[$"css/{name}.css"])) + sources["vendor/uplot.css"]),
            // Only who opens the map loads it.
            ["map.css"] = sources["vendor/leaflet.css"] + '\n' + PortalBundle.WithoutComments(sources["css/map.css"]),
        };
        Dictionary<string, Dictionary<string, string>> joined = s_joined.ToDictionary(
            static folder => folder, folder => Joined(folder, sources), StringComparer.Ordinal);
        foreach ((string path, string text) in sources)
        {
            string folder = path.Split('/')[0];
            string name = Path.GetFileNameWithoutExtension(path);
            if (folder is "css" or "shell.html" || path is "vendor/uplot.css" or "vendor/leaflet.css" || name.StartsWith('_')
                || joined.GetValueOrDefault(folder)?.ContainsKey(name) == true)
            {
                continue;
            }

            files[path] = folder == "vendor" || !path.EndsWith(".js", StringComparison.Ordinal) ? text : Finish(text, folder, joined);
        }

        foreach ((string folder, Dictionary<string, string> modules) in joined)
        {
            files[$"{folder}/{folder}.js"] = Finish(PortalBundle.Join(folder, modules), folder, joined);
        }

        return files;
    }

    private static Dictionary<string, string> Joined(string folder, Dictionary<string, string> sources)
    {
        Dictionary<string, string> modules = sources.Where(source => source.Key.StartsWith(folder + '/', StringComparison.Ordinal))
            .ToDictionary(
                static source => Path.GetFileNameWithoutExtension(source.Key), static source => source.Value, StringComparer.Ordinal);

        // What uses a library stays by itself, and so does what stands on that.
        List<string> apart = [.. modules.Where(static one => PortalBundle.UsesVendor(one.Value)).Select(static one => one.Key)];
        while (apart.Count > 0)
        {
            apart.ForEach(name => modules.Remove(name));
            apart = [.. modules.Where(one => PortalBundle.Imports(one.Value, apart)).Select(static one => one.Key)];
        }

        return modules;
    }

    private static string Finish(string text, string folder, Dictionary<string, Dictionary<string, string>> joined)
    {
        foreach ((string other, Dictionary<string, string> modules) in joined)
        {
            text = PortalBundle.Redirect(text, other, modules.Keys, isInside: other == folder);
        }

        return PortalBundle.WithoutComments(text);
    }

    private static PortalFile Pack(string text, string contentType)
    {
        byte[] plain = Encoding.UTF8.GetBytes(text);
        using MemoryStream zipped = new();
        using (GZipStream gzip = new(zipped, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            gzip.Write(plain);
        }

        return new PortalFile(contentType, plain, zipped.ToArray());
    }

    private static string TypeOf(string path) => Path.GetExtension(path) switch
    {
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        _ => "text/plain; charset=utf-8",
    };
}
