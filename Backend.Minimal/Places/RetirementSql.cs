using JamBox.Backend.Demo;
using JamBox.Backend.Deployments;
using JamBox.Backend.Notifications;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Places;

/// <summary>
/// The SQL of boxes that go: a retired one is refused and keeps its history; only one that never said a word can be deleted.
/// </summary>
internal static class RetirementSql
{
    private const string Notices = "deployment_notices";

    /// <summary>
    /// Tables whose rows go with a device that is deleted: what others have said of it, and what hangs on it. Not among them: readings,
    /// sums and heartbeats, for a device that has some is not deleted.
    /// </summary>
    public static readonly string[] Tables =
    [
        "place_devices", "device_tags", "device_configs", "commands", "geolocation_jobs", "ota_rollout_boxes", "ota_attempts",
        "ota_devices", "ota_sessions", "device_ota_progress", "ota_pins", "device_traffic", "dead_letters", "notification_gates", "alerts",
        "box_baselines", "device_config_versions", "activation_passes", "manufacturing_steps",
        "manufactured", "tiles", "things", "thing_events", "thing_snapshots", "thing_commands", "telemetry_rule_states",
        "telemetry_rules", "telemetry_hooks", "state_changes", "mqtt_passwords", "ota_trust", "deployment_rollout_gateways",
        Notices, "deployment_words", "deployment_runs", "deployment_gateways", "gateway_modules",
    ];

    private static readonly string[] s_deletions =
        [
            .. Tables.Where(static table => table != Notices).Select(static table => $"DELETE FROM {table} WHERE device_id = $1"),

            // Its rows say that a broker has something to take away, which may be out of reach now.
            $"UPDATE {Notices} SET withdrawn_at = coalesce(withdrawn_at, at) WHERE device_id = $1",

            // What was wanted of it.
            "DELETE FROM telemetry_states WHERE device_key = (SELECT id FROM devices WHERE device_id = $1)",
            "DELETE FROM devices WHERE device_id = $1",
        ];

    /// <summary>Retires a device: its token is refused, it leaves its place, what waits for it is dropped, its alerts are over.</summary>
    public static Refusal? Retire(SqlSession session, (string DeviceId, string Who, long At) wanted)
    {
        if (DemoSql.IsDemo(session, wanted.DeviceId))
        {
            return DemoSql.Apart;
        }

        if (session.Execute(
            "UPDATE devices SET status = 'retired', retired_at = $2, has_commands = 0 WHERE device_id = $1 AND retired_at IS NULL",
            wanted.DeviceId, wanted.At) == 0)
        {
            return Refusal.Conflict("This box is retired already");
        }

        PlacementSql.Move(session, (wanted.DeviceId, null, null, null, wanted.Who, wanted.At));
        session.Execute(
            "UPDATE commands SET state = 'expired', expires_at = $2 WHERE device_id = $1 AND state IN ('queued', 'delivered')",
            wanted.DeviceId, wanted.At);
        session.Execute("DELETE FROM geolocation_jobs WHERE device_id = $1", wanted.DeviceId);
        foreach (string type in AlertType.All)
        {
            AlertSql.Clear(session, wanted.DeviceId, type, null, wanted.At);
        }

        DeploymentIntake.Retire(session, wanted.DeviceId, wanted.At);

        Audit.Note(session, wanted.Who, "device.retire", wanted.DeviceId, null, "retired", wanted.At);
        return null;
    }

    /// <summary>Deletes a device that never said a word.</summary>
    public static Refusal? Delete(SqlSession session, (string DeviceId, string Who, long At) wanted)
    {
        using (SqlStatement row = session.Query(
            """
            SELECT 1 FROM devices d WHERE d.device_id = $1 AND (d.last_seen_at IS NOT NULL OR d.readings_total > 0
                OR EXISTS (SELECT 1 FROM heartbeats h WHERE h.device_id = d.device_id)
                OR EXISTS (SELECT 1 FROM deployment_runs u WHERE u.device_id = d.device_id))
            """, wanted.DeviceId))
        {
            if (row.Read())
            {
                return Refusal.Conflict("This device has a history, which is kept: retire it instead");
            }
        }

        foreach (string sql in s_deletions)
        {
            session.Execute(sql, wanted.DeviceId);
        }

        Audit.Note(session, wanted.Who, "device.delete", wanted.DeviceId, null, null, wanted.At);
        return null;
    }
}
