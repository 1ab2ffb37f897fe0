using JamBox.Backend.Notifications;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Telemetry;

/// <summary>The SQL of rules.</summary>
internal static class RuleSql
{
    /// <summary>Rules in all: each message looks at those of its device.</summary>
    public const int MaxRules = 1000;

    private const string Columns = "id, name, device_id, product, key, op, value, for_s";

    private static readonly string s_list = $"""
        SELECT {Columns}, is_on, created_at, created_by FROM telemetry_rules r
        WHERE (r.device_id IS NULL OR {Caller.ScopeSql("r.device_id", "$1")}) ORDER BY id
        """;

    /// <summary>All that are on, and all webhooks.</summary>
    public static RuleBook Book(SqlSession session, int unused)
    {
        List<TelemetryRule> rules = [];
        using (SqlStatement row = session.Query($"SELECT {Columns} FROM telemetry_rules WHERE is_on = 1 ORDER BY id"))
        {
            while (row.Read())
            {
                rules.Add(Rule(row));
            }
        }

        return new RuleBook(rules, HookSql.On(session));
    }

    /// <summary>Lists rules: those of the caller's devices, and those of products and of all.</summary>
    public static List<RuleRow> List(SqlSession session, string? scope)
    {
        using SqlStatement row = session.Query(s_list, scope);
        List<RuleRow> rows = [];
        while (row.Read())
        {
            TelemetryRule rule = Rule(row);
            rows.Add(new RuleRow(
                rule.Id, rule.Name, rule.DeviceId, rule.Product, rule.Key, rule.Op, rule.Value, rule.ForSeconds, row.Int32(8) != 0,
                row.Time(9), row.Text(10)));
        }

        return rows;
    }

    /// <summary>One rule.</summary>
    public static RuleRow? One(SqlSession session, (long Id, string? Scope) wanted) =>
        List(session, wanted.Scope).Find(rule => rule.Id == wanted.Id);

    /// <summary>Adds a rule.</summary>
    /// <returns>Its number, or why it was not added.</returns>
    public static (long Id, Refusal? Refusal) Add(SqlSession session, (RuleRequest Rule, string Who, long At) wanted)
    {
        using (SqlStatement row = session.Query("SELECT count(*) FROM telemetry_rules"))
        {
            row.Read();
            if (row.Int64(0) >= MaxRules)
            {
                return (0, Refusal.Conflict("There are 1000 rules already: one for a product holds for all of its devices"));
            }
        }

        RuleRequest rule = wanted.Rule;
        long id;
        using (SqlStatement row = session.Query(
            """
            INSERT INTO telemetry_rules (name, device_id, product, key, op, value, for_s, is_on, created_at, created_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id
            """, rule.Name, rule.DeviceId, rule.Product, rule.Key, rule.Op, rule.Value, rule.ForSeconds, rule.IsOn, wanted.At, wanted.Who))
        {
            row.Read();
            id = row.Int64(0);
        }

        Audit.Note(session, wanted.Who, "rule.add", Target(id), null, Said(rule), wanted.At);
        return (id, null);
    }

    /// <summary>Changes a rule. It looks anew at every device: what was so by the old rule is forgotten.</summary>
    public static int Change(SqlSession session, (long Id, RuleRequest Rule, string? Before, string Who, long At) wanted)
    {
        RuleRequest rule = wanted.Rule;
        int changed = session.Execute(
            """
            UPDATE telemetry_rules SET name = $2, device_id = $3, product = $4, key = $5, op = $6, value = $7, for_s = $8, is_on = $9
            WHERE id = $1
            """, wanted.Id, rule.Name, rule.DeviceId, rule.Product, rule.Key, rule.Op, rule.Value, rule.ForSeconds, rule.IsOn);
        if (changed > 0)
        {
            session.Execute("DELETE FROM telemetry_rule_states WHERE rule_id = $1", wanted.Id);
            Audit.Note(session, wanted.Who, "rule.change", Target(wanted.Id), wanted.Before, Said(rule), wanted.At);
        }

        return changed;
    }

    /// <summary>Removes a rule.</summary>
    public static int Remove(SqlSession session, (long Id, string Who, long At) wanted)
    {
        session.Execute("DELETE FROM telemetry_rule_states WHERE rule_id = $1", wanted.Id);
        int removed = session.Execute("DELETE FROM telemetry_rules WHERE id = $1", wanted.Id);
        if (removed > 0)
        {
            Audit.Note(session, wanted.Who, "rule.remove", Target(wanted.Id), null, null, wanted.At);
        }

        return removed;
    }

