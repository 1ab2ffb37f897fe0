using JamBox.Backend.Storage;

using MQTTnet;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace JamBox.Backend.Mqtt.Outside;

/// <summary>
/// This backend as a client of an outside broker: connects, subscribes, and does both again whenever the connection ends, ever more slowly
/// while it fails. The waits are of the real world, for the broker lives there.
/// </summary>
internal sealed class OutsideBroker : BackgroundService, IMqttPublisher
{
    /// <summary>What this backend calls itself at the broker; further ones put their names behind it, after a hyphen.</summary>
    public const string ClientId = "jambox";

    /// <summary>How long a call to the broker may take.</summary>
    public static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(10);

    private const int FirstDelayMs = 250;
    private const int MaxDelayMs = 30_000;

    private readonly MqttOptions _options;
    private readonly TopicMap _topics;
    private readonly MessageLanes _lanes;
    private readonly MqttLease _lease;
    private readonly ILogger<OutsideBroker> _logger;
    private readonly string _machine;
    private MqttProtocolVersion _version = MqttProtocolVersion.V500;
    private bool _sharesByBroker;
    private volatile IMqttClient? _client;

    /// <summary>Makes it.</summary>
    public OutsideBroker(
        MqttOptions options, TopicMap topics, Store store, TimeProvider clock, IServiceProvider services, ILogger<OutsideBroker> logger)
    {
        _options = options;
        _topics = topics;
        _logger = logger;

        // Asked for when the first message comes: who takes it also sends, by this.
        _lanes = new MessageLanes(services.GetRequiredService<IMqttMessageHandler>, topics, logger);
        _machine = options.ProcessName;
        _lease = new MqttLease(store, clock, MqttLease.Listening, _machine);
        _sharesByBroker = options.SharedSubscriptions;
    }

    /// <inheritdoc/>
    public event Action<string?>? Reached;

    /// <summary>Messages that were acknowledged to the broker.</summary>
    public long Acknowledged => _lanes.Acknowledged;

    /// <summary>Whether the broker can be reached now.</summary>
    public bool IsConnected => _client is not null;

    /// <inheritdoc/>
    public async ValueTask<bool> PublishAsync(string topic, ReadOnlyMemory<byte> payload, bool retain, CancellationToken cancel)
    {
        if (_client is not { } client)
        {
            return false;
        }

        MqttApplicationMessage message = new MqttApplicationMessageBuilder().WithTopic(topic).WithPayload(payload.ToArray())
            .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).WithRetainFlag(retain).Build();
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(CallTimeout);
        try
        {
            return (await client.PublishAsync(message, limit.Token).ConfigureAwait(false)).IsSuccess;
        }
        catch (Exception gone) when (gone is not OutOfMemoryException && !cancel.IsCancellationRequested)
        {
            _logger.LogDebug("MQTT: a message to {Topic} was not sent: {Fault}", topic, gone.Message);
            return false;
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Task lanes = _lanes.RunAsync(stoppingToken);
        int failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                failures = await ConnectOnceAsync(stoppingToken).ConfigureAwait(false) ? 0 : failures + 1;
                await Task.Delay(Delay(failures), stoppingToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                break;
            }
        }

        await lanes.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Somewhere in the upper half of a span that doubles with each failure: not all backends come at once.</summary>
    private static TimeSpan Delay(int failures)
    {
        int most = Math.Min(MaxDelayMs, FirstDelayMs << Math.Min(failures, 8));
        return TimeSpan.FromMilliseconds((most / 2) + Random.Shared.Next((most / 2) + 1));
    }

