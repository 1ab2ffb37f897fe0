using System.Reflection;

namespace JamBox.Backend.Operation;

/// <summary>
/// Finds variables of the environment that were meant for us and reach nobody: <c>STORAGE_PATH</c>, <c>Storag__Path</c>. The environment is
/// full of names that are none of ours, so that these warn and do not stop the start; what is in a section of ours and unknown there does.
/// </summary>
internal static class EnvironmentNames
{
    /// <summary>Letters that a name may differ by: one wrong, missing, doubled, or two swapped.</summary>
    private const int MaxDistance = 2;

    private const int ShortestName = 4;

    /// <summary>Finds them.</summary>
    /// <param name="names">The names of the environment.</param>
    /// <param name="sections">Our sections and their settings.</param>
    /// <returns>A line for each, in the order of the names.</returns>
    public static IEnumerable<string> FindFaults(IEnumerable<string> names, IReadOnlyList<(string Section, Type Options)> sections)
    {
        foreach (string name in names.Order(StringComparer.Ordinal))
        {
            if (FindMeant(name, sections) is { } meant)
            {
                yield return $"The environment has {name}, which is no setting and is not read: {meant} is one";
            }
        }
    }

    private static string? FindMeant(string name, IReadOnlyList<(string Section, Type Options)> sections)
    {
        int at = name.IndexOf("__", StringComparison.Ordinal);
        int width = at > 0 ? 2 : 1;
        at = at > 0 ? at : name.IndexOf('_', StringComparison.Ordinal);
        if (at < ShortestName - 1)
        {
            return null;
        }

        string first = name[..at], rest = name[(at + width)..];
        foreach ((string section, Type options) in sections)
        {
            bool isSection = first.Equals(section, StringComparison.OrdinalIgnoreCase);
            if (isSection && width == 2)
            {
                // Of a known section: what it does not know has stopped the start.
                return null;
            }

            PropertyInfo? setting = options.GetProperties().Where(static property => property.CanWrite)
                .FirstOrDefault(property => IsNear(rest.Replace("_", "", StringComparison.Ordinal), property.Name));
            if (setting is not null && (isSection || IsNear(first, section)))
            {
                return $"{section}__{setting.Name}";
            }
        }

        return null;
    }

    private static bool IsNear(string one, string other) =>
        Math.Abs(one.Length - other.Length) <= MaxDistance && Distance(one.ToUpperInvariant(), other.ToUpperInvariant()) <= Math.Min(
            MaxDistance, other.Length / 3);

    /// <summary>Levenshtein's.</summary>
    private static int Distance(string one, string other)
    {
        int[] last = [.. Enumerable.Range(0, other.Length + 1)];
        for (int i = 1; i <= one.Length; i++)
        {
            int[] row = new int[other.Length + 1];
            row[0] = i;
            for (int j = 1; j <= other.Length; j++)
            {
                row[j] = Math.Min(Math.Min(row[j - 1], last[j]) + 1, last[j - 1] + (one[i - 1] == other[j - 1] ? 0 : 1));
            }

            last = row;
        }

        return last[^1];
    }
}
