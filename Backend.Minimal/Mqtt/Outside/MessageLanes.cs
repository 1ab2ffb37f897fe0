using System.Buffers;
using System.Threading.Channels;

using JamBox.Backend.Storage;

using MQTTnet;
using MQTTnet.Protocol;

namespace JamBox.Backend.Mqtt.Outside;

/// <summary>
/// Handles what comes from the outside broker: several devices at once, so that commits are shared, and each device's messages in their
/// order. A message is acknowledged after its commit, and only over the connection that it came by.
/// </summary>
internal sealed class MessageLanes
{
    private const int Lanes = 64;

    /// <summary>Messages that wait in a lane; then the connection waits, and the broker with it.</summary>
    private const int MaxWaiting = 256;

    private static readonly TimeSpan s_again = TimeSpan.FromSeconds(1);

    private static readonly MqttSender s_broker = new(null, null, "");

    private readonly Func<IMqttMessageHandler> _handler;
    private readonly TopicMap _topics;
    private readonly ILogger _logger;
    private readonly Channel<Delivery>[] _lanes;

    /// <summary>Makes them.</summary>
    /// <param name="handler">Takes messages.</param>
    /// <param name="topics">The topics that there are.</param>
    /// <param name="logger">Where it is said that the storage fails.</param>
    public MessageLanes(Func<IMqttMessageHandler> handler, TopicMap topics, ILogger logger)
    {
        _handler = handler;
        _topics = topics;
        _logger = logger;
        _lanes = [.. Enumerable.Range(0, Lanes).Select(static _ => Channel.CreateBounded<Delivery>(MaxWaiting))];
    }

    /// <summary>Messages that were acknowledged.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    private long _acknowledged;

    /// <summary>Takes a message from a connection.</summary>
    /// <param name="args">The message.</param>
    /// <param name="connection">Ends with the connection that it came by.</param>
    public async Task EnqueueAsync(MqttApplicationMessageReceivedEventArgs args, CancellationToken connection)
    {
        args.AutoAcknowledge = false;
        string topic = args.ApplicationMessage.Topic;
        TopicMatch? match = _topics.Find(topic);

        // Of its own memory: that of the packet is used again when this returns.
        Delivery delivery = new(match, args, args.ApplicationMessage.Payload.ToArray(), connection);
        int lane = (int)((uint)string.GetHashCode(match?.DeviceId ?? topic, StringComparison.Ordinal) % Lanes);
        try
        {
            await _lanes[lane].Writer.WriteAsync(delivery, connection).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The broker sends it again.
        }
    }

    /// <summary>Works until it is told to stop.</summary>
    public Task RunAsync(CancellationToken stopping) => Task.WhenAll(_lanes.Select(lane => RunAsync(lane.Reader, stopping)));

    private async Task RunAsync(ChannelReader<Delivery> lane, CancellationToken stopping)
    {
        await foreach (Delivery delivery in lane.ReadAllAsync(stopping).ConfigureAwait(false))
        {
            try
            {
                if (!delivery.Connection.IsCancellationRequested)
                {
                    await HandleAsync(delivery, stopping).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
            {
                // The connection has ended: what was not acknowledged comes again.
            }
#pragma warning disable CA1031 // One message that cannot be handled must not end its lane, and all that comes after it.
            catch (Exception failure) when (failure is not OperationCanceledException and not OutOfMemoryException)
#pragma warning restore CA1031
            {
                _logger.LogError(failure, "MQTT: a message could not be handled");
            }
        }
    }

    private async Task HandleAsync(Delivery delivery, CancellationToken stopping)
    {
        bool isAwaited = delivery.Args.ApplicationMessage.QualityOfServiceLevel != MqttQualityOfServiceLevel.AtMostOnce;
        bool isTaken = delivery.Match is null;
        while (!isTaken)
        {
            try
            {
                MqttMessage message = new(
                    delivery.Payload, delivery.Args.ApplicationMessage.Dup, isAwaited ? delivery.Args.PacketIdentifier : (ushort)0);
                await _handler().HandleAsync(delivery.Match!, s_broker, message, stopping).ConfigureAwait(false);
                isTaken = true;
            }
            catch (Exception fault) when (fault is StorageException or StorageBusyException)
            {
                if (!isAwaited)
                {
                    return;
                }

                _logger.LogWarning("MQTT: a message waits for the storage: {Fault}", fault.Message);
                await Task.Delay(s_again, delivery.Connection).ConfigureAwait(false);
            }
        }

        if (isAwaited)
        {
            await AcknowledgeAsync(delivery).ConfigureAwait(false);
        }
    }

    private async Task AcknowledgeAsync(Delivery delivery)
    {
        if (delivery.Connection.IsCancellationRequested)
        {
            return;
        }

        try
        {
            await delivery.Args.AcknowledgeAsync(delivery.Connection).ConfigureAwait(false);
            Interlocked.Increment(ref _acknowledged);
        }
        catch (Exception gone) when (gone is not OutOfMemoryException)
        {
            // After a drop the library throws whatever it meets there, a null reference among others. The message comes again.
            _logger.LogDebug("MQTT: an acknowledgement was not sent: {Fault}", gone.Message);
        }
    }

    private sealed record Delivery(
        TopicMatch? Match, MqttApplicationMessageReceivedEventArgs Args, ReadOnlyMemory<byte> Payload, CancellationToken Connection);
}
