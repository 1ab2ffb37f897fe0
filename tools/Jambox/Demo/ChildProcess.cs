using System.Diagnostics;
using System.Text;
using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Demo;

/// <summary>A program of ours as a process of its own, out of the folder of this one; ended when it is disposed.</summary>
internal sealed class ChildProcess : IDisposable
{
    private const int MaxOutputChars = 20_000;

    private static readonly TimeSpan s_end = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly string _name;
    private readonly bool _endsWithInput;

    private ChildProcess(string name, Process process, bool endsWithInput)
    {
        _name = name;
        _endsWithInput = endsWithInput;
        _process = process;
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Starts it.</summary>
    /// <param name="assembly">Its assembly, without an ending.</param>
    /// <param name="arguments">Its arguments; a secret is none: others on this machine see them.</param>
    /// <param name="endsWithInput">Whether the end of its input tells it to end; else it is ended, which it must survive anyway.</param>
    /// <param name="environment">What else it is told.</param>
    /// <returns>It, running.</returns>
    /// <exception cref="BenchException">It cannot be started.</exception>
    public static ChildProcess Start(
        string assembly, IEnumerable<string> arguments, bool endsWithInput, IReadOnlyDictionary<string, string>? environment = null)
    {
        string folder = AppContext.BaseDirectory;
        string path = Path.Combine(folder, assembly + ".dll");
        if (!File.Exists(path))
        {
            throw new BenchException($"{path} is not there: build tools/Jambox anew", ExitCode.BadInput);
        }

        // The packages of all that is in this folder are in the lists of this program.
        bool isHosted = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";
        ProcessStartInfo start = new(isHosted ? Environment.ProcessPath! : "dotnet")
        {
            RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false,
        };
        string lists = Path.Combine(folder, "jambox");
        foreach (string argument in (string[])
            ["exec", "--runtimeconfig", lists + ".runtimeconfig.json", "--depsfile", lists + ".deps.json", path, .. arguments])
        {
            start.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        return new ChildProcess(
            assembly, Process.Start(start) ?? throw new BenchException($"{assembly} cannot be started", ExitCode.BadInput),
            endsWithInput);
    }

    /// <summary>Looks whether it runs yet.</summary>
    /// <exception cref="BenchException">It has ended; what it said last is said.</exception>
    public void Check()
    {
        if (_process.HasExited)
        {
            lock (_output)
            {
                throw new BenchException($"{_name} ended with {_process.ExitCode}: {_output.ToString().Trim()}", ExitCode.Refused);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
            if (!_endsWithInput || !_process.WaitForExit(s_end))
            {
                _process.Kill(entireProcessTree: true);
                _process.WaitForExit(s_end);
            }
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            // It has ended already.
        }

        _process.Dispose();
    }

    private void Keep(string? line)
    {
        lock (_output)
        {
            if (line is not null && _output.Length < MaxOutputChars)
            {
                _output.AppendLine(line);
            }
        }
    }
}
