using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

using JamBox.Demo;

namespace JamBox.Backend.Tests.Mqtt;

/// <summary>Debian's Mosquitto on a loopback port of its own, with persistence, as docs/things.md says it is to be set up.</summary>
public sealed class MosquittoServer : IDisposable
{
    private const string Program = "/usr/sbin/mosquitto";
    private const int SigTerm = 15;

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-mosquitto-").FullName;
    private Process? _process;

    public MosquittoServer(string extra = "")
    {
        Port = LoopbackPort.Pick();
        File.WriteAllText(ConfigPath, $"""
            listener {Port} 127.0.0.1
            {extra}
            allow_anonymous true
            persistence true
            persistence_location {_folder}/
            autosave_interval 1
            autosave_on_changes true
            max_queued_messages 0
            max_inflight_messages 0
            user root

            """);
    }

    public static string? Missing => File.Exists(Program) ? null : "Debian's mosquitto is not installed";

    public int Port { get; }

    private string ConfigPath => Path.Combine(_folder, "mosquitto.conf");

    public async Task StartAsync()
    {
        if (Missing is not null)
        {
            return;
        }

        _process = Process.Start(
            new ProcessStartInfo(Program, ["-c", ConfigPath]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        for (Stopwatch waited = Stopwatch.StartNew(); ; await Task.Delay(20))
        {
            try
            {
                using TcpClient probe = new();
                await probe.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (waited.Elapsed < TimeSpan.FromSeconds(120) && !_process.HasExited)
            {
                // Not yet.
            }
        }
    }

    /// <summary>Stops it as systemd does: it writes down what it has.</summary>
    public async Task StopAsync()
    {
        _ = Kill(_process!.Id, SigTerm);
        await EndedAsync();
    }

    /// <summary>Stops it as a power cut does.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await EndedAsync();
    }

    /// <summary>What it has written down is gone, as with another disk; while it is stopped.</summary>
    public void Forget() => File.Delete(Path.Combine(_folder, "mosquitto.db"));

    public void Dispose()
    {
        if (_process is { HasExited: false })
        {
            _process.Kill();
            _process.WaitForExit(5000);
        }

        _process?.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task EndedAsync()
    {
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(120));
        await _process!.WaitForExitAsync(limit.Token);
        _process.Dispose();
        _process = null;
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}

/// <summary>A test that needs Debian's Mosquitto; it is skipped with a line that says so where that is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MosquittoFactAttribute : FactAttribute
{
    public MosquittoFactAttribute()
    {
        Skip = MosquittoServer.Missing;
    }
}
