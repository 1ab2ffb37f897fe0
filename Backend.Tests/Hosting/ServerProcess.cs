using System.Diagnostics;

namespace JamBox.Backend.Tests.Hosting;

/// <summary>The real server in a process of its own.</summary>
public sealed class ServerProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _output = [];
    private readonly TaskCompletionSource<Uri> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(string folder, string[] args)
    {
        ProcessStartInfo start = new("dotnet") { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true };
        start.ArgumentList.Add(typeof(BackendApp).Assembly.Location);
        foreach (string arg in args)
        {
            start.ArgumentList.Add(arg);
        }

        foreach ((string name, string value) in Environment.Value ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Take(line.Data);
        _process.ErrorDataReceived += (_, line) => Take(line.Data);
    }

    /// <summary>The environment of the next servers of this test, besides ours.</summary>
    public static AsyncLocal<IReadOnlyDictionary<string, string>?> Environment { get; } = new();

    public int Id => _process.Id;

    public string Output
    {
        get
        {
            lock (_output)
            {
                return string.Join('\n', _output);
            }
        }
    }

    /// <summary>Starts it and waits until it listens.</summary>
    public static async Task<(ServerProcess Server, Uri Address)> StartAsync(string folder, params string[] args)
    {
        ServerProcess server = new(folder, args);
        server.Begin();
        return (server, await server._listening.Task.WaitAsync(TimeSpan.FromSeconds(240)));
    }

    /// <summary>Waits for a line that begins so.</summary>
    public async Task<string> LineAsync(string start)
    {
        for (int i = 0; i < 600; i++)
        {
            if (Output.Split('\n').FirstOrDefault(line => line.StartsWith(start, StringComparison.Ordinal)) is { } line)
            {
                return line;
            }

            await Task.Delay(50);
        }

        throw new TimeoutException($"no line '{start}…' in\n{Output}");
    }

    /// <summary>Runs it to its end.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string folder, params string[] args)
    {
        using ServerProcess server = new(folder, args);
        server.Begin();
        await server._process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(240));
        return (server._process.ExitCode, server.Output);
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>How many threads it has; Linux.</summary>
    public int CountThreads() => Directory.GetDirectories($"/proc/{Id}/task").Length;

    /// <summary>SIGTERM, as systemd and containers send it.</summary>
    /// <returns>The exit code.</returns>
    public async Task<int> TerminateAsync()
    {
        using Process kill = Process.Start("kill", ["-TERM", _process.Id.ToString()]);
        await kill.WaitForExitAsync();
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(240));
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }

    private void Begin()
    {
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    private void Take(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_output)
        {
            _output.Add(line);
        }

        const string Mark = "Now listening on: ";
        if (line.IndexOf(Mark, StringComparison.Ordinal) is var at and >= 0)
        {
            _listening.TrySetResult(new Uri(line[(at + Mark.Length)..]));
        }
    }
}
