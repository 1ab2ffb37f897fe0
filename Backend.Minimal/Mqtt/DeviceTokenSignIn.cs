using JamBox.Backend.Security;

namespace JamBox.Backend.Mqtt;

/// <summary>Devices by id and token, and nobody else.</summary>
internal sealed class DeviceTokenSignIn(DeviceGate gate) : IMqttSignIn
{
    /// <inheritdoc/>
    public async ValueTask<MqttSender?> SignInAsync(
        string? user, string? password, string? clientId, bool ownsClientId, CancellationToken cancel) =>
        user is not null && password is not null && Token.HashOf(password) is { } hash
            && await gate.FindAsync(hash).ConfigureAwait(false) is { } device && device.DeviceId == user
                ? new MqttSender(device, null, clientId ?? "") { CredentialHash = hash }
                : null;

    /// <inheritdoc/>
    public async ValueTask<bool> IsGoodAsync(MqttSender sender, CancellationToken cancel) =>
        sender.CredentialHash is { } hash && await gate.FindAsync(hash).ConfigureAwait(false) is { } device
            && device.DeviceId == sender.Device?.DeviceId;
}
