using System.Diagnostics;
using System.Text.Json;

using JamBox.Backend.Deployments;
using JamBox.Backend.Mqtt.Embedded;
using JamBox.Backend.Mqtt.Handling;
using JamBox.Backend.Mqtt.Outside;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Mqtt;
using JamBox.Backend.Tests.Mqtt.Embedded;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Deployments;

/// <summary>
/// Old watchers, as far as they are seen from here: Debian's mosquitto_sub at the topic of notices, and mosquitto_pub with words of how far
/// they are. The same, whether the broker is here or outside.
/// </summary>
public abstract class DeploymentMqttTests(BackendHost shared, params string[] args) : GatewayTest(shared, args), IAsyncLifetime
{
    protected const string Common = "rv/deployment/available";

    private readonly List<Watcher> _watchers = [];

    protected abstract int Port { get; }

    protected abstract bool IsListening { get; }

    /// <summary>Whether the broker knows whose word comes at a topic without an id.</summary>
    protected abstract bool KnowsWho { get; }

    async Task IAsyncLifetime.InitializeAsync()
    {
        await StartBrokerAsync();
        await InitializeAsync();
    }

    async Task IAsyncLifetime.DisposeAsync()
    {
        _watchers.ForEach(static watcher => watcher.Dispose());
        await DisposeAsync();
        EndBroker();
    }

    [MosquittoFact]
    public async Task AWatcherIsToldAtOnceAndWhenItComesLater()
    {
        string key = await GatewayAsync("shop-1");
        await UntilAsync(() => IsListening);
        Watcher early = Watch("shop-1", key, Common);
        await PublishAsync(await PackageAsync("1.2.2"));
        Assert.Contains("\"version\":\"1.2.2\"", await early.LineAsync(), StringComparison.Ordinal);
        string id = await PackageAsync("1.2.3");
        await PublishAsync(id);
        string notice = (await CallAsync(HttpMethod.Get, "/api/deployments/notice", key)).Body;
        Assert.Equal($"{Common} {notice}", await early.LineAsync());
        Watcher late = Watch("shop-1", key, Common);
        Assert.Equal($"{Common} {notice}", await late.LineAsync());

        // One alone: at its own topic; the common one stays.
        string other = await PackageAsync("1.2.4");
        await PublishAsync(other, """{"gateways":["shop-1"]}""");
        Watcher own = Watch("shop-1", key, Common, $"{Common}/shop-1");
        string[] lines = [await own.LineAsync(), await own.LineAsync()];
        Assert.Contains($"{Common} {notice}", lines);
        Assert.Contains(lines, line => line.StartsWith($"{Common}/shop-1 {{\"id\":\"{other}\",", StringComparison.Ordinal));
    }

    [MosquittoFact]
    public async Task WhatAWatcherSaysIsFollowed()
    {
        string key = await GatewayAsync("shop-1");
        string id = await PackageAsync("1.2.3");
        await PublishAsync(id);
        await UntilAsync(() => IsListening);
        string word = $$"""{"deploymentId":"{{id}}","status":"downloading","version":"1.2.3","progress":40,"""
            + """ "timestamp":"2026-01-29T09:00:00.123456"}""";
        await SayByMqttAsync("shop-1", key, "rv/deployment/status/shop-1", word);
        await UntilHistoryAsync("shop-1 >1.2.3 downloading  1 configured");
        await SayByMqttAsync(
            "shop-1", key, "rv/deployment/status", word.Replace("downloading", "completed", StringComparison.Ordinal)
                .Replace("{", "{\"device_id\":\"shop-1\",", StringComparison.Ordinal));
        await UntilHistoryAsync("shop-1 >1.2.3 completed completed 1 configured");

        // The same over HTTP: once.
        (int status, _) = await SayAnyAsync(key, word);
        Assert.Equal(200, status);
        await UntilHistoryAsync("shop-1 >1.2.3 completed completed 1 configured");

        // Without an id only a broker that knows who speaks can be told; nonsense is counted, and the next is taken.
        string failed = word.Replace("downloading", "failed", StringComparison.Ordinal)
            .Replace("09:00:00", "09:00:09", StringComparison.Ordinal);
        long refused = Refused;
        await SayByMqttAsync("shop-1", key, "rv/deployment/status", "[]");
        await SayByMqttAsync("shop-1", key, "rv/deployment/status/shop-1", "{");
        await SayByMqttAsync(
            "shop-1", key, "rv/deployment/status/shop-1",
            failed.Replace(id, "6f1c0f0e-3a52-4a8e-9d2b-ffffffffffff", StringComparison.Ordinal));
        await SayByMqttAsync(
            "shop-1", key, "rv/deployment/status/shop-1",
            failed.Replace("{", "{\"gateway\":\"shop-2\",", StringComparison.Ordinal));
        await SayByMqttAsync("shop-1", key, "rv/deployment/status", failed);
        await UntilAsync(() => Refused >= refused + (KnowsWho ? 4 : 5));
        await SayByMqttAsync(
            "shop-1", key, "rv/deployment/status/shop-1", failed.Replace("09:00:09", "09:00:10", StringComparison.Ordinal));
        await UntilHistoryAsync("shop-1 >1.2.3 failed failed 1 configured");
    }

