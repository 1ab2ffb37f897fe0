using System.Buffers;

using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace JamBox.Backend.Mqtt.Embedded;

/// <summary>
/// What the broker keeps of a client, for as long as it is connected or, when it wishes so, away: what it listens to, and what it has not
/// got yet. Nothing here is stored: what a device must get lies in the storage, and is sent again when it connects or subscribes.
/// </summary>
/// <param name="key">User and client id.</param>
/// <param name="budget">The memory that all sessions share.</param>
/// <param name="retained">What is kept for those who subscribe later.</param>
/// <param name="clock">Says for how long it has been full.</param>
internal sealed class BrokerSession(string key, MessageBudget budget, RetainedMessages retained, TimeProvider clock)
{
    /// <summary>Messages that wait or are not acknowledged, at most; more are refused.</summary>
    public const int MaxMessages = 200;

    /// <summary>
    /// What they cost, at most, bytes; one message may be larger. The largest packets that there are would otherwise let a few sessions
    /// take the memory of all.
    /// </summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Filters of a session, at most.</summary>
    public const int MaxSubscriptions = 100;

    /// <summary>Messages that are under way to a client, at most.</summary>
    private const int Window = 20;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Subscription> _subscriptions = new(StringComparer.Ordinal);
    private readonly Queue<Outgoing> _waiting = new();
    private readonly List<Outgoing> _sent = [];
    private readonly Queue<Later> _later = new();
    private readonly HashSet<string> _laterTopics = new(StringComparer.Ordinal);
    private BrokerConnection? _connection;
    private int _window = Window;
    private ushort _lastId;
    private int _bytes;
    private long? _fullSince;
    private bool _isOver;

    /// <summary>User and client id.</summary>
    public string Key => key;

    /// <summary>Since when it is away, milliseconds since 1970; meaningless while it is connected.</summary>
    public long AwaySince { get; private set; }

    /// <summary>How long it is kept while it is away, ms; 0 = it ends with its connection.</summary>
    public long KeptMs { get; set; }

    /// <summary>What is to be said for it when it stays away until <see cref="WillAt"/>.</summary>
    public BrokerWill? Will { get; set; }

    /// <summary>When its will is due, milliseconds since 1970.</summary>
    public long WillAt { get; set; }

    /// <summary>The connection; null while it is away.</summary>
    public BrokerConnection? Connection => Volatile.Read(ref _connection);

    /// <summary>Whether it has ended.</summary>
    public bool IsOver
    {
        get
        {
            lock (_lock)
            {
                return _isOver;
            }
        }
    }

