using System.Text.RegularExpressions;

namespace JamBox.Docs.Tests;

/// <summary>
/// Tests run beside each other, in one process and in several. What belongs to all of them, the environment, the folder for temporary
/// files, ports that the system gives to anybody, is no test's own: such a test fails once in fifty runs, on somebody else's machine.
/// </summary>
public sealed partial class SharedPlaceTests
{
    private static readonly string[] s_tests =
    [
        .. Repository.Files.Where(static file =>
            file.EndsWith(".cs", StringComparison.Ordinal) && file.Split('/').Any(static folder => folder.EndsWith(".Tests", StringComparison.Ordinal))
            && !file.StartsWith("tools/Docs.Tests/", StringComparison.Ordinal)),
    ];

    [Fact]
    public void Who_changes_the_environment_runs_alone() =>
        Assert.DoesNotContain(
            s_tests, static file => Environment().IsMatch(Repository.Read(file)) && !RunsAlone().IsMatch(Repository.Read(file)));

    [Fact]
    public void Nobody_looks_through_the_temporary_folder_or_has_a_fixed_name_in_it()
    {
        Assert.True(s_tests.Length > 500, "the tests were not found");
        Assert.DoesNotContain(s_tests, static file => TemporaryFolder().IsMatch(Repository.Read(file)));
    }

    [Fact]
    public void Nobody_counts_on_a_port_that_was_given_back() =>
        Assert.DoesNotContain(
            Repository.Files,
            static file => file.EndsWith(".cs", StringComparison.Ordinal) && !file.StartsWith("tools/Docs.Tests/", StringComparison.Ordinal)
                && GivenBack().IsMatch(Repository.Read(file)));

    [Theory]
    [InlineData("Directory.GetFiles(Path.GetTempPath(), \"import.db\")")]
    [InlineData("Path.Combine(Path.GetTempPath(), \"jambox-scratch-left\")")]
    public void Such_a_place_is_found(string code) => Assert.Matches(TemporaryFolder(), code);

    [Theory]
    [InlineData("using TcpListener listener = new(IPAddress.Loopback, 0);\nlistener.Start();\nreturn ((IPEndPoint)listener.LocalEndpoint).Port;")]
    [InlineData("using var a = new TcpListener(IPAddress.Loopback, 0);\na.Start();\nint port = PortOf(a);\na.Stop();\nawait Ask(port);")]
    public void Such_a_port_is_found(string code) => Assert.Matches(GivenBack(), code);

    [GeneratedRegex(@"Environment\.SetEnvironmentVariable\(")]
    private static partial Regex Environment();

    [GeneratedRegex(@"\[Collection\((AloneCollection\.Name|ManualTime\.Alone)\)\]")]
    private static partial Regex RunsAlone();

    [GeneratedRegex(@"Directory\.\w+\(\s*Path\.GetTempPath\(\)|Combine\(\s*Path\.GetTempPath\(\),\s*""")]
    private static partial Regex TemporaryFolder();

    [GeneratedRegex(@"TcpListener\b[^;]*\(IPAddress\.Loopback, 0\);(?:[^;}]*;){0,3}\s*(?:return\b[^;]*\.Port;|\w+\.Stop\(\);)")]
    private static partial Regex GivenBack();
}
