using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

using JamBox.Demo;

namespace JamBox.Backend.Tests.Mqtt;

/// <summary>
/// Debian's RabbitMQ with MQTT on a loopback port of its own, as docs/mqtt.md says it is to be set up: it asks a backend on
/// <see cref="BackendPort"/> whom to let in.
/// </summary>
public sealed class RabbitServer : IAsyncLifetime
{
    public const string AuthKey = "key-of-the-rabbit";

    private const int SigTerm = 15;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(240);

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-rabbit-").FullName;
    private readonly int _nodePort = LoopbackPort.Pick();
    private readonly int _mapperPort = LoopbackPort.Pick();
    private Process? _process;

    public static string? Missing => Program is not null ? null : "Debian's rabbitmq-server is not installed";

    /// <summary>Where devices connect.</summary>
    public int Port { get; } = LoopbackPort.Pick();

    /// <summary>Where the backend is asked.</summary>
    public int BackendPort { get; } = LoopbackPort.Pick();

    /// <summary>The one in the package's own folder: that in /usr/sbin wants to be another user.</summary>
    private static string? Program => Directory.Exists("/usr/lib/rabbitmq/lib")
        ? Directory.GetFiles("/usr/lib/rabbitmq/lib", "rabbitmq-server", SearchOption.AllDirectories).FirstOrDefault()
        : null;

    public async Task InitializeAsync()
    {
        if (Missing is not null)
        {
            return;
        }

        await File.WriteAllTextAsync(InFolder("enabled_plugins"), "[rabbitmq_mqtt,rabbitmq_auth_backend_http].\n");
        await File.WriteAllTextAsync(InFolder("rabbitmq.conf"), Configuration());
        ProcessStartInfo start = new(Program!) { RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = _folder };
        foreach ((string name, string value) in Settings())
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start)!;
        _process.OutputDataReceived += static (_, _) => { };
        _process.ErrorDataReceived += static (_, _) => { };
        _process.BeginErrorReadLine();
        _process.BeginOutputReadLine();
        await AwaitPortAsync();
    }

    public async Task DisposeAsync()
    {
        if (_process is not null)
        {
            // The shell that started it has become the server, or waits for it: whichever, its own pid is in the file.
            if (File.Exists(InFolder("pid")) && int.TryParse(await File.ReadAllTextAsync(InFolder("pid")), out int server))
            {
                _ = Kill(server, SigTerm);
            }

            using CancellationTokenSource limit = new(TimeSpan.FromSeconds(120));
            try
            {
                await _process.WaitForExitAsync(limit.Token);
            }
            catch (OperationCanceledException)
            {
                _process.Kill(entireProcessTree: true);
            }

            _process.Dispose();
            using Process? mapper = Process.Start(
                new ProcessStartInfo("epmd", ["-port", $"{_mapperPort}", "-kill"]) { RedirectStandardOutput = true });
            await mapper!.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Directory.Delete(_folder, recursive: true);
    }

    private string InFolder(string name) => Path.Combine(_folder, name);

    private string Configuration()
    {
        string asked = $"http://127.0.0.1:{BackendPort}/mqtt/auth/rabbit";
        return $"""
            listeners.tcp = none
            mqtt.listeners.tcp.1 = 127.0.0.1:{Port}
            mqtt.allow_anonymous = false
            auth_backends.1 = http
            auth_http.http_method = post
            auth_http.user_path = {asked}/user?key={AuthKey}
            auth_http.vhost_path = {asked}/vhost?key={AuthKey}
            auth_http.resource_path = {asked}/resource?key={AuthKey}
            auth_http.topic_path = {asked}/topic?key={AuthKey}

            """;
    }

    private IEnumerable<(string Name, string Value)> Settings() =>
    [
        ("HOME", _folder),
        ("RABBITMQ_CONF_ENV_FILE", "/dev/null"),
        ("RABBITMQ_CONFIG_FILE", InFolder("rabbitmq.conf")),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", InFolder("enabled_plugins")),
        ("RABBITMQ_MNESIA_BASE", InFolder("data")),
        ("RABBITMQ_LOG_BASE", InFolder("log")),
        ("RABBITMQ_PID_FILE", InFolder("pid")),
        ("RABBITMQ_DIST_PORT", $"{_nodePort}"),
        ("ERL_EPMD_PORT", $"{_mapperPort}"),
        ("ERL_EPMD_ADDRESS", "127.0.0.1"),
        ("RABBITMQ_NODENAME", $"jambox{Port}@localhost"),
        ("RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS", "-kernel inet_dist_use_interface {127,0,0,1}"),
    ];

    /// <summary>It may end with exit code 0 without ever having been there: the port decides.</summary>
    private async Task AwaitPortAsync()
    {
        for (Stopwatch waited = Stopwatch.StartNew(); ; await Task.Delay(100))
        {
            try
            {
                using TcpClient probe = new();
                await probe.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (waited.Elapsed < s_patience && !_process!.HasExited)
            {
                // Not yet.
            }
        }
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);
}

/// <summary>A test that needs Debian's RabbitMQ; it is skipped with a line that says so where that is not installed.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RabbitFactAttribute : FactAttribute
{
    public RabbitFactAttribute()
    {
        Skip = RabbitServer.Missing;
    }
}
