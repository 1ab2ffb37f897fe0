using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Threading.Channels;

namespace JamBox.Bench.CommandLine;

/// <summary>A program of somebody else's, run to its end while each of its lines is looked at.</summary>
internal static partial class ChildTool
{
    private const int MaxLineChars = 2000;
    private const int KeptLines = 20;

    private static readonly TimeSpan s_killed = TimeSpan.FromSeconds(5);

    /// <summary>Finds a program in the folders of PATH.</summary>
    /// <param name="terminal">The environment.</param>
    /// <param name="names">Its names, the best first.</param>
    /// <returns>Its full path; <c>null</c> when there is none.</returns>
    public static string? Find(BenchTerminal terminal, params string[] names)
    {
        string[] folders = (terminal.Environment("PATH") ?? string.Empty).Split(
            Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        string[] endings = OperatingSystem.IsWindows() ? [".exe", ".cmd", ".bat"] : [string.Empty];
        return names
            .SelectMany(name => folders.SelectMany(folder => endings.Select(ending => Path.Combine(folder, name + ending))))
            .FirstOrDefault(File.Exists);
    }

    /// <summary>Runs it.</summary>
    /// <param name="path">The program.</param>
    /// <param name="arguments">Its arguments; no secret is one, as others on this machine see them.</param>
    /// <param name="heard">Sees each line, without colours; what is written over itself comes as lines too.</param>
    /// <param name="limits">How long it may take, and how long it may say nothing.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>How it ended, with its last lines.</returns>
    /// <exception cref="BenchException">It cannot be started.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static async Task<ToolResult> RunAsync(
        string path, IReadOnlyList<string> arguments, Action<string> heard, ChildLimits limits, CancellationToken stop)
    {
        using Process process = Start(path, arguments);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        end.CancelAfter(limits.Whole);
        Queue<string> last = new();
        try
        {
            var lines = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });
            Task reading = ReadBothAsync(process, lines.Writer, end.Token);
            await FollowAsync(lines.Reader, last, heard, limits.Silence, end.Token).ConfigureAwait(false);
            await reading.ConfigureAwait(false);
            await process.WaitForExitAsync(end.Token).ConfigureAwait(false);
            return new ToolResult(process.ExitCode, string.Join('\n', last));
        }
        catch (OperationCanceledException)
        {
            Kill(process);
            stop.ThrowIfCancellationRequested();
            return new ToolResult(ToolResult.NotInTime, string.Join('\n', last));
        }
        catch
        {
            Kill(process);
            throw;
        }
    }

    private static Process Start(string path, IReadOnlyList<string> arguments)
    {
        ProcessStartInfo start = new(path, arguments)
        {
            RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true, UseShellExecute = false,
        };

        // Python holds lines back where nobody reads along, and draws where it thinks that somebody does.
        start.Environment["PYTHONUNBUFFERED"] = "1";
        start.Environment["NO_COLOR"] = "1";
        try
        {
            Process process = Process.Start(start)!;
            process.StandardInput.Close();
            return process;
        }
        catch (Win32Exception e)
        {
            throw new BenchException($"{path} cannot be started: {e.Message}. Install it anew", ExitCode.BadInput);
        }
    }

    private static async Task ReadBothAsync(Process process, ChannelWriter<string> lines, CancellationToken stop)
    {
        try
        {
            await Task.WhenAll(
                ReadAsync(process.StandardOutput, lines, stop), ReadAsync(process.StandardError, lines, stop)).ConfigureAwait(false);
        }
        finally
        {
            lines.Complete();
        }
    }

    private static async Task ReadAsync(StreamReader output, ChannelWriter<string> lines, CancellationToken stop)
    {
        while (await output.ReadLineAsync(stop).ConfigureAwait(false) is { } line)
        {
            string plain = Drawing().Replace(line.Length > MaxLineChars ? line[..MaxLineChars] : line, string.Empty).Trim();
            if (plain.Length > 0)
            {
                lines.TryWrite(plain);
            }
        }
    }

    /// <summary>Until both outputs are closed; a wait of its own for each line.</summary>
    private static async Task FollowAsync(
        ChannelReader<string> lines, Queue<string> last, Action<string> heard, TimeSpan silence, CancellationToken stop)
    {
        while (true)
        {
            using var quiet = CancellationTokenSource.CreateLinkedTokenSource(stop);
            quiet.CancelAfter(silence);
            if (!await lines.WaitToReadAsync(quiet.Token).ConfigureAwait(false))
            {
                return;
            }

            while (lines.TryRead(out string? line))
            {
                last.Enqueue(line);
                if (last.Count > KeptLines)
                {
                    last.Dequeue();
                }

                heard(line);
            }
        }
    }

    private static void Kill(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit(s_killed);
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended already.
        }
    }

    /// <summary>Finds a version in what a program prints.</summary>
    /// <param name="output">What it printed.</param>
    /// <returns>The version; <c>null</c> when it says none.</returns>
    public static Version? VersionIn(string output) => VersionText().Match(output) is { Success: true } match
        ? Version.Parse(match.Value)
        : null;

    [GeneratedRegex(@"\d{1,6}\.\d{1,6}(\.\d{1,6})?", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex VersionText();

    // Colours, and moves of the cursor.
    [GeneratedRegex(@"\x1B\[[0-9;?]*[A-Za-z]|[\x00-\x08\x0B-\x1F\x7F]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Drawing();
}

/// <summary>How long a program may take.</summary>
/// <param name="Whole">From its start to its end.</param>
/// <param name="Silence">Without a word.</param>
internal readonly record struct ChildLimits(TimeSpan Whole, TimeSpan Silence);
