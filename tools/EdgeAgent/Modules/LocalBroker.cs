using System.Security.Cryptography.X509Certificates;

using Microsoft.Extensions.Logging;

using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace JamBox.Edge.Modules;

/// <summary>How to reach the gateway's own broker (<c>modules.mqtt</c>).</summary>
/// <param name="Address"><c>mqtt://host[:1883]</c> or <c>mqtts://host[:8883]</c>, without a password.</param>
/// <param name="User">The user; may be null.</param>
/// <param name="Password">The password; may be null.</param>
/// <param name="RootFile">The certificates that a broker over TLS is trusted by, a PEM file; null = those of the system.</param>
public sealed record LocalBrokerOptions(Uri Address, string? User = null, string? Password = null, string? RootFile = null)
{
    /// <summary>Reads the setting: <c>host</c>, <c>host:port</c>, or with <c>mqtt://</c> or <c>mqtts://</c> before it.</summary>
    /// <param name="text">The setting.</param>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static Uri ReadAddress(string text)
    {
        string whole = text.Contains("://", StringComparison.Ordinal) ? text : $"mqtt://{text}";
        return Uri.TryCreate(whole, UriKind.Absolute, out Uri? address)
            && address.Scheme is "mqtt" or "mqtts" && address.Host.Length > 0 && address.UserInfo.Length == 0
            && address.AbsolutePath is "/" or ""
            ? address
            : throw new FormatException("modules.mqtt must be HOST, HOST:PORT, mqtt://HOST or mqtts://HOST, without a password.");
    }
}

/// <summary>
/// The connection to the gateway's own broker: hears the modules' versions and sends CAN messages. It is made anew whenever it ends, ever
/// more slowly while it fails. The waits are of the real world, for the broker lives there.
/// </summary>
public sealed class LocalBroker : IDisposable
{
    /// <summary>How long a call to the broker may take.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    private const int FirstDelayMs = 250;
    private const int MaxDelayMs = 30_000;
    private const int MaxDoublings = 7;
    private const int PlainPort = 1883;
    private const int TlsPort = 8883;
    private const uint MaxPacketBytes = 64 * 1024;

    private static readonly TimeSpan s_keepAlive = TimeSpan.FromSeconds(30);

    private readonly LocalBrokerOptions _options;
    private readonly ILogger _logger;
    private readonly string _clientId = $"jambox-edge-{Guid.NewGuid():N}"[..23];
    private readonly Lock _gate = new();
    private TaskCompletionSource<IMqttClient> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private MqttProtocolVersion _version = MqttProtocolVersion.V500;
    private string? _said;

    /// <summary>Makes it; <see cref="RunAsync"/> connects.</summary>
    /// <param name="options">Where the broker is.</param>
    /// <param name="time">The clock of waits for versions.</param>
    /// <param name="logger">Where it says that it cannot connect.</param>
    public LocalBroker(LocalBrokerOptions options, TimeProvider time, ILogger<LocalBroker> logger)
    {
        _options = options;
        _logger = logger;
        Versions = new VersionBook(time, areHeard: true);
    }

    /// <summary>How long connecting and subscribing may take together.</summary>
    internal TimeSpan EnterLimit { get; init; } = CallTimeout;

    /// <summary>The versions that modules say.</summary>
    public VersionBook Versions { get; }

    /// <summary>Whether it is connected.</summary>
    public bool IsConnected
    {
        get
        {
            lock (_gate)
            {
                return _ready.Task.IsCompletedSuccessfully;
            }
        }
    }

