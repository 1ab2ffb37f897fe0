using System.Diagnostics;
using System.Globalization;

namespace JamBox.BackendBenchmark.Mqtt;

/// <summary>The distribution's mosquitto on loopback, with the settings that docs/mqtt.md asks for: it keeps what waits on the disk.</summary>
internal sealed class Mosquitto : IDisposable
{
    private const string Program = "/usr/sbin/mosquitto";

    private readonly string _configuration;
    private Process _process;

    /// <summary>Starts it.</summary>
    /// <param name="folder">Where its files go.</param>
    public Mosquitto(string folder)
    {
        if (!File.Exists(Program))
        {
            throw new InvalidOperationException("mosquitto is not installed: apt-get install mosquitto");
        }

        Directory.CreateDirectory(folder);
        _configuration = Path.Combine(folder, "mosquitto.conf");
        File.WriteAllText(_configuration, string.Create(CultureInfo.InvariantCulture, $"""
            listener {Port} 127.0.0.1
            allow_anonymous true
            persistence true
            persistence_location {folder}/
            max_queued_messages 0
            max_inflight_messages 0
            {(Environment.UserName == "root" ? "user root" : "")}

            """));
        _process = StartProcess();
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; } = Ports.Free();

    /// <summary>Starts it again.</summary>
    public void Start()
    {
        _process.Dispose();
        _process = StartProcess();
    }

    /// <summary>SIGTERM: it writes down what it holds.</summary>
    public void Terminate() => Signals.Terminate(_process);

    /// <summary>SIGKILL.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    private Process StartProcess()
    {
        ProcessStartInfo start = new("/bin/sh");
        foreach (string arg in (string[])["-c", "exec \"$@\" </dev/null >/dev/null 2>&1", "sh", Program, "-c", _configuration])
        {
            start.ArgumentList.Add(arg);
        }

        return Process.Start(start)!;
    }
}
