using System.Collections.Concurrent;

using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Security;

/// <summary>
/// Finds out which device speaks. The token alone says it; the id in the request must agree, so that a device can write only as
/// itself. The token is looked at before the body is: a stranger's body is never parsed.
/// </summary>
internal sealed class DeviceGate
{
    /// <summary>
    /// How long a token that was looked up is trusted: a change made by another process is seen within this time, ms. Less than the 5 s
    /// that are promised: connections of MQTT are looked through once in a while besides.
    /// </summary>
    private const long CacheMs = 3_500;

    /// <summary>Tokens remembered; past it all are forgotten and looked up again.</summary>
    private const int MaxCached = 50_000;

    private readonly Store _store;
    private readonly RateLimits _limits;
    private readonly ReadingPace _pace;
    private readonly TimeProvider _clock;
    private readonly ConcurrentDictionary<string, (DeviceIdentity Device, long Until)> _cache = new(StringComparer.Ordinal);

    /// <summary>Counts <see cref="Invalidate"/>: what was looked up before it is not remembered after it.</summary>
    private int _changes;

    /// <summary>Makes the gate.</summary>
    public DeviceGate(Store store, RateLimits limits, ReadingPace pace, TimeProvider clock)
    {
        _store = store;
        _limits = limits;
        _pace = pace;
        _clock = clock;
    }

    /// <summary>Makes every look-up fresh; called by whoever has changed a token or a status.</summary>
    public void Invalidate()
    {
        Interlocked.Increment(ref _changes);
        _cache.Clear();
    }

    /// <summary>Identifies the sender by its token, and counts the request.</summary>
    /// <param name="http">The request.</param>
    /// <param name="limit">What it counts as.</param>
    /// <returns>Who it is, or the answer when it is nobody, one that is switched off, or one that asks too often.</returns>
    public ValueTask<(DeviceIdentity? Device, DeviceResponse? Refusal)> IdentifyAsync(HttpContext http, DeviceLimit limit)
    {
        if (Token.HashOfRequest(http.Request) is not { } hash)
        {
            return new((null, Fail(http, DeviceResponse.MissingAuthorization)));
        }

        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        return _cache.TryGetValue(hash, out (DeviceIdentity Device, long Until) known) && now < known.Until
            ? new(Admit(http, known.Device, limit))
            : LookUpAsync(http, hash, limit, now);
    }

    /// <summary>Whose token has this hash, where people's gate asks; that gate counts.</summary>
    /// <returns>Null when nobody's, or its device is not active.</returns>
    public async ValueTask<DeviceIdentity?> FindAsync(string hash)
    {
        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        DeviceIdentity? device = _cache.TryGetValue(hash, out (DeviceIdentity Device, long Until) known) && now < known.Until
            ? known.Device
            : await ResolveAsync(hash, now).ConfigureAwait(false);
        return device?.Status == "active" ? device : null;
    }

    /// <summary>Identifies the sender by a token that need not stand in the header, where a no is a 403 whatever the reason.</summary>
    /// <param name="http">The request.</param>
    /// <param name="hash">The hash of the token; null = there was none.</param>
    /// <param name="refusal">What is said when it is nobody's.</param>
    public async ValueTask<(DeviceIdentity? Device, DeviceResponse? Refusal)> IdentifyAsync(
        HttpContext http, string? hash, DeviceResponse refusal)
    {
        if (hash is null || await FindAsync(hash).ConfigureAwait(false) is not { } device)
        {
            return (null, Fail(http, refusal));
        }

        http.Features.Set(device);
        return _limits.TryAcquireTelemetry(device.DeviceId) is { } seconds ? (null, TooMany(http, seconds)) : (device, null);
    }

    /// <summary>Keeps a device that sends readings too fast to its pace: its requests wait here, and nobody else's.</summary>
    /// <param name="http">The request; a sender that hangs up waits no longer.</param>
    /// <param name="device">Who sends it.</param>
    /// <param name="readings">How many readings are in it.</param>
    /// <returns>The refusal, when too many of this device's wait already; null when it is this reading's turn.</returns>
    public async ValueTask<DeviceResponse?> AwaitTurnAsync(HttpContext http, DeviceIdentity device, int readings = 1)
    {
        if (_pace.Take(device.Key, readings) is not { } wait)
        {
            return TooMany(http, (int)ReadingPace.MaxWait.TotalSeconds);
        }

        if (wait > TimeSpan.Zero)
        {
            await Task.Delay(wait, _clock, http.RequestAborted).ConfigureAwait(false);
        }

        return null;
    }

    /// <summary>Counts a heartbeat that came with readings.</summary>
    /// <param name="http">The request.</param>
    /// <param name="device">Who sends it.</param>
    /// <returns>The refusal, when there were too many; else null.</returns>
    public DeviceResponse? CountHeartbeat(HttpContext http, DeviceIdentity device) =>
        _limits.TryAcquireDevice(device.DeviceId, DeviceLimit.Heartbeat) is { } seconds ? TooMany(http, seconds) : null;

