using System.Text.Json.Serialization;

using JamBox.Backend.Config;
using JamBox.Backend.Devices;
using JamBox.Backend.Readings;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.OldFleet;

/// <summary>Brings in the predecessor's file, in slices, while everything else goes on. Doing it again brings only what is new.</summary>
internal static class Importer
{
    private const int SliceRows = 500;

    private const string DeviceSql = """
        INSERT INTO devices (device_id, token_hash, project_name, timezone, firmware_version, status, registered_at,
            last_seen_at, last_signal_dbm, last_battery_pct, latitude, longitude, location_source, life)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        ON CONFLICT (device_id) DO NOTHING
        """;

    private const string HeartbeatSql = """
        INSERT INTO heartbeats (device_id, timestamp, signal_dbm, battery_pct, firmware_version, uptime_seconds, ip_address)
        SELECT $1, $2, $3, $4, $5, $6, $7
        WHERE NOT EXISTS (SELECT 1 FROM heartbeats WHERE device_id = $1 AND timestamp = $2)
        """;

    /// <summary>Imports a file.</summary>
    public static async Task<ImportResult> RunAsync(Store store, PredecessorFile file, string who, long now)
    {
        List<ImportedDevice> devices = file.Devices();
        HashSet<string> known = [.. devices.Select(static device => device.DeviceId)];
        (int newDevices, int configs) = await store.WriteAsync((devices, file.Configs(), who, now), AddDevices).ConfigureAwait(false);
        int skipped = devices.Count - newDevices;
        int readings = 0;
        for (long after = 0; ;)
        {
            List<DatedReading> slice = file.Readings(after, SliceRows, out long last);
            if (last == after)
            {
                break;
            }

            after = last;
            int before = slice.Count;
            slice.RemoveAll(reading => !known.Contains(reading.DeviceId));
            int added = slice.Count == 0 ? 0 : await store.WriteAsync(slice, ReadingSql.Import).ConfigureAwait(false);
            readings += added;
            skipped += before - added;
        }

        (int heartbeats, int skippedHeartbeats) = await AddHeartbeatsAsync(store, file, known).ConfigureAwait(false);
        return new ImportResult(newDevices, readings, heartbeats, configs, skipped + skippedHeartbeats);
    }

    private static async Task<(int Added, int Skipped)> AddHeartbeatsAsync(Store store, PredecessorFile file, HashSet<string> known)
    {
        int added = 0, skipped = 0;
        List<(long Id, string DeviceId, long? At, SqlValue[] Values)> slice;
        for (long after = 0; (slice = file.Heartbeats(after, SliceRows)).Count > 0; after = slice[^1].Id)
        {
            List<SqlValue[]> rows = [.. slice.Where(row => row.At is not null && known.Contains(row.DeviceId)).Select(static row =>
                new SqlValue[] { row.DeviceId, row.At!.Value, row.Values[0], row.Values[1], row.Values[2], row.Values[3], row.Values[4] })];
            int now = await store.WriteAsync(rows, AddHeartbeats).ConfigureAwait(false);
            added += now;
            skipped += slice.Count - now;
        }

        return (added, skipped);
    }

    private static int AddHeartbeats(SqlSession session, List<SqlValue[]> rows)
    {
        int[] changed = new int[rows.Count];
        session.ExecuteMany(HeartbeatSql, rows, changed);
        return changed.Sum();
    }

    private static (int Devices, int Configs) AddDevices(
        SqlSession session, (List<ImportedDevice> Devices, List<(string DeviceId, DeviceConfig Config)> Configs, string Who, long At) import)
    {
        HashSet<string> added = [];
        foreach (ImportedDevice d in import.Devices)
        {
            // A place in the old file may have been set by hand or found; it is taken for set: what stands there was seen by somebody.
            int changed = session.Execute(
                DeviceSql, d.DeviceId, d.TokenHash, d.ProjectName, d.Timezone, d.FirmwareVersion, d.Status, d.RegisteredAt,
                d.LastSeenAt, d.SignalDbm, d.BatteryPct, d.Latitude, d.Longitude, d.Latitude is null ? null : "manual",
                d.LastSeenAt is null ? "manufactured" : "active");
            if (changed == 1)
            {
                added.Add(d.DeviceId);
            }
        }

        ImportedPlaces.Add(session, import.Devices, added, import.Who, import.At);
        int configs = 0;
        foreach ((string id, DeviceConfig config) in import.Configs.Where(config => added.Contains(config.DeviceId)))
        {
            ConfigSql.Save(session, id, config);
            configs++;
        }

        Audit.Note(session, import.Who, "import", "predecessor", null, string.Join(' ', added), import.At);
        return (added.Count, configs);
    }
}

/// <summary>What an import has brought.</summary>
/// <param name="Devices">Devices that were new.</param>
/// <param name="Readings">Readings that were new.</param>
/// <param name="Heartbeats">Heartbeats that were new.</param>
/// <param name="Configs">Configurations of new devices.</param>
/// <param name="Skipped">Rows that were here before, or make no sense.</param>
internal sealed record ImportResult(
    [property: JsonPropertyName("devices")] int Devices,
    [property: JsonPropertyName("readings")] int Readings,
    [property: JsonPropertyName("heartbeats")] int Heartbeats,
    [property: JsonPropertyName("configs")] int Configs,
    [property: JsonPropertyName("skipped")] int Skipped);

/// <summary>A device of the predecessor's file. Times are milliseconds since 1970. Its PIN, in clear there, is left behind.</summary>
internal sealed record ImportedDevice(
    string DeviceId, string TokenHash, string? ProjectName, string? LocationName, string Timezone, string? FirmwareVersion, string Status,
    long RegisteredAt, long? LastSeenAt, int? SignalDbm, int? BatteryPct, double? Latitude, double? Longitude);
