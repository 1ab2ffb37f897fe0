using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;

using JamBox.Edge.Configuration;
using JamBox.Edge.Engine;

namespace JamBox.Edge.Tests.Link;

/// <summary>A clock that runs a hundred times as fast: waits of minutes take seconds, and nothing is left out.</summary>
public sealed class FastClock : TimeProvider
{
    private const int Speed = 100;

    private readonly DateTimeOffset _start = new(2026, 11, 28, 10, 0, 0, TimeSpan.Zero);
    private readonly long _began = Stopwatch.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => _start + (Stopwatch.GetElapsedTime(_began) * Speed);

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Short(dueTime), Short(period));

    private static TimeSpan Short(TimeSpan span) => span <= TimeSpan.Zero ? span
        : TimeSpan.FromMilliseconds(Math.Max(1, span.TotalMilliseconds / Speed));
}

/// <summary>What tests of the link need again and again.</summary>
internal static class LinkWorld
{
    public const string Token = "token-of-this-gateway";

    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(120);

    public static AgentSettings Settings(Uri server, string folder = "/nowhere", Uri? broker = null) => new()
    {
        Server = server,
        Gateway = "gw-1",
        Token = Token,
        Folder = folder,
        PollSeconds = 60,
        HeartbeatSeconds = 60,
        MqttBroker = broker,
        MqttTopic = "rv/deployment",
        MqttPrefix = "jambox",
        MqttEnvironment = "prod",
        TrustedKeys = [],
        DownloadIdleSeconds = 1,
        ReportsKept = 500,
        Trigger = "none",
        LocalMqtt = new Uri("mqtt://127.0.0.1:1883"),
    };

    public static Notice NoticeOf(byte[] package, string downloadUrl = "/api/deployment-download/d-1") => new(
        "d-1", "1.2.3", "package.zip", package.Length, Convert.ToHexStringLower(SHA256.HashData(package)), downloadUrl,
        "2026-11-28T09:00:00.000Z", new DateTimeOffset(2026, 11, 28, 9, 0, 0, TimeSpan.Zero));

    public static byte[] NoticeJson(string id, string timestamp) => Encoding.UTF8.GetBytes(
        $$"""
        {"id":"{{id}}","version":"1.2.3","filename":"p.zip","size":12,"sha256":"{{new string('a', 64)}}",
        "downloadUrl":"/api/deployment-download/{{id}}","timestamp":"{{timestamp}}"}
        """);

    public static StatusReport Report(
        long seq, DeploymentStatus status, int? progress = null, string id = "d-1", int attempt = 1, string? log = null) => new()
        {
            DeploymentId = id,
            Status = status,
            Version = "1.2.3",
            Progress = progress,
            Timestamp = "2026-11-28T10:00:00.000Z",
            Attempt = attempt,
            Seq = seq,
            Log = log,
        };

    /// <summary>Waits for something that happens elsewhere.</summary>
    public static async Task UntilAsync(Func<bool> happened, string what)
    {
        for (Stopwatch waited = Stopwatch.StartNew(); !happened(); await Task.Delay(5))
        {
            Assert.True(waited.Elapsed < Deadline, $"It did not happen within {Deadline.TotalSeconds:0} s: {what}");
        }
    }

    /// <summary>Ends a loop and waits until it has ended.</summary>
    public static async Task EndAsync(CancellationTokenSource stop, Task loop)
    {
        await stop.CancelAsync();
        await loop.WaitAsync(Deadline).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

/// <summary>A folder that is gone after the test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("jambox-edge-").FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public string Write(string name, string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        string path = File(name);
        System.IO.File.WriteAllText(path, text);
        if (!OperatingSystem.IsWindows())
        {
            System.IO.File.SetUnixFileMode(path, mode);
        }

        return path;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