    /// <summary>Compares the id that a request claims (body, else query) with the one that its token belongs to.</summary>
    /// <param name="request">The request.</param>
    /// <param name="device">Who the token says it is.</param>
    /// <param name="claimed">The id in the body, if any.</param>
    /// <returns>The refusal, or null when they agree.</returns>
    public static DeviceResponse? CheckClaim(HttpRequest request, DeviceIdentity device, string? claimed)
    {
        claimed ??= Query(request, "d") ?? Query(request, "device_id");
        return claimed is null ? DeviceResponse.MissingDeviceId
            : claimed != device.DeviceId ? DeviceResponse.InvalidToken
            : null;
    }

    private static string? Query(HttpRequest request, string name) => request.Query[name] is [{ Length: > 0 } value, ..] ? value : null;

    private async ValueTask<(DeviceIdentity? Device, DeviceResponse? Refusal)> LookUpAsync(
        HttpContext http, string hash, DeviceLimit limit, long now) =>
        await ResolveAsync(hash, now).ConfigureAwait(false) is { } device
            ? Admit(http, device, limit)
            : (null, Fail(http, DeviceResponse.InvalidToken));

    private async ValueTask<DeviceIdentity?> ResolveAsync(string hash, long now)
    {
        int changes = Volatile.Read(ref _changes);
        (DeviceIdentity? device, bool hasDerived) = await _store.ReadAsync(hash, FindByToken, settled: false).ConfigureAwait(false);
        if (device is not null && device.TokenHash != hash && device.NextTokenHash == hash)
        {
            // The first use of the new token: from here on the old one is dead, and that is on the disk before the answer goes out.
            await _store.WriteAsync((device.DeviceId, hash, now), TokenSql.Promote).ConfigureAwait(false);
            Invalidate();
            device = device with { TokenHash = hash, NextTokenHash = null };
        }

        if (device is null || !Token.SameHash(device.TokenHash, hash))
        {
            return null;
        }

        if (hasDerived)
        {
            await _store.WriteAsync((device.DeviceId, now), TokenSql.EndDerivedPassword).ConfigureAwait(false);
        }

        if (_cache.Count >= MaxCached)
        {
            Invalidate();
        }

        // A token that is being replaced is not remembered: it must die with the first use of the new one, in whatever process that is.
        if (device.NextTokenHash is null && changes == Volatile.Read(ref _changes))
        {
            _cache[hash] = (device, now + CacheMs);
        }

        return device;
    }

    private (DeviceIdentity? Device, DeviceResponse? Refusal) Admit(HttpContext http, DeviceIdentity device, DeviceLimit limit)
    {
        if (BareKey.IsOfAnother(http.Request, device.DeviceId))
        {
            return (null, DeviceResponse.InvalidToken);
        }

        http.Features.Set(device);
        if (device.Status != "active")
        {
            return (null, device.Status == "maintenance" ? DeviceResponse.DeviceInMaintenance : DeviceResponse.DeviceInactive);
        }

        if (_limits.TryAcquireDevice(device.DeviceId, limit) is { } seconds)
        {
            return (null, TooMany(http, seconds));
        }

        return (device, null);
    }

    /// <summary>Failed authentications count, and only they: whoever has a good token is let in from the same address.</summary>
    private DeviceResponse Fail(HttpContext http, DeviceResponse refusal) =>
        _limits.TryAcquireFailure(http) is { } seconds ? TooMany(http, seconds) : refusal;

    private static DeviceResponse TooMany(HttpContext http, int seconds)
    {
        http.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return DeviceResponse.TooMany;
    }

    private static (DeviceIdentity? Device, bool HasDerived) FindByToken(SqlSession session, string hash)
    {
        using SqlStatement row = session.Query(
            """
            SELECT d.id, d.device_id, d.status, d.token_hash, d.next_token_hash, p.set_at, d.kind FROM devices d
            LEFT JOIN mqtt_passwords p ON p.device_id = d.device_id WHERE d.token_hash = $1 OR d.next_token_hash = $1
            """,
            hash);
        return row.Read()
            ? (
                new DeviceIdentity(row.Int64(0), row.Text(1), row.Text(2), row.Text(3), row.TextOrNull(4)) { Kind = row.Text(6) },
                row.Int64OrNull(5) is not null)
            : (null, false);
    }
}

/// <summary>The device that a request's token belongs to.</summary>
/// <param name="Key">Its number, <c>devices.id</c>: what readings name it by.</param>
/// <param name="DeviceId">Its id, such as JBNB0001.</param>
/// <param name="Status">active, inactive or maintenance.</param>
/// <param name="TokenHash">The stored hash that the token was found by.</param>
/// <param name="NextTokenHash">That of a new token that was not used yet.</param>
internal sealed record DeviceIdentity(long Key, string DeviceId, string Status, string TokenHash, string? NextTokenHash)
{
    /// <summary>One of <see cref="Devices.DeviceKind"/>; a box where nobody has looked: it may least.</summary>
    public string Kind { get; init; } = Devices.DeviceKind.Box;
}
