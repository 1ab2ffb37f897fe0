using System.Text.Json.Serialization;

using JamBox.Backend.Storage;

namespace JamBox.Backend.Security;

/// <summary>The audit log: written in the transaction of the change, so that neither can be without the other.</summary>
internal static class Audit
{
    /// <summary>Failures (wrong PINs, failed sign-ins) that get a line of their own in 24 hours; what is beyond is only counted.</summary>
    public const int MaxFailuresPerDay = 1000;

    /// <summary>The target of what is beyond.</summary>
    private const string Others = "others";

    private const long HourMs = 60 * 60 * 1000L;

    private const string AgainSql = """
        UPDATE audit SET times = times + 1, until_at = $5
        WHERE id = (SELECT max(id) FROM audit WHERE action = $1 AND at > $2 AND target = $3 AND coalesce(address, '') = $4)
        """;

    /// <summary>An action, or all that begin with a word: <c>user</c> finds <c>user.create</c>.</summary>
    private const string ListSql = """
        SELECT id, at, who, action, target, before, after, address, times, until_at FROM audit
        WHERE ($1 IS NULL OR target = $1) AND id < $2 AND ($4 IS NULL OR who = $4)
            AND ($5 IS NULL OR action = $5 OR substr(action, 1, length($5) + 1) = $5 || '.')
            AND ($6 IS NULL OR at >= $6) AND ($7 IS NULL OR at < $7)
        ORDER BY id DESC LIMIT $3
        """;

    /// <summary>Notes a change, with the address from which it came. Secrets are never among before and after.</summary>
    /// <param name="session">The connection, in the transaction of the change.</param>
    /// <param name="who">Name of the key, address of the user, or <c>device …</c>.</param>
    /// <param name="action">What, such as <c>device.status</c>.</param>
    /// <param name="target">Whose: a device id, a key's name, a version.</param>
    /// <param name="before">What it was, if that says anything.</param>
    /// <param name="after">What it is now, if that says anything.</param>
    /// <param name="at">Milliseconds since 1970.</param>
    public static void Note(SqlSession session, string who, string action, string target, string? before, string? after, long at) =>
        session.Execute(
            "INSERT INTO audit (at, who, action, target, before, after, address) VALUES ($1, $2, $3, $4, $5, $6, $7)",
            at, who, action, target, before, after, session.Origin);

    /// <summary>
    /// Notes what was refused. The same from the same address within an hour is counted in one line, and there are at most
    /// <see cref="MaxFailuresPerDay"/> lines in 24 hours: a stranger cannot fill the disk.
    /// </summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="action">What: <c>pin.wrong</c>, <c>user.sign-in.failed</c>.</param>
    /// <param name="target">Whose: of those that exist only, so that nobody writes what they like.</param>
    /// <param name="at">Milliseconds since 1970.</param>
    public static void NoteFailure(SqlSession session, string action, string target, long at)
    {
        string address = session.Origin ?? "";
        if (session.Execute(AgainSql, action, at - HourMs, target, address, at) > 0)
        {
            return;
        }

        using (SqlStatement row = session.Query(
            "SELECT count(*) FROM audit WHERE action IN ('pin.wrong', 'user.sign-in.failed') AND at > $1", at - (24 * HourMs)))
        {
            row.Read();
            if (row.Int64(0) < MaxFailuresPerDay)
            {
                row.Dispose();
                Note(session, "", action, target, null, null, at);
                return;
            }
        }

        if (session.Execute(AgainSql, "failures", at - (24 * HourMs), Others, "", at) == 0)
        {
            session.Execute("INSERT INTO audit (at, who, action, target) VALUES ($1, '', 'failures', $2)", at, Others);
        }
    }

    /// <summary>Lists changes, newest first.</summary>
    public static List<AuditRow> List(SqlSession session, AuditFilter wanted)
    {
        using SqlStatement row = session.Query(
            ListSql, wanted.Target, wanted.Before, wanted.Limit, wanted.Who, wanted.Action, wanted.From, wanted.Until);
        List<AuditRow> rows = [];
        while (row.Read())
        {
            rows.Add(new AuditRow(
                row.Int64(0), row.Time(1), row.Text(2), row.Text(3), row.Text(4), row.TextOrNull(5), row.TextOrNull(6), row.TextOrNull(7),
                row.Int64(8), row.TimeOrNull(9)));
        }

        return rows;
    }
}

/// <summary>What of the audit log is asked for; null = all.</summary>
/// <param name="Target">Only what was done to this.</param>
/// <param name="Who">Only what this one did.</param>
/// <param name="Action">Only this, or what begins with this word and a dot.</param>
/// <param name="From">Only from then on, milliseconds since 1970.</param>
/// <param name="Until">Only before then, milliseconds since 1970.</param>
/// <param name="Before">Only lines of a smaller id.</param>
/// <param name="Limit">Lines at most.</param>
internal sealed record AuditFilter(
    string? Target, string? Who, string? Action, long? From, long? Until, long Before, int Limit);

/// <summary>One change, or one thing that was refused.</summary>
/// <param name="Id">Grows with time.</param>
/// <param name="At">When.</param>
/// <param name="Who">Name of the key or address of the user; empty for somebody unknown.</param>
/// <param name="Action">What.</param>
/// <param name="Target">Whose.</param>
/// <param name="Before">What it was.</param>
/// <param name="After">What it is now.</param>
/// <param name="Address">From where; null = a device, a job, or the start.</param>
/// <param name="Times">How often; more than 1 only for what was refused.</param>
/// <param name="Until">When the last of them was; null = there is one.</param>
internal sealed record AuditRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("at")] DateTime At,
    [property: JsonPropertyName("who")] string Who,
    [property: JsonPropertyName("action")] string Action,
    [property: JsonPropertyName("target")] string Target,
    [property: JsonPropertyName("before")] string? Before,
    [property: JsonPropertyName("after")] string? After,
    [property: JsonPropertyName("address")] string? Address,
    [property: JsonPropertyName("times")] long Times,
    [property: JsonPropertyName("until")] DateTime? Until);
