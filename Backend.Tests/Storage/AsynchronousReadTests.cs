using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace JamBox.Backend.Tests.Storage;

/// <summary>A handler that waits for the storage holds no thread: it asks with <c>await store.ReadAsync</c>.</summary>
public sealed partial class AsynchronousReadTests
{
    /// <summary>Who may wait, and why.</summary>
    private static readonly Dictionary<string, string> s_mayWait = new()
    {
        ["Patches/PatchJob.cs"] = "makes patches on a thread of its own",
        ["Observability/BackendMetrics.cs"] = "is called back by a library that does not await",
        ["Security/ProtectionKeys.cs"] = "is called back by a library that does not await",
        ["Storage/Store.cs"] = "is what waits",
    };

    [Fact]
    public void NobodyElseWaits()
    {
        string folder = Path.Combine(Here(), "..", "..", "Backend.Minimal");
        SortedDictionary<string, string> waiting = new(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
        {
            string name = Path.GetRelativePath(folder, file).Replace('\\', '/');
            if (!name.StartsWith("obj/", StringComparison.Ordinal) && !name.StartsWith("bin/", StringComparison.Ordinal)
                && SynchronousRead().Match(File.ReadAllText(file)) is { Success: true } match)
            {
                waiting.Add(name, match.Value);
            }
        }

        // Who no longer waits leaves the list, so that it says what is so.
        Assert.Equal(s_mayWait.Keys.Order(StringComparer.Ordinal), waiting.Keys);
    }

    [Theory]
    [InlineData("store.Read(0, x)", true)]
    [InlineData("_store.Read((a, b), x)", true)]
    [InlineData("services.GetRequiredService<Store>().Read(0, x)", true)]
    [InlineData("await store.ReadAsync(0, x)", false)]
    [InlineData("row.Read()", false)]
    [InlineData("store.ReadAsync(0, x).GetAwaiter().GetResult()", true)]
    [InlineData("ReadAsync(state, work).Result", true)]
    [InlineData("await store.ReadAsync(0, x).ConfigureAwait(false)", false)]
    public void WaitingIsSeen(string source, bool waits) => Assert.Equal(waits, SynchronousRead().IsMatch(source));

    [GeneratedRegex(@"[sS]tore(>\(\))?\.Read\(|ReadAsync\([^;]*\)\s*\.(GetAwaiter\(\)|Result\b|Wait\()")]
    private static partial Regex SynchronousRead();

    private static string Here([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
