using System.Text;
using System.Text.Json;

using JamBox.Backend.Notifications;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Deployments;

/// <summary>What others are told of deployments: audit log, live events, alerts; all in the transaction of the change.</summary>
internal static class DeploymentNotes
{
    /// <summary>Who it was when nobody was.</summary>
    public const string Server = "server";

    /// <summary>The kind of live events.</summary>
    public const string Event = "deployment";

    /// <summary>Notes a change of a roll-out.</summary>
    /// <param name="session">The connection, in the transaction of the change.</param>
    /// <param name="action">What, such as <c>advance</c>.</param>
    /// <param name="before">The roll-out before; null = it was made.</param>
    /// <param name="after">The roll-out now.</param>
    /// <param name="who">Name of the key, address of the user, or <see cref="Server"/>.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static void Note(
        SqlSession session, string action, DeploymentRollout? before, DeploymentRollout after, string who, long now)
    {
        Audit.Note(
            session, who, $"deployment.{action}", Target(after.DeploymentId), before is null ? null : Json(before), Json(after), now);
        Tell(session, after.DeploymentId, null, null, null, now);
    }

    /// <summary>Tells those who listen.</summary>
    /// <param name="session">The connection, in the transaction of the change.</param>
    /// <param name="deploymentId">The deployment.</param>
    /// <param name="gateway">The gateway; null = the roll-out has changed.</param>
    /// <param name="status">How far the gateway is.</param>
    /// <param name="progress">Of that step, per cent.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static void Tell(SqlSession session, string deploymentId, string? gateway, string? status, int? progress, long now)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("deploymentId", deploymentId);
            json.WriteString("gateway", gateway);
            json.WriteString("status", status);
            if (progress is { } percent)
            {
                json.WriteNumber("progress", percent);
            }
            else
            {
                json.WriteNull("progress");
            }

            json.WriteEndObject();
        }

        session.Execute(
            "INSERT INTO events (at, kind, device_id, data) VALUES ($1, $2, $3, $4)", now, Event, gateway ?? "", Text(buffer));
    }

    /// <summary>Raises the alert of a roll-out that stopped itself.</summary>
    public static void Alarm(SqlSession session, DeploymentRollout rollout, string reason, long now) => AlertSql.Raise(
        session, Target(rollout.DeploymentId), AlertType.RolloutStopped, AlarmText(rollout, reason), now);

    /// <summary>Whether the open alert of a deployment speaks of one of its roll-outs.</summary>
    public static bool IsAlarmOf(SqlSession session, DeploymentRollout rollout) =>
        rollout is { State: DeploymentRolloutState.Stopped, Reason: { } reason }
        && AlertSql.OpenMessage(session, Target(rollout.DeploymentId), AlertType.RolloutStopped) == AlarmText(rollout, reason);

    /// <summary>Closes it: somebody has seen to it.</summary>
    public static void EndAlarm(SqlSession session, string deploymentId, long now) =>
        AlertSql.Clear(session, Target(deploymentId), AlertType.RolloutStopped, null, now);

    /// <summary>How audit log and alerts call a deployment.</summary>
    public static string Target(string deploymentId) => $"deployment {deploymentId}";

    private static string AlarmText(DeploymentRollout rollout, string reason) =>
        $"The roll-out of deployment {rollout.Version} has stopped: {reason}";

    private static string Json(DeploymentRollout rollout)
    {
        using MemoryStream buffer = new();
        using (Utf8JsonWriter json = new(buffer))
        {
            json.WriteStartObject();
            json.WriteString("version", rollout.Version);
            json.WritePropertyName("targets");
            json.WriteRawValue(rollout.Targets.ToJson());
            json.WriteString("state", rollout.State);
            json.WriteNumber("stage", rollout.Stage);
            if (rollout.IsStaged)
            {
                json.WriteStartArray("stages");
                foreach (int percent in rollout.Percents)
                {
                    json.WriteNumberValue(percent);
                }

                json.WriteEndArray();
            }

            if (rollout.Reason is not null)
            {
                json.WriteString("reason", rollout.Reason);
            }

            json.WriteEndObject();
        }

        return Text(buffer);
    }

    private static string Text(MemoryStream buffer) => Encoding.UTF8.GetString(buffer.GetBuffer(), 0, (int)buffer.Length);
}
