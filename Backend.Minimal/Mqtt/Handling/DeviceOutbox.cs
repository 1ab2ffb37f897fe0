using System.Text;
using System.Threading.Channels;

using JamBox.Backend.Storage;
using JamBox.Backend.Telemetry;
using JamBox.Backend.Things;

namespace JamBox.Backend.Mqtt.Handling;

/// <summary>
/// Sends devices what waits for them: wanted values that they have not reported, a configuration that is not theirs yet, commands. What
/// waits stands in the storage; it goes out when it changes, and again whenever its device connects, subscribes or tells its info, until it
/// is met or over. So nothing hangs on a session of a broker.
/// </summary>
internal sealed class DeviceOutbox : BackgroundService, IWantedStateListener, IThingCommandListener
{
    /// <summary>Devices that wait for their turn; more are served when they connect next.</summary>
    private const int MaxWaiting = 20_000;

    /// <summary>
    /// A configuration is not sent again sooner, ms: a device that answers it with its info, and never has what is wanted, would be sent it
    /// for ever.
    /// </summary>
    private const long ConfigPauseMs = 30_000;

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly TopicMap _topics;
    private readonly MqttPublishers _publishers;
    private readonly ILogger<DeviceOutbox> _logger;
    private readonly Lock _lock = new();
    private readonly HashSet<string> _waiting = new(StringComparer.Ordinal);
    private readonly Dictionary<string, (string Said, long At)> _configs = new(StringComparer.Ordinal);
    private readonly Channel<string> _turns =
        Channel.CreateBounded<string>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <summary>Makes it.</summary>
    public DeviceOutbox(Store store, TimeProvider clock, TopicMap topics, MqttPublishers publishers, ILogger<DeviceOutbox> logger)
    {
        _store = store;
        _clock = clock;
        _topics = topics;
        _publishers = publishers;
        _logger = logger;
        publishers.Reached += OnReached;
    }

    /// <inheritdoc/>
    public void Changed(string deviceId) => Reached(deviceId);

    /// <inheritdoc/>
    public void Queued(string deviceId) => Reached(deviceId);

