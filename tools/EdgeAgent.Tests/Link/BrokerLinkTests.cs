using System.Collections;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

using JamBox.Backend.Tests.Mqtt;
using JamBox.Edge.Configuration;
using JamBox.Edge.Link;

using Microsoft.Extensions.Logging.Abstractions;

using MQTTnet;
using MQTTnet.Protocol;

namespace JamBox.Edge.Tests.Link;

/// <summary>The agent at Debian's Mosquitto.</summary>
public sealed class BrokerLinkTests : IDisposable
{
    private const string All = "rv/deployment/available";
    private const string Own = "rv/deployment/available/gw-1";

    private readonly TemporaryFolder _folder = new();
    private readonly ConcurrentQueue<(string Topic, string Text)> _heard = new();
    private readonly CancellationTokenSource _stop = new();
    private volatile bool _isBroken;

    public void Dispose()
    {
        _stop.Dispose();
        _folder.Dispose();
    }

    [MosquittoFact]
    public async Task Retained_notices_for_all_and_for_one_and_the_configuration_are_heard_and_those_of_others_are_not()
    {
        using MosquittoServer broker = new();
        await broker.StartAsync();
        await SayAsync(broker, All, "1", retain: true);
        await SayAsync(broker, Own, "2", retain: true);
        await SayAsync(broker, "rv/deployment/available/gw-2", "3", retain: true);
        await SayAsync(broker, "jambox/prod/config/gw-1", "4", retain: true);
        using LiveSettings live = Live(broker);
        BrokerLink link = Link(live);
        Task loop = link.RunAsync(_stop.Token);
        await LinkWorld.UntilAsync(() => _heard.Count >= 3, "three messages");
        await SayAsync(broker, Own, "5");
        await LinkWorld.UntilAsync(() => _heard.Count >= 4, "the fourth message");
        await LinkWorld.EndAsync(_stop, loop);
        Assert.Equal(["1", "2", "4", "5"], _heard.Select(static one => one.Text).Order());
    }

    [MosquittoFact]
    public async Task What_was_not_kept_is_not_acknowledged_and_comes_again()
    {
        using MosquittoServer broker = new();
        await broker.StartAsync();
        using LiveSettings live = Live(broker);
        BrokerLink link = Link(live);
        Task loop = link.RunAsync(_stop.Token);
        await LinkWorld.UntilAsync(() => link.IsConnected, "a connection");
        _isBroken = true;

        // Not retained: only the session can bring it again.
        await SayAsync(broker, Own, "1");
        await LinkWorld.UntilAsync(() => _heard.Count >= 3, "it is tried again and again");
        Assert.All(_heard, static one => Assert.Equal("1", one.Text));
        _isBroken = false;
        int before = _heard.Count;
        await LinkWorld.UntilAsync(() => _heard.Count > before && link.IsConnected, "it is kept");
        await SayAsync(broker, Own, "2");
        await LinkWorld.UntilAsync(() => _heard.Any(static one => one.Text == "2"), "the next one");
        await LinkWorld.EndAsync(_stop, loop);
        Assert.Equal("2", _heard.Last().Text);
    }

    [MosquittoFact]
    public async Task What_was_said_while_the_agent_was_away_waits_in_its_session()
    {
        using MosquittoServer broker = new();
        await broker.StartAsync();
        using LiveSettings live = Live(broker);
        using (CancellationTokenSource stop = new())
        {
            BrokerLink first = Link(live);
            Task loop = first.RunAsync(stop.Token);
            await LinkWorld.UntilAsync(() => first.IsConnected, "a connection");
            await LinkWorld.EndAsync(stop, loop);
        }

        await SayAsync(broker, Own, "1");
        await broker.StopAsync();
        await broker.StartAsync();
        Task second = Link(live).RunAsync(_stop.Token);
        await LinkWorld.UntilAsync(() => !_heard.IsEmpty, "what waited");
        await LinkWorld.EndAsync(_stop, second);
        Assert.Equal("1", Assert.Single(_heard).Text);
    }

