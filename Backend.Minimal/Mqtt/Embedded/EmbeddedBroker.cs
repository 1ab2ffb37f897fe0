using System.Collections.Concurrent;
using System.IO.Pipelines;
using System.Net;

using JamBox.Backend.Mqtt.Access;
using JamBox.Backend.Mqtt.Handling;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

using Microsoft.AspNetCore.Connections;

using MQTTnet.Protocol;

namespace JamBox.Backend.Mqtt.Embedded;

/// <summary>
/// The broker in this process: devices connect to it, what they say goes to the handler of messages, and people and tools that listen get
/// it too. It knows the packets of MQTT 3.1.1 and 5 from MQTTnet; connections, sessions and their bounds are its own.
/// </summary>
internal sealed class EmbeddedBroker : IMqttPublisher, IHostedService, IDisposable
{
    /// <summary>Connections at a time, over all addresses and the WebSocket.</summary>
    public const int MaxConnections = 10_000;

    /// <summary>How often it looks after its connections.</summary>
    public static readonly TimeSpan SweepPeriod = TimeSpan.FromSeconds(1);

    /// <summary>Whether what somebody signed in with still counts is asked every so many sweeps.</summary>
    private const int SweepsPerCheck = 3;

    /// <summary>Connections that were ended to make room and are not gone yet, at most.</summary>
    private const int MaxLeaving = 100;

    private static readonly TimeSpan s_goodbye = TimeSpan.FromSeconds(3);

    [ThreadStatic]
    private static List<(BrokerSession Session, Subscription Subscription)>? s_listeners;

    private readonly ConcurrentDictionary<BrokerConnection, byte> _connections = new();
    private readonly NamelessConnections _nameless = new();
    private readonly MqttOptions _options;
    private readonly MqttAccess _access;
    private readonly DevicePlaces _places;
    private readonly RateLimits _limits;
    private readonly IServiceProvider _services;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly ILogger<EmbeddedBroker> _logger;
    private readonly Lazy<IMqttMessageHandler> _handler;
    private BrokerListener? _listener;
    private ITimer? _timer;
    private CancellationTokenRegistration _stopping;
    private Task? _end;
    private int _isSweeping;
    private int _open;
    private int _sweeps;

    /// <summary>Makes it.</summary>
    public EmbeddedBroker(IServiceProvider services, MqttOptions options, TimeProvider clock, NetworkClock network)
    {
        _services = services;
        _options = options;
        Clock = clock;
        Network = network.Time;
        Topics = services.GetRequiredService<TopicMap>();
        SignIn = services.GetRequiredService<IMqttSignIn>();
        Refusals = services.GetRequiredService<MqttRefusals>();
        _access = services.GetRequiredService<MqttAccess>();
        _places = services.GetRequiredService<DevicePlaces>();
        _limits = services.GetRequiredService<RateLimits>();
        _lifetime = services.GetRequiredService<IHostApplicationLifetime>();
        _logger = services.GetRequiredService<ILogger<EmbeddedBroker>>();

        // Asked for when the first message comes: who takes it also sends, by this.
        _handler = new Lazy<IMqttMessageHandler>(services.GetRequiredService<IMqttMessageHandler>);
        Sessions = new BrokerSessions(clock, Network);
        Pace = new MessagePace(options.MessagesPerMinute, Network);
    }

    /// <inheritdoc/>
    public event Action<string?>? Reached;

    /// <summary>The clock of the backend: sessions end by it.</summary>
    public TimeProvider Clock { get; }

    /// <summary>The time of the network, in which clients live.</summary>
    public TimeProvider Network { get; }

    /// <summary>The topics that there are.</summary>
    public TopicMap Topics { get; }

    /// <summary>Who may connect.</summary>
    public IMqttSignIn SignIn { get; }

    /// <summary>Counts what was not taken, and says so once a minute.</summary>
    public MqttRefusals Refusals { get; }

    /// <summary>The sessions.</summary>
    public BrokerSessions Sessions { get; }

    /// <summary>Keeps devices to their pace.</summary>
    public MessagePace Pace { get; }

    /// <summary>What it counts of itself.</summary>
    public BrokerCounts Counts { get; } = new();

