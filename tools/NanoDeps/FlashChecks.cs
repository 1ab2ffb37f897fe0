using System.Globalization;
using System.Text.RegularExpressions;

namespace JamBox.NanoDeps;

/// <summary>The configuration of ESP-IDF and the partition table that an image is built with.</summary>
internal static class FlashChecks
{
    private const int SectorBytes = 0x1000;
    private const int AppAlignment = 0x10000;
    private const int FirstOffset = 0x9000;

    /// <summary>Checks the files that a defconfig of ours names.</summary>
    /// <param name="defconfig">The path of the defconfig.</param>
    /// <returns>The findings.</returns>
    public static IEnumerable<Finding> Image(string defconfig)
    {
        string where = Path.GetFileName(defconfig);
        string folder = Path.GetDirectoryName(Path.GetFullPath(defconfig))!;
        if (Value(File.ReadAllLines(defconfig), "CONFIG_SDK_CONFIG_FILE") is not { } name)
        {
            return [new Finding("sdkconfig", where, "CONFIG_SDK_CONFIG_FILE is missing")];
        }

        string sdkconfig = Path.Combine(folder, Path.GetFileName(name));
        return File.Exists(sdkconfig)
            ? SdkConfig(sdkconfig)
            : [new Finding("sdkconfig", where, $"{name} is not beside it")];
    }

    /// <summary>Checks a configuration of ESP-IDF by itself: what CMake would swallow, and the partition table that it names.</summary>
    /// <param name="sdkconfig">Its path.</param>
    /// <returns>The findings.</returns>
    public static IEnumerable<Finding> SdkConfig(string sdkconfig)
    {
        string where = Path.GetFileName(sdkconfig);
        string[] lines = File.ReadAllLines(sdkconfig);
        var seen = new HashSet<string>();
        for (int i = 0; i < lines.Length; i++)
        {
            Match match = Regex.Match(lines[i], "^(CONFIG_\\w+)=(?:y|n|-?\\d+|0x[0-9a-fA-F]+|\"[^\"]*\")$");
            if (lines[i].Length > 0 && lines[i][0] != '#' && !match.Success)
            {
                yield return new Finding("sdkconfig", where, $"line {i + 1} is no option: {lines[i]}");
            }
            else if (match.Success && !seen.Add(match.Groups[1].Value))
            {
                yield return new Finding("sdkconfig", where, $"line {i + 1} sets {match.Groups[1].Value} again");
            }

            // nf-interpreter hands the file through an unquoted CMake variable.
            if (lines[i].IndexOfAny([';', '[', ']', '\\']) >= 0)
            {
                yield return new Finding("sdkconfig", where, $"line {i + 1} has one of ; [ ] \\, which CMake swallows on the way");
            }
        }

        string? table = Value(lines, "CONFIG_PARTITION_TABLE_CUSTOM_FILENAME");
        string csv = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(sdkconfig))!, Path.GetFileName(table ?? "none"));
        if (table == null || !File.Exists(csv))
        {
            yield return new Finding(
                "sdkconfig", where, $"the partition table {table ?? "(CONFIG_PARTITION_TABLE_CUSTOM_FILENAME)"} is not beside it");
            yield break;
        }

        Match size = Regex.Match(string.Join('\n', lines), "^CONFIG_ESPTOOLPY_FLASHSIZE_(\\d+)MB=y$", RegexOptions.Multiline);
        if (!size.Success)
        {
            yield return new Finding("sdkconfig", where, "CONFIG_ESPTOOLPY_FLASHSIZE_…MB is missing");
            yield break;
        }

        foreach (Finding finding in Partitions(csv, int.Parse(size.Groups[1].Value, CultureInfo.InvariantCulture) << 20))
        {
            yield return finding;
        }
    }

    /// <summary>Checks a partition table: aligned, in order, nothing overlaps, all of it in the flash.</summary>
    /// <param name="csv">Its path.</param>
    /// <param name="flashBytes">The size of the flash.</param>
    /// <returns>The findings.</returns>
    public static IEnumerable<Finding> Partitions(string csv, int flashBytes)
    {
        string where = Path.GetFileName(csv);
        int end = FirstOffset;
        foreach (string line in File.ReadLines(csv).Where(l => l.Length > 0 && l[0] != '#'))
        {
            string[] parts = line.Split(',', StringSplitOptions.TrimEntries);
            if (parts.Length < 5 || Number(parts[3]) is not { } offset || Number(parts[4]) is not { } size || size <= 0)
            {
                yield return new Finding("partition-table", where, $"'{line}' has no name, type, subtype, offset and size");
                continue;
            }

            if (offset % (parts[1] == "app" ? AppAlignment : SectorBytes) != 0 || size % SectorBytes != 0)
            {
                yield return new Finding("partition-table", where, $"{parts[0]} is not aligned");
            }

            if (offset < end)
            {
                yield return new Finding(
                    "partition-table", where, $"{parts[0]} begins at 0x{offset:X}, before the end of what is before it, 0x{end:X}");
            }

            end = Math.Max(end, offset + size);
        }

        if (end > flashBytes)
        {
            yield return new Finding("partition-table", where, $"it ends at 0x{end:X}, behind the flash of 0x{flashBytes:X}");
        }
    }

    /// <summary>
    /// Looks every option of a configuration up in the Kconfig files of a real ESP-IDF, which warns of none that it does not know.
    /// </summary>
    /// <param name="sdkconfig">The configuration.</param>
    /// <param name="idf">The folder of ESP-IDF, or of further components.</param>
    /// <returns>The findings.</returns>
    public static IEnumerable<Finding> Names(string sdkconfig, string idf)
    {
        string[] files = [.. Directory.EnumerateFiles(idf, "Kconfig*", SearchOption.AllDirectories)];
        var known = new HashSet<string>();
        foreach (
            Match match in files.SelectMany(
                f => Regex.Matches(File.ReadAllText(f), @"^\s*(?:menu)?config[ \t]+(\w+)", RegexOptions.Multiline)))
        {
            known.Add("CONFIG_" + match.Groups[1].Value);
        }

        if (known.Count == 0)
        {
            yield return new Finding("sdkconfig", idf, "no Kconfig file is here");
            yield break;
        }

        foreach (string line in File.ReadLines(sdkconfig))
        {
            string name = line.Split('=')[0];
            if (name.StartsWith("CONFIG_", StringComparison.Ordinal) && !known.Contains(name))
            {
                yield return new Finding(
                    "unknown-option", Path.GetFileName(sdkconfig), $"{name} is in none of {files.Length} Kconfig files");
            }
        }
    }

    private static string? Value(IEnumerable<string> lines, string name) =>
        lines.FirstOrDefault(l => l.StartsWith(name + "=", StringComparison.Ordinal))?[(name.Length + 1)..].Trim('"');

    private static int? Number(string text)
    {
        bool isHex = text.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        NumberStyles style = isHex ? NumberStyles.HexNumber : NumberStyles.None;
        return int.TryParse(isHex ? text[2..] : text, style, CultureInfo.InvariantCulture, out int value) ? value : null;
    }
}
