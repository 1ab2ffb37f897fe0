using System.Security.Cryptography;
using System.Text;

using JamBox.Backend.Mqtt.Handling;
using JamBox.Backend.Mqtt.Outside;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Mqtt.Access;

/// <summary>
/// Answers what brokers outside ask of us: who may connect, and what somebody who is connected may say and hear. They name whom they let in
/// by user name and client id alone.
/// </summary>
internal sealed class BrokerQuestions
{
    private const int MaxCached = 10_000;

    private const string Share = "$share/";

    private readonly MqttOptions _options;
    private readonly TopicMap _topics;
    private readonly MqttAccess _access;
    private readonly MqttSignIn _signIn;
    private readonly MqttDevices _devices;
    private readonly ClientIds _clients;
    private readonly DevicePlaces _places;
    private readonly ApiKeys _keys;
    private readonly Store _store;
    private readonly MqttRefusals _refusals;
    private readonly string? _ownUser;
    private readonly string? _ownPasswordHash;
    private readonly string? _keyHash;
    private readonly TimedCache<Caller?> _callers;

    /// <summary>Makes it.</summary>
    public BrokerQuestions(
        MqttOptions options, TopicMap topics, MqttAccess access, MqttSignIn signIn, MqttDevices devices, ClientIds clients,
        DevicePlaces places, ApiKeys keys, Store store, TimeProvider clock, MqttRefusals refusals)
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
        _callers = new TimedCache<Caller?>(clock, MaxCached);
        _keyHash = options.AuthKey is { Length: > 0 } key ? Hash(key) : null;
        _refusals = refusals;
        if (options.Address?.UserInfo.Split(':', 2) is [{ Length: > 0 } user, var password])
        {
            _ownUser = Uri.UnescapeDataString(user);
            _ownPasswordHash = Hash(Uri.UnescapeDataString(password));
        }
    }

    /// <summary>Whether a question comes from a broker that knows <c>Mqtt:AuthKey</c>.</summary>
    public bool IsAsker(string? key) =>
        _keyHash is not null && key is { Length: <= Token.MaxChars } && Token.SameHash(Hash(key), _keyHash);

    /// <summary>Whether a user is this backend itself, which the broker asks about, too.</summary>
    public bool IsOwn(string? user) => _ownUser is not null && user == _ownUser;

    /// <summary>Whether somebody may connect.</summary>
    public async ValueTask<bool> MayConnectAsync(string? user, string? password, string? clientId, CancellationToken cancel)
    {
        bool isLetIn = IsOwn(user)
            ? password is not null && Token.SameHash(Hash(password), _ownPasswordHash!)
            : !IsOwnClient(clientId)
                && await _signIn.SignInAsync(user, password, clientId, ownsClientId: true, cancel).ConfigureAwait(false) is not null;
        if (!isLetIn)
        {
            _refusals.Note("a connection", user ?? "", IsOwn(user) || !IsOwnClient(clientId)
                ? "the password is wrong, or the client id is another's"
                : "that client id is the backend's own");
        }

        return isLetIn;
    }

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
        bool isAllowed = !string.IsNullOrEmpty(topic)
            && (IsOwn(user) || await MayOtherAsync(user, clientId, act, topic).ConfigureAwait(false));
        if (!isAllowed)
        {
            _refusals.Note($"{act} {topic}", user ?? "", "it is not allowed to");
        }

        return isAllowed;
    }

    /// <summary>
    /// Whether a client id is of the kind that this backend uses (<see cref="OutsideBroker"/>): a broker would hand its session,
    /// and what waits in it, to whoever calls itself so.
    /// </summary>
    private bool IsOwnClient(string? clientId) =>
        _options.Broker is not null && clientId is not null
        && (clientId == OutsideBroker.ClientId || clientId.StartsWith(OutsideBroker.ClientId + "-", StringComparison.Ordinal));

    /// <summary>The filter behind <c>$share/GROUP/</c>: whoever shares a subscription hears no more than without.</summary>
    private static string WithoutShare(string filter) =>
        filter.StartsWith(Share, StringComparison.Ordinal) && filter.IndexOf('/', Share.Length) is var end && end > Share.Length
            ? filter[(end + 1)..]
            : filter;

    private async ValueTask<bool> MayOtherAsync(string? user, string? clientId, MqttAct act, string topic)
    {
        topic = act == MqttAct.Subscribe ? WithoutShare(topic) : topic;

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

        if (_callers.TryGet(principal, out Caller? caller))
        {
            return caller;
        }

        string prefix = ApiKeys.PrincipalOf("");
        caller = principal.StartsWith(prefix, StringComparison.Ordinal)
            ? await _store.ReadAsync(principal[prefix.Length..], ApiKeys.Find).ConfigureAwait(false)
            : null;
        _callers.Set(principal, caller);
        return caller;
    }
}