    /// <summary>Waits until it is connected, 10 s at most.</summary>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>Whether it is.</returns>
    public async Task<bool> IsReachedAsync(CancellationToken cancel)
    {
        try
        {
            await ReadyAsync().WaitAsync(CallTimeout, cancel).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    /// <summary>Connects, and again whenever the connection ends.</summary>
    /// <param name="cancel">Ends it.</param>
    public async Task RunAsync(CancellationToken cancel)
    {
        int failures = 0;
        while (!cancel.IsCancellationRequested)
        {
            failures = await ConnectOnceAsync(cancel).ConfigureAwait(false) ? 0 : failures + 1;
            int most = Math.Min(MaxDelayMs, FirstDelayMs << Math.Min(failures, MaxDoublings));
            await Task.Delay((most / 2) + Random.Shared.Next((most / 2) + 1), cancel)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Sends a message, once it is connected.</summary>
    /// <param name="topic">The topic.</param>
    /// <param name="payload">The message.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="IOException">The broker did not take it within 10 s.</exception>
    public async Task PublishAsync(string topic, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(CallTimeout);
        try
        {
            IMqttClient client = await ReadyAsync().WaitAsync(limit.Token).ConfigureAwait(false);
            MqttApplicationMessage message = new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(payload.ToArray())
                .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build();
            MqttClientPublishResult result = await client.PublishAsync(message, limit.Token).ConfigureAwait(false);
            if (!result.IsSuccess)
            {
                throw new IOException($"The gateway's broker refuses messages to {topic}: {result.ReasonCode}.");
            }
        }
        catch (Exception fault) when (fault is not (OutOfMemoryException or IOException))
        {
            cancel.ThrowIfCancellationRequested();
            throw new IOException($"The gateway's broker at {Shown} took no message within {CallTimeout.TotalSeconds:0} s.", fault);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _ready.TrySetCanceled();
        }
    }

    private string Shown => $"{_options.Address.Host}:{Port}";

    private int Port => _options.Address.Port > 0 ? _options.Address.Port : _options.Address.Scheme == "mqtts" ? TlsPort : PlainPort;

    private Task<IMqttClient> ReadyAsync()
    {
        lock (_gate)
        {
            return _ready.Task;
        }
    }

    /// <returns>Whether there was a connection.</returns>
    private async Task<bool> ConnectOnceAsync(CancellationToken cancel)
    {
        TaskCompletionSource ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using IMqttClient client = new MqttClientFactory().CreateMqttClient();
        client.DisconnectedAsync += _ =>
        {
            ended.TrySetResult();
            return Task.CompletedTask;
        };
        client.ApplicationMessageReceivedAsync += args =>
        {
            MqttApplicationMessage message = args.ApplicationMessage;
            if (message.Payload.Length <= VersionMessage.MaxBytes)
            {
                Versions.Take(message.Topic, System.Buffers.BuffersExtensions.ToArray(message.Payload), message.Retain);
            }

            return Task.CompletedTask;
        };
        bool wasConnected = false;
        try
        {
            await ConnectAsync(client, cancel).ConfigureAwait(false);
            wasConnected = true;
            lock (_gate)
            {
                _ready.TrySetResult(client);
            }

            _said = null;
            _logger.LogInformation("Connected to the gateway's own broker at {Broker}", Shown);
            await ended.Task.WaitAsync(cancel).ConfigureAwait(false);
            _logger.LogWarning("The connection to the gateway's own broker at {Broker} ended", Shown);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // The agent ends.
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            // A broker that does not know MQTT 5 cuts the connection, or says so: the other one is tried in turn.
            _version = _version == MqttProtocolVersion.V500 ? MqttProtocolVersion.V311 : MqttProtocolVersion.V500;
            Say(fault.GetBaseException().Message);
        }

        lock (_gate)
        {
            if (_ready.Task.IsCompleted && !_ready.Task.IsCanceled)
            {
                _ready = new TaskCompletionSource<IMqttClient>(TaskCreationOptions.RunContinuationsAsynchronously);
            }
        }

        await LeaveAsync(client).ConfigureAwait(false);
        return wasConnected;
    }

    private async Task ConnectAsync(IMqttClient client, CancellationToken cancel)
    {
        MqttClientOptionsBuilder builder = new MqttClientOptionsBuilder()
            .WithTcpServer(_options.Address.Host, Port).WithProtocolVersion(_version).WithClientId(_clientId)
            .WithCleanSession().WithKeepAlivePeriod(s_keepAlive).WithTimeout(CallTimeout);
        if (_version == MqttProtocolVersion.V500)
        {
            builder = builder.WithMaximumPacketSize(MaxPacketBytes);
        }

        if (_options.User is { Length: > 0 } user)
        {
            builder = builder.WithCredentials(user, _options.Password);
        }

        if (_options.Address.Scheme == "mqtts")
        {
            builder = builder.WithTlsOptions(tls =>
            {
                tls.UseTls(true).WithTargetHost(_options.Address.Host);
                if (_options.RootFile is { Length: > 0 } file)
                {
                    X509Certificate2Collection roots = [];
                    roots.ImportFromPemFile(file);
                    tls.WithTrustChain(roots).WithRevocationMode(X509RevocationMode.NoCheck);
                }
            });
        }

        // The library has no deadline of its own when it can be called off.
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(EnterLimit);
        try
        {
            await EnterAsync(client, builder.Build(), limit.Token).ConfigureAwait(false);
        }
        catch (Exception late) when (limit.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            throw new IOException($"it takes the connection and says nothing for {EnterLimit.TotalSeconds:0} s", late);
        }
    }

    private static async Task EnterAsync(IMqttClient client, MqttClientOptions options, CancellationToken cancel)
    {
        MqttClientConnectResult result = await client.ConnectAsync(options, cancel).ConfigureAwait(false);
        if (result.ResultCode != MqttClientConnectResultCode.Success)
        {
            throw new IOException($"refused: {result.ResultCode}");
        }

        MqttClientSubscribeOptions filter = new MqttClientSubscribeOptionsBuilder()
            .WithTopicFilter(VersionMessage.Filter, MqttQualityOfServiceLevel.AtLeastOnce).Build();
        MqttClientSubscribeResult granted = await client.SubscribeAsync(filter, cancel).ConfigureAwait(false);
        if (granted.Items.Any(static item => item.ResultCode > MqttClientSubscribeResultCode.GrantedQoS2))
        {
            throw new IOException($"the broker refuses {VersionMessage.Filter}: its rules must let the agent read it");
        }
    }

    /// <summary>The same is said once: a gateway without modules has no broker, and its log is read for other things.</summary>
    private void Say(string fault)
    {
        if (_said != fault)
        {
            _said = fault;
            _logger.LogWarning(
                "No connection to the gateway's own broker at {Broker}: {Fault}; it is tried again, and is needed for modules only", Shown,
                fault);
        }
    }

    private static async Task LeaveAsync(IMqttClient client)
    {
        try
        {
            if (client.IsConnected)
            {
                using CancellationTokenSource limit = new(TimeSpan.FromSeconds(2));
                await client.DisconnectAsync(new MqttClientDisconnectOptions(), limit.Token).ConfigureAwait(false);
            }
        }
        catch (Exception gone) when (gone is not OutOfMemoryException)
        {
            // It is gone all the same.
        }
    }
}
