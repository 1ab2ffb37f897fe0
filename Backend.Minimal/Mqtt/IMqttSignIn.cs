namespace JamBox.Backend.Mqtt;

/// <summary>Who may connect: one rule for the broker in this process and for brokers outside that ask.</summary>
internal interface IMqttSignIn
{
    /// <summary>Finds out who connects.</summary>
    /// <param name="user">The id of a device, <c>key</c>, or a name of <c>Mqtt:SharedUsers</c>.</param>
    /// <param name="password">The device's token or derived password, or the key.</param>
    /// <param name="clientId">What it calls its connection; may be empty.</param>
    /// <param name="ownsClientId">
    /// Whether a client id belongs to the user that used it first: with brokers that know connections by it alone. The broker in this
    /// process knows them by user and client id.
    /// </param>
    /// <param name="cancel">Gives up waiting.</param>
    /// <returns>Null when it may not.</returns>
    /// <exception cref="Storage.StorageException">The storage does not answer.</exception>
    ValueTask<MqttSender?> SignInAsync(string? user, string? password, string? clientId, bool ownsClientId, CancellationToken cancel);

    /// <summary>Whether what somebody signed in with still counts: a token that was revoked or replaced does not.</summary>
    /// <exception cref="Storage.StorageException">The storage does not answer.</exception>
    ValueTask<bool> IsGoodAsync(MqttSender sender, CancellationToken cancel);
}