    [MosquittoFact]
    public async Task WhatIsTakenBackIsTakenFromItsTopic()
    {
        string key = await GatewayAsync("shop-1");
        await UntilAsync(() => IsListening);
        string first = await PackageAsync("1.0.0");
        string second = await PackageAsync("1.1.0");
        await PublishAsync(first);
        await PublishAsync(second);
        await PublishAsync(second, """{"gateways":["shop-1"],"maxFailures":0}""");
        await UntilTopicAsync(key, Common, second);
        await UntilTopicAsync(key, $"{Common}/shop-1", second);

        await DeleteAsync(second);
        Service<DeploymentNews>().Wake();
        await UntilTopicAsync(key, Common, first);
        await UntilTopicAsync(key, $"{Common}/shop-1", null);

        // While the backend is away, too: it says so when it is there again.
        await WriteAsync(session =>
        {
            DeploymentRollouts.Withdraw(session, first, "test", Now);
            return session.Execute("DELETE FROM deployments WHERE id = $1", first);
        });
        await Host.RestartAsync();
        await UntilAsync(() => IsListening);
        await UntilTopicAsync(key, Common, null);
    }

    [MosquittoFact]
    public async Task AfterARestartAllStandsAtItsTopicsAgain()
    {
        string key = await GatewayAsync("shop-1");
        await UntilAsync(() => IsListening);
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id);
        await UntilTopicAsync(key, Common, id);
        await Host.RestartAsync();
        await UntilAsync(() => IsListening);
        await UntilTopicAsync(key, Common, id);
    }

    /// <summary>Its topic is not its id's next owner's.</summary>
    [MosquittoFact]
    public async Task WhatADeletedGatewayWasToldIsTakenFromItsTopic()
    {
        string key = await GatewayAsync("shop-1");
        await UntilAsync(() => IsListening);
        string id = await PackageAsync("1.0.0");
        await DoAsync(HttpMethod.Post, "/api/deployments/gateways/shop-1/deploy", $$"""{"deploymentId":"{{id}}"}""");
        await UntilTopicAsync(key, $"{Common}/shop-1", id);
        await DoAsync(HttpMethod.Delete, "/api/device/shop-1");

        // What was known of topics in the process is gone.
        await Host.RestartAsync();
        await UntilAsync(() => IsListening);
        Assert.Equal(("shop-1", null), Assert.Single(Read(static session => DeploymentNotices.Topics(session, 0))));
        key = await GatewayAsync("shop-1");
        Assert.Null(await NoticeAsync(key));
        await UntilTopicAsync(key, $"{Common}/shop-1", null);
        Assert.Equal(("shop-1", null), Assert.Single(Read(static session => DeploymentNotices.Topics(session, 0))));
    }

    protected T Service<T>()
        where T : notnull => Host.Services.GetRequiredService<T>();

    protected virtual Task StartBrokerAsync() => Task.CompletedTask;

    protected virtual void EndBroker()
    {
    }

    protected long Refused => Service<MqttRefusals>().Count;

    private protected Watcher Watch(string user, string password, params string[] topics)
    {
        Watcher watcher = new(Port, user, password, topics);
        _watchers.Add(watcher);
        return watcher;
    }

    protected async Task SayByMqttAsync(string user, string password, string topic, string payload) => Assert.Equal(0, await RunAsync(
        MosquittoClients.Publisher, "-p", $"{Port}", "-u", user, "-P", password, "-q", "1", "-t", topic, "-m", payload));

    protected static async Task<int> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardError = true, RedirectStandardOutput = true,
        })!;
        using CancellationTokenSource limit = new(TimeSpan.FromSeconds(120));
        Task<string> errors = process.StandardError.ReadToEndAsync(limit.Token);
        await process.StandardOutput.ReadToEndAsync(limit.Token);
        await errors;
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    /// <summary>What stands at a topic, seen by one who comes now: the deployment, or nothing.</summary>
    protected async Task UntilTopicAsync(string key, string topic, string? id)
    {
        for (Stopwatch waited = Stopwatch.StartNew(); ; await Task.Delay(50))
        {
            using Watcher watcher = new(Port, "shop-1", key, [topic], "--retained-only", "-W", "1");
            string? line = await watcher.NextAsync();
            if (id is null ? line is null : line?.Contains($"\"id\":\"{id}\"", StringComparison.Ordinal) == true)
            {
                return;
            }

            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(120), $"{topic}: {line}");
        }
    }

    protected static async Task UntilAsync(Func<bool> isSo)
    {
        for (Stopwatch waited = Stopwatch.StartNew(); !isSo(); await Task.Delay(20))
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(120), "It did not come within 120 s.");
        }
    }

    private async Task UntilHistoryAsync(string line)
    {
        string[] rows = [];
        for (Stopwatch waited = Stopwatch.StartNew(); !rows.SequenceEqual([line]); await Task.Delay(20))
        {
            rows = await HistoryAsync();
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(120), string.Join('\n', rows));
        }
    }

    /// <summary>mosquitto_sub.</summary>
    private protected sealed class Watcher : IDisposable
    {
        private readonly Process _process;

        public Watcher(int port, string user, string password, string[] topics, params string[] more)
        {
            _process = Process.Start(new ProcessStartInfo(
                MosquittoClients.Subscriber,
                [
                    "-p", $"{port}", "-u", user, "-P", password, "-q", "1", "-v", .. more,
                    .. topics.SelectMany(static one => new[] { "-t", one }),
                ])
            {
                RedirectStandardOutput = true, RedirectStandardError = true,
            })!;
            _process.ErrorDataReceived += static (_, _) => { };
            _process.BeginErrorReadLine();
        }

        public async Task<string> LineAsync() => await NextAsync() ?? "it ended";

        /// <summary>The next message; null = it has ended.</summary>
        public async Task<string?> NextAsync()
        {
            string? line;
            do
            {
                line = await ReadAsync();
            }
            while (line?.StartsWith("rv/", StringComparison.Ordinal) == false);
            return line;
        }

        public void Dispose()
        {
            if (!_process.HasExited)
            {
                _process.Kill();
                _process.WaitForExit(5000);
            }

            _process.Dispose();
        }

        private async Task<string?> ReadAsync()
        {
            using CancellationTokenSource limit = new(TimeSpan.FromSeconds(240));
            return await _process.StandardOutput.ReadLineAsync(limit.Token);
        }
    }
}

