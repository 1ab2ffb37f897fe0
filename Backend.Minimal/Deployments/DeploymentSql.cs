using JamBox.Backend.Storage;

namespace JamBox.Backend.Deployments;

/// <summary>A package that gateways may be told of.</summary>
internal sealed record Deployment(string Id, string Version, string Filename, long Size, string Sha256);

/// <summary>The SQL of packages.</summary>
internal static class DeploymentSql
{
    /// <summary>A package; null = there is none of that id.</summary>
    public static Deployment? Find(SqlSession session, string id)
    {
        using SqlStatement row = session.Query("SELECT id, version, filename, size, sha256 FROM deployments WHERE id = $1", id);
        return row.Read() ? new Deployment(row.Text(0), row.Text(1), row.Text(2), row.Int64(3), row.Text(4)) : null;
    }
}
