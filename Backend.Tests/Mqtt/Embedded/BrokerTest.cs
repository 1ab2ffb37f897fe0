using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Mqtt;
using JamBox.Backend.Mqtt.Embedded;
using JamBox.Backend.Tests.Hosting;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace JamBox.Backend.Tests.Mqtt.Embedded;

/// <summary>A backend with a broker in it, and clients.</summary>
public abstract class BrokerTest : IAsyncLifetime
{
    private readonly List<IDisposable> _clients = [];

    protected BrokerTest(BackendHost shared, bool isManual = false, params string[] args)
    {
        Network = isManual ? new ManualClock() : null;
        Host = new BackendHost(shared.Storage)
        {
            Args = ["--Mqtt:Listen=127.0.0.1:0", "--Mqtt:Prefixes=jambox:device+env,vesper:serial", .. args],
            Configure = Configure,
        };
    }

    protected BackendHost Host { get; }

    /// <summary>The time of the network, where a test moves it.</summary>
    protected ManualClock? Network { get; }

    private protected EmbeddedBroker Broker => Service<EmbeddedBroker>();

    protected int Port => Broker.EndPoints[0].Port;

    public Task InitializeAsync() => Host.InitializeAsync();

    public virtual Task DisposeAsync()
    {
        _clients.ForEach(static client => client.Dispose());
        return Host.DisposeAsync();
    }

    protected virtual void Configure(WebApplicationBuilder builder)
    {
        if (Network is not null)
        {
            builder.Services.AddSingleton(new NetworkClock(Network));
        }
    }

    protected T Service<T>()
        where T : notnull => Host.Services.GetRequiredService<T>();

    protected async Task<(int Status, JsonElement Json)> AdminAsync(HttpMethod method, string path, string? body = null)
    {
        using HttpResponseMessage answer = await Host.AdminAsync(method, path, body);
        string text = await answer.Content.ReadAsStringAsync();
        return ((int)answer.StatusCode, text.Length == 0 ? default : JsonElement.Parse(text));
    }

    protected async Task<JsonElement> GetAsync(string path)
    {
        (int status, JsonElement json) = await AdminAsync(HttpMethod.Get, path);
        Assert.Equal(200, status);
        return json;
    }

    /// <summary>Registers a thing.</summary>
    /// <returns>Its token.</returns>
    protected async Task<string> ThingAsync(string id)
    {
        (int status, JsonElement json) = await AdminAsync(
            HttpMethod.Post, "/api/device/register", $$"""{"device_id":"{{id}}","kind":"thing"}""");
        Assert.Equal(201, status);
        return json.GetProperty("token").GetString()!;
    }

    protected async Task<string> ValuesAsync(string id) => (await GetAsync($"/api/things/{id}")).GetProperty("values").GetRawText();

    protected RawMqtt Raw()
    {
        RawMqtt raw = new(Port);
        _clients.Add(raw);
        return raw;
    }

    /// <summary>A registered thing, connected byte by byte.</summary>
    protected async Task<RawMqtt> RawThingAsync(string id, int keepAlive = 0) =>
        await Raw().ConnectAsync(id, await ThingAsync(id), keepAlive: keepAlive);

    private protected async Task<Listener> ConnectAsync(
        string user, string password, string clientId = "client", MqttProtocolVersion version = MqttProtocolVersion.V500,
        Func<MqttClientOptionsBuilder, MqttClientOptionsBuilder>? more = null)
    {
        Listener listener = new();
        _clients.Add(listener);
        MqttClientOptionsBuilder options = new MqttClientOptionsBuilder().WithTcpServer("127.0.0.1", Port).WithCredentials(user, password)
            .WithClientId(clientId).WithProtocolVersion(version).WithTimeout(TimeSpan.FromSeconds(120));
        listener.Result = (await listener.Client.ConnectAsync((more?.Invoke(options) ?? options).Build())).ResultCode;
        return listener;
    }

    protected static async Task UntilAsync(Func<Task<bool>> isSo)
    {
        for (Stopwatch waited = Stopwatch.StartNew(); !await isSo(); await Task.Delay(10))
        {
            Assert.True(waited.Elapsed < TimeSpan.FromSeconds(120), "It did not come within 120 s.");
        }
    }

    protected static Task UntilAsync(Func<bool> isSo) => UntilAsync(() => Task.FromResult(isSo()));

    /// <summary>A client that keeps what it hears.</summary>
    private protected sealed class Listener : IDisposable
    {
        private readonly ConcurrentQueue<string> _heard = new();

        public Listener()
        {
            Client.ApplicationMessageReceivedAsync += args =>
            {
                string retained = args.ApplicationMessage.Retain ? " (retained)" : "";
                _heard.Enqueue($"{args.ApplicationMessage.Topic} {args.ApplicationMessage.ConvertPayloadToString()}{retained}");
                return Task.CompletedTask;
            };
        }

        public IMqttClient Client { get; } = new MqttClientFactory().CreateMqttClient();

        /// <summary>What the broker answered.</summary>
        public MqttClientConnectResultCode Result { get; set; }

        /// <summary>How many wait to be looked at.</summary>
        public int Count => _heard.Count;

        public async Task<MqttClientSubscribeResultCode> SubscribeAsync(string filter) =>
            (await Client.SubscribeAsync(filter, MqttQualityOfServiceLevel.AtLeastOnce)).Items.Single().ResultCode;

        public Task<MqttClientPublishResult> SayAsync(
            string topic, string payload, MqttQualityOfServiceLevel qos = MqttQualityOfServiceLevel.AtLeastOnce) =>
            Client.PublishStringAsync(topic, payload, qos);

        /// <summary>The next message.</summary>
        public async Task<string> HearAsync()
        {
            string? text = null;
            await UntilAsync(() => _heard.TryDequeue(out text));
            return text!;
        }

        /// <summary>The next message with a text in it, whatever comes before: the server may say the same more than once.</summary>
        public async Task<string> HearAsync(string with)
        {
            string text;
            do
            {
                text = await HearAsync();
            }
            while (!text.Contains(with, StringComparison.Ordinal));
            return text;
        }

        public void Dispose() => Client.Dispose();
    }
}
