using System.Buffers;

using JamBox.Backend.Storage;

using MQTTnet.Exceptions;
using MQTTnet.Formatter;
using MQTTnet.Packets;
using MQTTnet.Protocol;

namespace JamBox.Backend.Mqtt.Embedded;

/// <summary>
/// What one connection says. Values are handed over without waiting for those before them, so that they share a commit; acknowledgements
/// go out in the order of the messages, each after its commit. Everything else waits for what came before it.
/// </summary>
internal sealed class BrokerIntake(EmbeddedBroker broker, BrokerConnection connection)
{
    /// <summary>Messages of a connection that are being stored, at most; it reads no further meanwhile.</summary>
    public const int Window = 20;

    private SemaphoreSlim? _window;
    private Task _last = Task.CompletedTask;
    private volatile bool _hasFailed;

    private MqttSender Sender => connection.Sender!;

    private bool IsV5 => connection.Output.Version == MqttProtocolVersion.V500;

    /// <summary>Takes a message.</summary>
    public async ValueTask PublishAsync(MqttPublishPacket packet)
    {
        string topic = packet.Topic ?? "";
        if ((int)packet.QualityOfServiceLevel > 2 || (packet.PacketIdentifier == 0 && packet.QualityOfServiceLevel > 0)
            || packet.TopicAlias > 0 || !IsTopic(topic))
        {
            throw new MqttProtocolViolationException("A PUBLISH without a number, with an alias, or to no topic");
        }

        TopicMatch? match = broker.Topics.Find(topic);
        TimeSpan wait = broker.Pace.Take(PacedAs(match), connection.KeepAlive);
        if (wait > TimeSpan.Zero)
        {
            broker.Counts.Delay();
            await Task.Delay(wait, broker.Network).ConfigureAwait(false);
        }

        _window ??= new SemaphoreSlim(Window, Window);
        await _window.WaitAsync().ConfigureAwait(false);
        if (match?.Kind is not (TopicKind.Telemetry or TopicKind.SerialData))
        {
            await _last.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        Task<bool> work = TakeAsync(match, topic, packet);
        _last = AcknowledgeAsync(_last, work, packet, match is null ? topic : match.Kind.ToString());
    }

    /// <summary>Takes subscriptions.</summary>
    public async ValueTask SubscribeAsync(MqttSubscribePacket packet)
    {
        if (packet.PacketIdentifier == 0 || packet.TopicFilters.Count == 0
            || packet.TopicFilters.Exists(static one => (int)one.QualityOfServiceLevel > 2))
        {
            throw new MqttProtocolViolationException("A SUBSCRIBE without a number, a filter or a quality");
        }

        TimeSpan wait = broker.Pace.Take(PacedAs(null), connection.KeepAlive);
        if (wait > TimeSpan.Zero)
        {
            broker.Counts.Delay();
            await Task.Delay(wait, broker.Network).ConfigureAwait(false);
        }

        List<MqttSubscribeReasonCode> answers = [];
        List<(string Filter, Subscription Subscription)> granted = [];
        HashSet<string> toldOf = new(StringComparer.Ordinal);
        foreach (MqttTopicFilter filter in packet.TopicFilters)
        {
            Subscription subscription = new(
                Math.Min((int)filter.QualityOfServiceLevel, 1), filter.NoLocal, filter.RetainAsPublished, packet.SubscriptionIdentifier);
            (MqttSubscribeReasonCode answer, bool isNew) = await SubscribeAsync(filter.Topic ?? "", subscription).ConfigureAwait(false);
            answers.Add(answer);
            bool isRetained = filter.RetainHandling == MqttRetainHandling.SendAtSubscribe
                || (isNew && filter.RetainHandling == MqttRetainHandling.SendAtSubscribeIfNewSubscriptionOnly);
            if (answer <= MqttSubscribeReasonCode.GrantedQoS1)
            {
                granted.Add((filter.Topic!, subscription));
                if (isRetained)
                {
                    toldOf.Add(filter.Topic!);
                }
            }
        }

        connection.Output.Write(new MqttSubAckPacket { PacketIdentifier = packet.PacketIdentifier, ReasonCodes = answers });
        foreach ((string filter, Subscription subscription) in granted.Where(one => toldOf.Contains(one.Filter)))
        {
            connection.Session!.SendKept(broker.Sessions.Retained.Topics(filter), subscription, isRetained: true);
        }

        Reach(granted);
    }

    /// <summary>Takes subscriptions back.</summary>
    public void Unsubscribe(MqttUnsubscribePacket packet)
    {
        if (packet.PacketIdentifier == 0 || packet.TopicFilters.Count == 0)
        {
            throw new MqttProtocolViolationException("An UNSUBSCRIBE without a number or a filter");
        }

        List<MqttUnsubscribeReasonCode> answers = [];
        foreach (string filter in packet.TopicFilters)
        {
            bool wasThere = connection.Session!.Unsubscribe(filter);
            if (wasThere)
            {
                broker.Sessions.Topics.Remove(filter, connection.Session);
            }

            answers.Add(wasThere ? MqttUnsubscribeReasonCode.Success : MqttUnsubscribeReasonCode.NoSubscriptionExisted);
        }

        connection.Output.Write(new MqttUnsubAckPacket { PacketIdentifier = packet.PacketIdentifier, ReasonCodes = answers });
    }

    /// <summary>Waits until what was said is stored and acknowledged.</summary>
    public async Task EndAsync(TimeSpan limit)
    {
        try
        {
            await _last.WaitAsync(limit).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It is not acknowledged, and comes again.
            _hasFailed = true;
        }
    }

    /// <summary>Says which devices listen now: its own, or behind a user that they share those that the filters name.</summary>
    private void Reach(List<(string Filter, Subscription Subscription)> subscribed)
    {
        if (subscribed.Count == 0 || Sender.Caller is not null)
        {
            return;
        }

        string?[] devices = Sender.Device is { } own
            ? [own.DeviceId]
            : [.. subscribed.Select(one => broker.Topics.Find(one.Filter)?.DeviceId).Distinct()];
        foreach (string device in devices.OfType<string>())
        {
            broker.HasReached(device);
        }
    }

    /// <summary>Whose pace a message counts for: its sender's; of one who speaks for many, that of the device that it names.</summary>
    private string PacedAs(TopicMatch? match) => Sender.Device?.DeviceId
        ?? (Sender.SharedPrefix is null || Sender.SharedPrefix == match?.Prefix ? match?.DeviceId : null)
        ?? connection.Session!.Key;

    private static bool IsTopic(string topic) => topic.Length > 0 && topic.AsSpan().IndexOfAny('+', '#', '\0') < 0;

    private async ValueTask<(MqttSubscribeReasonCode Answer, bool IsNew)> SubscribeAsync(string filter, Subscription subscription)
    {
        BrokerSession session = connection.Session!;
        bool isAllowed;
        try
        {
            isAllowed = await broker.MayAsync(Sender, MqttAct.Subscribe, filter).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is StorageException or StorageBusyException)
        {
            return (Answer(MqttSubscribeReasonCode.UnspecifiedError), false);
        }

        if (!isAllowed)
        {
            broker.Refuse(Sender, filter, "subscription");
            return (Answer(MqttSubscribeReasonCode.NotAuthorized), false);
        }

        if (!session.TrySubscribe(filter, subscription, out bool isNew))
        {
            return (Answer(MqttSubscribeReasonCode.QuotaExceeded), false);
        }

        broker.Sessions.Topics.Add(filter, session, subscription);
        if (session.IsOver)
        {
            // It ended meanwhile, and has been removed already.
            broker.Sessions.Topics.Remove(filter, session);
        }

        return ((MqttSubscribeReasonCode)subscription.Qos, isNew);
    }

    private MqttSubscribeReasonCode Answer(MqttSubscribeReasonCode code) => IsV5 ? code : MqttSubscribeReasonCode.UnspecifiedError;

    /// <returns>Whether the sender may say that.</returns>
    private async Task<bool> TakeAsync(TopicMatch? match, string topic, MqttPublishPacket packet)
    {
        if (!await broker.MayAsync(Sender, MqttAct.Publish, topic).ConfigureAwait(false))
        {
            broker.Refuse(Sender, topic, "message");
            return false;
        }

        ReadOnlyMemory<byte> payload = packet.Payload.IsSingleSegment ? packet.Payload.First : packet.Payload.ToArray();
        await broker.TakeAsync(
            match!, topic, Sender, new MqttMessage(payload, packet.Dup, packet.PacketIdentifier), (int)packet.QualityOfServiceLevel,
            connection.Session).ConfigureAwait(false);
        return true;
    }

    private async Task AcknowledgeAsync(Task before, Task<bool> work, MqttPublishPacket packet, string what)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        bool isAwaited = packet.QualityOfServiceLevel != MqttQualityOfServiceLevel.AtMostOnce;
        try
        {
            bool isAllowed = await work.ConfigureAwait(false);
            if (isAwaited && !_hasFailed)
            {
                Acknowledge(packet, isAllowed);
            }
        }
#pragma warning disable CA1031 // Whatever it was: nothing was stored, so nothing may be acknowledged.
        catch (Exception fault) when (fault is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            broker.Counts.Fail();
            broker.NoteFailure(what, fault);
            if (isAwaited)
            {
                _hasFailed = true;
                connection.Cut(MqttDisconnectReasonCode.UnspecifiedError);
            }
        }
        finally
        {
            _window!.Release();
        }
    }

    private void Acknowledge(MqttPublishPacket packet, bool isAllowed)
    {
        // 3.1.1 has no word for "no": there a message that is refused is acknowledged, or it would come again for ever.
        if (packet.QualityOfServiceLevel == MqttQualityOfServiceLevel.AtLeastOnce)
        {
            connection.Output.Write(new MqttPubAckPacket
            {
                PacketIdentifier = packet.PacketIdentifier,
                ReasonCode = isAllowed ? MqttPubAckReasonCode.Success : MqttPubAckReasonCode.NotAuthorized,
            });
        }
        else
        {
            connection.Output.Write(new MqttPubRecPacket
            {
                PacketIdentifier = packet.PacketIdentifier,
                ReasonCode = isAllowed ? MqttPubRecReasonCode.Success : MqttPubRecReasonCode.NotAuthorized,
            });
        }
    }
}