    /// <summary>Connections, also those that have not signed in.</summary>
    public int OpenConnections => Volatile.Read(ref _open);

    /// <summary>Whether it is ending.</summary>
    public bool IsStopping { get; private set; }

    /// <summary>Where it listens, after the start: with port 0 the real ones, in the order of <c>Mqtt:Listen</c>.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => _listener?.EndPoints ?? [];

    /// <inheritdoc/>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _listener = new BrokerListener(_options, _services, ServeAsync);
        await _listener.StartAsync(cancellationToken).ConfigureAwait(false);
        _stopping = _lifetime.ApplicationStopping.Register(() => _end ??= EndAllAsync());
        _timer = Network.CreateTimer(_ => _ = SweepAsync(), null, SweepPeriod, SweepPeriod);
        if (_logger.IsEnabled(LogLevel.Information))
        {
            _logger.LogInformation("MQTT: the broker listens at {EndPoints}", string.Join(", ", EndPoints));
        }

        Reached?.Invoke(null);
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await (_end ??= EndAllAsync()).ConfigureAwait(false);
        if (_listener is not null)
        {
            await _listener.StopAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _stopping.Dispose();
        _timer?.Dispose();
        _listener?.Dispose();
    }

    /// <summary>Whether something is on its way to any connection.</summary>
    public bool IsSending => _connections.Keys.Any(static connection => connection.Output.IsSending);

    /// <summary>Serves a connection until it ends.</summary>
    /// <param name="pipe">What is read and written.</param>
    /// <param name="peer">Where it comes from.</param>
    /// <param name="abort">Cuts it off.</param>
    public async Task ServeAsync(IDuplexPipe pipe, IPAddress? peer, Action abort)
    {
        BrokerConnection connection = new(this, pipe, peer, abort);
        if (IsStopping || !TryMakeRoom(peer))
        {
            Counts.Refuse();
            abort();
            return;
        }

        _connections[connection] = 0;
        _nameless.Add(connection);
        Interlocked.Increment(ref _open);
        try
        {
            await connection.RunAsync().ConfigureAwait(false);
        }
        finally
        {
            _connections.TryRemove(connection, out _);
            _nameless.Remove(connection);
            Interlocked.Decrement(ref _open);
        }
    }

    /// <summary>
    /// When it is full, whoever has not said for longest who he is makes room: one address that opens connections and says nothing would
    /// else keep everybody out.
    /// </summary>
    private bool TryMakeRoom(IPAddress? peer)
    {
        if (Volatile.Read(ref _open) < MaxConnections)
        {
            return true;
        }

        Refusals.Note("A connection", peer?.ToString() ?? "", $"all {MaxConnections} places are taken, or were until one made room");
        return Volatile.Read(ref _open) < MaxConnections + MaxLeaving && _nameless.TryEndOldest();
    }

    /// <inheritdoc/>
    public ValueTask<bool> PublishAsync(string topic, ReadOnlyMemory<byte> payload, bool retain, CancellationToken cancel)
    {
        bool isKept = retain && Sessions.Retained.TryKeep(topic, payload);
        if (retain && !isKept)
        {
            Refusals.Note($"A message to {topic}", "the server", "there is no room to keep it for those who subscribe later");
        }

        int given = Spread(topic, payload, qos: 1, from: null, isKept, out bool mustAsk);
        if (mustAsk)
        {
            _ = SpreadByPlaceAsync(topic, payload, 1, null).AsTask();
        }

        return new ValueTask<bool>(retain ? isKept : given > 0);
    }

    /// <summary>Whether somebody may do that.</summary>
    /// <exception cref="StorageException">The storage does not answer.</exception>
    public async ValueTask<bool> MayAsync(MqttSender sender, MqttAct act, string topic)
    {
        long? place = null;
        if (sender.Caller is { } caller && !caller.MayEverywhere(act == MqttAct.Publish ? Role.Operator : Role.Viewer)
            && topic.Length <= MqttAccess.MaxTopicChars && Topics.Find(topic)?.DeviceId is { } device)
        {
            place = await _places.FindAsync(device).ConfigureAwait(false);
        }

        return _access.May(sender, act, topic, _ => place);
    }