/// <summary>Through the broker in the backend.</summary>
public abstract class EmbeddedDeploymentMqttTests(BackendHost shared)
    : DeploymentMqttTests(shared, "--Mqtt:Listen=127.0.0.1:0", "--Mqtt:MessagesPerMinute=1000000")
{
    protected override int Port => Service<EmbeddedBroker>().EndPoints[0].Port;

    protected override bool IsListening => true;

    protected override bool KnowsWho => true;

    /// <summary>mosquitto_sub says 0x87 to what it may not hear, and the broker counts what it may not say.</summary>
    [MosquittoFact]
    public async Task NobodyHearsOrSaysWhatIsAnothers()
    {
        string key = await GatewayAsync("shop-1");
        await GatewayAsync("shop-2");
        string thing = (await DoAsync(HttpMethod.Post, "/api/device/register", """{"device_id":"clock-1","kind":"thing"}"""))
            .GetProperty("token").GetString()!;
        string viewer = await KeyAsync("viewer", await PlaceAsync("Mill Street"));
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id);
        foreach ((string user, string password, string topic, bool may) in new[]
        {
            ("shop-1", key, Common, true), ("shop-1", key, $"{Common}/shop-1", true), ("shop-1", key, $"{Common}/shop-2", false),
            ("shop-1", key, $"{Common}/+", false), ("shop-1", key, "rv/deployment/#", false), ("shop-1", key, "rv/#", false),
            ("shop-1", key, "rv/deployment/status", false), ("clock-1", thing, Common, false),
            ("clock-1", thing, $"{Common}/clock-1", false),
            (Device.Id, Device.Token, Common, false), ("key", viewer, Common, false), ("key", viewer, $"{Common}/shop-1", false),
            ("key", BackendHost.AdminKey, "rv/deployment/#", true), ("key", BackendHost.AdminKey, "rv/#", false),
        })
        {
            long before = Refused;

            // -E: it ends when it was answered.
            await RunAsync(MosquittoClients.Subscriber, "-p", $"{Port}", "-u", user, "-P", password, "-q", "1", "-E", "-t", topic);
            Assert.True((Refused == before) == may, $"{user} hears {topic}");
        }

        string word = $$"""{"deploymentId":"{{id}}","status":"completed","version":"1.0.0"}""";
        foreach ((string user, string password, string topic) in new[]
        {
            ("shop-1", key, "rv/deployment/status/shop-2"), ("shop-1", key, Common), ("shop-1", key, $"{Common}/shop-1"),
            ("clock-1", thing, "rv/deployment/status"), ("clock-1", thing, "rv/deployment/status/clock-1"),
            (Device.Id, Device.Token, "rv/deployment/status"), ("key", BackendHost.AdminKey, Common),
            ("key", BackendHost.AdminKey, $"{Common}/shop-1"), ("key", viewer, "rv/deployment/status/shop-1"),
        })
        {
            long before = Refused;
            await SayByMqttAsync(user, password, topic, word);
            Assert.True(Refused == before + 1, $"{user} says {topic}");
        }

        Assert.Empty(await HistoryAsync());
        await UntilTopicAsync(key, Common, id);
    }

    /// <summary>Staged notices are for whose turn has come: an old watcher hears only what is for all.</summary>
    [MosquittoFact]
    public async Task AStageIsHeardByItsGatewaysAlone()
    {
        string key = await GatewayAsync("shop-1");
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id, """{"stages":[{"percent":50},{"percent":100}],"waitMinutes":0}""");
        await UntilTopicAsync(key, $"{Common}/shop-1", id);
        await UntilTopicAsync(key, Common, null);
        await DoAsync(HttpMethod.Post, $"/api/deployments/{id}/advance");
        await UntilTopicAsync(key, Common, id);
        await DoAsync(HttpMethod.Post, $"/api/deployments/{id}/pause");
        await UntilTopicAsync(key, Common, null);
        await UntilTopicAsync(key, $"{Common}/shop-1", null);
        await DoAsync(HttpMethod.Post, $"/api/deployments/{id}/resume");
        await UntilTopicAsync(key, Common, id);
    }
}

