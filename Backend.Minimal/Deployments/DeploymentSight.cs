using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Deployments;

/// <summary>What somebody sees who may act at some places: read once, for many roll-outs.</summary>
internal sealed class DeploymentSight
{
    private static readonly string s_gateways = $"""
        SELECT d.device_id, CASE WHEN {Caller.ScopeSql("d.device_id", "$1")} THEN 1 ELSE 0 END FROM devices d
        WHERE d.kind = 'gateway' AND d.retired_at IS NULL AND d.is_demo = 0
        """;

    private readonly HashSet<string> _gateways = new(StringComparer.Ordinal);
    private readonly HashSet<string> _others = new(StringComparer.Ordinal);
    private readonly HashSet<long> _places = [];

    private DeploymentSight(string scope) => Scope = scope;

    /// <summary>As <see cref="Caller.Scope"/>.</summary>
    public string Scope { get; }

    /// <summary>Reads it.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="scope">As <see cref="Caller.Scope"/>.</param>
    /// <returns>Null = all is seen.</returns>
    public static DeploymentSight? Of(SqlSession session, string? scope)
    {
        if (scope is null)
        {
            return null;
        }

        DeploymentSight sight = new(scope);
        using (SqlStatement row = session.Query(s_gateways, scope))
        {
            while (row.Read())
            {
                (row.Int32(1) != 0 ? sight._gateways : sight._others).Add(row.Text(0));
            }
        }

        using SqlStatement place = session.Query("SELECT place_id FROM scopes WHERE scope = $1", scope);
        while (place.Read())
        {
            sight._places.Add(place.Int64(0));
        }

        return sight;
    }

    /// <summary>Whether a gateway is at one of these places.</summary>
    public bool Sees(string gateway) => _gateways.Contains(gateway);

    /// <summary>Whether a place is one of these.</summary>
    public bool Sees(long place) => _places.Contains(place);

    /// <summary>Whether a gateway is elsewhere: one that was retired is nobody's any more.</summary>
    public bool IsOfOthers(string gateway) => _others.Contains(gateway);
}
