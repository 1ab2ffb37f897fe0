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

    /// <summary>Takes everything from everybody at a place, with a line for each who loses something.</summary>
    public static void RemovePlace(SqlSession session, long placeId, string who, long at)
    {
        foreach ((string principal, string target) in At(session, placeId))
        {
            List<Grant> before = Of(session, principal);
            List<Grant> after = [.. before.Where(grant => grant.PlaceId != placeId)];
            Set(session, principal, after);
            Audit.Note(
                session, who, principal.StartsWith("user ", StringComparison.Ordinal) ? "user.grant" : "key.grant", target, Text(before),
                after.Count == 0 ? null : Text(after), at);
        }

        session.Execute("DELETE FROM scopes WHERE place_id = $1", placeId);
    }

    /// <summary>Who has a right at a place, with the name that the audit log has for them: an address, or that of a key.</summary>
    private static List<(string Principal, string Target)> At(SqlSession session, long placeId)
    {
        using SqlStatement row = session.Query("""
            SELECT DISTINCT g.principal, u.email FROM grants g LEFT JOIN users u ON 'user ' || u.id = g.principal
            WHERE g.place_id = $1 ORDER BY g.principal
            """, placeId);
        List<(string, string)> holders = [];
        while (row.Read())
        {
            string principal = row.Text(0);
            holders.Add((principal, row.TextOrNull(1) ?? principal[(principal.IndexOf(' ', StringComparison.Ordinal) + 1)..]));
        }

        return holders;
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
