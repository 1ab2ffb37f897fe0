using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace JamBox.Demo;

/// <summary>
/// A program of ours as a process of its own. The end of its input ends it: when it is disposed, and when this process dies, however that
/// comes about.
/// </summary>
internal sealed class ChildProcess : IDisposable
{
    private const int MaxOutputChars = 20_000;

    // For programs that do not look at their input: a shell does, and gives the program 6 s to end by itself.
    private const string Watcher = """
        exec 3<&0 </dev/null
        "$@" 3<&- &
        child=$!
        (
          read -r word <&3
          kill -s TERM "$child" || exit
          tries=0
          while kill -s 0 "$child" && [ "$tries" -lt 60 ]; do
            sleep 0.1
            tries=$((tries + 1))
          done
          kill -s KILL "$child"
        ) >/dev/null 2>&1 &
        exec 3<&-
        wait "$child"
        """;

    private static readonly TimeSpan s_end = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly string _name;
    private readonly bool _endsWithInput;
    private readonly StreamWriter? _log;

    private ChildProcess(string name, Process process, bool endsWithInput, StreamWriter? log)
    {
        _name = name;
        _endsWithInput = endsWithInput;
        _log = log;
        _process = process;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Starts an assembly beside a runtime configuration of its own.</summary>
    /// <param name="path">The assembly.</param>
    /// <param name="arguments">Its arguments; a secret is none: others on this machine see them.</param>
    /// <returns>How to start it.</returns>
    public static ProcessStartInfo Assembly(string path, params IEnumerable<string> arguments) => new(Dotnet(), [path, .. arguments]);

    /// <summary>The program that runs assemblies: the one that runs this, if it is one.</summary>
    public static string Dotnet() =>
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet";

    /// <summary>Starts it.</summary>
    /// <param name="name">What to call it when something is wrong.</param>
    /// <param name="program">How to start it.</param>
    /// <param name="endsWithInput">Whether it ends by itself with the end of its input; it must survive to be ended anyway.</param>
    /// <param name="log">A file for what it says; null = only the first 20,000 characters are kept, for <see cref="Check"/>.</param>
    /// <returns>It, running.</returns>
    /// <exception cref="DemoException">It cannot be started.</exception>
    public static ChildProcess Start(string name, ProcessStartInfo program, bool endsWithInput, string? log = null)
    {
        ProcessStartInfo start = program;
        bool isWatched = !endsWithInput && !OperatingSystem.IsWindows();
        if (isWatched)
        {
            start = new ProcessStartInfo("/bin/sh", ["-c", Watcher, name, program.FileName, .. program.ArgumentList])
            {
                WorkingDirectory = program.WorkingDirectory,
            };
            foreach ((string variable, string? value) in program.Environment)
            {
                start.Environment[variable] = value;
            }
        }

        start.RedirectStandardInput = true;
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        start.UseShellExecute = false;
        try
        {
            StreamWriter? file = log is null ? null : new StreamWriter(log, append: true, Encoding.UTF8) { AutoFlush = true };
            return new ChildProcess(name, Process.Start(start)!, endsWithInput || isWatched, file);
        }
        catch (Exception fault) when (fault is Win32Exception or IOException or UnauthorizedAccessException)
        {
            throw new DemoException($"{name} cannot be started: {fault.Message}");
        }
    }

    /// <summary>Looks whether it runs yet.</summary>
    /// <exception cref="DemoException">It has ended; what it said is said.</exception>
    public void Check()
    {
        if (_process.HasExited)
        {
            lock (_output)
            {
                throw new DemoException($"{_name} ended with {_process.ExitCode}: {_output.ToString().Trim()}");
            }
        }
    }

    /// <summary>Tells it to end, and does not wait for it: <see cref="Dispose"/> does.</summary>
    public void End()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            // It has ended already.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        End();
        try
        {
            if (!_endsWithInput || !_process.WaitForExit(s_end))
            {
                _process.Kill(entireProcessTree: true);
                _process.WaitForExit(s_end);
            }
        }
        catch (Exception e) when (e is InvalidOperationException or Win32Exception)
        {
            // It has ended already.
        }

        _process.Dispose();
        lock (_output)
        {
            _log?.Dispose();
        }
    }

    private void Keep(string? line)
    {
        lock (_output)
        {
            if (line is null)
            {
                return;
            }

            if (_output.Length < MaxOutputChars)
            {
                _output.AppendLine(line);
            }

            try
            {
                _log?.WriteLine(line);
            }
            catch (Exception e) when (e is IOException or ObjectDisposedException)
            {
                // A full disk must not end who reads; what it said last comes after its end.
            }
        }
    }
}
