using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using Xunit;

namespace JamBox.Tests.Host;

/// <summary>
/// The rooms of Firmware.Shared and Firmware.App, held against the table "Rooms of the firmware" in docs/architecture.md: which there are, and which of them
/// a room may know. Where the table names types behind a room, those are all of it that may be known.
/// </summary>
public sealed class RoomsTests
{
    private static readonly string[] s_libraries = ["Firmware.Shared", "Firmware.App"];

    private static readonly string s_root = Root();
    private static readonly SourceFile[] s_files = Files().ToArray();
    private static readonly Dictionary<string, string> s_roomOfType = s_files
        .SelectMany(f => f.Types.Select(type => (type, f.Room)))
        .Distinct()
        .ToDictionary(pair => pair.type, pair => pair.Room, StringComparer.Ordinal);

    private static readonly Dictionary<string, Dictionary<string, string[]>> s_known = Documented();

    public static IEnumerable<object[]> Rooms() => s_known.Keys.Select(room => new object[] { room });

    [Fact]
    public void The_table_has_every_room()
    {
        Assert.Equal(s_files.Select(f => f.Room).Distinct().Order(StringComparer.Ordinal), s_known.Keys.Order(StringComparer.Ordinal));
        Assert.True(s_roomOfType.Count > 80, $"{s_roomOfType.Count} types were found");
    }

    [Fact]
    public void A_namespace_is_its_folder()
    {
        string[] odd = s_files.Where(f => f.Namespace != "JamBox." + f.Room.Replace('/', '.')).Select(f => f.Path + " is in " + f.Namespace)
            .ToArray();
        Assert.True(odd.Length == 0, string.Join('\n', odd));
    }

