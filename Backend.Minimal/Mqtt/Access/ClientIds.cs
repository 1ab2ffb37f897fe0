using JamBox.Backend.Storage;

namespace JamBox.Backend.Mqtt.Access;

/// <summary>
/// Whose client ids are, where a broker outside knows connections by them alone: an id belongs to who used it first, until that one has not
/// used it for 30 days. Otherwise one device could take over another's session, with the messages that wait in it.
/// </summary>
internal sealed class ClientIds(Store store, TimeProvider clock)
{
    /// <summary>Characters at most: MQTT allows 65,535, and no client uses them.</summary>
    public const int MaxChars = 256;

    /// <summary>Ids of one owner; its oldest go. Tools make a new one for each connection.</summary>
    private const int MaxOfOwner = 100;

    /// <summary>How long one is owned after its last use, ms.</summary>
    public const long OwnedMs = 30L * 24 * 60 * 60 * 1000;

    /// <summary>How exactly it is known when one was used, ms: connecting again and again writes little.</summary>
    private const long UsedMs = 12 * 60 * 60 * 1000L;

    private const int MaxCached = 50_000;

    private readonly TimedCache<(string? Owner, long UsedAt)> _cache = new(clock, MaxCached);

    /// <summary>Takes an id for its user.</summary>
    /// <param name="clientId">The id; an empty one is nobody's.</param>
    /// <param name="owner">Who has signed in.</param>
    /// <returns>Whether it is that user's now.</returns>
    public async ValueTask<bool> TakeAsync(string clientId, string owner)
    {
        if (clientId.Length == 0)
        {
            return true;
        }

        if (clientId.Length > MaxChars)
        {
            return false;
        }

        long now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        (string? known, long usedAt) = await FindAsync(clientId).ConfigureAwait(false);
        if (known == owner && now - usedAt is >= 0 and < UsedMs)
        {
            return true;
        }

        if (known is not null && known != owner && now - usedAt < OwnedMs)
        {
            return false;
        }

        string taken = await store.WriteAsync((clientId, owner, now), Take).ConfigureAwait(false);
        _cache.Remove(clientId);
        return taken == owner;
    }

    /// <summary>Whose an id is.</summary>
    /// <returns>Null when nobody's.</returns>
    public async ValueTask<string?> OwnerAsync(string clientId)
    {
        if (clientId.Length is 0 or > MaxChars)
        {
            return null;
        }

        long now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        (string? owner, long usedAt) = await FindAsync(clientId).ConfigureAwait(false);
        return owner is not null && now - usedAt < OwnedMs ? owner : null;
    }

    private async ValueTask<(string? Owner, long UsedAt)> FindAsync(string clientId)
    {
        if (_cache.TryGet(clientId, out (string? Owner, long UsedAt) known))
        {
            return known;
        }

        known = await store.ReadAsync(clientId, Find).ConfigureAwait(false);
        if (known.Owner is not null)
        {
            _cache.Set(clientId, known);
        }

        return known;
    }

    private static (string? Owner, long UsedAt) Find(SqlSession session, string clientId)
    {
        using SqlStatement row = session.Query("SELECT owner, used_at FROM mqtt_clients WHERE client_id = $1", clientId);
        return row.Read() ? (row.Text(0), row.Int64(1)) : (null, 0);
    }

    private static string Take(SqlSession session, (string ClientId, string Owner, long Now) use)
    {
        string owner;
        using (SqlStatement row = session.Query(
            """
            INSERT INTO mqtt_clients (client_id, owner, used_at) VALUES ($1, $2, $3)
            ON CONFLICT (client_id) DO UPDATE SET
                owner = CASE WHEN mqtt_clients.used_at <= $4 THEN excluded.owner ELSE mqtt_clients.owner END,
                used_at = CASE WHEN mqtt_clients.used_at <= $4 OR mqtt_clients.owner = excluded.owner
                    THEN excluded.used_at ELSE mqtt_clients.used_at END
            RETURNING owner
            """,
            use.ClientId, use.Owner, use.Now, use.Now - OwnedMs))
        {
            row.Read();
            owner = row.Text(0);
        }

        session.Execute(
            """
            DELETE FROM mqtt_clients WHERE owner = $1 AND client_id IN (
                SELECT client_id FROM mqtt_clients WHERE owner = $1 ORDER BY used_at DESC, client_id LIMIT 1000 OFFSET $2)
            """,
            owner, (long)MaxOfOwner);
        return owner;
    }
}
