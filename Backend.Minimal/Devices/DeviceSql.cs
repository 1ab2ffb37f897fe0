using JamBox.Backend.Storage;

namespace JamBox.Backend.Devices;

/// <summary>The SQL of devices.</summary>
internal static class DeviceSql
{
    private const string TouchSql = """
        UPDATE devices SET
            last_seen_at = $2,
            last_signal_dbm = coalesce($3, last_signal_dbm),
            last_battery_pct = coalesce($4, last_battery_pct),
            firmware_version = coalesce($5, firmware_version),
            b = coalesce($6, b),
            cv = coalesce($7, cv)
        WHERE device_id = $1
        RETURNING config_version
        """;

    private const string InsertSql = """
        INSERT INTO devices (device_id, token_hash, project_name, location_name, timezone, registered_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (device_id) DO NOTHING
        """;

    private const string ListSql = """
        SELECT device_id, project_name, location_name, timezone, firmware_version, status, registered_at, last_seen_at,
            last_signal_dbm, last_battery_pct, config_version, cv, b
        FROM devices
        WHERE device_id > $1
        ORDER BY device_id
        LIMIT $2
        """;

    /// <summary>Notes that a device has spoken.</summary>
    /// <returns>The version of the configuration that it should run.</returns>
    public static int Touch(SqlSession session, DeviceWord word)
    {
        using SqlStatement row = session.Query(
            TouchSql,
            word.DeviceId, word.At, word.SignalDbm, word.BatteryPct, word.FirmwareVersion, word.BootId, word.ConfigVersion);
        row.Read();
        return row.Int32(0);
    }

    /// <summary>Whether a device is registered.</summary>
    public static bool Exists(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT 1 FROM devices WHERE device_id = $1", deviceId);
        return row.Read();
    }

    /// <summary>Registers a device.</summary>
    /// <returns>False when there is one of that id.</returns>
    public static bool Add(SqlSession session, NewDevice device) =>
        session.Execute(
            InsertSql,
            device.DeviceId, device.TokenHash, device.ProjectName, device.LocationName, device.Timezone, device.RegisteredAt) == 1;

    /// <summary>Lists devices by id.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">The id to begin after, and rows at most.</param>
    public static List<DeviceRow> List(SqlSession session, (string After, int Limit) wanted)
    {
        using SqlStatement row = session.Query(ListSql, wanted.After, wanted.Limit);
        List<DeviceRow> rows = [];
        while (row.Read())
        {
            rows.Add(new DeviceRow
            {
                DeviceId = row.Text(0),
                ProjectName = row.TextOrNull(1),
                LocationName = row.TextOrNull(2),
                Timezone = row.Text(3),
                FirmwareVersion = row.TextOrNull(4),
                Status = row.Text(5),
                RegisteredAt = row.Time(6),
                LastSeenAt = row.TimeOrNull(7),
                LastSignalDbm = row.Int32OrNull(8),
                LastBatteryPct = row.Int32OrNull(9),
                ConfigVersion = row.Int32(10),
                ReportedConfigVersion = row.Int32OrNull(11),
                BootId = row.Int64OrNull(12),
            });
        }

        return rows;
    }
}
