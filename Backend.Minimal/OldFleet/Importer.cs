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
    /// <param name="store">Where to.</param>
    /// <param name="file">Where from.</param>
    /// <param name="who">For the audit log.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <param name="gone">Set when nobody waits for it any more: what came in until then stays, and the rest may be sent again.</param>
    public static async Task<ImportResult> RunAsync(Store store, PredecessorFile file, string who, long now, CancellationToken gone)
    {
        List<ImportedDevice> devices = file.Devices();
        Dictionary<string, DeviceConfig> configs = file.Configs();
        HashSet<string> known = new(devices.Select(static device => device.DeviceId), StringComparer.Ordinal);
        Dictionary<string, long> places = await store.ReadAsync(devices, ImportedPlaces.Known).ConfigureAwait(false);
        int newDevices = 0, newConfigs = 0;
        foreach (ImportedDevice[] slice in devices.Chunk(SliceRows).DefaultIfEmpty([]))
        {
            gone.ThrowIfCancellationRequested();
            (int added, int configured, int tokensLost, places) = await store.WriteAsync(
                (slice, configs, places, who, now), AddDevices).ConfigureAwait(false);
            newDevices += added;
            newConfigs += configured;
            file.Skipped.Skip("device: was here", slice.Length - added);
            if (tokensLost > 0)
            {
                file.Skipped.Note("device: token of another, provision again", tokensLost);
            }
        }

        int readings = await AddReadingsAsync(store, file, known, gone).ConfigureAwait(false);
        int heartbeats = await AddHeartbeatsAsync(store, file, known, gone).ConfigureAwait(false);
        return new ImportResult(newDevices, readings, heartbeats, newConfigs, file.Skipped.Rows, file.Skipped.Counts);
    }

    private static async Task<int> AddReadingsAsync(Store store, PredecessorFile file, HashSet<string> known, CancellationToken gone)
    {
        int added = 0;
        for (long after = 0; ;)
        {
            gone.ThrowIfCancellationRequested();
            List<DatedReading> slice = file.Readings(after, SliceRows, out long last);
            if (last == after)
            {
                return added;
            }

            after = last;
            file.Skipped.Skip("reading: unknown device", slice.RemoveAll(reading => !known.Contains(reading.DeviceId)));
            int stored = slice.Count == 0 ? 0 : await store.WriteAsync(slice, ReadingSql.Import).ConfigureAwait(false);
            added += stored;
            file.Skipped.Skip("reading: was here", slice.Count - stored);
        }
    }

    private static async Task<int> AddHeartbeatsAsync(Store store, PredecessorFile file, HashSet<string> known, CancellationToken gone)
    {
        int added = 0;
        for (long after = 0; ;)
        {
            gone.ThrowIfCancellationRequested();
            List<(string DeviceId, long At, SqlValue[] Values)> slice = file.Heartbeats(after, SliceRows, out long last);
            if (last == after)
            {
                return added;
            }

            after = last;
            file.Skipped.Skip("heartbeat: unknown device", slice.RemoveAll(row => !known.Contains(row.DeviceId)));
            List<SqlValue[]> rows = [.. slice.Select(static row =>
                new SqlValue[] { row.DeviceId, row.At, row.Values[0], row.Values[1], row.Values[2], row.Values[3], row.Values[4] })];
            int stored = rows.Count == 0 ? 0 : await store.WriteAsync(rows, AddHeartbeats).ConfigureAwait(false);
            added += stored;
            file.Skipped.Skip("heartbeat: was here", rows.Count - stored);
        }
    }

    private static int AddHeartbeats(SqlSession session, List<SqlValue[]> rows)
    {
        int[] changed = new int[rows.Count];
        session.ExecuteMany(HeartbeatSql, rows, changed);
        return changed.Sum();
    }

    private static (int Devices, int Configs, int TokensLost, Dictionary<string, long> Places) AddDevices(
        SqlSession session,
        (ImportedDevice[] Devices, Dictionary<string, DeviceConfig> Configs, Dictionary<string, long> Places, string Who, long At) import)
    {
        HashSet<string> added = [];
        int tokensLost = 0, configs = 0;
        foreach (ImportedDevice d in import.Devices)
        {
            // A token names one device: what is in use here already names that one.
            bool isTaken = d.TokenHash != ImportedDevice.NoToken && IsTaken(session, d);

            // A place in the old file may have been set by hand or found; it is taken for set: what stands there was seen by somebody.
            int changed = session.Execute(
                DeviceSql, d.DeviceId, isTaken
                    ? ImportedDevice.NoToken
                    : d.TokenHash, d.ProjectName, d.Timezone, d.FirmwareVersion, d.Status,
                d.RegisteredAt, d.LastSeenAt, d.SignalDbm, d.BatteryPct, d.Latitude, d.Longitude, d.Latitude is null ? null : "manual",
                d.LastSeenAt is null ? "manufactured" : "active");
            if (changed == 0)
            {
                continue;
            }

            added.Add(d.DeviceId);
            tokensLost += isTaken ? 1 : 0;
            if (import.Configs.TryGetValue(d.DeviceId, out DeviceConfig? config))
            {
                ConfigSql.Save(session, d.DeviceId, config);
                configs++;
            }
        }

        Dictionary<string, long> places = ImportedPlaces.Add(
            session, import.Devices.Where(device => added.Contains(device.DeviceId)), import.Places, import.Who, import.At);
        Audit.Note(session, import.Who, "import", "predecessor", null, string.Join(' ', added), import.At);
        return (added.Count, configs, tokensLost, places);
    }

    private static bool IsTaken(SqlSession session, ImportedDevice device)
    {
        using SqlStatement row = session.Query(
            "SELECT 1 FROM devices WHERE (token_hash = $1 OR next_token_hash = $1) AND device_id <> $2", device.TokenHash, device.DeviceId);
        return row.Read();
    }
}

/// <summary>What an import has brought.</summary>
/// <param name="Devices">Devices that were new.</param>
/// <param name="Readings">Readings that were new.</param>
/// <param name="Heartbeats">Heartbeats that were new.</param>
/// <param name="Configs">Configurations of new devices.</param>
/// <param name="Skipped">Rows that were here before, or make no sense.</param>
/// <param name="SkippedWhy">Why, and how many of each; and what of a row that came in was left out.</param>
internal sealed record ImportResult(
    [property: JsonPropertyName("devices")] int Devices,
    [property: JsonPropertyName("readings")] int Readings,
    [property: JsonPropertyName("heartbeats")] int Heartbeats,
    [property: JsonPropertyName("configs")] int Configs,
    [property: JsonPropertyName("skipped")] int Skipped,
    [property: JsonPropertyName("skipped_why")] IReadOnlyDictionary<string, int> SkippedWhy);

/// <summary>A device of the predecessor's file. Times are milliseconds since 1970. Its PIN, in clear there, is left behind.</summary>
internal sealed record ImportedDevice(
    string DeviceId, string TokenHash, string? ProjectName, string? LocationName, string Timezone, string? FirmwareVersion, string Status,
    long RegisteredAt, long? LastSeenAt, int? SignalDbm, int? BatteryPct, double? Latitude, double? Longitude)
{
    /// <summary>What stands in the place of a token's hash where there is none: no token has it.</summary>
    public const string NoToken = "-";
}