    /// <summary>Takes a message that its sender may say: stores it where it is for us, and gives it to those who listen.</summary>
    /// <param name="match">What its topic is.</param>
    /// <param name="topic">Its topic.</param>
    /// <param name="sender">Whose it is.</param>
    /// <param name="message">The message.</param>
    /// <param name="qos">Its QoS.</param>
    /// <param name="from">The session that it came by.</param>
    /// <exception cref="StorageException">The storage does not answer, and nothing was stored.</exception>
    public async ValueTask TakeAsync(
        TopicMatch match, string topic, MqttSender sender, MqttMessage message, int qos, BrokerSession? from)
    {
        if (MqttAccess.IsFromDevice(match.Kind))
        {
            await _handler.Value.HandleAsync(match, sender, message, CancellationToken.None).ConfigureAwait(false);
        }

        Counts.Take();
        Spread(topic, message.Payload, qos, from, isKept: false, out bool mustAsk);
        if (mustAsk)
        {
            await SpreadByPlaceAsync(topic, message.Payload, qos, from).ConfigureAwait(false);
        }
    }

    /// <summary>Says what is left of a client whose connection broke.</summary>
    public void Say(BrokerWill will) => _ = SayAsync(will);

    /// <summary>A connection is there.</summary>
    public void HasConnected(BrokerConnection connection)
    {
        Counts.Connected(1);
        _nameless.Remove(connection);
        if (connection.Sender?.Device is { } device)
        {
            HasReached(device.DeviceId);
        }
    }

    /// <summary>A device can be sent what waits for it.</summary>
    public void HasReached(string deviceId) => Reached?.Invoke(deviceId);

    /// <summary>A connection is gone.</summary>
    public void HasEnded() => Counts.Connected(-1);

    /// <summary>Counts a sign-in that failed.</summary>
    /// <returns>Whether there were too many from that address.</returns>
    public bool HasFailed(IPAddress? peer) => _limits.TryAcquireFailure(peer) is not null;

    /// <summary>Counts a refusal, and says now and then that there are some.</summary>
    public void Refuse(MqttSender sender, string topic, string what)
    {
        Counts.Refuse();
        Refusals.Note($"A {what} to {topic}", MqttSignIn.OwnerOf(sender), "it is not allowed");
    }

    /// <summary>Notes that a connection broke.</summary>
    public void Note(Exception fault)
    {
        if (_logger.IsEnabled(LogLevel.Debug))
        {
            _logger.LogDebug("MQTT: a connection broke: {Fault}", fault.Message);
        }
    }

    /// <summary>Notes that a message was not stored.</summary>
    public void NoteFailure(string what, Exception fault)
    {
        if (fault is StorageException or StorageBusyException)
        {
            Refusals.Note(what, "", fault.Message);
        }
        else
        {
            _logger.LogError(fault, "MQTT: {What} could not be handled", what);
        }
    }

    /// <summary>Looks after the connections, as the timer does.</summary>
    public async Task SweepAsync()
    {
        if (Interlocked.Exchange(ref _isSweeping, 1) == 1)
        {
            return;
        }

        try
        {
            foreach (BrokerConnection connection in _connections.Keys)
            {
                connection.CheckTime();
            }

            Sessions.Sweep().ForEach(Say);
            if (++_sweeps % SweepsPerCheck == 0)
            {
                await CheckSignInsAsync().ConfigureAwait(false);
            }
        }
        catch (Exception fault) when (fault is StorageException or StorageBusyException)
        {
            // Who is connected stays so: whether a token counts can be asked again when the storage is there.
            Note(fault);
        }
        finally
        {
            Volatile.Write(ref _isSweeping, 0);
        }
    }

    private async Task CheckSignInsAsync()
    {
        // Many connections of one user are one question.
        Dictionary<string, bool> known = new(StringComparer.Ordinal);
        foreach (BrokerConnection connection in _connections.Keys)
        {
            if (connection.Sender is not { } sender || IsStopping)
            {
                continue;
            }

            string key = $"{MqttSignIn.OwnerOf(sender)} {sender.CredentialHash}";
            if (!known.TryGetValue(key, out bool isGood))
            {
                known[key] = isGood = await SignIn.IsGoodAsync(sender, CancellationToken.None).ConfigureAwait(false);
            }

            if (!isGood)
            {
                Counts.Refuse();
                connection.Cut(MqttDisconnectReasonCode.NotAuthorized);
            }
        }
    }

