using System.Collections.Concurrent;

using JamBox.Backend.Storage;

namespace JamBox.Backend.Mqtt;

/// <summary>Where devices stand, for the rule of who may hear and say what of them.</summary>
internal sealed class DevicePlaces(Store store, TimeProvider clock)
{
    /// <summary>How long an answer is trusted, ms: a device that moved is heard by its former place no longer than that.</summary>
    private const long CacheMs = 5_000;

    /// <summary>Devices remembered; past it all are looked up again.</summary>
    private const int MaxCached = 50_000;

    private readonly ConcurrentDictionary<string, (long? Place, long Until)> _cache = new(StringComparer.Ordinal);

    /// <summary>Finds the place of a device.</summary>
    /// <returns>Null when it stands nowhere, or there is none.</returns>
    /// <exception cref="StorageException">The storage does not answer.</exception>
    public async ValueTask<long?> FindAsync(string deviceId)
    {
        long now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (_cache.TryGetValue(deviceId, out (long? Place, long Until) known)
            && now < known.Until && now > known.Until - (2 * CacheMs))
        {
            return known.Place;
        }

        long? place = await store.ReadAsync(deviceId, Find, settled: false).ConfigureAwait(false);
        if (_cache.Count >= MaxCached)
        {
            _cache.Clear();
        }

        _cache[deviceId] = (place, now + CacheMs);
        return place;
    }

    private static long? Find(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT place_id FROM devices WHERE device_id = $1 AND status = 'active'", deviceId);
        return row.Read() ? row.Int64OrNull(0) : null;
    }
}