    [Theory]
    [MemberData(nameof(Rooms))]
    public void A_room_knows_what_it_may(string room)
    {
        var wrong = new List<string>();
        foreach (SourceFile file in s_files.Where(f => f.Room == room))
        {
            foreach (string type in file.Known.Where(t => s_roomOfType[t] != room))
            {
                bool mayKnow = s_known[room].TryGetValue(s_roomOfType[type], out string[] types) && (
                    types.Length == 0 || types.Contains(type));
                if (!mayKnow)
                {
                    wrong.Add($"{file.Path}: {room} may not know {type} of {s_roomOfType[type]}");
                }
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    /// <summary>No two rooms know each other, directly or by way of others: what the table allows has an order.</summary>
    [Fact]
    public void Knowing_goes_one_way()
    {
        var left = s_known.ToDictionary(r => r.Key, r => r.Value.Keys.ToHashSet(StringComparer.Ordinal), StringComparer.Ordinal);
        while (left.FirstOrDefault(r => !r.Value.Any(left.ContainsKey)).Key is { } lowest)
        {
            left.Remove(lowest);
        }

        Assert.True(left.Count == 0, "in a circle: " + string.Join(", ", left.Keys));
    }

    [Fact]
    public void A_task_does_not_know_who_gives_it_its_turn()
    {
        string[] those = ["UplinkScheduler", "Connection", "Progress"];
        SourceFile[] tasks = s_files.Where(f => Regex.IsMatch(f.Code, @"\bclass \w+ : IUplinkTask\b")).ToArray();
        Assert.Equal(5, tasks.Length);
        Assert.All(tasks, task => Assert.Empty(task.Known.Intersect(those)));
    }

    /// <summary>Which modem it is stands in the files that bear its name, and nowhere else in the libraries.</summary>
    [Fact]
    public void Nobody_knows_the_modem_but_its_own_files()
    {
        string[] own = s_files.Where(f => Path.GetFileName(f.Path).StartsWith("Sim", StringComparison.Ordinal)).SelectMany(f => f.Types)
            .ToArray();
        Assert.Contains("Sim7028", own);
        string[] wrong = s_files.Where(
            f => !Path.GetFileName(f.Path).StartsWith("Sim", StringComparison.Ordinal) && f.Known.Intersect(own).Any())
            .Select(f => f.Path)
            .ToArray();
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    private static IEnumerable<SourceFile> Files()
    {
        SourceFile[] files = s_libraries.Select(library => Path.Combine(s_root, library))
            .SelectMany(
                folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
                    .Select(file => Path.GetRelativePath(folder, file).Replace('\\', '/'))
                    .Where(path => !Regex.IsMatch(path, "^(bin|obj|Properties)/"))
                    .Select(path => new SourceFile(path, File.ReadAllText(Path.Combine(folder, path)))))
            .ToArray();
        HashSet<string> types = files.SelectMany(f => f.Types).ToHashSet(StringComparer.Ordinal);
        foreach (SourceFile file in files)
        {
            file.Find(types);
        }

        return files;
    }

    // | `Room` | what it is about | `Other`, `Another` (`Type`, `Type`) |
    private static Dictionary<string, Dictionary<string, string[]>> Documented()
    {
        string page = File.ReadAllText(Path.Combine(s_root, "docs", "architecture.md")).ReplaceLineEndings("\n");
        string section = Regex.Match(page, @"\n## Rooms of the firmware\n(?<text>.*?)\n##", RegexOptions.Singleline).Groups["text"].Value;
        return Regex.Matches(section, @"(?m)^\| `(?<room>[\w/]+)` \|[^|]*\|(?<knows>[^|]*)\|$").ToDictionary(
            row => row.Groups["room"].Value,
            row => Regex.Matches(row.Groups["knows"].Value, @"`(?<room>[\w/]+)`(?: \((?<types>[^)]*)\))?").ToDictionary(
                known => known.Groups["room"].Value,
                known => Regex.Matches(known.Groups["types"].Value, "`([^`]+)`").Select(type => type.Groups[1].Value).ToArray(),
                StringComparer.Ordinal),
            StringComparer.Ordinal);
    }

    private static string Root()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Host.slnf")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Host.slnf is in no folder above the tests");
        }

        return folder;
    }

    private sealed class SourceFile
    {
        public SourceFile(string path, string text)
        {
            Path = path;
            Room = path[..path.LastIndexOf('/')];
            Namespace = Regex.Match(text, @"(?m)^namespace ([\w.]+);").Groups[1].Value;
            Types = Regex.Matches(text, @"(?m)^(?:public|internal)[a-z ]* (?:class|struct|enum|interface|delegate \w+) (\w+)")
                .Select(match => match.Groups[1].Value).Distinct().ToArray();

            // References in documents count: whoever must not know a thing need not explain it either.
            string references = string.Concat(Regex.Matches(text, @"cref=""(\w+)").Select(match => $" ({match.Groups[1].Value}) "));
            string code = Regex.Replace(text, @"//[^\n]*", string.Empty);
            Code = Regex.Replace(code, @"""(?:\\.|[^""\\\n])*""", "\"\"") + references;
        }

        public string Path { get; }

        public string Room { get; }

        public string Namespace { get; }

        public string[] Types { get; }

        public string Code { get; }

        public string[] Known { get; private set; }

        /// <summary>
        /// A type is known where its name stands as a type's does: what is a member's name too, such as Restart, is passed over there.
        /// </summary>
        public void Find(HashSet<string> types)
        {
            const string Name = @"(?<type>[A-Z]\w*)";
            string[] places =
            [
                $@"\bnew {Name}", $@"(?<![.\w]){Name}(?:\[\])?\s+[a-zA-Z_]\w*", $@"(?<![.\w]){Name}\.\w", $@"\({Name}\)", $@"(?:class|interface) [^\n]*[:,] {Name}",
                $@"\b(?:is|as) {Name}",
            ];
            Known = places.SelectMany(place => Regex.Matches(Code, place)).Select(match => match.Groups["type"].Value)
                .Where(name => types.Contains(name) && !Types.Contains(name))
                .Distinct()
                .ToArray();
        }
    }
}
