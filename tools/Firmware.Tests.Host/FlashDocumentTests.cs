using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using JamBox.App;
using JamBox.Ota;
using JamBox.Tests.Counting;
using Xunit;

namespace JamBox.Tests.Host;

/// <summary>What docs/flash.md says of the key-value store is what the firmware writes: keys, lengths, layout numbers.</summary>
public sealed class FlashDocumentTests
{
    private const int CrcBytes = 4;

    private static readonly string s_document = File.ReadAllText(Path.Combine(Folder(), "..", "..", "docs", "flash.md"));

    [Fact]
    public void Every_record_is_documented_with_its_length_and_layout()
    {
        string[] known = [.. Records().Order(StringComparer.Ordinal)];
        Assert.True(known.Length >= 8, "Records are no longer found by their constants");
        Assert.Equal(known, Documented().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_manifest_is_documented_to_its_end()
    {
        string page = File.ReadAllText(Path.Combine(Folder(), "..", "..", "docs", "ota.md"));
        Assert.Contains(Bytes(Manifest.HardwareAt, Manifest.TextSize) + " hardware id", page, StringComparison.Ordinal);
        Assert.Contains(Bytes(Manifest.VersionAt, Manifest.TextSize) + " version", page, StringComparison.Ordinal);
        Assert.Contains(Bytes(Manifest.SignatureAt, Manifest.SignatureSize) + " signature", page, StringComparison.Ordinal);
        Assert.Contains(Bytes(Manifest.PatchHashAt, Hash.Size) + " SHA-256 of the patch", page, StringComparison.Ordinal);
        string last = Bytes(Manifest.BaseHashAt, Manifest.Size - Manifest.BaseHashAt);
        Assert.Contains(last + " SHA-256 of the base", page, StringComparison.Ordinal);
    }

    /// <summary>The classes that keep a record name its key, its length and, if it has one, its layout in constants.</summary>
    private static IEnumerable<string> Records()
    {
        foreach (Type type in BoardHeap.FirmwareTypes)
        {
            object key = Constant(type, "Key") ?? Constant(type, "StoreKey");
            object length = Constant(type, "Length") ?? Constant(type, "RecordLength");
            if (key != null && length != null)
            {
                object layout = Constant(type, "Layout") ?? "none";
                yield return string.Create(CultureInfo.InvariantCulture, $"{key} {(int)length + CrcBytes} {layout}");
            }
        }
    }

    private static IEnumerable<string> Documented()
    {
        string section = s_document[s_document.IndexOf("\n## Key-value store\n", StringComparison.Ordinal)..];
        foreach (Match row in Regex.Matches(section, @"(?m)^\| `(?<key>[a-z_]+)` \| (?<bytes>\d+) \| (?<layout>[^|]+?) \|"))
        {
            string layout = row.Groups["layout"].Value;
            yield return $"{row.Groups["key"].Value} {row.Groups["bytes"].Value} {(int.TryParse(layout, out _) ? layout : "none")}";
        }
    }

    private static object Constant(Type type, string name)
    {
        FieldInfo field = type.GetField(name, BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic);
        return field is { IsLiteral: true } ? field.GetRawConstantValue() : null;
    }

    private static string Bytes(int at, int count) => string.Create(CultureInfo.InvariantCulture, $"| {at}–{at + count - 1} |");

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file);
}