    private async Task SayAsync(BrokerWill will)
    {
        try
        {
            // Whoever connects and breaks off again and again does not get past the pace of messages by it; nobody is there to wait.
            string owner = MqttSignIn.OwnerOf(will.Sender);
            if (Pace.Take($"{owner} will", TimeSpan.Zero) > TimeSpan.Zero)
            {
                Counts.Refuse();
                Refusals.Note("A will", owner, "it has left more of them than it may say messages");
            }
            else if (Topics.Find(will.Topic) is { } match
                && await SignIn.IsGoodAsync(will.Sender, CancellationToken.None).ConfigureAwait(false))
            {
                await TakeAsync(match, will.Topic, will.Sender, new MqttMessage(will.Payload, false, 0), 1, null).ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // Nobody waits for it.
        catch (Exception fault) when (fault is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            Counts.Fail();
            NoteFailure("A will", fault);
        }
    }

    /// <summary>Gives a message to those who listen.</summary>
    /// <returns>How many devices have it: what waits for one is not done because somebody else listens.</returns>
    private int Spread(string topic, ReadOnlyMemory<byte> payload, int qos, BrokerSession? from, bool isKept, out bool mustAsk)
    {
        mustAsk = false;
        List<(BrokerSession Session, Subscription Subscription)> listeners = s_listeners ??= [];
        listeners.Clear();
        Sessions.Topics.Find(topic, listeners);
        int given = 0;
        foreach ((BrokerSession session, Subscription subscription) in listeners)
        {
            Caller? caller = session.Connection?.Sender?.Caller;
            if (caller?.MayEverywhere(Role.Viewer) == false)
            {
                mustAsk = true;
            }
            else if (Send(session, subscription, topic, payload, qos, from, keeps: from is not null))
            {
                given += caller is null ? 1 : 0;
            }
            else if (isKept)
            {
                // One that has no room now is sent it when it has.
                session.SendKept([topic], subscription, isRetained: false);
            }
        }

        listeners.Clear();
        return given;
    }

    private async ValueTask SpreadByPlaceAsync(string topic, ReadOnlyMemory<byte> payload, int qos, BrokerSession? from)
    {
        List<(BrokerSession Session, Subscription Subscription)> listeners = [];
        Sessions.Topics.Find(topic, listeners);
        foreach ((BrokerSession session, Subscription subscription) in listeners)
        {
            // A device may have moved since its listener subscribed.
            if (session.Connection?.Sender is { Caller: { } caller } sender && !caller.MayEverywhere(Role.Viewer)
                && await MayAsync(sender, MqttAct.Subscribe, topic).ConfigureAwait(false))
            {
                Send(session, subscription, topic, payload, qos, from, keeps: true);
            }
        }
    }

    private bool Send(
        BrokerSession session, Subscription subscription, string topic, ReadOnlyMemory<byte> payload, int qos, BrokerSession? from,
        bool keeps)
    {
        if (subscription.IsNoLocal && session == from)
        {
            return false;
        }

        bool isTaken = session.TrySend(
            new Outgoing(topic, payload, Math.Min(qos, subscription.Qos), isRetained: false, subscription.Identifier), keeps);
        Counts.Deliver(isTaken);
        return isTaken;
    }

    private async Task EndAllAsync()
    {
        IsStopping = true;
        if (_timer is not null)
        {
            await _timer.DisposeAsync().ConfigureAwait(false);
        }

        foreach (BrokerConnection connection in _connections.Keys)
        {
            connection.Cut(MqttDisconnectReasonCode.ServerShuttingDown);
        }

        // Of the real world, as what is waited for: sockets.
        for (long since = TimeProvider.System.GetTimestamp();
            !_connections.IsEmpty && TimeProvider.System.GetElapsedTime(since) < s_goodbye;)
        {
            await Task.Delay(10).ConfigureAwait(false);
        }
    }
}

/// <summary>
/// The time of the network. Clients measure their keep-alive in it, whatever clock the backend goes by; tests bring another.
/// </summary>
/// <param name="Time">The clock.</param>
internal sealed record NetworkClock(TimeProvider Time);
