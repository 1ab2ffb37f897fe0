using System.Security.Cryptography;
using System.Text;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Mqtt.Access;

/// <summary>Who may connect, and as whom.</summary>
internal sealed class MqttSignIn : IMqttSignIn
{
    /// <summary>The name with which people and tools sign in; their password is an API key.</summary>
    public const string KeyUser = "key";

    private readonly MqttOptions _options;
    private readonly DeviceGate _gate;
    private readonly ApiKeys _keys;
    private readonly Store _store;
    private readonly ClientIds _clients;
    private readonly IReadOnlyList<SharedUser> _shared;

    /// <summary>Makes it.</summary>
    public MqttSignIn(
        MqttOptions options, DeviceGate gate, ApiKeys keys, Store store, ClientIds clients, ILogger<MqttSignIn> logger)
    {
        _options = options;
        _gate = gate;
        _keys = keys;
        _store = store;
        _clients = clients;
        _shared = SharedUser.Read(options.SharedUsers);
        foreach (SharedUser user in _shared)
        {
            logger.LogWarning(
                "MQTT: user {User} is shared: whoever knows its password speaks as any device below {Prefix}", user.Name, user.Prefix);
        }
    }

    /// <inheritdoc/>
    public async ValueTask<MqttSender?> SignInAsync(
        string? user, string? password, string? clientId, bool ownsClientId, CancellationToken cancel)
    {
        clientId ??= "";
        MqttSender? sender = string.IsNullOrEmpty(user) || Token.HashOf(password) is not { } hash
            ? null
            : await FindAsync(user, password!, hash, clientId).ConfigureAwait(false);
        return sender is null || (ownsClientId && !await _clients.TakeAsync(clientId, OwnerOf(sender)).ConfigureAwait(false))
            ? null
            : sender;
    }

    /// <inheritdoc/>
    public async ValueTask<bool> IsGoodAsync(MqttSender sender, CancellationToken cancel)
    {
        if (sender.SharedPrefix is not null || sender.CredentialHash is not { } hash)
        {
            return sender.SharedPrefix is not null;
        }

        return sender switch
        {
            { Device: { } device } when IsDerived(hash) =>
                await _store.ReadAsync(device.DeviceId, DerivedPassword.Find).ConfigureAwait(false) is not null,
            { Device: { } device } => (await _gate.FindAsync(hash).ConfigureAwait(false))?.DeviceId == device.DeviceId,
            { Caller: { } caller } => (await _keys.FindAsync(hash).ConfigureAwait(false))?.Principal == caller.Principal,
            _ => false,
        };
    }

    /// <summary>How the owner of a client id is called.</summary>
    public static string OwnerOf(MqttSender sender) =>
        sender.SharedPrefix is { } prefix ? $"shared {prefix}" : sender.Device?.DeviceId ?? sender.Caller!.Principal;

    /// <summary>The shared user of this name; null = none.</summary>
    public SharedUser? SharedOf(string? user) => _shared.FirstOrDefault(one => one.Name == user);

    private static bool IsDerived(string hash) => hash.Length == 0;

    private async ValueTask<MqttSender?> FindAsync(string user, string password, string hash, string clientId)
    {
        if (SharedOf(user) is { } shared)
        {
            return Token.SameHash(shared.PasswordHash, hash)
                ? new MqttSender(null, null, clientId) { SharedPrefix = shared.Prefix, CredentialHash = hash }
                : null;
        }

        if (user == KeyUser)
        {
            return await _keys.FindAsync(hash).ConfigureAwait(false) is { } caller
                ? new MqttSender(null, caller, clientId) { CredentialHash = hash }
                : null;
        }

        if (await _gate.FindAsync(hash).ConfigureAwait(false) is { } device)
        {
            return device.DeviceId == user ? new MqttSender(device, null, clientId) { CredentialHash = hash } : null;
        }

        return _options.Secret is { } secret && password.Length == DerivedPassword.Chars
            && await _store.ReadAsync(user, DerivedPassword.Find).ConfigureAwait(false) is { } known
            && CryptographicOperations.FixedTimeEquals(
                Encoding.UTF8.GetBytes(DerivedPassword.Of(secret, known.Serial)), Encoding.UTF8.GetBytes(password))
                ? new MqttSender(known.Device, null, clientId) { CredentialHash = "" }
                : null;
    }
}