    /// <returns>Whether there was a connection.</returns>
    private async Task<bool> ConnectOnceAsync(CancellationToken stopping)
    {
        using CancellationTokenSource connection = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        using IMqttClient client = new MqttClientFactory().CreateMqttClient();
        bool isConnected = false;
        try
        {
            bool listens = _sharesByBroker || await _lease.TakeAsync().ConfigureAwait(false);
            client.ApplicationMessageReceivedAsync += args => _lanes.EnqueueAsync(args, connection.Token);
            client.DisconnectedAsync += _ => EndAsync(connection);
            string clientId = _sharesByBroker ? $"{ClientId}-{_machine}" : listens ? ClientId : $"{ClientId}-{_machine}-out";
            MqttClientConnectResult result = await client.ConnectAsync(
                BrokerAddress.Options(_options, clientId, isKept: listens, _version), connection.Token).ConfigureAwait(false);
            if (result.ResultCode != MqttClientConnectResultCode.Success)
            {
                throw new InvalidOperationException($"refused: {result.ResultCode}");
            }

            if (_sharesByBroker && !CanShare(result))
            {
                // With another name, and one of several.
                _sharesByBroker = false;
                await client.DisconnectAsync(new MqttClientDisconnectOptions(), CancellationToken.None).ConfigureAwait(false);
                return true;
            }

            isConnected = true;
            if (listens)
            {
                await SubscribeAsync(client, connection.Token).ConfigureAwait(false);
            }

            _client = client;
            _logger.LogInformation(
                "MQTT: connected to {Broker} as {ClientId}, {Version}", BrokerAddress.Shown(_options.Address!), clientId, _version);
            Reached?.Invoke(null);
            await StayAsync(listens, connection.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // Said below.
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            Note(fault, isOfBroker: !isConnected && fault is not StorageException);
        }
        finally
        {
            _client = null;
            await EndAsync(connection).ConfigureAwait(false);
        }

        await LeaveAsync(client, stopping.IsCancellationRequested).ConfigureAwait(false);
        return isConnected;
    }

    private static Task EndAsync(CancellationTokenSource connection)
    {
        try
        {
            connection.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has ended long ago.
        }

        return Task.CompletedTask;
    }

    /// <summary>Not every broker knows shared subscriptions, and with MQTT 3.1.1 none says so.</summary>
    private bool CanShare(MqttClientConnectResult result) =>
        _version == MqttProtocolVersion.V500 && result.SharedSubscriptionAvailable;

    private async Task SubscribeAsync(IMqttClient client, CancellationToken cancel)
    {
        MqttClientSubscribeOptionsBuilder builder = new();
        foreach (string filter in _topics.Filters)
        {
            builder = builder.WithTopicFilter(
                _sharesByBroker ? $"$share/jambox/{filter}" : filter, MqttQualityOfServiceLevel.AtLeastOnce, false, false,
                MqttRetainHandling.SendAtSubscribe);
        }

        MqttClientSubscribeResult result = await client.SubscribeAsync(builder.Build(), cancel).ConfigureAwait(false);
        foreach (MqttClientSubscribeResultItem item in result.Items)
        {
            if (item.ResultCode > MqttClientSubscribeResultCode.GrantedQoS2)
            {
                _logger.LogError("MQTT: the broker refuses {Filter}: {Reason}", item.TopicFilter.Topic, item.ResultCode);
            }
        }
    }

    /// <summary>Until the connection ends, or another process is to listen.</summary>
    private async Task StayAsync(bool listens, CancellationToken connection)
    {
        try
        {
            while (true)
            {
                await Task.Delay(MqttLease.Round, connection).ConfigureAwait(false);
                if (!_sharesByBroker && await _lease.TakeAsync().ConfigureAwait(false) != listens)
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException)
        {
            // It has ended.
        }
    }

    private void Note(Exception fault, bool isOfBroker)
    {
        if (isOfBroker)
        {
            // A broker that does not know MQTT 5 cuts the connection, or says so: the other one is tried in turn.
            _version = _version == MqttProtocolVersion.V500 ? MqttProtocolVersion.V311 : MqttProtocolVersion.V500;
            _sharesByBroker &= _version == MqttProtocolVersion.V500;
        }

        // Neither the exception nor the address: both may hold the password.
        _logger.LogWarning("MQTT: no connection to {Broker}: {Fault}", BrokerAddress.Shown(_options.Address!), Inmost(fault).Message);
    }

    private static Exception Inmost(Exception fault) => fault.InnerException is { } inner ? Inmost(inner) : fault;

    private async Task LeaveAsync(IMqttClient client, bool isStopping)
    {
        try
        {
            if (client.IsConnected)
            {
                using CancellationTokenSource limit = new(TimeSpan.FromSeconds(2));
                await client.DisconnectAsync(new MqttClientDisconnectOptions(), limit.Token).ConfigureAwait(false);
            }

            if (isStopping && !_sharesByBroker)
            {
                await _lease.ReleaseAsync().ConfigureAwait(false);
            }
        }
        catch (Exception gone) when (gone is not OutOfMemoryException)
        {
            _logger.LogDebug("MQTT: the connection was not ended well: {Fault}", gone.Message);
        }
    }
}
