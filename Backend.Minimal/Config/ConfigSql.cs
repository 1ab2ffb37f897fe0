using System.Text.Json;

using JamBox.Backend.Insights.Calibration;
using JamBox.Backend.Notifications;
using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Config;

/// <summary>The SQL of configurations.</summary>
internal static class ConfigSql
{
    private static readonly string s_select = ConfigColumns.Table.Select + " WHERE device_id = $1";

    private static readonly string s_save =
        $"{ConfigColumns.Table.InsertInto} VALUES ({ConfigColumns.Table.Parameters}) ON CONFLICT (device_id) DO UPDATE SET "
        + string.Join(", ", ConfigColumns.Table.Columns.Skip(1).Select(static column => $"{column.Name} = excluded.{column.Name}"));

    /// <summary>Versions that are kept of each device: a box that lags further behind has been silent for long.</summary>
    private const int KeptVersions = 50;

    private const string KeepSql = """
        INSERT INTO device_config_versions (device_id, config_version, config) VALUES ($1, $2, $3)
        ON CONFLICT (device_id, config_version) DO UPDATE SET config = excluded.config
        """;

    /// <summary>The configuration of a device; the defaults when it was never changed.</summary>
    public static DeviceConfig Of(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query(s_select, deviceId);
        return row.Read() ? ConfigColumns.Table.Row(row) : new DeviceConfig();
    }

    /// <summary>Changes a configuration.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="wanted">Whose, what, by whom and when (milliseconds since 1970).</param>
    /// <returns>The configuration that holds now: the one before where nothing differs, with its version; or what is wrong.</returns>
    public static (DeviceConfig? Config, string? Fault) Change(
        SqlSession session, (string DeviceId, ConfigChange Change, string Who, long At) wanted)
    {
        // The device's row is what two processes that change the same configuration wait for each other at.
        session.Execute("UPDATE devices SET config_version = config_version WHERE device_id = $1", wanted.DeviceId);
        DeviceConfig before = Of(session, wanted.DeviceId);
        DeviceConfig wished = wanted.Change.ApplyTo(before);
        if (Json(wished) == Json(before))
        {
            // A version that says nothing new would be fetched and stored by the box for nothing.
            return (before, null);
        }

        DeviceConfig after = wished with
        {
            Version = before.Version + 1,
            UpdatedAt = DateTime.UnixEpoch.AddMilliseconds(wanted.At),
        };
        if (after.FindFault() is { } fault)
        {
            return (null, fault);
        }

        // What the box has until it takes the new one: kept already, unless it was set before versions were.
        Keep(session, wanted.DeviceId, before);
        Save(session, wanted.DeviceId, after);
        Audit.Note(session, wanted.Who, "device.config", wanted.DeviceId, Json(before), Json(after), wanted.At);
        if (CountsOtherwise(before, after))
        {
            NoteOtherCounts(session, wanted.DeviceId, wanted.Who, wanted.At);
        }

        return (after, null);
    }

    /// <summary>Whether the same people make other counts: people are estimated from the zones, by what is heard on the channels.</summary>
    private static bool CountsOtherwise(DeviceConfig before, DeviceConfig after) =>
        before.RssiFar != after.RssiFar || before.RssiNear != after.RssiNear
        || before.RssiImmediate != after.RssiImmediate || !before.WifiChannels.SequenceEqual(after.WifiChannels);

    private static void NoteOtherCounts(SqlSession session, string deviceId, string who, long at)
    {
        if (PlacementSql.PlaceOf(session, deviceId) is not { } place)
        {
            return;
        }

        string what = "the limits of the zones or the channels of box";
        string day = CalibrationMarks.Day(session, place, at);
        if (CalibrationMarks.MarkStale(session, place, at, StaleReason.Settings, $"On {day} {what} {deviceId} were changed.", who, at))
        {
            NotificationSql.Tell(session, new Notice(
                NoticeKind.Counting, Notice.Raised, deviceId, $"The counts by hand no longer fit: {what} {deviceId} were changed", at));
        }
    }

    /// <summary>Stores a configuration as it is.</summary>
    public static void Save(SqlSession session, string deviceId, DeviceConfig c)
    {
        session.Execute(s_save, ConfigColumns.Table.Values((deviceId, c)));
        session.Execute(
            "UPDATE devices SET config_version = $2, report_interval_ms = $3 WHERE device_id = $1", deviceId, c.Version,
            c.ReportIntervalMs);
        Keep(session, deviceId, c);
        session.Execute(
            "DELETE FROM device_config_versions WHERE device_id = $1 AND config_version <= $2", deviceId, c.Version - KeptVersions);
    }

    /// <summary>What a version of a device's configuration said.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">Whose, and which.</param>
    /// <returns>Null when that is not known: it is older than the versions that are kept, or was never one of this server's.</returns>
    public static DeviceConfig? Version(SqlSession session, (string DeviceId, int Version) wanted)
    {
        using (SqlStatement row = session.Query(
            "SELECT config FROM device_config_versions WHERE device_id = $1 AND config_version = $2", wanted.DeviceId, wanted.Version))
        {
            if (row.Read())
            {
                return JsonSerializer.Deserialize(row.Text(0), ConfigJson.Default.DeviceConfig);
            }
        }

        DeviceConfig now = Of(session, wanted.DeviceId);
        return now.Version == wanted.Version ? now : wanted.Version == 1 ? new DeviceConfig() : null;
    }

    private static void Keep(SqlSession session, string deviceId, DeviceConfig config) =>
        session.Execute(KeepSql, deviceId, config.Version, Json(config));

    private static string Json(DeviceConfig config) => JsonSerializer.Serialize(config, ConfigJson.Default.DeviceConfig);
}
