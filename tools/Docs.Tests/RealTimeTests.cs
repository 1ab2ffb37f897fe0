using System.Globalization;
using System.Text.RegularExpressions;

namespace JamBox.Docs.Tests;

/// <summary>
/// Speed is measured in benchmarks. A test that says how fast something must be fails on a machine that is busy with something else; one
/// that waits for something good waits for two minutes, which costs nothing where it comes.
/// </summary>
public sealed partial class RealTimeTests
{
    private const int LeastSeconds = 120;

    [Fact]
    public void No_test_says_how_fast_a_machine_is() => Assert.DoesNotContain(
        Repository.Files,
        static file => file.EndsWith(".cs", StringComparison.Ordinal)
            && file.Split('/').Any(static folder => folder.Contains(".Tests", StringComparison.Ordinal))
            && !file.StartsWith("tools/Docs.Tests/RealTime", StringComparison.Ordinal) && IsHasty(Repository.Read(file)));

    [Theory]
    [InlineData("Assert.True(Stopwatch.GetElapsedTime(start).TotalMilliseconds < 500);")]
    [InlineData("Assert.InRange(Stopwatch.GetElapsedTime(start).TotalMilliseconds, 45, 1_000);")]
    [InlineData("Assert.True(watch.ElapsedMilliseconds < 1_500, \"slow\");")]
    [InlineData("Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(20), \"late\");")]
    [InlineData("if (!process.WaitForExit(TimeSpan.FromSeconds(30)))")]
    [InlineData("await said.WaitAsync(TimeSpan.FromSeconds(5));")]
    [InlineData("Assert.True(thread.Join(TimeSpan.FromSeconds(10)));")]
    public void Such_a_test_is_found(string code) => Assert.True(IsHasty(code));

    [Theory]
    [InlineData("Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(245));")]
    [InlineData("Assert.True(waited.Elapsed < TimeSpan.FromSeconds(120), \"late\");")]
    [InlineData("Assert.InRange(result.Elapsed.TotalSeconds, 7, 9);")]
    [InlineData("await said.WaitAsync(TimeSpan.FromSeconds(120));")]
    public void Another_is_not(string code) => Assert.False(IsHasty(code));

    private static bool IsHasty(string code) =>
        Machine().IsMatch(code)
        || Limit().Matches(code).Any(static match => int.Parse(match.Groups["s"].Value, CultureInfo.InvariantCulture) < LeastSeconds);

    [GeneratedRegex(@"ElapsedMilliseconds <|\.Total(Milliseconds|Seconds) <|InRange\(\s*(Stopwatch\.GetElapsedTime|watch\.Elapsed)")]
    private static partial Regex Machine();

    [GeneratedRegex(
        @"(Elapsed(Time\([^()]*\))? < |WaitForExit\(|\.(WaitAsync|Wait|Join)\()TimeSpan\.FromSeconds\((?<s>\d+)\)")]
    private static partial Regex Limit();
}
