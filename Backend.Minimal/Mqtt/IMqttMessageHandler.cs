using JamBox.Backend.Security;

namespace JamBox.Backend.Mqtt;

/// <summary>Takes a message, whichever broker it came through.</summary>
internal interface IMqttMessageHandler
{
    /// <summary>
    /// Takes a message; returns after the commit, so that the sender is told then. Bad input is counted and logged, and never an exception.
    /// </summary>
    /// <param name="topic">Where it was sent to.</param>
    /// <param name="sender">Who sent it.</param>
    /// <param name="message">What was sent.</param>
    /// <param name="cancel">Gives up waiting.</param>
    /// <exception cref="Storage.StorageException">The storage does not answer; nothing was stored, and the sender must not be told that it
    /// was.</exception>
    ValueTask HandleAsync(TopicMatch topic, MqttSender sender, MqttMessage message, CancellationToken cancel);
}

/// <summary>Who is connected.</summary>
/// <param name="Device">The device; null = a person or tool, or behind an outside broker: then the topic says which it is.</param>
/// <param name="Caller">The person or tool.</param>
/// <param name="ClientId">What it calls its connection.</param>
internal sealed record MqttSender(DeviceIdentity? Device, Caller? Caller, string ClientId)
{
    /// <summary>
    /// The prefix of a user of <c>Mqtt:SharedUsers</c>, whose devices say by the topic who they are; null = no such user.
    /// </summary>
    public string? SharedPrefix { get; init; }

    /// <summary>Hash of what it signed in with; null = it did not sign in here.</summary>
    public string? CredentialHash { get; init; }
}

/// <summary>A message as it came.</summary>
/// <param name="Payload">What it holds.</param>
/// <param name="IsDup">Whether its sender says that it may have come before.</param>
/// <param name="PacketId">The number of its packet; 0 = QoS 0.</param>
internal readonly record struct MqttMessage(ReadOnlyMemory<byte> Payload, bool IsDup, ushort PacketId);

/// <summary>Sends messages of ours.</summary>
internal interface IMqttPublisher
{
    /// <summary>Is told which device has just connected or subscribed; null = the broker is there again, any may have.</summary>
    event Action<string?>? Reached;

    /// <summary>Sends a message with QoS 1.</summary>
    /// <param name="topic">Where to.</param>
    /// <param name="payload">What.</param>
    /// <param name="retain">Whether those who subscribe later get it too.</param>
    /// <param name="cancel">Gives up.</param>
    /// <returns>Whether somebody has it: the broker, or the device's session.</returns>
    ValueTask<bool> PublishAsync(string topic, ReadOnlyMemory<byte> payload, bool retain, CancellationToken cancel);
}
