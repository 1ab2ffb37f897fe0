using JamBox.Backend.Storage;

namespace JamBox.Backend.Security;

/// <summary>The SQL of grants: who may do what, and where. The only one who writes <c>grants</c> and <c>scopes</c>.</summary>
internal static class GrantSql
{
    private const string ScopeSql = "INSERT INTO scopes (scope, place_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";

    /// <summary>What a principal may.</summary>
    public static List<Grant> Of(SqlSession session, string principal)
    {
        using SqlStatement row = session.Query("SELECT role, place_id FROM grants WHERE principal = $1 ORDER BY place_id, role", principal);
        List<Grant> grants = [];
        while (row.Read())
        {
            grants.Add(new Grant(Enum.Parse<Role>(row.Text(0), ignoreCase: true), row.Int64(1) == 0 ? null : row.Int64(1)));
        }

        return grants;
    }

    /// <summary>Replaces what a principal may.</summary>
    public static void Set(SqlSession session, string principal, IEnumerable<Grant> grants)
    {
        session.Execute("DELETE FROM grants WHERE principal = $1", principal);
        foreach (Role role in Enum.GetValues<Role>())
        {
            session.Execute("DELETE FROM scopes WHERE scope = $1", Caller.ScopeOf(principal, role));
        }

        foreach (Grant grant in grants)
        {
            session.Execute(
                "INSERT INTO grants (principal, place_id, role) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
                principal, grant.PlaceId ?? 0, Roles.Name(grant.Role));
            if (grant.PlaceId is { } place)
            {
                foreach (Role role in Roles.AtPlace(grant.Role))
                {
                    session.Execute(ScopeSql, Caller.ScopeOf(principal, role), place);
                }
            }
        }
    }

    /// <summary>Adds to what a principal may.</summary>
    public static void Add(SqlSession session, string principal, Grant grant) =>
        Set(session, principal, [.. Of(session, principal), grant]);

    /// <summary>Takes everything from everybody at a place.</summary>
    public static void RemovePlace(SqlSession session, long placeId)
    {
        session.Execute("DELETE FROM grants WHERE place_id = $1", placeId);
        session.Execute("DELETE FROM scopes WHERE place_id = $1", placeId);
    }

    /// <summary>Whether somebody owns a place.</summary>
    public static bool HasOwner(SqlSession session, long placeId)
    {
        using SqlStatement row = session.Query("SELECT 1 FROM grants WHERE place_id = $1 AND role = 'owner' LIMIT 1", placeId);
        return row.Read();
    }

    /// <summary>In words, for the audit log: <c>operator 3, viewer everywhere</c>.</summary>
    public static string Text(IEnumerable<Grant> grants) =>
        string.Join(", ", grants.Select(static grant => $"{Roles.Name(grant.Role)} {(grant.PlaceId is { } id ? id.ToString(System.Globalization.CultureInfo.InvariantCulture) : "everywhere")}"));
}
