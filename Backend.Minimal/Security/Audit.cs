using System.Text.Json.Serialization;

using JamBox.Backend.Storage;

namespace JamBox.Backend.Security;

/// <summary>The audit log: written in the transaction of the change, so that neither can be without the other.</summary>
internal static class Audit
{
    /// <summary>Notes a change. Secrets are never among before and after.</summary>
    /// <param name="session">The connection, in the transaction of the change.</param>
    /// <param name="who">Name of the key, or <c>device …</c>.</param>
    /// <param name="action">What, such as <c>device.status</c>.</param>
    /// <param name="target">Whose: a device id, a key's name, a version.</param>
    /// <param name="before">What it was, if that says anything.</param>
    /// <param name="after">What it is now, if that says anything.</param>
    /// <param name="at">Milliseconds since 1970.</param>
    public static void Note(SqlSession session, string who, string action, string target, string? before, string? after, long at) =>
        session.Execute(
            "INSERT INTO audit (at, who, action, target, before, after) VALUES ($1, $2, $3, $4, $5, $6)",
            at, who, action, target, before, after);

    /// <summary>Lists changes, newest first.</summary>
    public static List<AuditRow> List(SqlSession session, (string? Target, long Before, int Limit) wanted)
    {
        using SqlStatement row = session.Query("""
            SELECT id, at, who, action, target, before, after FROM audit
            WHERE ($1 IS NULL OR target = $1) AND id < $2 ORDER BY id DESC LIMIT $3
            """, wanted.Target, wanted.Before, wanted.Limit);
        List<AuditRow> rows = [];
        while (row.Read())
        {
            rows.Add(new AuditRow(row.Int64(0), row.Time(1), row.Text(2), row.Text(3), row.Text(4), row.TextOrNull(5), row.TextOrNull(6)));
        }

        return rows;
    }
}

/// <summary>One change.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="At">When.</param>
/// <param name="Who">Name of the key.</param>
/// <param name="Action">What.</param>
/// <param name="Target">Whose.</param>
/// <param name="Before">What it was.</param>
/// <param name="After">What it is now.</param>
internal sealed record AuditRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("at")] DateTime At,
    [property: JsonPropertyName("who")] string Who,
    [property: JsonPropertyName("action")] string Action,
    [property: JsonPropertyName("target")] string Target,
    [property: JsonPropertyName("before")] string? Before,
    [property: JsonPropertyName("after")] string? After);