    [MosquittoFact]
    public async Task It_comes_back_after_the_broker_was_killed_and_subscribes_again()
    {
        using MosquittoServer broker = new();
        await broker.StartAsync();
        using LiveSettings live = Live(broker);
        BrokerLink link = Link(live);
        int connects = 0;
        link.Connected += () => Interlocked.Increment(ref connects);
        Task loop = link.RunAsync(_stop.Token);
        for (int round = 1; round <= 3; round++)
        {
            await LinkWorld.UntilAsync(() => connects >= round, $"connection {round}");
            await SayAsync(broker, Own, $"{round}");
            await LinkWorld.UntilAsync(() => _heard.Any(one => one.Text == $"{round}"), $"message {round}");
            await broker.KillAsync();

            // Nothing of the session is left: it must subscribe itself.
            broker.Forget();
            await LinkWorld.UntilAsync(() => !link.IsConnected, "the end of the connection is seen");
            Assert.False(await link.TrySendAsync("{}"u8.ToArray(), CancellationToken.None));
            await broker.StartAsync();
        }

        await LinkWorld.EndAsync(_stop, loop);
    }

    [MosquittoFact]
    public async Task Reports_go_to_the_gateways_own_topic()
    {
        using MosquittoServer broker = new();
        await broker.StartAsync();
        ConcurrentQueue<string> taken = new();
        using IMqttClient server = await ClientAsync(broker);
        server.ApplicationMessageReceivedAsync += args =>
        {
            taken.Enqueue($"{args.ApplicationMessage.Topic} {args.ApplicationMessage.ConvertPayloadToString()}");
            return Task.CompletedTask;
        };
        await server.SubscribeAsync("rv/deployment/status/#", MqttQualityOfServiceLevel.AtLeastOnce);
        using LiveSettings live = Live(broker);
        BrokerLink link = Link(live);
        Assert.False(await link.TrySendAsync("{}"u8.ToArray(), CancellationToken.None));
        Task loop = link.RunAsync(_stop.Token);
        await LinkWorld.UntilAsync(() => link.IsConnected, "a connection");
        Assert.True(await link.TrySendAsync("{\"seq\":1}"u8.ToArray(), CancellationToken.None));
        await LinkWorld.UntilAsync(() => !taken.IsEmpty, "the report");
        await LinkWorld.EndAsync(_stop, loop);
        Assert.Equal("rv/deployment/status/gw-1 {\"seq\":1}", taken.Single());
    }

    [MosquittoFact]
    public async Task A_broker_that_refuses_is_asked_again_and_another_token_counts_at_once()
    {
        string passwords = _folder.File("passwords");
        string mosquittoPasswd = "/usr/bin/mosquitto_passwd";
        Assert.True(File.Exists(mosquittoPasswd), "mosquitto_passwd is part of Debian's mosquitto");
        using (System.Diagnostics.Process made = System.Diagnostics.Process.Start(
            mosquittoPasswd, ["-c", "-b", passwords, "gw-1", "the-right-token-of-it"]))
        {
            await made.WaitForExitAsync();
        }

        using MosquittoServer broker = new($"password_file {passwords}");
        await broker.StartAsync();
        using LiveSettings live = Live(broker);
        BrokerLink link = Link(live);
        Task loop = link.RunAsync(_stop.Token);
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.False(link.IsConnected);
        SecretsFile.Write(_folder.File("agent.secrets"), """{"token":"the-right-token-of-it"}""");
        Assert.True(live.Reload());
        await LinkWorld.UntilAsync(() => link.IsConnected, "the right token");
        await LinkWorld.EndAsync(_stop, loop);
    }

