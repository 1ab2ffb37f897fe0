using System.Buffers;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;

using JamBox.Edge.Configuration;

using Microsoft.Extensions.Logging;

using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Protocol;

namespace JamBox.Edge.Link;

/// <summary>
/// The agent as a client of the server's broker: connects, subscribes, and does both again whenever the connection ends, ever more slowly
/// while it fails. A message is acknowledged when it lies on the disk, so that the broker gives it again to an agent that died meanwhile.
/// </summary>
internal sealed class BrokerLink : IReportChannel
{
    /// <summary>How long a call to the broker may take.</summary>
    private static readonly TimeSpan s_call = TimeSpan.FromSeconds(10);

    /// <summary>A connection that is shorter than this counts as one that failed: two agents with one name throw each other out.</summary>
    private static readonly TimeSpan s_stable = TimeSpan.FromSeconds(20);

    private const uint SessionSeconds = 7 * 24 * 60 * 60;
    private const uint MaxPacketBytes = 64 * 1024;
    private const int MaxReportBytes = 60 * 1024;
    private const ushort MaxInFlight = 10;

    private static readonly TimeSpan s_keepAlive = TimeSpan.FromSeconds(45);

    private readonly LiveSettings _settings;
    private readonly Func<string, ReadOnlyMemory<byte>, CancellationToken, ValueTask> _take;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly BackOff _backOff;
    private readonly WakeUp _wake = new();
    private MqttProtocolVersion _version = MqttProtocolVersion.V500;
    private volatile IMqttClient? _client;
    private CancellationTokenSource? _connection;
    private string? _said;

    /// <summary>Makes it.</summary>
    /// <param name="settings">Where the broker is, and who this is.</param>
    /// <param name="take">Takes a message: topic and payload. What it throws leaves the message with the broker.</param>
    /// <param name="clock">Measures waits.</param>
    /// <param name="random">Chance.</param>
    /// <param name="logger">Where it is said why there is no connection.</param>
    public BrokerLink(
        LiveSettings settings, Func<string, ReadOnlyMemory<byte>, CancellationToken, ValueTask> take, TimeProvider clock, Random random,
        ILogger<BrokerLink> logger)
    {
        _settings = settings;
        _take = take;
        _clock = clock;
        _logger = logger;
        _backOff = new BackOff(TimeSpan.FromMilliseconds(500), TimeSpan.FromMinutes(2), random);
    }

    /// <summary>For connecting (also over TLS) and subscribing together; real time, as of all that a broker is given.</summary>
    internal TimeSpan EnterLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Happens after each connect, when what was subscribed to is on its way.</summary>
    public event Action? Connected;

    /// <summary>Whether there is a connection.</summary>
    public bool IsConnected => _client is { IsConnected: true };

    /// <summary>The topics of one gateway.</summary>
    /// <param name="settings">The settings.</param>
    public static (string All, string Own, string Config, string Status) Topics(AgentSettings settings) => (
        $"{settings.MqttTopic}/available",
        $"{settings.MqttTopic}/available/{settings.Gateway}",
        $"{settings.MqttPrefix}/{settings.MqttEnvironment}/config/{settings.Gateway}",
        $"{settings.MqttTopic}/status/{settings.Gateway}");

    /// <summary>What a connection is made with.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="version">The protocol.</param>
    /// <exception cref="LinkException">The root certificate cannot be read.</exception>
    public static MqttClientOptions Options(AgentSettings settings, MqttProtocolVersion version)
    {
        Uri broker = settings.MqttBroker!;
        bool isSecure = broker.Scheme == "mqtts";
        MqttClientOptionsBuilder builder = new MqttClientOptionsBuilder()
            .WithTcpServer(broker.Host, broker.Port > 0 ? broker.Port : isSecure ? 8883 : 1883)
            .WithProtocolVersion(version)

            // One of its own: whoever uses another's takes over the session with what waits in it.
            .WithClientId("edge-" + settings.Gateway)
            .WithCredentials(settings.Gateway, settings.Token)
            .WithCleanSession(false)
            .WithKeepAlivePeriod(s_keepAlive)
            .WithTimeout(s_call);
        if (version == MqttProtocolVersion.V500)
        {
            builder = builder.WithReceiveMaximum(MaxInFlight).WithMaximumPacketSize(MaxPacketBytes)
                .WithSessionExpiryInterval(SessionSeconds);
        }

        if (isSecure)
        {
            X509Certificate2Collection? roots = settings.MqttRoot is { } file ? TrustedRoots.Read(file) : null;
            builder = builder.WithTlsOptions(tls =>
            {
                tls.UseTls(true).WithTargetHost(broker.Host);
                if (roots is not null)
                {
                    tls.WithTrustChain(roots).WithRevocationMode(X509RevocationMode.NoCheck);
                }
            });
        }

        return builder.Build();
    }