    /// <summary>How it stands with a rule and a device.</summary>
    public static RuleState StateOf(SqlSession session, long rule, string deviceId)
    {
        using SqlStatement row = session.Query(
            "SELECT since, raised_at FROM telemetry_rule_states WHERE rule_id = $1 AND device_id = $2", rule, deviceId);
        return row.Read() ? new RuleState { Since = row.Int64(0), RaisedAt = row.Int64OrNull(1) } : new RuleState();
    }

    /// <summary>Follows a value: begins, tells, ends. Nothing is written while it stays as it is.</summary>
    public static void Follow(SqlSession session, TelemetryRule rule, string deviceId, RuleState state, TelemetryValue value, long at)
    {
        bool holds = value.Kind != TelemetryKind.Null && rule.Holds(value.Number);
        if (!holds && state.Since is not null)
        {
            session.Execute("DELETE FROM telemetry_rule_states WHERE rule_id = $1 AND device_id = $2", rule.Id, deviceId);
            if (state.RaisedAt is not null && value.Kind != TelemetryKind.Null)
            {
                NotificationSql.Tell(session, rule.ToNotice(deviceId, value.Number, isRaised: false, at));
            }

            (state.Since, state.RaisedAt) = (null, null);
        }
        else if (holds && state.Since is null)
        {
            session.Execute(
                "INSERT INTO telemetry_rule_states (rule_id, device_id, since, value) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
                rule.Id, deviceId, at, value.Number);
            state.Since = at;
        }

        if (holds && state.RaisedAt is null && at - state.Since >= rule.ForSeconds * 1000L)
        {
            Raise(session, rule, deviceId, value.Number, at);
            state.RaisedAt = at;
        }
    }

    /// <summary>Whether something has been so for long enough, and nobody was told: its device is silent since.</summary>
    public static bool IsAnyDue(SqlSession session, long now) => Due(session, now, 1).Count > 0;

    /// <summary>Tells of what has been so for long enough.</summary>
    public static int RaiseDue(SqlSession session, long now)
    {
        List<(TelemetryRule Rule, string DeviceId, double Value)> due = Due(session, now, 100);
        foreach ((TelemetryRule rule, string deviceId, double value) in due)
        {
            Raise(session, rule, deviceId, value, now);
        }

        return due.Count;
    }

    private static void Raise(SqlSession session, TelemetryRule rule, string deviceId, double value, long at)
    {
        if (session.Execute(
            "UPDATE telemetry_rule_states SET raised_at = $3 WHERE rule_id = $1 AND device_id = $2 AND raised_at IS NULL", rule.Id,
            deviceId, at) > 0)
        {
            NotificationSql.Tell(session, rule.ToNotice(deviceId, value, isRaised: true, at));
        }
    }

    private static List<(TelemetryRule Rule, string DeviceId, double Value)> Due(SqlSession session, long now, int limit)
    {
        using SqlStatement row = session.Query(
            """
            SELECT r.id, r.name, r.device_id, r.product, r.key, r.op, r.value, r.for_s, s.device_id, s.value
            FROM telemetry_rule_states s JOIN telemetry_rules r ON r.id = s.rule_id
            WHERE s.raised_at IS NULL AND r.is_on = 1 AND s.since + r.for_s * 1000 <= $1 LIMIT $2
            """, now, limit);
        List<(TelemetryRule, string, double)> due = [];
        while (row.Read())
        {
            due.Add((Rule(row), row.Text(8), row.Real(9)));
        }

        return due;
    }

    private static TelemetryRule Rule(SqlStatement row) => new(
        row.Int64(0), row.Text(1), row.TextOrNull(2), row.TextOrNull(3), row.Text(4), row.Text(5), row.Real(6), row.Int32(7));

    private static string Target(long id) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"rule {id}");

    private static string Said(RuleRequest rule) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"'{rule.Name}' {rule.DeviceId ?? rule.Product ?? "all"}: {rule.Key} {rule.Op} {rule.Value} for {rule.ForSeconds} s, {(rule.IsOn ? "on" : "off")}");
}
