using JamBox.Backend.Storage;

namespace JamBox.Backend.Security;

/// <summary>The SQL of keys.</summary>
internal static class ApiKeySql
{
    /// <summary>Makes a key.</summary>
    /// <returns>False when there is one of that name.</returns>
    public static bool Add(SqlSession session, NewApiKey key)
    {
        string role = key.Role.ToString().ToLowerInvariant();
        int added = session.Execute(
            "INSERT INTO api_keys (name, role, key_hash, created_at, created_by) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING",
            key.Name, role, key.Hash, key.CreatedAt, key.CreatedBy);
        if (added == 0)
        {
            return false;
        }

        foreach (string place in key.Places)
        {
            session.Execute("INSERT INTO api_key_places (name, place) VALUES ($1, $2) ON CONFLICT DO NOTHING", key.Name, place);
        }

        Audit.Note(session, key.CreatedBy, "key.create", key.Name, null, $"{role} {string.Join(", ", key.Places)}".Trim(), key.CreatedAt);
        return true;
    }

    /// <summary>Makes a key in the place of the one of that name.</summary>
    public static bool Replace(SqlSession session, NewApiKey key)
    {
        session.Execute("DELETE FROM api_keys WHERE name = $1", key.Name);
        session.Execute("DELETE FROM api_key_places WHERE name = $1", key.Name);
        return Add(session, key);
    }

    /// <summary>Revokes a key.</summary>
    /// <returns>False when there is none.</returns>
    public static bool Remove(SqlSession session, (string Name, string Who, long At) change)
    {
        if (session.Execute("DELETE FROM api_keys WHERE name = $1", change.Name) == 0)
        {
            return false;
        }

        session.Execute("DELETE FROM api_key_places WHERE name = $1", change.Name);
        Audit.Note(session, change.Who, "key.revoke", change.Name, null, null, change.At);
        return true;
    }

    /// <summary>All keys, without their hashes.</summary>
    public static List<ApiKeyRow> List(SqlSession session, int limit)
    {
        List<ApiKeyRow> rows = [];
        using (SqlStatement row = session.Query("SELECT name, role, created_at, created_by FROM api_keys ORDER BY name LIMIT $1", limit))
        {
            while (row.Read())
            {
                rows.Add(new ApiKeyRow(row.Text(0), row.Text(1), null, row.Time(2), row.TextOrNull(3)));
            }
        }

        return [.. rows.Select(row => PlacesOf(session, row.Name) is { Count: > 0 } places ? row with { Places = places } : row)];
    }

    /// <summary>The places that a key is limited to; none = all.</summary>
    public static List<string> PlacesOf(SqlSession session, string name)
    {
        using SqlStatement row = session.Query("SELECT place FROM api_key_places WHERE name = $1 ORDER BY place", name);
        List<string> places = [];
        while (row.Read())
        {
            places.Add(row.Text(0));
        }

        return places;
    }
}