    /// <summary>Messages that wait or are not acknowledged.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _waiting.Count + _sent.Count;
            }
        }
    }

    /// <summary>For how long it has had no room, while it is connected.</summary>
    public TimeSpan FullFor
    {
        get
        {
            lock (_lock)
            {
                return _fullSince is { } since ? clock.GetElapsedTime(since) : TimeSpan.Zero;
            }
        }
    }

    /// <summary>Its filters.</summary>
    public string[] Filters
    {
        get
        {
            lock (_lock)
            {
                return [.. _subscriptions.Keys];
            }
        }
    }

    /// <summary>Notes a subscription.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="subscription">What it wants.</param>
    /// <param name="isNew">Whether it had none with this filter.</param>
    /// <returns>False when there are too many.</returns>
    public bool TrySubscribe(string filter, Subscription subscription, out bool isNew)
    {
        lock (_lock)
        {
            isNew = !_subscriptions.ContainsKey(filter);
            if (isNew && (_isOver || _subscriptions.Count >= MaxSubscriptions))
            {
                return false;
            }

            _subscriptions[filter] = subscription;
            return true;
        }
    }

    /// <summary>Forgets a subscription.</summary>
    /// <returns>Whether there was one.</returns>
    public bool Unsubscribe(string filter)
    {
        lock (_lock)
        {
            return _subscriptions.Remove(filter);
        }
    }

    /// <summary>Gives it a connection: what was under way when the one before ended is sent again.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="receiveMaximum">How much the client takes before it acknowledges; 0 = it did not say.</param>
    /// <returns>The connection that it had.</returns>
    public BrokerConnection? Resume(BrokerConnection connection, int receiveMaximum)
    {
        lock (_lock)
        {
            BrokerConnection? old = _connection;
            Volatile.Write(ref _connection, connection);
            _window = receiveMaximum == 0 ? Window : Math.Min(receiveMaximum, Window);
            _fullSince = null;
            Will = null;
            return old;
        }
    }

    /// <summary>Begins to send, after the client was told that it is connected.</summary>
    public void Begin()
    {
        lock (_lock)
        {
            foreach (Outgoing message in _sent)
            {
                _connection?.Output.Write(message.Packet(isDup: true));
            }
        }

        Pump();
    }

    /// <summary>Takes its connection away, if it is still that one.</summary>
    public bool Leave(BrokerConnection connection, long now)
    {
        lock (_lock)
        {
            if (_connection != connection)
            {
                return false;
            }

            Volatile.Write(ref _connection, null);
            AwaySince = now;
            _fullSince = null;
            _later.Clear();
            _laterTopics.Clear();
            if (budget.Taken > MessageBudget.MaxAwayBytes)
            {
                // Or those that listen for a moment and go would hold all of it for a week.
                Forget();
            }

            return true;
        }
    }

    /// <summary>Ends it: gives back what it holds.</summary>
    public void End()
    {
        lock (_lock)
        {
            _isOver = true;
            Forget();
            _later.Clear();
            _laterTopics.Clear();
            _subscriptions.Clear();
        }
    }

    /// <summary>Takes a message for the client.</summary>
    /// <param name="message">The message.</param>
    /// <param name="keeps">Whether it waits while the client is away; else it is refused then.</param>
    /// <returns>False when it was refused.</returns>
    public bool TrySend(Outgoing message, bool keeps)
    {
        lock (_lock)
        {
            if (_isOver || (_connection is null && (!keeps || message.Qos == 0)))
            {
                return false;
            }

            if (_waiting.Count + _sent.Count >= MaxMessages || (_bytes > 0 && _bytes + message.Bytes > MaxBytes))
            {
                _fullSince ??= _connection is null ? null : clock.GetTimestamp();
                return false;
            }

            if (!TryTake(message))
            {
                // One that has got everything so far is not at fault when others have taken the memory: it is not cut off for it.
                _fullSince ??= _connection is null || _bytes == 0 ? null : clock.GetTimestamp();
                return false;
            }

            _waiting.Enqueue(message);
        }

        Pump();
        return true;
    }

    /// <summary>The client has a message.</summary>
    public void Acknowledge(ushort packetId)
    {
        lock (_lock)
        {
            int index = _sent.FindIndex(one => one.PacketId == packetId);
            if (index < 0)
            {
                return;
            }

            Release(_sent[index]);
            _sent.RemoveAt(index);
            _fullSince = null;
        }

        Pump();
    }

    /// <summary>
    /// Sends what is kept of topics, bit by bit behind everything else: of a thousand there is never more than one in memory for it.
    /// Each is sent as it is kept when its turn comes.
    /// </summary>
    /// <param name="topics">The topics.</param>
    /// <param name="subscription">What it wants.</param>
    /// <param name="isRetained">Whether it is told that they were said before it subscribed.</param>
    public void SendKept(IEnumerable<string> topics, Subscription subscription, bool isRetained)
    {
        lock (_lock)
        {
            foreach (string topic in topics)
            {
                if (_connection is not null && _laterTopics.Add(topic))
                {
                    _later.Enqueue(new Later(topic, subscription, isRetained));
                }
            }
        }

        Pump();
    }

    /// <summary>Sends what waits, as far as the client and its connection take it.</summary>
    public void Pump()
    {
        lock (_lock)
        {
            while (_connection is { HasBegun: true } connection
                && connection.Output.Waiting < BrokerOutput.ManyBytes
                && _sent.Count < _window
                && Next() is { } message)
            {
                Send(message, connection);
            }
        }
    }

    private Outgoing? Next()
    {
        if (_waiting.TryDequeue(out Outgoing? message))
        {
            return message;
        }

        while (_later.TryPeek(out Later later))
        {
            if (retained.Find(later.Topic) is { } payload)
            {
                message = new Outgoing(
                    later.Topic, payload, later.Subscription.Qos, later.IsRetained, later.Subscription.Identifier);
                if (!TryTake(message))
                {
                    return null;
                }
            }

            _later.Dequeue();
            _laterTopics.Remove(later.Topic);
            if (message is not null)
            {
                return message;
            }
        }

        return null;
    }

    private void Send(Outgoing message, BrokerConnection connection)
    {
        // A client that said that it cannot take so much: MQTT 5 has it thrown away.
        bool isTooLarge = connection.MaxPacketBytes > 0 && message.PacketBytes > connection.MaxPacketBytes;
        if (message.Qos == 0 || isTooLarge)
        {
            Release(message);
            _fullSince = null;
        }
        else
        {
            message.PacketId = NextId();
            _sent.Add(message);
        }

        if (!isTooLarge)
        {
            connection.Output.Write(message.Packet(isDup: false));
        }
    }

    private bool TryTake(Outgoing message)
    {
        if (!budget.TryTake(message.Bytes, isAway: _connection is null))
        {
            return false;
        }

        _bytes += message.Bytes;
        return true;
    }

    private void Forget()
    {
        foreach (Outgoing message in _waiting)
        {
            Release(message);
        }

        foreach (Outgoing message in _sent)
        {
            Release(message);
        }

        _waiting.Clear();
        _sent.Clear();
    }

    private void Release(Outgoing message)
    {
        _bytes -= message.Bytes;
        budget.Release(message.Bytes);
    }

    private ushort NextId()
    {
        do
        {
            _lastId = _lastId == ushort.MaxValue ? (ushort)1 : (ushort)(_lastId + 1);
        }
        while (_sent.Exists(one => one.PacketId == _lastId));

        return _lastId;
    }

    private readonly record struct Later(string Topic, Subscription Subscription, bool IsRetained);
}

