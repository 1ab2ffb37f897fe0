using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;
using JamBox.Twin.Run;

namespace JamBox.Twin.Tests.Run;

/// <summary>Several twins at a time, each with ports, folder and database of its own. The real program is started.</summary>
public sealed partial class SideBySideTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    private readonly string _temp = Directory.CreateTempSubdirectory("jambox-twin-test").FullName;
    private readonly List<Twin> _twins = [];

    public void Dispose()
    {
        _twins.ForEach(twin => twin.Dispose());
        Directory.Delete(_temp, recursive: true);
    }

    [Fact]
    public async Task TwoRunsAtOnceDisturbNeitherEachOthersPortNorDatabase()
    {
        Twin first = Start("--hours 0.2 --seed 1 --serve");
        Twin second = Start("--hours 0.2 --seed 2 --serve");
        foreach (Twin twin in new[] { first, second })
        {
            await twin.AwaitAsync("Look at it");
            Assert.Equal(string.Empty, twin.Errors);
            Assert.Matches(StoredReadings(), twin.Output);
        }

        Assert.NotEqual(Port().Match(first.Output).Value, Port().Match(second.Output).Value);
        Assert.Equal(2, Directory.GetFiles(_temp, "jambox.db", SearchOption.AllDirectories).Length);
        await first.InterruptAsync(expectedCode: 0);
        await second.InterruptAsync(expectedCode: 0);

        // The next run finds the first folder free again.
        Twin third = Start("--hours 0.01 --serve");
        await third.AwaitAsync("Look at it");
        Assert.Equal(2, Directory.GetDirectories(_temp).Length);
        await third.InterruptAsync(expectedCode: 0);
    }

    [Fact]
    public async Task TwoBoardsAtOnceComeUpAndEndAtCtrlC()
    {
        Twin[] boards = [Start("--board"), Start("--board --seed 2")];
        foreach (Twin board in boards)
        {
            await board.AwaitAsync("readings stored 0");
        }

        Assert.NotEqual(Port().Match(boards[0].Output).Value, Port().Match(boards[1].Output).Value);
        foreach (Twin board in boards)
        {
            await board.InterruptAsync(expectedCode: 0);
            Assert.Equal(string.Empty, board.Errors);
            Assert.Contains("boots 1", board.Output, StringComparison.Ordinal);
        }

        string[] logs = Directory.GetFiles(_temp, "JBNB0001.log", SearchOption.AllDirectories);
        Assert.Equal(2, logs.Length);
        Assert.All(logs, log => Assert.NotEqual(0, new FileInfo(log).Length));
    }

    /// <summary>Also the first moment: the backend beneath must not take the signal for its own.</summary>
    [Fact]
    public async Task CtrlCEndsEveryRunWithoutAStackTrace()
    {
        // One after the other: each would run for hours, and the others would take the machine from it meanwhile.
        foreach (string arguments in new[] { "--hours 8784", "--soak 100000", "--ota-soak 100000", "--ota-power-loss" })
        {
            Twin twin = Start(arguments);
            await twin.AwaitAsync("\n");
            await twin.InterruptAsync(expectedCode: 1);
            Assert.True(twin.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length <= 1, twin.Errors);
        }
    }

    [Fact]
    public void AFolderInUseIsRefusedAndFreeAgainAfterwards()
    {
        string keep = Path.Combine(_temp, "keep");
        using (RunFolder first = RunFolder.Lasting(keep, "any"))
        {
            Assert.Contains(
                "another twin runs in it", Assert.Throws<BadInputException>(() => RunFolder.Lasting(keep, "any")).Message,
                StringComparison.Ordinal);
            Assert.Throws<BadInputException>(() => RunFolder.Passing(keep, "any"));
        }

        using RunFolder again = RunFolder.Passing(keep, "any");
        Assert.Equal(keep, again.Path);
    }

    [Fact]
    public void APassingFolderGoesWithItsRunAndTakesThoseOfKilledOnesAlong()
    {
        string name = "jambox-test-" + Guid.NewGuid().ToString("N");
        string killed;
        using (RunFolder folder = RunFolder.Passing(null, name))
        {
            killed = folder.Path + "-killed";
            File.WriteAllText(Path.Combine(folder.Path, "jambox.db"), "x");
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(killed).FullName, "twin.lock"), string.Empty);
            Directory.SetLastWriteTimeUtc(killed, DateTime.UtcNow.AddHours(-1));
            Directory.SetLastWriteTimeUtc(folder.Path, DateTime.UtcNow.AddHours(-1));
            using RunFolder other = RunFolder.Passing(null, name);
            Assert.True(Directory.Exists(folder.Path), "a folder in use was deleted");
            Assert.False(Directory.Exists(killed), "a folder left behind was not deleted");
        }

        Assert.Empty(Directory.GetDirectories(Path.GetDirectoryName(killed)!, name + "*"));
    }

    [GeneratedRegex(@"localhost:\d+")]
    private static partial Regex Port();

    [GeneratedRegex(@"(\d+) readings closed, \1 stored")]
    private static partial Regex StoredReadings();

    private Twin Start(string arguments)
    {
        var twin = new Twin(arguments, _temp);
        _twins.Add(twin);
        return twin;
    }

    /// <summary>A running twin whose temporary folder is the test's.</summary>
    private sealed class Twin : IDisposable
    {
        private readonly Process _process;
        private readonly StringBuilder _output = new();
        private readonly StringBuilder _errors = new();
        private readonly SemaphoreSlim _news = new(0);

        public Twin(string arguments, string temp)
        {
            string program = Path.Combine(AppContext.BaseDirectory, "DeviceTwin.dll");
            var start =
                new ProcessStartInfo("dotnet", $"exec \"{program}\" {arguments}") { RedirectStandardOutput = true,
                    RedirectStandardError = true };
            foreach (string variable in new[] { "TMPDIR", "TMP", "TEMP" })
            {
                start.Environment[variable] = temp;
            }

            _process = new Process { StartInfo = start };
            _process.OutputDataReceived += (_, line) => Take(_output, line.Data);
            _process.ErrorDataReceived += (_, line) => Take(_errors, line.Data);
            _process.Start();
            _process.BeginOutputReadLine();
            _process.BeginErrorReadLine();
        }

        public string Output => Text(_output);

        public string Errors => Text(_errors);

        /// <summary>Waits until it has said something.</summary>
        public async Task AwaitAsync(string text)
        {
            using var patience = new CancellationTokenSource(s_patience);
            while (!Output.Contains(text, StringComparison.Ordinal))
            {
                Assert.False(_process.HasExited, $"ended without '{text}': {Output}{Errors}");
                await _news.WaitAsync(1_000, patience.Token);
            }
        }

        /// <summary>Presses Ctrl+C and waits for the end.</summary>
        public async Task InterruptAsync(int expectedCode)
        {
            if (OperatingSystem.IsWindows())
            {
                _process.Kill();
                return;
            }

            // Whoever starts tests in the background of a shell has them ignore Ctrl+C, and their children with them: the twin takes both
            // signals alike.
            using Process kill = Process.Start("kill", $"-{(IsInterruptIgnored() ? "TERM" : "INT")} {_process.Id}");
            await kill.WaitForExitAsync();
            using var patience = new CancellationTokenSource(s_patience);
            await _process.WaitForExitAsync(patience.Token);
            Assert.True(_process.ExitCode == expectedCode, $"exit code {_process.ExitCode}: {Output}{Errors}");
        }

        private static bool IsInterruptIgnored()
        {
            const ulong Interrupt = 1UL << (2 - 1);
            const string Ignored = "SigIgn:";
            string? mask = File.Exists("/proc/self/status")
                ? Array.Find(File.ReadAllLines("/proc/self/status"), line => line.StartsWith(Ignored, StringComparison.Ordinal))
                : null;
            return mask != null && (Convert.ToUInt64(mask[Ignored.Length..].Trim(), 16) & Interrupt) != 0;
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill();
                _process.WaitForExit();
            }

            _process.Dispose();
            _news.Dispose();
        }

        private static string Text(StringBuilder builder)
        {
            lock (builder)
            {
                return builder.ToString();
            }
        }

        private void Take(StringBuilder builder, string? line)
        {
            if (line is null)
            {
                return;
            }

            lock (builder)
            {
                builder.Append(line).Append('\n');
            }

            _news.Release();
        }
    }
}
