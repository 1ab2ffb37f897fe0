using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Mqtt.Handling;

/// <summary>Which device a message is of: the one that is connected, or behind an outside broker the one that its topic names.</summary>
internal sealed class MqttDevices
{
    /// <summary>Devices remembered; past it all are looked up again.</summary>
    private const int MaxCached = 50_000;

    private readonly Store _store;
    private readonly DeviceGate _gate;
    private readonly TimedCache<DeviceIdentity?> _cache;

    /// <summary>Makes it.</summary>
    public MqttDevices(Store store, DeviceGate gate, TimeProvider clock)
    {
        _store = store;
        _gate = gate;
        _cache = new TimedCache<DeviceIdentity?>(clock, MaxCached);
    }

    /// <summary>Finds the device.</summary>
    /// <param name="sender">Who is connected.</param>
    /// <param name="id">The device that the topic, or the payload, names.</param>
    /// <returns>Null when there is none that is active, or it is not the sender.</returns>
    public async ValueTask<DeviceIdentity?> FindAsync(MqttSender sender, string id)
    {
        if (sender.Device is { } own)
        {
            return id == own.DeviceId ? own : null;
        }

        if (!_cache.TryGet(id, out DeviceIdentity? device))
        {
            device = await _store.ReadAsync(id, Find, settled: false).ConfigureAwait(false);
            _cache.Set(id, device);
        }

        return device;
    }

    /// <summary>Whether a token is that of a device.</summary>
    public async ValueTask<bool> IsTokenOfAsync(string token, DeviceIdentity device) =>
        Token.HashOf(token) is { } hash && (await _gate.FindAsync(hash).ConfigureAwait(false))?.DeviceId == device.DeviceId;

    private static DeviceIdentity? Find(SqlSession session, string id)
    {
        using SqlStatement row = session.Query(
            "SELECT id, device_id, status, token_hash, next_token_hash, kind FROM devices WHERE device_id = $1 AND status = 'active'", id);
        return row.Read()
            ? new DeviceIdentity(row.Int64(0), row.Text(1), row.Text(2), row.Text(3), row.TextOrNull(4)) { Kind = row.Text(5) }
            : null;
    }
}

/// <summary>Counts messages that were not taken, and says once a minute that there were some.</summary>
internal sealed class MqttRefusals(TimeProvider clock, ILogger<MqttRefusals> logger)
{
    private readonly Lock _lock = new();
    private long _count;
    private long _told;
    private long _toldAt;

    /// <summary>How many there were.</summary>
    public long Count => Interlocked.Read(ref _count);

    /// <summary>Notes one.</summary>
    public void Note(TopicMatch topic, string deviceId, string fault) => Note(topic.Kind.ToString(), deviceId, fault);

    /// <summary>Notes one.</summary>
    /// <param name="what">What was not taken.</param>
    /// <param name="who">Whose it was.</param>
    /// <param name="fault">Why not.</param>
    public void Note(string what, string who, string fault)
    {
        long now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        long more;
        lock (_lock)
        {
            _count++;
            if (now >= _toldAt && now - _toldAt < 60_000)
            {
                return;
            }

            more = _count - _told - 1;
            _told = _count;
            _toldAt = now;
        }

        if (logger.IsEnabled(LogLevel.Warning))
        {
            logger.LogWarning(
                "MQTT: {What} of {Who} was not taken: {Fault} ({More} more since the last line)", Plain(what),
                who.Length == 0 ? "somebody" : Plain(who), fault, more);
        }
    }

    /// <summary>Of what others have written: what fits in a line.</summary>
    private static string Plain(string text) => new([.. text.Where(static c => c is >= ' ' and <= '~').Take(80)]);
}
