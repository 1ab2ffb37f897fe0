using JamBox.Backend.Storage;

namespace JamBox.Backend.Mqtt;

/// <summary>Where devices stand, for the rule of who may hear and say what of them.</summary>
internal sealed class DevicePlaces(Store store, TimeProvider clock)
{
    /// <summary>Devices remembered; past it all are looked up again.</summary>
    private const int MaxCached = 50_000;

    private readonly TimedCache<long?> _cache = new(clock, MaxCached);

    /// <summary>Finds the place of a device.</summary>
    /// <returns>Null when it stands nowhere, or there is none.</returns>
    /// <exception cref="StorageException">The storage does not answer.</exception>
    public async ValueTask<long?> FindAsync(string deviceId)
    {
        if (!_cache.TryGet(deviceId, out long? place))
        {
            place = await store.ReadAsync(deviceId, Find, settled: false).ConfigureAwait(false);
            _cache.Set(deviceId, place);
        }

        return place;
    }

    private static long? Find(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT place_id FROM devices WHERE device_id = $1 AND status = 'active'", deviceId);
        return row.Read() ? row.Int64OrNull(0) : null;
    }
}
