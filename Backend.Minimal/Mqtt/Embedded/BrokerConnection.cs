using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Text;

using JamBox.Backend.Mqtt.Access;
using JamBox.Backend.Storage;

using MQTTnet.Adapter;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace JamBox.Backend.Mqtt.Embedded;

/// <summary>
/// One connection, from its CONNECT to its end. It reads packet by packet; what takes time is done beside it, up to a bound.
/// </summary>
internal sealed class BrokerConnection
{
    /// <summary>How long a connection may take to say who it is.</summary>
    public static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);

    /// <summary>How long a reader may take nothing, or have no room, until its connection is ended.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>How long the last words of a connection may take.</summary>
    private static readonly TimeSpan s_goodbye = TimeSpan.FromSeconds(2);

    private readonly EmbeddedBroker _broker;
    private readonly IDuplexPipe _pipe;
    private readonly IPAddress? _peer;
    private readonly Action _abort;
    private readonly long _since;
    private BrokerIntake? _intake;
    private BrokerWill? _will;
    private long _heardAt;
    private int _ending;
    private volatile bool _isBusy;
    private volatile bool _hasBegun;
    private MqttDisconnectReasonCode _reason;
    private TimeSpan _keepAlive;
    private long _willDelayMs;

    /// <summary>Makes it.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="pipe">What is read and written.</param>
    /// <param name="peer">Where it comes from.</param>
    /// <param name="abort">Cuts it off.</param>
    public BrokerConnection(EmbeddedBroker broker, IDuplexPipe pipe, IPAddress? peer, Action abort)
    {
        _broker = broker;
        _pipe = pipe;
        _peer = peer;
        _abort = abort;
        _since = broker.Network.GetTimestamp();
        _heardAt = _since;
        Output = new BrokerOutput(pipe.Output, broker.Network) { Failed = abort };
    }

    /// <summary>What goes out.</summary>
    public BrokerOutput Output { get; }

    /// <summary>Who it is; null until it is signed in.</summary>
    public MqttSender? Sender { get; private set; }

    /// <summary>Its session; null until it is signed in.</summary>
    public BrokerSession? Session { get; private set; }

    /// <summary>Whether it was told that it is connected: nothing else may be sent before.</summary>
    public bool HasBegun => _hasBegun;

    /// <summary>The largest packet that its client takes, bytes; 0 = it did not say.</summary>
    public uint MaxPacketBytes { get; private set; }

    /// <summary>How long its client waits for an answer; 0 = for ever.</summary>
    public TimeSpan KeepAlive => _keepAlive;

    /// <summary>Serves it until it ends.</summary>
    public async Task RunAsync()
    {
        try
        {
            if (await ConnectAsync().ConfigureAwait(false))
            {
                await ReadAllAsync().ConfigureAwait(false);
            }
        }
        catch (MqttProtocolViolationException fault)
        {
            _broker.Counts.Refuse();
            _broker.Refusals.Note("A connection", Sender?.ClientId ?? _peer?.ToString() ?? "", fault.Message);
            _reason = MqttDisconnectReasonCode.MalformedPacket;
        }
#pragma warning disable CA1031 // Whatever a broken connection throws: it is over.
        catch (Exception gone) when (gone is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            _broker.Note(gone);
        }

        await EndAsync().ConfigureAwait(false);
    }

    /// <summary>
    /// Ends it: what it has said is still taken and acknowledged, and it is told why, where its protocol has words for it.
    /// </summary>
    /// <param name="reason">Why.</param>
    public void Cut(MqttDisconnectReasonCode reason)
    {
        if (Interlocked.Exchange(ref _ending, 1) == 0)
        {
            _reason = reason;
            _pipe.Input.CancelPendingRead();
        }
    }

    /// <summary>Cuts it off at once, without a word.</summary>
    public void Abort() => _abort();

    /// <summary>Looks whether it has died in silence, or takes nothing.</summary>
    public void CheckTime()
    {
        TimeSpan silence = _broker.Network.GetElapsedTime(Interlocked.Read(ref _heardAt));
        if (Output.StuckFor > Patience)
        {
            // It would not take its last words either.
            _abort();
        }
        else if (Session is null)
        {
            if (_broker.Network.GetElapsedTime(_since) > ConnectTimeout && Sender is null)
            {
                _abort();
            }
        }
        else if (Session.FullFor > Patience)
        {
            Cut(MqttDisconnectReasonCode.QuotaExceeded);
        }
        else if (_keepAlive > TimeSpan.Zero && silence > 1.5 * _keepAlive && !_isBusy)
        {
            // Nobody may be there to close it with: what is not answered by now is cut off.
            Cut(MqttDisconnectReasonCode.KeepAliveTimeout);
        }
    }

    private async ValueTask<ReceivedMqttPacket?> CutNextAsync(bool isFirst, Action<ReceivedMqttPacket> take)
    {
        while (true)
        {
            ReadResult result = await _pipe.Input.ReadAsync().ConfigureAwait(false);
            ReadOnlySequence<byte> rest = result.Buffer;
            bool isWhole = false;
            ReceivedMqttPacket packet = default;
            try
            {
                isWhole = !result.IsCanceled && PacketCodec.TryCut(ref rest, isFirst, out packet);
                if (isWhole)
                {
                    // Before the bytes are given back.
                    take(packet);
                }
            }
            finally
            {
                _pipe.Input.AdvanceTo(rest.Start, isWhole ? rest.Start : result.Buffer.End);
            }

            if (isWhole)
            {
                Interlocked.Exchange(ref _heardAt, _broker.Network.GetTimestamp());
                return packet;
            }

            if (result.IsCompleted || result.IsCanceled)
            {
                return null;
            }
        }
    }

    private async Task<bool> ConnectAsync()
    {
        MqttConnectPacket? connect = null;
        MqttConnectReturnCode refusal = MqttConnectReturnCode.ConnectionAccepted;
        await CutNextAsync(isFirst: true, packet =>
        {
            MqttProtocolVersion version = PacketCodec.VersionOf(packet);
            if (version == MqttProtocolVersion.Unknown)
            {
                throw new MqttProtocolViolationException("The first packet is no CONNECT");
            }

            if (version == MqttProtocolVersion.V310)
            {
                refusal = MqttConnectReturnCode.ConnectionRefusedUnacceptableProtocolVersion;
            }
            else if (version == MqttProtocolVersion.V311 && PacketCodec.IsNamelessSession(packet))
            {
                refusal = MqttConnectReturnCode.ConnectionRefusedIdentifierRejected;
            }
            else
            {
                Output.Version = version;
                connect = (MqttConnectPacket)PacketCodec.Decode(packet, version);
            }
        }).ConfigureAwait(false);
        if (refusal != MqttConnectReturnCode.ConnectionAccepted)
        {
            Output.Write(new MqttConnAckPacket { ReturnCode = refusal });
        }

        return connect is not null && await ConnectAsync(connect).ConfigureAwait(false);
    }

    private async Task<bool> ConnectAsync(MqttConnectPacket connect)
    {
        MqttSender? sender;
        try
        {
            string? password = connect.Password is { } bytes ? Encoding.UTF8.GetString(bytes) : null;
            sender = await _broker.SignIn.SignInAsync(
                connect.Username, password, connect.ClientId, ownsClientId: false, CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is StorageException or StorageBusyException)
        {
            return Refuse(MqttConnectReasonCode.ServerUnavailable);
        }

        if (sender is null)
        {
            return Refuse(_broker.HasFailed(_peer)
                ? MqttConnectReasonCode.ConnectionRateExceeded
                : MqttConnectReasonCode.BadUserNameOrPassword);
        }

        if (connect.WillFlag && !await TakeWillAsync(connect, sender).ConfigureAwait(false))
        {
            return Refuse(MqttConnectReasonCode.NotAuthorized);
        }

        if (_broker.IsStopping)
        {
            return Refuse(MqttConnectReasonCode.ServerUnavailable);
        }

        string clientId = connect.ClientId is { Length: > 0 } said ? said : Guid.NewGuid().ToString("N");
        Sender = sender;
        _keepAlive = TimeSpan.FromSeconds(connect.KeepAlivePeriod);
        MaxPacketBytes = connect.MaximumPacketSize;
        Begin(connect, MqttSignIn.OwnerOf(sender), clientId);
        return true;
    }

    private void Begin(MqttConnectPacket connect, string user, string clientId)
    {
        (BrokerSession session, bool wasThere, BrokerConnection? old) = _broker.Sessions.Open(
            this, user, clientId, connect.CleanSession, connect.ReceiveMaximum);
        old?.Cut(MqttDisconnectReasonCode.SessionTakenOver);
        bool isV5 = Output.Version == MqttProtocolVersion.V500;
        long kept = isV5 ? connect.SessionExpiryInterval * 1000L : connect.CleanSession ? 0 : BrokerSessions.MaxKeptMs;
        session.KeptMs = Math.Min(kept, BrokerSessions.MaxKeptMs);
        Session = session;
        _intake = new BrokerIntake(_broker, this);
        Output.Sent = session.Pump;
        Output.Write(new MqttConnAckPacket
        {
            ReturnCode = MqttConnectReturnCode.ConnectionAccepted,
            ReasonCode = MqttConnectReasonCode.Success,
            IsSessionPresent = wasThere,
            AssignedClientIdentifier = connect.ClientId is { Length: > 0 } ? null : clientId,
            SessionExpiryInterval = (uint)(session.KeptMs / 1000),
            ReceiveMaximum = BrokerIntake.Window,
            MaximumPacketSize = PacketCodec.MaxPacketBytes,
            MaximumQoS = MqttQualityOfServiceLevel.ExactlyOnce,
            RetainAvailable = true,
            WildcardSubscriptionAvailable = true,
            SubscriptionIdentifiersAvailable = true,
            SharedSubscriptionAvailable = false,
        });
        _hasBegun = true;
        session.Begin();
        _broker.HasConnected(this);
    }

    private bool Refuse(MqttConnectReasonCode reason)
    {
        _broker.Counts.Refuse();
        if (Output.Version == MqttProtocolVersion.V500)
        {
            Output.Write(new MqttConnAckPacket { ReasonCode = reason });
        }
        else
        {
            Output.Write(new MqttConnAckPacket
            {
                ReturnCode = reason switch
                {
                    MqttConnectReasonCode.BadUserNameOrPassword => MqttConnectReturnCode.ConnectionRefusedBadUsernameOrPassword,
                    MqttConnectReasonCode.NotAuthorized => MqttConnectReturnCode.ConnectionRefusedNotAuthorized,
                    _ => MqttConnectReturnCode.ConnectionRefusedServerUnavailable,
                },
            });
        }

        return false;
    }

    /// <summary>What is to be said when it breaks, by the same rule as what it says itself.</summary>
    /// <returns>False when it may not say that, and can be told so.</returns>
    private async Task<bool> TakeWillAsync(MqttConnectPacket connect, MqttSender sender)
    {
        string topic = connect.WillTopic ?? "";
        bool mayPublish;
        try
        {
            mayPublish = await _broker.MayAsync(sender, MqttAct.Publish, topic).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is StorageException or StorageBusyException)
        {
            mayPublish = false;
        }

        if (mayPublish)
        {
            _will = new BrokerWill(sender, topic, connect.WillMessage ?? []);
            _willDelayMs = connect.WillDelayInterval * 1000L;
            return true;
        }

        // In 3.1.1 there is no word for it: it may come, its will is not said.
        _broker.Refuse(sender, topic, "will");
        return Output.Version != MqttProtocolVersion.V500;
    }

    private async Task ReadAllAsync()
    {
        MqttPacket? packet = null;
        Action<ReceivedMqttPacket> decode = bytes => packet = PacketCodec.Decode(bytes, Output.Version);
        while (Volatile.Read(ref _ending) == 0 && await CutNextAsync(isFirst: false, decode).ConfigureAwait(false) is not null)
        {
            if (packet is MqttDisconnectPacket goodbye)
            {
                TakeGoodbye(goodbye);
                return;
            }

            _isBusy = true;
            await TakeAsync(packet!).ConfigureAwait(false);
            if (Output.Waiting > BrokerOutput.ManyBytes && !await Output.DrainAsync(Patience).ConfigureAwait(false))
            {
                _abort();
                return;
            }

            Interlocked.Exchange(ref _heardAt, _broker.Network.GetTimestamp());
            _isBusy = false;
        }
    }

    private ValueTask TakeAsync(MqttPacket packet)
    {
        switch (packet)
        {
            case MqttPublishPacket publish:
                return _intake!.PublishAsync(publish);
            case MqttSubscribePacket subscribe:
                return _intake!.SubscribeAsync(subscribe);
            case MqttUnsubscribePacket unsubscribe:
                _intake!.Unsubscribe(unsubscribe);
                break;
            case MqttPubAckPacket acknowledged:
                Session!.Acknowledge(acknowledged.PacketIdentifier);
                break;
            case MqttPubRelPacket { PacketIdentifier: > 0 } released:
                Output.Write(new MqttPubCompPacket { PacketIdentifier = released.PacketIdentifier });
                break;
            case MqttPingReqPacket:
                Output.Write(MqttPingRespPacket.Instance);
                break;
            default:
                throw new MqttProtocolViolationException($"A {packet.GetType().Name} is not sent by clients, or not now");
        }

        return ValueTask.CompletedTask;
    }

    private void TakeGoodbye(MqttDisconnectPacket goodbye)
    {
        Interlocked.Exchange(ref _ending, 1);
        if (goodbye.ReasonCode != MqttDisconnectReasonCode.DisconnectWithWillMessage)
        {
            _will = null;
        }

        if (Output.Version == MqttProtocolVersion.V500 && goodbye.SessionExpiryInterval > 0 && Session!.KeptMs > 0)
        {
            Session.KeptMs = Math.Min(goodbye.SessionExpiryInterval * 1000L, BrokerSessions.MaxKeptMs);
        }
    }

    private async Task EndAsync()
    {
        Interlocked.Exchange(ref _ending, 1);
        try
        {
            if (_intake is not null)
            {
                await _intake.EndAsync(s_goodbye).ConfigureAwait(false);
            }

            if (_reason != MqttDisconnectReasonCode.NormalDisconnection && Session is not null
                && Output.Version == MqttProtocolVersion.V500)
            {
                Output.Write(new MqttDisconnectPacket { ReasonCode = _reason });
            }

            if (!await Output.DrainAsync(s_goodbye).ConfigureAwait(false))
            {
                _abort();
            }
        }
#pragma warning disable CA1031 // Whatever a broken connection throws: it is over.
        catch (Exception gone) when (gone is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            _broker.Note(gone);
        }

        if (Session is not null)
        {
            LeaveWill(Session);
            _broker.Sessions.Close(Session, this);
            _broker.HasEnded();
        }
    }

    private void LeaveWill(BrokerSession session)
    {
        if (_will is null || _broker.IsStopping)
        {
            return;
        }

        // A delay counts while the session waits for its client; without one there is nothing to wait for.
        if (_willDelayMs > 0 && session.KeptMs > 0 && session.Connection == this)
        {
            session.WillAt = _broker.Clock.GetUtcNow().ToUnixTimeMilliseconds() + _willDelayMs;
            session.Will = _will;
        }
        else
        {
            _broker.Say(_will);
        }
    }
}
