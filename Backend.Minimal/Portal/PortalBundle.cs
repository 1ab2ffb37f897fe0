using System.Text;
using System.Text.RegularExpressions;

namespace JamBox.Backend.Portal;

/// <summary>
/// Makes few files of many when the server starts, so that a page needs few requests and nobody has to run a build. The modules of a
/// folder become one; what they import and export must be written plainly, as <c>import { a, b } from './c.js';</c> and
/// <c>export function</c> or <c>export const</c>.
/// </summary>
internal static partial class PortalBundle
{
    /// <summary>Joins the modules of a folder into one.</summary>
    /// <param name="folder">The folder, such as <c>core</c>.</param>
    /// <param name="modules">Its modules by name, without folder and ending.</param>
    /// <returns>The text of the module that exports all that they export.</returns>
    /// <exception cref="InvalidDataException">Two export the same name, or they import one another in a circle.</exception>
    public static string Join(string folder, IReadOnlyDictionary<string, string> modules)
    {
        StringBuilder bodies = new();
        Dictionary<string, string> owners = new(StringComparer.Ordinal);
        SortedDictionary<string, SortedSet<string>> outside = new(StringComparer.Ordinal);
        foreach (string name in Order(modules))
        {
            List<string> inside = [];
            string body = ImportPattern().Replace(modules[name], import =>
            {
                if (Sibling(import.Groups[2].Value, modules) is { } sibling)
                {
                    inside.Add($"const {import.Groups[1].Value} = {Variable(sibling)};");
                }
                else
                {
                    outside.TryAdd(import.Groups[2].Value, new SortedSet<string>(StringComparer.Ordinal));
                    outside[import.Groups[2].Value].UnionWith(NamesOf(import.Groups[1].Value));
                }

                return "";
            });
            List<string> exports = [];
            body = ExportPattern().Replace(body, export =>
            {
                exports.Add(export.Groups[2].Value);
                return export.Groups[1].Value + export.Groups[2].Value;
            });
            if (exports.FirstOrDefault(export => !owners.TryAdd(export, name)) is { } twice)
            {
                throw new InvalidDataException($"{folder}/{name}.js exports {twice}, as {folder}/{owners[twice]}.js does");
            }

            string names = $"{{ {string.Join(", ", exports)} }}";
            bodies.Append($"const {Variable(name)} = (() => {{\n{string.Join('\n', inside)}\n{body}\nreturn {names};\n}})();\n");
            bodies.Append($"export const {names} = {Variable(name)};\n");
        }

        return string.Concat(
            outside.Select(static import => $"import {{ {string.Join(", ", import.Value)} }} from '{import.Key}';\n")) + bodies;
    }

    /// <summary>Makes a module import from the bundle of a folder what it says it imports from a module of it.</summary>
    /// <param name="text">The module.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="names">The modules that are in its bundle.</param>
    /// <param name="isInside">Whether the module lies in that folder itself.</param>
    public static string Redirect(string text, string folder, IReadOnlyCollection<string> names, bool isInside) =>
        ImportPattern().Replace(text, import =>
        {
            string[] path = import.Groups[2].Value.Split('/');
            string name = Path.GetFileNameWithoutExtension(path[^1]);
            return path.Length > 1 && path[^2] == (isInside ? "." : folder) && names.Contains(name)
                ? $"import {import.Groups[1].Value} from '{string.Join('/', path[..^1])}/{folder}.js';"
                : import.Value;
        });

    /// <summary>
    /// Takes out what only readers of the source need: comments that have lines of their own, types, and what lines are indented by. (No
    /// text of ours goes over lines.)
    /// </summary>
    public static string WithoutComments(string text) =>
        IndentPattern().Replace(TypePattern().Replace(CommentPattern().Replace(text, ""), ""), "\n");

    /// <summary>Whether a module uses a library of others: it stays by itself, so that only pages that need it load the library.</summary>
    public static bool UsesVendor(string text) =>
        ImportPattern().Matches(text).Any(static import => import.Groups[2].Value.Contains("/vendor/", StringComparison.Ordinal));

    /// <summary>Whether a module imports one of its own folder.</summary>
    /// <param name="text">The module.</param>
    /// <param name="names">Those of the folder that are meant.</param>
    public static bool Imports(string text, IReadOnlyCollection<string> names) =>
        ImportPattern().Matches(text).Any(import => names.Any(name => import.Groups[2].Value == $"./{name}.js"));

    private static List<string> Order(IReadOnlyDictionary<string, string> modules)
    {
        List<string> order = [];
        HashSet<string> open = new(StringComparer.Ordinal);
        foreach (string name in modules.Keys.Order(StringComparer.Ordinal))
        {
            Visit(name);
        }

        return order;

        void Visit(string name)
        {
            if (order.Contains(name))
            {
                return;
            }

            if (!open.Add(name))
            {
                throw new InvalidDataException($"{name}.js imports itself, by others");
            }

            foreach (Match import in ImportPattern().Matches(modules[name]))
            {
                if (Sibling(import.Groups[2].Value, modules) is { } sibling)
                {
                    Visit(sibling);
                }
            }

            order.Add(name);
        }
    }

    private static string[] NamesOf(string list) =>
        list.Trim('{', '}').Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    private static string? Sibling(string path, IReadOnlyDictionary<string, string> modules) =>
        path.StartsWith("./", StringComparison.Ordinal) && modules.ContainsKey(path[2..^3]) ? path[2..^3] : null;

    private static string Variable(string module) => "m_" + module.Replace('-', '_');

    [GeneratedRegex(@"^import (\{[^}]*\}|\w+) from '([^']+)';$", RegexOptions.Multiline)]
    private static partial Regex ImportPattern();

    [GeneratedRegex(@"^export ((?:async function|function\*?|const|class) )(\w+)", RegexOptions.Multiline)]
    private static partial Regex ExportPattern();

    [GeneratedRegex(@"^[ \t]*(?:/\*(?:(?!\*/)[\s\S])*\*/[ \t]*$|//.*$)", RegexOptions.Multiline)]
    private static partial Regex CommentPattern();

    [GeneratedRegex(@"/\*\* @\w[^*]*\*/ ?")]
    private static partial Regex TypePattern();

    [GeneratedRegex(@"\s*\n\s*")]
    private static partial Regex IndentPattern();
}