    /// <summary>Stays connected until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        _settings.Changed += OnChanged;
        try
        {
            while (true)
            {
                stop.ThrowIfCancellationRequested();
                AgentSettings now = _settings.Current;
                if (now.MqttBroker is null)
                {
                    // Until somebody configures one.
                    await _wake.WaitAsync(TimeSpan.FromHours(1), _clock, stop).ConfigureAwait(false);
                    continue;
                }

                long began = _clock.GetTimestamp();
                bool wasConnected = await ConnectOnceAsync(now, stop).ConfigureAwait(false);
                if (wasConnected && _clock.GetElapsedTime(began) >= s_stable)
                {
                    _backOff.Reset();
                }

                await _wake.WaitAsync(_backOff.Next(), _clock, stop).ConfigureAwait(false);
            }
        }
        finally
        {
            _settings.Changed -= OnChanged;
        }
    }

    /// <inheritdoc/>
    public async Task<bool> TrySendAsync(ReadOnlyMemory<byte> json, CancellationToken cancel)
    {
        // A larger one a broker may take and yet not pass on to the backend: it goes by HTTP.
        if (_client is not { IsConnected: true } client || json.Length > MaxReportBytes)
        {
            return false;
        }

        MqttApplicationMessage message = new MqttApplicationMessageBuilder()
            .WithTopic(Topics(_settings.Current).Status)
            .WithPayload(json.ToArray())
            .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce)
            .Build();
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(s_call);
        try
        {
            return (await client.PublishAsync(message, limit.Token).ConfigureAwait(false)).IsSuccess;
        }
        catch (Exception gone) when (gone is not OutOfMemoryException && !cancel.IsCancellationRequested)
        {
            // The library throws whatever it meets when the connection ends meanwhile.
            return false;
        }
    }

    private static Exception Inmost(Exception fault) => fault.InnerException is { } inner ? Inmost(inner) : fault;

    private static bool IsOtherConnection(AgentSettings one, AgentSettings other) =>
        one.MqttBroker != other.MqttBroker || one.MqttRoot != other.MqttRoot || one.Gateway != other.Gateway || one.Token != other.Token
        || Topics(one) != Topics(other);

    private AgentSettings? _connectedWith;

    private void OnChanged(AgentSettings settings)
    {
        if (_connectedWith is { } with && !IsOtherConnection(with, settings))
        {
            return;
        }

        // Something else: at once, however often the one before has failed.
        _backOff.Reset();
        End(_connection);
        _wake.Set();
    }

    /// <returns>Whether there was a connection.</returns>
    private async Task<bool> ConnectOnceAsync(AgentSettings now, CancellationToken stop)
    {
        using CancellationTokenSource connection = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using IMqttClient client = new MqttClientFactory().CreateMqttClient();
        bool isConnected = false;
        _connectedWith = now;
        _connection = connection;
        try
        {
            client.ApplicationMessageReceivedAsync += args => TakeAsync(args, connection.Token);
            client.DisconnectedAsync += _ =>
            {
                End(connection);
                return Task.CompletedTask;
            };
            isConnected = await EnterAsync(client, now, connection.Token).ConfigureAwait(false);
            _logger.LogInformation("Connected to the broker {Broker}", Shown(now));
            _said = null;
            Connected?.Invoke();
            await Task.Delay(Timeout.InfiniteTimeSpan, connection.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (connection.IsCancellationRequested)
        {
            // It has ended, or is to end.
            if (isConnected && !stop.IsCancellationRequested)
            {
                Say("the connection has ended", now);
            }
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            if (!isConnected && fault is not LinkException { Fault: LinkFault.Unreachable })
            {
                // A broker that does not know MQTT 5 cuts the connection, or says so: the other one is tried in turn.
                _version = _version == MqttProtocolVersion.V500 ? MqttProtocolVersion.V311 : MqttProtocolVersion.V500;
            }

            Say(Inmost(fault).Message.TrimEnd('.'), now);
        }
        finally
        {
            _client = null;
            _connection = null;
            End(connection);
        }

        await LeaveAsync(client).ConfigureAwait(false);
        return isConnected;
    }

    /// <summary>
    /// Connects and subscribes. The library has no deadline of its own when it can be called off: a peer that takes the connection and then
    /// says nothing would be waited for until the agent ends.
    /// </summary>
    private async Task<bool> EnterAsync(IMqttClient client, AgentSettings now, CancellationToken connection)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(connection);
        limit.CancelAfter(EnterLimit);
        try
        {
            MqttClientConnectResult result = await client.ConnectAsync(Options(now, _version), limit.Token).ConfigureAwait(false);
            if (result.ResultCode != MqttClientConnectResultCode.Success)
            {
                throw new LinkException(LinkFault.Denied, Why(result.ResultCode));
            }

            _client = client;
            await SubscribeAsync(client, now, limit.Token).ConfigureAwait(false);
            return true;
        }
        catch (Exception late) when (limit.IsCancellationRequested && !connection.IsCancellationRequested && late is not LinkException)
        {
            throw new LinkException(
                LinkFault.Unreachable,
                string.Create(
                    CultureInfo.InvariantCulture, $"the broker takes the connection and says nothing for {EnterLimit.TotalSeconds:0} s"),
                late);
        }
    }

    private static void End(CancellationTokenSource? connection)
    {
        try
        {
            connection?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended long ago.
        }
    }

    private static string Why(MqttClientConnectResultCode code) => code switch
    {
        MqttClientConnectResultCode.BadUserNameOrPassword or MqttClientConnectResultCode.NotAuthorized =>
            "the broker does not take this gateway's id and token",
        _ => $"the broker refuses the connection: {code}",
    };

    private static string Shown(AgentSettings now) => string.Create(
        CultureInfo.InvariantCulture, $"{now.MqttBroker!.Scheme}://{now.MqttBroker.Host}:{now.MqttBroker.Port}");

    private async Task SubscribeAsync(IMqttClient client, AgentSettings now, CancellationToken cancel)
    {
        (string all, string own, string config, _) = Topics(now);
        MqttClientSubscribeOptionsBuilder builder = new();
        foreach (string topic in (string[])[all, own, config])
        {
            builder = builder.WithTopicFilter(
                topic, MqttQualityOfServiceLevel.AtLeastOnce, false, false, MqttRetainHandling.SendAtSubscribe);
        }

        MqttClientSubscribeResult result = await client.SubscribeAsync(builder.Build(), cancel).ConfigureAwait(false);
        foreach (MqttClientSubscribeResultItem item in result.Items)
        {
            if (item.ResultCode > MqttClientSubscribeResultCode.GrantedQoS2)
            {
                // The rest may be heard all the same, and the server is asked besides.
                _logger.LogError("The broker does not let this gateway hear {Topic}: {Reason}", item.TopicFilter.Topic, item.ResultCode);
            }
        }
    }

    private async Task TakeAsync(MqttApplicationMessageReceivedEventArgs args, CancellationToken connection)
    {
        args.AutoAcknowledge = false;
        try
        {
            await _take(args.ApplicationMessage.Topic, args.ApplicationMessage.Payload.ToArray(), connection).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Whatever it was: the message stays with the broker, and comes again with the next connection.
        catch (Exception fault) when (fault is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            _logger.LogWarning("A message could not be kept: {Fault}", fault.Message);
            End(_connection);
            return;
        }

        if (args.ApplicationMessage.QualityOfServiceLevel == MqttQualityOfServiceLevel.AtMostOnce)
        {
            return;
        }

        try
        {
            await args.AcknowledgeAsync(connection).ConfigureAwait(false);
        }
        catch (Exception gone) when (gone is not OutOfMemoryException)
        {
            // After a drop the library throws whatever it meets there, a null reference among others. The message comes again.
            _logger.LogDebug("An acknowledgement was not sent: {Fault}", gone.Message);
        }
    }

    private void Say(string what, AgentSettings now)
    {
        if (_said != what)
        {
            _said = what;
            _logger.LogWarning("No connection to the broker {Broker}: {Fault}. The server is asked over HTTP meanwhile", Shown(now), what);
        }
    }

    private async Task LeaveAsync(IMqttClient client)
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
            _logger.LogDebug("The connection was not ended well: {Fault}", gone.Message);
        }
    }
}
