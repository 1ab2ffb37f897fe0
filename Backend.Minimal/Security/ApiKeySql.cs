using JamBox.Backend.Storage;

namespace JamBox.Backend.Security;

/// <summary>The SQL of keys.</summary>
internal static class ApiKeySql
{
    /// <summary>Makes a key.</summary>
    /// <returns>What is wrong: the name is taken, or a place does not exist; null when it is made.</returns>
    public static string? Add(SqlSession session, NewApiKey key)
    {
        foreach (Grant grant in key.Grants)
        {
            if (grant.PlaceId is { } place && !IsPlace(session, place))
            {
                return string.Create(System.Globalization.CultureInfo.InvariantCulture, $"places: there is no place {place}");
            }
        }

        return Insert(session, key) ? null : "There is a key of that name";
    }

    /// <summary>Makes the first key, unless it is there, or was and has been revoked.</summary>
    /// <returns>Whether it was made.</returns>
    public static bool AddFirst(SqlSession session, NewApiKey key)
    {
        using (SqlStatement row = session.Query("SELECT 1 FROM revoked_keys WHERE name = $1", key.Name))
        {
            if (row.Read())
            {
                return false;
            }
        }

        return Insert(session, key);
    }

    /// <summary>Makes a key in the place of the one of that name.</summary>
    /// <returns>Whether it was made.</returns>
    public static bool Replace(SqlSession session, NewApiKey key)
    {
        session.Execute("DELETE FROM api_keys WHERE name = $1", key.Name);
        session.Execute("DELETE FROM revoked_keys WHERE name = $1", key.Name);
        GrantSql.Set(session, ApiKeys.PrincipalOf(key.Name), []);
        return Insert(session, key);
    }

    /// <summary>Revokes a key.</summary>
    /// <returns>False when there is none.</returns>
    public static bool Remove(SqlSession session, (string Name, string Who, long At) change)
    {
        if (session.Execute("DELETE FROM api_keys WHERE name = $1", change.Name) == 0)
        {
            return false;
        }

        string principal = ApiKeys.PrincipalOf(change.Name);
        string before = GrantSql.Text(GrantSql.Of(session, principal)) + FirmwareLimits.Of(session, principal).Text();
        GrantSql.Set(session, principal, []);
        FirmwareLimits.None.Set(session, principal);
        session.Execute(
            "INSERT INTO revoked_keys (name, revoked_at) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET revoked_at = excluded.revoked_at",
            change.Name, change.At);
        Audit.Note(session, change.Who, "key.revoke", change.Name, before, null, change.At);
        return true;
    }

    /// <summary>All keys, without their hashes.</summary>
    public static List<ApiKeyRow> List(SqlSession session, int limit)
    {
        List<ApiKeyRow> rows = [];
        using (SqlStatement row = session.Query("SELECT name, created_at, created_by, used_at FROM api_keys ORDER BY name LIMIT $1", limit))
        {
            while (row.Read())
            {
                rows.Add(new ApiKeyRow(row.Text(0), "", null, null, null, row.Time(1), row.TextOrNull(2), row.TimeOrNull(3)));
            }
        }

        return [.. rows.Select(row => WithGrants(
            row, GrantSql.Of(session, ApiKeys.PrincipalOf(row.Name)), FirmwareLimits.Of(session, ApiKeys.PrincipalOf(row.Name))))];
    }

    /// <summary>Notes that a key was used.</summary>
    public static int NoteUsed(SqlSession session, (string Hash, long At) used) =>
        session.Execute("UPDATE api_keys SET used_at = $2 WHERE key_hash = $1", used.Hash, used.At);

    private static ApiKeyRow WithGrants(ApiKeyRow row, List<Grant> grants, FirmwareLimits firmware) => row with
    {
        Role = grants.Count == 0 ? "none" : Roles.Name(grants[0].Role),
        Places = grants.Exists(static grant => grant.PlaceId is null) ? null : [.. grants.Select(static grant => grant.PlaceId!.Value)],
        Products = firmware.Products,
        Platforms = firmware.Platforms,
    };

    private static bool Insert(SqlSession session, NewApiKey key)
    {
        int added = session.Execute(
            "INSERT INTO api_keys (name, key_hash, created_at, created_by) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING",
            key.Name, key.Hash, key.CreatedAt, key.CreatedBy);
        if (added == 0)
        {
            return false;
        }

        GrantSql.Set(session, ApiKeys.PrincipalOf(key.Name), key.Grants);
        key.Firmware.Set(session, ApiKeys.PrincipalOf(key.Name));
        Audit.Note(
            session, key.CreatedBy, "key.create", key.Name, null, GrantSql.Text(key.Grants) + key.Firmware.Text(), key.CreatedAt);
        return true;
    }

    private static bool IsPlace(SqlSession session, long id)
    {
        using SqlStatement row = session.Query("SELECT 1 FROM places WHERE id = $1 AND retired_at IS NULL", id);
        return row.Read();
    }
}