    [MosquittoFact]
    public async Task A_broker_with_a_certificate_that_nobody_trusts_gets_no_token()
    {
        using X509Certificate2 certificate = FaultyServer.SelfSigned();
        string pem = _folder.Write("root.pem", certificate.ExportCertificatePem());
        string key = _folder.Write("key.pem", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        using MosquittoServer broker = new($"certfile {pem}\nkeyfile {key}");
        await broker.StartAsync();
        using LiveSettings live = Live(broker, secure: true);
        BrokerLink link = Link(live);
        Task loop = link.RunAsync(_stop.Token);
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.False(link.IsConnected);

        // Named as a root of its own it is trusted.
        WriteFile(broker, secure: true, root: pem);
        Assert.True(live.Reload());
        await LinkWorld.UntilAsync(() => link.IsConnected, "the root of its own");
        await LinkWorld.EndAsync(_stop, loop);
    }

    [Fact]
    public async Task A_broker_that_takes_the_connection_and_says_nothing_is_left_and_tried_again()
    {
        using TcpListener silent = new(IPAddress.Loopback, 0);
        silent.Start();
        _folder.Write("agent.secrets", """{"token":"token-of-this-gateway"}""");
        _folder.Write(
            "agent.json",
            $$$"""
            {"server":"https://jambox.example","gateway":"gw-1",
            "mqtt":{"broker":"mqtt://127.0.0.1:{{{((IPEndPoint)silent.LocalEndpoint).Port}}}"}}
            """);
        using LiveSettings live = new(_folder.File("agent.json"), new Hashtable(), NullLogger.Instance);
        Task loop = Link(live, TimeSpan.FromMilliseconds(50)).RunAsync(_stop.Token);
        List<TcpClient> held = [];
        while (held.Count < 3)
        {
            // Held, or it would be the broker that ends them.
            held.Add(await silent.AcceptTcpClientAsync().WaitAsync(LinkWorld.Deadline));
        }

        await LinkWorld.EndAsync(_stop, loop);
        held.ForEach(static client => client.Dispose());
    }

    [Fact]
    public async Task Without_a_broker_nothing_happens_until_there_is_one()
    {
        _folder.Write("agent.secrets", """{"token":"token-of-this-gateway"}""");
        _folder.Write("agent.json", """{"server":"https://jambox.example","gateway":"gw-1"}""");
        using LiveSettings live = new(_folder.File("agent.json"), new Hashtable(), NullLogger.Instance);
        Task loop = Link(live).RunAsync(_stop.Token);
        await Task.Delay(50);
        Assert.False(loop.IsCompleted);
        await LinkWorld.EndAsync(_stop, loop);
        Assert.True(loop.IsCanceled);
    }

    [Fact]
    public void Waits_double_up_to_a_limit_and_differ_from_gateway_to_gateway()
    {
        BackOff one = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(2), new Random(1));
        BackOff other = new(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(2), new Random(2));
        List<double> waits = [];
        for (int i = 0; i < 100; i++)
        {
            double wait = one.Next().TotalSeconds;
            double most = Math.Min(120, Math.Pow(2, i));
            Assert.InRange(wait, most / 2, most);
            Assert.NotEqual(wait, other.Next().TotalSeconds);
            waits.Add(wait);
        }

        one.Reset();
        Assert.InRange(one.Next().TotalSeconds, 0.5, 1);
    }

    private static async Task<IMqttClient> ClientAsync(MosquittoServer broker)
    {
        IMqttClient client = new MqttClientFactory().CreateMqttClient();
        await client.ConnectAsync(new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", broker.Port).Build());
        return client;
    }

    private static async Task SayAsync(MosquittoServer broker, string topic, string text, bool retain = false)
    {
        using IMqttClient client = await ClientAsync(broker);
        await client.PublishAsync(new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(text).WithRetainFlag(retain)
            .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build());
        await client.DisconnectAsync();
    }

    private LiveSettings Live(MosquittoServer broker, bool secure = false)
    {
        _folder.Write("agent.secrets", """{"token":"token-of-this-gateway"}""");
        WriteFile(broker, secure, root: null);
        return new LiveSettings(_folder.File("agent.json"), new Hashtable(), NullLogger.Instance);
    }

    private void WriteFile(MosquittoServer broker, bool secure, string? root)
    {
        string scheme = secure ? "mqtts" : "mqtt";
        string named = root is null ? string.Empty : $",\"root\":\"{root}\"";
        _folder.Write(
            "agent.json",
            $$$"""{"server":"https://jambox.example","gateway":"gw-1","mqtt":{"broker":"{{{scheme}}}://127.0.0.1:{{{broker.Port}}}"{{{named}}}}}""");
    }

    private BrokerLink Link(LiveSettings live, TimeSpan? limit = null) => new(
        live,
        (topic, payload, _) =>
        {
            _heard.Enqueue((topic, Encoding.UTF8.GetString(payload.Span)));
            return _isBroken ? throw new IOException("the disk is full") : ValueTask.CompletedTask;
        },
        new FastClock(), new Random(1), NullLogger<BrokerLink>.Instance)
    {
        EnterLimit = limit ?? LinkWorld.Deadline,
    };
}
