using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Xunit;

namespace JamBox.Tests.Host;

/// <summary>
/// The projects under Firmware.Tests/Groups: each is one run on nanoCLR. nanoFramework's test adapter reads the files that a project lists,
/// one by one, and knows no wildcards; so the lists are explicit, and kept right here.
/// </summary>
public sealed class TestGroupsTests
{
    private static readonly string s_root = Root();
    private static readonly string s_tests = Path.Combine(s_root, "Firmware.Tests");

    // By path below Firmware.Tests, with '\' as in a project; without comments and texts.
    private static readonly Dictionary<string, string> s_code = Directory.EnumerateFiles(s_tests, "*.cs", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(s_tests, file).Replace('/', '\\'))
        .Where(path => !Regex.IsMatch(path, @"(^|\\)(bin|obj|Properties)\\"))
        .ToDictionary(path => path, path => Bare(File.ReadAllText(Path.Combine(s_tests, path.Replace('\\', '/')))));

    public static IEnumerable<object[]> Groups() =>
        Directory.EnumerateFiles(Path.Combine(s_tests, "Groups"), "*.nfproj", SearchOption.AllDirectories)
            .Select(file => new object[] { Path.GetFileNameWithoutExtension(file) })
            .OrderBy(row => (string)row[0], StringComparer.Ordinal);

    [Fact]
    public void Every_test_class_is_in_one_group()
    {
        string[] tests = s_code.Keys.Where(HasTests).ToArray();
        ILookup<string, string> groups = Groups().SelectMany(row => Listed((string)row[0]).Select(file => (file, group: (string)row[0])))
            .ToLookup(pair => pair.file, pair => pair.group);
        Assert.True(tests.Length > 30);
        string[] wrong = tests.Where(test => groups[test].Count() != 1)
            .Select(test => $"{test}: {string.Join(", ", groups[test].DefaultIfEmpty("in no group"))}")
            .ToArray();
        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    /// <summary>Files with tests make a group; what they need besides follows from them. A failure prints the list as it must be.</summary>
    [Theory]
    [MemberData(nameof(Groups))]
    public void A_group_lists_what_it_needs_and_nothing_else(string group)
    {
        string[] listed = Listed(group);
        Assert.All(listed, file => Assert.True(s_code.ContainsKey(file), file + " is not there"));
        string expected = Lines(Closure(listed.Where(HasTests)));
        Assert.True(expected == Lines(listed), $"{group}.nfproj must list\n{expected}");
    }

    [Theory]
    [MemberData(nameof(Groups))]
    public void A_group_is_a_test_project_of_the_solution(string group)
    {
        XDocument project = Project(group);
        Assert.Equal("NFUnitTest", Property(project, "AssemblyName"));
        Assert.Equal(@"$(MSBuildProjectDirectory)\..\..\nano.runsettings", Property(project, "RunSettingsFilePath"));
        string solution = File.ReadAllText(Path.Combine(s_root, "nanoFramework.sln"));
        string folder = group["Firmware.Tests.".Length..];
        string id = Property(project, "ProjectGuid");
        Assert.Contains($@"""{group}"", ""Firmware.Tests\Groups\{folder}\{group}.nfproj"", ""{id}""", solution, StringComparison.Ordinal);
        Assert.Equal(2, Regex.Count(solution, Regex.Escape(id) + @"\.(Debug|Release)\|Any CPU\.Build\.0"));
    }

    private static string[] Listed(string group) =>
        Project(group).Descendants().Where(e => e.Name.LocalName == "Compile").Select(e => (string)e.Attribute("Include"))
            .Where(file => file != @"..\..\Properties\AssemblyInfo.cs")
            .Select(file => file.StartsWith(@"..\..\", StringComparison.Ordinal) ? file[6..] : file)
            .ToArray();

    private static XDocument Project(string group) =>
        XDocument.Load(Path.Combine(s_tests, "Groups", group["Firmware.Tests.".Length..], group + ".nfproj"));

    private static string Property(XDocument project, string name) => project.Descendants().Single(e => e.Name.LocalName == name).Value;

    // A file needs another one when it names a type of it.
    private static IEnumerable<string> Closure(IEnumerable<string> files)
    {
        var needed = new HashSet<string>(StringComparer.Ordinal);
        var waiting = new Stack<string>(files);
        while (waiting.TryPop(out string file))
        {
            if (needed.Add(file))
            {
                foreach ((string other, string code) in s_code.Where(other => other.Key != file))
                {
                    if (Types(code).Any(type => Regex.IsMatch(s_code[file], $@"\b{type}\b")))
                    {
                        waiting.Push(other);
                    }
                }
            }
        }

        return needed;
    }

    private static IEnumerable<string> Types(string code) =>
        Regex.Matches(code, @"^(?:public|internal)[a-z ]* (?:class|struct|enum|interface) (\w+)", RegexOptions.Multiline)
            .Select(match => match.Groups[1].Value);

    private static bool HasTests(string file) => s_code[file].Contains("[TestClass]", StringComparison.Ordinal);

    private static string Lines(IEnumerable<string> files) =>
        string.Join('\n', files.OrderBy(file => file, StringComparer.Ordinal).Select(file => $@"    <Compile Include=""..\..\{file}"" />"));

    private static string Bare(string code) =>
        Regex.Replace(Regex.Replace(code, @"//[^\n]*", string.Empty), @"""(?:\\.|[^""\\\n])*""", "\"\"");

    private static string Root()
    {
        string directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "nanoFramework.sln")))
        {
            directory = Path.GetDirectoryName(directory)
                ?? throw new InvalidOperationException("nanoFramework.sln is not above " + AppContext.BaseDirectory);
        }

        return directory;
    }
}
