using System.Globalization;
using System.Text.Json;

using JamBox.Backend.Notifications;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Rollouts;

/// <summary>What others are told of a roll-out: audit log, live events, alerts; all in the transaction of the change.</summary>
internal static class RolloutNotes
{
    /// <summary>Who it was when nobody was.</summary>
    public const string Server = "server";

    /// <summary>Notes a change.</summary>
    /// <param name="session">The connection, in the transaction of the change.</param>
    /// <param name="action">What, such as <c>advance</c>.</param>
    /// <param name="before">The roll-out before; null = it was made.</param>
    /// <param name="after">The roll-out now.</param>
    /// <param name="who">Name of the key, or <see cref="Server"/>.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static void Note(SqlSession session, string action, Rollout? before, Rollout after, string who, long now)
    {
        string data = Json(after, action);
        Audit.Note(session, who, $"rollout.{action}", Target(after), before is null ? null : Json(before, null), data, now);
        // No device's: those who see some places only hear of their own boxes, from the attempts.
        session.Execute("INSERT INTO events (at, kind, device_id, data) VALUES ($1, 'rollout', '', $2)", now, data);
    }

    /// <summary>Raises the alert of a roll-out that stopped itself.</summary>
    public static void Alarm(SqlSession session, Rollout rollout, long now) =>
        AlertSql.Raise(session, Target(rollout), AlertType.RolloutStopped,
            $"Roll-out {rollout.Id.ToString(CultureInfo.InvariantCulture)} of {rollout.Version} on {rollout.Hardware} has stopped: {rollout.Reason}", now);

    /// <summary>Closes the alerts of roll-outs of the same hardware that had stopped: somebody has seen to it.</summary>
    public static void EndAlarms(SqlSession session, Rollout successor, long now)
    {
        List<string> targets = [];
        using (SqlStatement row = session.Query("SELECT id FROM ota_rollouts WHERE hw = $1 AND state = 'stopped'", successor.Hardware))
        {
            while (row.Read())
            {
                targets.Add(Target(row.Int64(0)));
            }
        }

        foreach (string target in targets)
        {
            AlertSql.Clear(
                session, target, AlertType.RolloutStopped, $"{target}: followed by {Target(successor)} of {successor.Version}", now);
        }
    }

    /// <summary>How audit log and alerts call a roll-out.</summary>
    public static string Target(Rollout rollout) => Target(rollout.Id);

    /// <summary>What listeners are told of a box: that it is taken out or in again, or what it was found to be.</summary>
    public static string BoxJson(Rollout rollout, string deviceId, string action, string? found = null)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("rollout_id", rollout.Id);
            json.WriteString("action", action);
            json.WriteString("device_id", deviceId);
            json.WriteString("version", rollout.Version);
            if (found is not null)
            {
                json.WriteString("found", found);
            }

            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }

    /// <summary>Tells listeners what a box was found to be: silent, unhealthy, blocked, or proved.</summary>
    /// <param name="session">The connection, in the transaction of the change.</param>
    /// <param name="rollout">The roll-out.</param>
    /// <param name="box">The box.</param>
    /// <param name="what">In words, such as <c>silent: trial</c>.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static void TellBox(SqlSession session, Rollout rollout, RolloutBox box, string what, long now) =>
        session.Execute(
            "INSERT INTO events (at, kind, device_id, data) VALUES ($1, 'rollout', $2, $3)", now, box.DeviceId,
            BoxJson(rollout, box.DeviceId, "box", what));

    private static string Target(long id) => string.Create(CultureInfo.InvariantCulture, $"rollout {id}");

    private static string Json(Rollout rollout, string? action)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("rollout_id", rollout.Id);
            if (action is not null)
            {
                json.WriteString("action", action);
            }

            json.WriteString("version", rollout.Version);
            json.WriteString("hw", rollout.Hardware);
            json.WriteString("state", rollout.State);
            if (rollout.Stage is { } stage)
            {
                json.WriteNumber("stage", stage);
            }

            if (rollout.Reason is not null)
            {
                json.WriteString("reason", rollout.Reason);
            }

            if (rollout.Cause is not null)
            {
                json.WriteString("cause", rollout.Cause);
            }

            json.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
    }
}
