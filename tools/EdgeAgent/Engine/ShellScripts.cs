using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace JamBox.Edge.Engine;

/// <summary>
/// Runs scripts with <c>sh</c>, each in a session of its own, so that it can be killed with all that it started. A small shell beside it
/// waits for the agent's word; when the agent dies instead, it ends the script: no script of a dead agent runs beside that of the next one.
/// </summary>
/// <param name="clock">Of the limits.</param>
public sealed partial class ShellScripts(TimeProvider clock) : IScripts
{
    /// <summary>The variable by which a script's processes are known.</summary>
    public const string TokenVariable = "JAMBOX_TOKEN";

    /// <summary>Variables of the agent that begin so are not handed on: there are secrets among them.</summary>
    public const string SettingsPrefix = "JAMBOX_EDGE_";

    // The script begins only when the agent said so: by then its token is in the journal. "kill 0" means the session's whole group. Both
    // kinds of output go one way: so what went wrong stays behind what was said before it, at the very end.
    private const string Wrapper = """
        read -r go || exit 125
        exec 2>&1
        exec 3<&0 </dev/null
        (
          trap '' TERM
          read -r end <&3
          if [ "$end" != end ]; then
            kill -s TERM 0
            sleep 5
            kill -s KILL 0
          fi
        ) >/dev/null 2>&1 &
        exec 3<&-
        if [ -n "$1" ]; then
          exec "$1"
        fi
        exec sh -c "$2"
        """;

    private const int Terminate = 15;
    private const int Kill = 9;
    private const int BufferBytes = 16 * 1024;

    /// <summary>Real time for what happens at once: output that is in the pipe, processes that were killed.</summary>
    private static readonly TimeSpan s_moment = TimeSpan.FromSeconds(2);

    /// <summary>Between the request to end and the end that nobody can refuse.</summary>
    internal TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How often <see cref="ScriptRun.Told"/> is called at most; real time, for what prints is a real process.</summary>
    internal TimeSpan TellEvery { get; init; } = TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public async Task<ScriptResult> RunAsync(ScriptRun run, CancellationToken stop)
    {
        string name = run.File is null ? "The command" : Path.GetFileName(run.File);
        using ScriptOutput output = new(run.Log);
        output.AddLine($"--- {name}, {clock.GetUtcNow():yyyy-MM-dd HH:mm:ss}");
        long ownBytes = output.Count;
        using Process process = new() { StartInfo = Start(run) };
        try
        {
            process.Start();
        }
        catch (Exception e) when (e is Win32Exception or IOException)
        {
            return new ScriptResult(
                $"{name} could not be started: {e.Message} ('setsid' of util-linux and 'sh' are needed)", false, string.Empty);
        }

        Task reading = Task.WhenAll(
            ReadAsync(process.StandardOutput.BaseStream, output), ReadAsync(process.StandardError.BaseStream, output));
        Task ended = process.WaitForExitAsync(CancellationToken.None);
        await SayAsync(process, "go\n").ConfigureAwait(false);
        using CancellationTokenSource over = new();
        Task telling = TellAsync(output, ownBytes, run.Told, over.Token);
        string? killed;
        try
        {
            killed = await LimitAsync(process, ended, run, name, stop).ConfigureAwait(false);
        }
        finally
        {
            await over.CancelAsync().ConfigureAwait(false);
            await telling.ConfigureAwait(false);
        }

        await SayAsync(process, "end\n").ConfigureAwait(false);

        // What it left running on purpose may hold its output open for ever.
        await Task.WhenAny(reading, Task.Delay(s_moment, CancellationToken.None)).ConfigureAwait(false);
        string? error = killed ?? Fault(name, process.ExitCode);
        if (error is not null)
        {
            // What a script left running that came to its end is meant to; of one that failed it is in the way of what comes next.
            await KillLeftAsync(run.Token).ConfigureAwait(false);
            output.AddLine($"--- {error}");
        }

        return new ScriptResult(error, killed is not null && stop.IsCancellationRequested, output.Tail());
    }