/// <summary>A message to a client.</summary>
/// <param name="topic">Its topic.</param>
/// <param name="payload">What it holds.</param>
/// <param name="qos">0 or 1.</param>
/// <param name="isRetained">Whether it is told that the message was said before it subscribed.</param>
/// <param name="identifier">What the client calls its subscription; 0 = nothing.</param>
internal sealed class Outgoing(string topic, ReadOnlyMemory<byte> payload, int qos, bool isRetained, uint identifier)
{
    /// <summary>What a message costs besides its text, bytes.</summary>
    private const int Overhead = 200;

    /// <summary>0 or 1.</summary>
    public int Qos => qos;

    /// <summary>What it costs while it waits, bytes.</summary>
    public int Bytes => Overhead + (2 * topic.Length) + payload.Length;

    /// <summary>How long its packet is at most, bytes.</summary>
    public int PacketBytes => 20 + System.Text.Encoding.UTF8.GetByteCount(topic) + payload.Length;

    /// <summary>The number of its packet, once it is under way.</summary>
    public ushort PacketId { get; set; }

    /// <summary>As a packet.</summary>
    public MqttPublishPacket Packet(bool isDup) => new()
    {
        Topic = topic,
        Payload = new ReadOnlySequence<byte>(payload),
        QualityOfServiceLevel = (MqttQualityOfServiceLevel)qos,
        PacketIdentifier = PacketId,
        Retain = isRetained,
        Dup = isDup,
        SubscriptionIdentifiers = identifier == 0 ? null : [identifier],
    };
}

/// <summary>What is said for a client whose connection breaks.</summary>
/// <param name="Sender">Whose word it is.</param>
/// <param name="Topic">Where to.</param>
/// <param name="Payload">What.</param>
internal sealed record BrokerWill(MqttSender Sender, string Topic, ReadOnlyMemory<byte> Payload);

/// <summary>The memory of all messages that wait for clients.</summary>
internal sealed class MessageBudget
{
    /// <summary>How much there is, bytes.</summary>
    public const long MaxBytes = 64 * 1024 * 1024;

    /// <summary>Past it nothing is taken for clients that are away, bytes: those that are there always have the rest.</summary>
    public const long MaxAwayBytes = MaxBytes / 2;

    private long _taken;

    /// <summary>How much is taken, bytes.</summary>
    public long Taken => Interlocked.Read(ref _taken);

    /// <summary>Takes some of it.</summary>
    /// <param name="bytes">How much.</param>
    /// <param name="isAway">Whether it is for a client that is away.</param>
    /// <returns>False when there is not so much left.</returns>
    public bool TryTake(int bytes, bool isAway)
    {
        if (Interlocked.Add(ref _taken, bytes) <= (isAway ? MaxAwayBytes : MaxBytes))
        {
            return true;
        }

        Release(bytes);
        return false;
    }

    /// <summary>Gives it back.</summary>
    public void Release(int bytes) => Interlocked.Add(ref _taken, -bytes);
}
