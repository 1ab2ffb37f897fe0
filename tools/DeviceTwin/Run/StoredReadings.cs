using Microsoft.Data.Sqlite;

namespace JamBox.Twin.Run;

/// <summary>What the backend stored, read from its database file by plain SQL: nothing of the backend's own code in between.</summary>
internal static class StoredReadings
{
    private const string Columns = """
        impressions, unique_count, probe_rssi_avg, probe_rssi_min, probe_rssi_max, dwell_0_1, dwell_1_5, dwell_5_10, dwell_10plus,
        rssi_immediate, rssi_near, rssi_far, rssi_remote, ble_impressions, ble_unique, ble_apple, ble_other, ble_rssi_avg,
        overflow_count, "do", rl, ls, iv
        """;

    /// <summary>Reads all readings of a box.</summary>
    /// <param name="database">The SQLite file.</param>
    /// <param name="deviceId">The box.</param>
    /// <returns>For each, boot id and number, and its fields in the order of <see cref="ReadingTotals.Names"/>.</returns>
    public static List<(long Boot, int Number, int[] Fields)> Read(string database, string deviceId)
    {
        var readings = new List<(long Boot, int Number, int[] Fields)>();
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = $"SELECT b, n, {Columns} FROM readings WHERE device_key = (SELECT id FROM devices WHERE device_id = $id) ORDER BY id";
        command.Parameters.AddWithValue("$id", deviceId);
        using SqliteDataReader row = command.ExecuteReader();
        while (row.Read())
        {
            var fields = new int[ReadingTotals.Names.Length];
            for (int field = 0; field < fields.Length; field++)
            {
                fields[field] = row.IsDBNull(field + 2) ? 0 : row.GetInt32(field + 2);
            }

            readings.Add((row.IsDBNull(0) ? -1 : row.GetInt64(0), row.IsDBNull(1) ? -1 : row.GetInt32(1), fields));
        }

        return readings;
    }

    /// <summary>Reads when readings were taken.</summary>
    /// <param name="database">The SQLite file.</param>
    /// <param name="deviceId">The box.</param>
    /// <returns>For each, boot id and number, the time that it bears (ms since 1970), and whether the box knew the time.</returns>
    public static List<(long Boot, int Number, long UtcMs, bool IsDated)> ReadTimes(string database, string deviceId)
    {
        var times = new List<(long Boot, int Number, long UtcMs, bool IsDated)>();
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = database, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "SELECT b, n, t, ts FROM readings WHERE device_key = (SELECT id FROM devices WHERE device_id = $id) ORDER BY id";
        command.Parameters.AddWithValue("$id", deviceId);
        using SqliteDataReader row = command.ExecuteReader();
        while (row.Read())
        {
            times.Add((row.IsDBNull(0) ? -1 : row.GetInt64(0), row.IsDBNull(1) ? -1 : row.GetInt32(1), row.GetInt64(2), !row.IsDBNull(3) && row.GetInt32(3) == 1));
        }

        return times;
    }
}
