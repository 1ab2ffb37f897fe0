using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

using JamBox.Backend.Mqtt.Handling;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Mqtt.Access;

/// <summary>
/// Answers what brokers outside ask of us: who may connect, and what somebody who is connected may say and hear. They name whom they let in
/// by user name and client id alone.
/// </summary>
internal sealed class BrokerQuestions
{
    /// <summary>How long it is remembered what a key may, ms.</summary>
    private const long CacheMs = 3_500;

    private const int MaxCached = 10_000;

    private readonly MqttOptions _options;
    private readonly TopicMap _topics;
    private readonly MqttAccess _access;
    private readonly MqttSignIn _signIn;
    private readonly MqttDevices _devices;
    private readonly ClientIds _clients;
    private readonly DevicePlaces _places;
    private readonly ApiKeys _keys;
    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly string? _ownUser;
    private readonly string? _ownPassword;
    private readonly ConcurrentDictionary<string, (Caller? Caller, long Until)> _callers = new(StringComparer.Ordinal);

    /// <summary>Makes it.</summary>
    public BrokerQuestions(
        MqttOptions options, TopicMap topics, MqttAccess access, MqttSignIn signIn, MqttDevices devices, ClientIds clients,
        DevicePlaces places, ApiKeys keys, Store store, TimeProvider clock)
    {
        _options = options;
        _topics = topics;
        _access = access;
        _signIn = signIn;
        _devices = devices;
        _clients = clients;
        _places = places;
        _keys = keys;
        _store = store;
        _clock = clock;
        if (options.Address?.UserInfo.Split(':', 2) is [{ Length: > 0 } user, var password])
        {
            _ownUser = Uri.UnescapeDataString(user);
            _ownPassword = Uri.UnescapeDataString(password);
        }
    }

    /// <summary>Whether a question comes from a broker that knows <c>Mqtt:AuthKey</c>.</summary>
    public bool IsAsker(string? key) =>
        _options.AuthKey is { Length: > 0 } expected && key is { Length: <= Token.MaxChars }
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(Encoding.UTF8.GetBytes(key)), SHA256.HashData(Encoding.UTF8.GetBytes(expected)));

    /// <summary>Whether a user is this backend itself, which the broker asks about, too.</summary>
    public bool IsOwn(string? user) => _ownUser is not null && user == _ownUser;

    /// <summary>Whether somebody may connect.</summary>
    public async ValueTask<bool> MayConnectAsync(string? user, string? password, string? clientId, CancellationToken cancel) =>
        IsOwn(user)
            ? password is not null && Token.SameHash(Hash(password), Hash(_ownPassword!))
            : await _signIn.SignInAsync(user, password, clientId, ownsClientId: true, cancel).ConfigureAwait(false) is not null;

    /// <summary>Whether a user is one at all.</summary>
    public async ValueTask<bool> IsKnownAsync(string? user, string? clientId) =>
        IsOwn(user) || await FindAsync(user, clientId ?? "").ConfigureAwait(false) is not null;

    /// <summary>Whether a client id is its user's.</summary>
    public async ValueTask<bool> OwnsAsync(string? user, string? clientId) =>
        IsOwn(user)
        || (clientId is { Length: > 0 } && await FindAsync(user, clientId).ConfigureAwait(false) is { } sender
            && await _clients.OwnerAsync(clientId).ConfigureAwait(false) == MqttSignIn.OwnerOf(sender));

    /// <summary>Whether somebody who is connected may do something.</summary>
    /// <param name="user">The user name.</param>
    /// <param name="clientId">The client id; null = the broker does not say it.</param>
    /// <param name="act">What.</param>
    /// <param name="topic">The topic, or filter.</param>
    public async ValueTask<bool> MayAsync(string? user, string? clientId, MqttAct act, string? topic)
    {
        if (string.IsNullOrEmpty(topic) || IsOwn(user))
        {
            return IsOwn(user) && !string.IsNullOrEmpty(topic);
        }

        if (await FindAsync(user, clientId ?? "").ConfigureAwait(false) is not { } sender)
        {
            return false;
        }

        long? place = sender.Caller is not null && topic.Length <= MqttAccess.MaxTopicChars && _topics.Find(topic)?.DeviceId is { } device
            ? await _places.FindAsync(device).ConfigureAwait(false)
            : null;
        return _access.May(sender, act, topic, _ => place);
    }

    private static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    private async ValueTask<MqttSender?> FindAsync(string? user, string clientId)
    {
        if (string.IsNullOrEmpty(user) || user.Length > Token.MaxChars)
        {
            return null;
        }

        string? owner = await _clients.OwnerAsync(clientId).ConfigureAwait(false);
        if (_signIn.SharedOf(user) is { } shared)
        {
            return new MqttSender(null, null, clientId) { SharedPrefix = shared.Prefix };
        }

        if (user == MqttSignIn.KeyUser)
        {
            // All keys have this one name: which it is says the client id with which it signed in.
            return owner is not null && await CallerAsync(owner).ConfigureAwait(false) is { } caller
                ? new MqttSender(null, caller, clientId)
                : null;
        }

        MqttSender asked = new(null, null, clientId);
        return (owner is null || owner == user) && await _devices.FindAsync(asked, user).ConfigureAwait(false) is { } device
            ? asked with { Device = device }
            : null;
    }

    private async ValueTask<Caller?> CallerAsync(string principal)
    {
        if (_keys.Configured is { } configured && configured.Principal == principal)
        {
            return configured;
        }

        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (_callers.TryGetValue(principal, out (Caller? Caller, long Until) known)
            && now < known.Until && now > known.Until - (2 * CacheMs))
        {
            return known.Caller;
        }

        string prefix = ApiKeys.PrincipalOf("");
        Caller? caller = principal.StartsWith(prefix, StringComparison.Ordinal)
            ? await _store.ReadAsync(principal[prefix.Length..], ApiKeys.Find).ConfigureAwait(false)
            : null;
        if (_callers.Count >= MaxCached)
        {
            _callers.Clear();
        }

        _callers[principal] = (caller, now + CacheMs);
        return caller;
    }
}