/// <summary>Through Debian's Mosquitto.</summary>
public abstract class OutsideDeploymentMqttTests : DeploymentMqttTests
{
    private readonly MosquittoServer _broker;

    protected OutsideDeploymentMqttTests(BackendHost shared)
        : this(shared, new MosquittoServer())
    {
    }

    private OutsideDeploymentMqttTests(BackendHost shared, MosquittoServer broker)
        : base(shared, $"--Mqtt:Broker=mqtt://jambox:secret@127.0.0.1:{broker.Port}", $"--Mqtt:ClientId=deploy{broker.Port}")
    {
        _broker = broker;
    }

    protected override int Port => _broker.Port;

    protected override bool IsListening => Service<OutsideBroker>().IsConnected;

    protected override bool KnowsWho => false;

    /// <summary>The broker's disk is another one: what it kept is gone, and is said again without anybody asking.</summary>
    [MosquittoFact]
    public async Task ABrokerThatHasForgottenIsToldAgain()
    {
        string key = await GatewayAsync("shop-1");
        await UntilAsync(() => IsListening);
        string id = await PackageAsync("1.0.0");
        await PublishAsync(id);
        await UntilTopicAsync(key, Common, id);
        await _broker.StopAsync();
        await UntilAsync(() => !IsListening);
        _broker.Forget();

        // Published while it is away.
        string next = await PackageAsync("1.1.0");
        await PublishAsync(next, """{"gateways":["shop-1"]}""");
        await _broker.StartAsync();
        await UntilTopicAsync(key, Common, id);
        await UntilTopicAsync(key, $"{Common}/shop-1", next);
    }

    protected override Task StartBrokerAsync() => _broker.StartAsync();

    protected override void EndBroker() => _broker.Dispose();
}