    /// <inheritdoc/>
    public async Task EndAsync(string token, CancellationToken cancellation)
    {
        // The shell beside the script ends it within 5 s by itself; real time, for these are real processes.
        long began = Stopwatch.GetTimestamp();
        while (Find(token) is { Count: > 0 } left)
        {
            if (Stopwatch.GetElapsedTime(began) > Grace)
            {
                foreach (int id in left)
                {
                    _ = KillNative(id, Kill);
                }
            }

            if (Stopwatch.GetElapsedTime(began) > 2 * Grace)
            {
                // Processes that the system does not let go of (a disk that hangs): to wait for ever helps nobody.
                return;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), cancellation).ConfigureAwait(false);
        }
    }

    /// <summary>Processes that have a token in the environment they were started with.</summary>
    /// <param name="token">Of the script.</param>
    /// <returns>Their ids; none where there is no <c>/proc</c>.</returns>
    internal static List<int> Find(string token)
    {
        List<int> found = [];
        if (!Directory.Exists("/proc"))
        {
            return found;
        }

        byte[] wanted = Encoding.ASCII.GetBytes($"{TokenVariable}={token}\0");
        foreach (string folder in Directory.EnumerateDirectories("/proc"))
        {
            try
            {
                if (int.TryParse(Path.GetFileName(folder), out int id) && id != Environment.ProcessId
                    && File.ReadAllBytes(Path.Combine(folder, "environ")).AsSpan().IndexOf(wanted) >= 0)
                {
                    found.Add(id);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Ended in the meantime, or somebody else's.
            }
        }

        return found;
    }

    private static ProcessStartInfo Start(ScriptRun run)
    {
        ProcessStartInfo start = new()
        {
            FileName = "setsid",
            WorkingDirectory = run.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        string[] arguments = ["sh", "-c", Wrapper, "sh", run.File ?? string.Empty, run.Command ?? string.Empty];
        if (OperatingSystem.IsWindows())
        {
            // Packages for Windows bring deploy.cmd; there is nothing like a session there.
            start.FileName = "cmd.exe";
            arguments = ["/d", "/c", run.File ?? run.Command ?? string.Empty];
        }

        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        foreach (string variable in start.Environment.Keys.Where(
            static name => name.StartsWith(SettingsPrefix, StringComparison.OrdinalIgnoreCase)).ToArray())
        {
            start.Environment.Remove(variable);
        }

        foreach ((string variable, string value) in run.Environment)
        {
            start.Environment[variable] = value;
        }

        start.Environment[TokenVariable] = run.Token;
        return start;
    }

    private static string? Fault(string name, int exitCode) => exitCode switch
    {
        0 => null,
        126 => $"{name} ended with 126: a command in it may not be executed ('chmod +x' it before it is packed), "
            + "or nothing may where it lies (noexec)",
        127 => $"{name} ended with 127: a command or its interpreter was not found "
            + "(line ends of Windows in a script cause this, too)",
        > 128 and < 193 => $"{name} was ended by signal {exitCode - 128}",
        _ => $"{name} ended with {exitCode}",
    };

    private static async Task ReadAsync(Stream from, ScriptOutput output)
    {
        byte[] buffer = new byte[BufferBytes];
        try
        {
            for (int read = await from.ReadAsync(buffer).ConfigureAwait(false); read > 0;
                read = await from.ReadAsync(buffer).ConfigureAwait(false))
            {
                output.Add(buffer.AsSpan(0, read));
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The script is over, and what it left running prints to nobody.
        }
    }

    private async Task TellAsync(ScriptOutput output, long known, Action<string>? told, CancellationToken over)
    {
        while (told is not null && !over.IsCancellationRequested)
        {
            await Task.Delay(TellEvery, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            long count = output.Count;
            if (count != known && !over.IsCancellationRequested)
            {
                known = count;
                told(output.Tail());
            }
        }
    }

    private static async Task SayAsync(Process process, string word)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        try
        {
            await process.StandardInput.WriteAsync(word).ConfigureAwait(false);
            await process.StandardInput.FlushAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Nobody listens any more: it was killed.
        }
    }

    /// <summary>Waits for a script's end, and brings it about when it does not come in time.</summary>
    /// <returns>Why it was killed; null when it was not.</returns>
    private async Task<string?> LimitAsync(Process process, Task ended, ScriptRun run, string name, CancellationToken stop)
    {
        using CancellationTokenSource over = new();
        Task limit = Task.Delay(run.Limit, clock, over.Token);
        Task stopped = StoppedAsync(run.StopLimit, stop, over.Token);
        Task first = await Task.WhenAny(ended, limit, stopped).ConfigureAwait(false);
        string? killed = first == ended ? null
            : first == limit ? $"{name} was killed after {Text(run.Limit)}"
            : $"{name} was killed because the agent is to stop and waits no longer than {Text(run.StopLimit)}";
        if (killed is not null)
        {
            await KillAsync(process, ended, run.Token, over.Token).ConfigureAwait(false);
        }

        await over.CancelAsync().ConfigureAwait(false);
        return killed;
    }

    private async Task StoppedAsync(TimeSpan limit, CancellationToken stop, CancellationToken over)
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (stop.Register(() => asked.TrySetResult()).ConfigureAwait(false))
        await using (over.Register(() => asked.TrySetResult()).ConfigureAwait(false))
        {
            await asked.Task.ConfigureAwait(false);
        }

        await Task.Delay(limit, clock, over).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task KillAsync(Process process, Task ended, string token, CancellationToken over)
    {
        if (OperatingSystem.IsWindows())
        {
            process.Kill(entireProcessTree: true);
            await GoneAsync(ended).ConfigureAwait(false);
            return;
        }

        // The session's first process gave the group its number, and the number is not given away while one of the group lives.
        _ = KillNative(-process.Id, Terminate);
        await Task.WhenAny(ended, Task.Delay(Grace, clock, over)).ConfigureAwait(false);
        _ = KillNative(-process.Id, Kill);
        await GoneAsync(ended).ConfigureAwait(false);
        await KillLeftAsync(token).ConfigureAwait(false);
    }

    /// <summary>
    /// A process that hangs in the system (a disk or a network file system that does not answer) cannot be killed either: it is not waited
    /// for. Real time, for it is a real process.
    /// </summary>
    private Task GoneAsync(Task ended) => Task.WhenAny(ended, Task.Delay(Grace, CancellationToken.None));

    /// <summary>Those that made a session of their own: nothing of it may run beside what comes next.</summary>
    private async Task KillLeftAsync(string token)
    {
        long began = Stopwatch.GetTimestamp();
        while (Find(token) is { Count: > 0 } left && Stopwatch.GetElapsedTime(began) < Grace)
        {
            left.ForEach(static id => _ = KillNative(id, Kill));
            await Task.Delay(TimeSpan.FromMilliseconds(20), CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static string Text(TimeSpan limit) =>
        limit.TotalMinutes >= 1 && limit.Seconds == 0 ? $"{limit.TotalMinutes:0} min" : $"{limit.TotalSeconds:0.#} s";

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int KillNative(int id, int signal);
}
