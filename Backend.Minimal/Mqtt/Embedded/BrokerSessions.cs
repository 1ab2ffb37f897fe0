namespace JamBox.Backend.Mqtt.Embedded;

/// <summary>The sessions that there are, by user and client id: nobody takes over, or resumes, another user's.</summary>
internal sealed class BrokerSessions(TimeProvider clock, TimeProvider network)
{
    /// <summary>A session whose client is away for longer ends, ms.</summary>
    public const long MaxKeptMs = 7 * 24 * 60 * 60 * 1000L;

    /// <summary>Sessions of one device, at most: of those that are away the one that is away for longest ends.</summary>
    public const int MaxOfDevice = 10;

    /// <summary>Sessions of one key, at most; so too.</summary>
    public const int MaxOfKey = 100;

    /// <summary>
    /// Sessions of a user that many devices share, at most, whose client is away or not: as many as there may be connections.
    /// </summary>
    public const int MaxOfShared = EmbeddedBroker.MaxConnections;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, BrokerSession> _sessions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<BrokerSession>> _byUser = new(StringComparer.Ordinal);

    /// <summary>Who listens to what.</summary>
    public TopicTree Topics { get; } = new();

    /// <summary>The memory that they share.</summary>
    public MessageBudget Budget { get; } = new();

    /// <summary>What is kept for those who subscribe later.</summary>
    public RetainedMessages Retained { get; } = new();

    /// <summary>How many there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _sessions.Count;
            }
        }
    }

    private long Now => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Gives a connection its session.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="user">Who it is.</param>
    /// <param name="clientId">What it calls itself.</param>
    /// <param name="isClean">Whether it wants a new one.</param>
    /// <param name="receiveMaximum">How much it takes before it acknowledges; 0 = it did not say.</param>
    /// <returns>The session, whether it was there, the connection that had it, and one that ended for want of room.</returns>
    public (BrokerSession Session, bool WasThere, BrokerConnection? Old) Open(
        BrokerConnection connection, string user, string clientId, bool isClean, int receiveMaximum)
    {
        string key = $"{user}\n{clientId}";
        BrokerConnection? old = null;
        BrokerSession? ended = null;
        BrokerSession? surplus = null;
        BrokerSession? session;
        bool wasThere;
        lock (_lock)
        {
            wasThere = _sessions.TryGetValue(key, out session);
            if (session is not null && (isClean || session.KeptMs == 0))
            {
                ended = session;
                old = session.Connection;
                Forget(session, user);
                session = null;
                wasThere = false;
            }

            if (session is null)
            {
                session = new BrokerSession(key, Budget, Retained, network);
                _sessions[key] = session;
                if (!_byUser.TryGetValue(user, out List<BrokerSession>? own))
                {
                    _byUser[user] = own = [];
                }

                own.Add(session);
                surplus = own.Count > MaxOf(connection.Sender) ? Surplus(own, session) : null;
                if (surplus is not null)
                {
                    Forget(surplus, user);
                }
            }

            old = session.Resume(connection, receiveMaximum) ?? old;
        }

        End(ended);
        End(surplus);
        surplus?.Connection?.Cut(MQTTnet.Protocol.MqttDisconnectReasonCode.QuotaExceeded);
        return (session, wasThere, old);
    }

    /// <summary>A connection has ended.</summary>
    public void Close(BrokerSession session, BrokerConnection connection)
    {
        if (!session.Leave(connection, Now) || session.KeptMs > 0)
        {
            return;
        }

        lock (_lock)
        {
            if (session.Connection is not null)
            {
                return;
            }

            Forget(session, UserOf(session));
        }

        End(session);
    }

    /// <summary>Ends sessions that were away for too long.</summary>
    /// <returns>Wills that are due.</returns>
    public List<BrokerWill> Sweep()
    {
        long now = Now;
        List<BrokerSession> over = [];
        List<BrokerWill> wills = [];
        lock (_lock)
        {
            foreach (BrokerSession session in _sessions.Values.Where(static one => one.Connection is null))
            {
                // A clock that was set back ends none early and keeps none for ever.
                bool isOver = Math.Abs(now - session.AwaySince) > session.KeptMs;
                if (session.Will is { } will && (isOver || now >= session.WillAt))
                {
                    wills.Add(will);
                    session.Will = null;
                }

                if (isOver)
                {
                    over.Add(session);
                }
            }

            over.ForEach(session => Forget(session, UserOf(session)));
        }

        over.ForEach(End);
        return wills;
    }

    /// <summary>Whoever makes up a client id for each connection would otherwise leave sessions behind until the memory is full.</summary>
    private static int MaxOf(MqttSender? sender) =>
        sender?.Device is not null ? MaxOfDevice : sender?.SharedPrefix is not null ? MaxOfShared : MaxOfKey;

    private static string UserOf(BrokerSession session) => session.Key[..session.Key.IndexOf('\n', StringComparison.Ordinal)];

    /// <summary>Of those that are away the one that is so for longest, else the oldest.</summary>
    private static BrokerSession Surplus(List<BrokerSession> own, BrokerSession newest) =>
        own.Where(static one => one.Connection is null).MinBy(static one => one.AwaySince) ?? own.First(one => one != newest);

    private void Forget(BrokerSession session, string user)
    {
        _sessions.Remove(session.Key);
        if (_byUser.TryGetValue(user, out List<BrokerSession>? own) && own.Remove(session) && own.Count == 0)
        {
            _byUser.Remove(user);
        }
    }

    private void End(BrokerSession? session)
    {
        if (session is null)
        {
            return;
        }

        foreach (string filter in session.Filters)
        {
            Topics.Remove(filter, session);
        }

        session.End();
    }
}