    /// <summary>A device can be reached now, or something waits for it.</summary>
    public void Reached(string deviceId)
    {
        if (!_publishers.IsAny)
        {
            return;
        }

        lock (_lock)
        {
            if (_waiting.Count < MaxWaiting && _waiting.Add(deviceId))
            {
                _turns.Writer.TryWrite(deviceId);
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _publishers.Reached -= OnReached;
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (string deviceId in _turns.Reader.ReadAllAsync(stoppingToken).ConfigureAwait(false))
        {
            lock (_lock)
            {
                _waiting.Remove(deviceId);
            }

            try
            {
                await SendAsync(deviceId, stoppingToken).ConfigureAwait(false);
            }
            catch (Exception away) when (away is StorageException or StorageBusyException)
            {
                // It stays where it is, and goes out at the next occasion.
                _logger.LogWarning("MQTT: what waits for {Device} could not be read", deviceId);
                await Task.Delay(s_pause, _clock, stoppingToken).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // What cannot be sent to one device must not end the process.
            catch (Exception failure) when (failure is not OperationCanceledException and not OutOfMemoryException)
#pragma warning restore CA1031
            {
                _logger.LogError(failure, "MQTT: what waits for {Device} could not be sent", deviceId);
            }
        }
    }

    private void OnReached(string? deviceId)
    {
        if (deviceId is not null)
        {
            Reached(deviceId);
            return;
        }

        _ = ReachAllAsync();
    }

    /// <summary>The broker is there again: whatever was said while it was not has to be said.</summary>
    private async Task ReachAllAsync()
    {
        try
        {
            long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
            foreach (string deviceId in await _store.ReadAsync((now, now - DeviceValues.WishMs), DevicesThatWait).ConfigureAwait(false))
            {
                Reached(deviceId);
            }
        }
        catch (Exception away) when (away is StorageException or StorageBusyException)
        {
            _logger.LogWarning("MQTT: what waits for devices could not be read; it goes out when they connect");
        }
    }

    private async Task SendAsync(string deviceId, CancellationToken cancel)
    {
        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        Waiting waiting = await _store.ReadAsync((deviceId, now), Read).ConfigureAwait(false);
        foreach (string prefix in _topics.PrefixesOf(TopicKind.Commands))
        {
            foreach (WantedValue wanted in waiting.Wanted)
            {
                await SendAsync(TopicMap.Write(TopicKind.Commands, prefix, null, deviceId), MqttTexts.Wanted(wanted, now), cancel)
                    .ConfigureAwait(false);
            }
        }

        foreach (string prefix in _topics.PrefixesOf(TopicKind.SerialControl))
        {
            await SendAsync(TopicMap.Write(TopicKind.SerialControl, prefix, null, deviceId), MqttTexts.Control(waiting.Wanted), cancel)
                .ConfigureAwait(false);
        }

        await SendConfigAsync(waiting, deviceId, now, cancel).ConfigureAwait(false);
        foreach (WaitingThingCommand command in waiting.Commands)
        {
            if (await SendAsync(command, waiting.Environment, deviceId, cancel).ConfigureAwait(false))
            {
                await _store.WriteAsync((command.Id, command.Command, now), ThingCommandSql.Sent).ConfigureAwait(false);
            }
        }
    }

    private async Task SendConfigAsync(Waiting waiting, string deviceId, long now, CancellationToken cancel)
    {
        if (waiting.Config is not { } config)
        {
            _configs.Remove(deviceId);
            return;
        }

        string said = $"{waiting.Environment} {config}";
        if (_configs.TryGetValue(deviceId, out (string Said, long At) last) && last.Said == said
            && now >= last.At && now - last.At < ConfigPauseMs)
        {
            return;
        }

        bool isSent = false;
        foreach (string prefix in _topics.PrefixesOf(TopicKind.Config))
        {
            isSent |= await SendAsync(
                TopicMap.Write(TopicKind.Config, prefix, waiting.Environment, deviceId),
                MqttTexts.WithoutCommandWords(Encoding.UTF8.GetBytes(config)), cancel)
                .ConfigureAwait(false);
        }

        if (isSent)
        {
            if (_configs.Count >= MaxWaiting)
            {
                _configs.Clear();
            }

            _configs[deviceId] = (said, now);
        }
    }

    private async Task<bool> SendAsync(WaitingThingCommand command, string environment, string deviceId, CancellationToken cancel)
    {
        bool isSent = false;
        foreach (string prefix in _topics.PrefixesOf(TopicKind.Command))
        {
            isSent |= await SendAsync(
                TopicMap.Write(TopicKind.Command, prefix, environment, deviceId), MqttTexts.Command(command), cancel).ConfigureAwait(false);
        }

        foreach (string prefix in _topics.PrefixesOf(TopicKind.Commands))
        {
            isSent |= await SendAsync(
                TopicMap.Write(TopicKind.Commands, prefix, null, deviceId), MqttTexts.DeviceCommand(command), cancel).ConfigureAwait(false);
        }

        return isSent;
    }

    private async Task<bool> SendAsync(string topic, byte[]? payload, CancellationToken cancel) =>
        payload is not null && await _publishers.PublishAsync(topic, payload, retain: false, cancel).ConfigureAwait(false);

    private static Waiting Read(SqlSession session, (string DeviceId, long Now) wanted) => new(
        StateSql.Wanted(session, wanted), ThingCommandSql.Waiting(session, wanted), ThingSql.ConfigToSend(session, wanted.DeviceId),
        ThingSql.EnvironmentOf(session, wanted.DeviceId));

    private static List<string> DevicesThatWait(SqlSession session, (long Now, long WishesSince) wanted)
    {
        using SqlStatement row = session.Query(
            """
            SELECT device_id FROM thing_commands WHERE done_at IS NULL AND expires_at > $1
            UNION SELECT device_id FROM things WHERE wanted_config IS NOT NULL
            UNION SELECT device_id FROM state_changes WHERE what = 'wanted' AND at > $2
            LIMIT 10000
            """, wanted.Now, wanted.WishesSince);
        List<string> ids = [];
        while (row.Read())
        {
            ids.Add(row.Text(0));
        }

        return ids;
    }

    private sealed record Waiting(
        IReadOnlyList<WantedValue> Wanted, IReadOnlyList<WaitingThingCommand> Commands, string? Config, string Environment);
}

/// <summary>The broker that there is, if there is one.</summary>
internal sealed class MqttPublishers
{
    private readonly IMqttPublisher[] _publishers;

    /// <summary>Makes it.</summary>
    public MqttPublishers(IEnumerable<IMqttPublisher> publishers)
    {
        _publishers = [.. publishers];
    }

    /// <inheritdoc cref="IMqttPublisher.Reached"/>
    public event Action<string?> Reached
    {
        add => Array.ForEach(_publishers, publisher => publisher.Reached += value);
        remove => Array.ForEach(_publishers, publisher => publisher.Reached -= value);
    }

    /// <summary>Whether there is one.</summary>
    public bool IsAny => _publishers.Length > 0;

    /// <inheritdoc cref="IMqttPublisher.PublishAsync"/>
    public async ValueTask<bool> PublishAsync(
        string topic, ReadOnlyMemory<byte> payload, bool retain, CancellationToken cancel = default)
    {
        bool isSent = false;
        foreach (IMqttPublisher publisher in _publishers)
        {
            isSent |= await publisher.PublishAsync(topic, payload, retain, cancel).ConfigureAwait(false);
        }

        return isSent;
    }
}
